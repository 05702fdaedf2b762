"""A reference stands in for a name until a source says the name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.registry.imports import service
from services.registry.partnerships.models import Partnership
from tests.imports.files import activity_xml, iati_file, one
from tests.registry.conftest import World, ok

REF = "GB-CHC-90909"
BY_REFERENCE = f'<participating-org role="4" type="22" ref="{REF}"/>'
BY_NAME = f'<participating-org role="4" type="22" ref="{REF}"><narrative xml:lang="en">Ninth Named</narrative></participating-org>'
BY_NUMBER = f'<participating-org role="4" type="22" ref="{REF}"><narrative>{REF}</narrative></participating-org>'
PAYS = (
    '<transaction><transaction-type code="1"/><transaction-date iso-date="2020-01-01"/>'
    f'<value value-date="2020-01-01">5</value><provider-org ref="{REF}"/></transaction>'
)
NINTH = {"en": "Ninth Named"}


def imported(world: World, file: Path, *bodies: str) -> None:
    file.write_bytes(iati_file(*(activity_xml(f"A-{number}", body) for number, body in enumerate(bodies))))
    assert service.import_iati(world.service.database, [file]).rejected == 0


def ninth(world: World) -> dict[str, Any]:
    (found,) = ok(world.get(f"/organizations?identifier=GB-CHC:{REF.removeprefix('GB-CHC-')}"))["items"]
    return dict(found)


def shown(world: World) -> list[Any]:
    """How records call the implementing organization."""
    with world.service.database.reading() as session:
        ids = session.scalars(select(Partnership.id).order_by(Partnership.source_identifier)).all()
    records = [ok(world.get(f"/partnerships/{each}")) for each in ids]
    return [each["organization"]["name"] for record in records for each in record["partners"][:1]]


@pytest.mark.parametrize("body", [BY_NAME + PAYS, PAYS + BY_NAME, BY_REFERENCE + BY_NAME, BY_NUMBER + BY_NAME])
def test_within_one_activity_a_reference_is_no_second_name(body: str) -> None:
    assert NINTH in [each.name for each in one(body).organizations]
    assert REF not in str([each.name for each in one(body).organizations])


def test_where_nobody_says_the_name_the_reference_stands_in_for_it() -> None:
    assert {"und": REF} in [each.name for each in one(BY_REFERENCE).organizations]


@pytest.mark.parametrize("bodies", [(BY_REFERENCE, BY_NAME), (BY_NAME, BY_REFERENCE), (BY_NUMBER, BY_NAME)])
def test_in_one_file_the_name_counts_in_any_order(registry: World, tmp_path: Path, bodies: tuple[str, ...]) -> None:
    imported(registry, tmp_path / "a.xml", *bodies)
    assert (ninth(registry)["name"], ninth(registry)["version"]) == (NINTH, 1)
    assert shown(registry) == [NINTH, NINTH]


def test_a_later_import_gives_the_name_and_the_records_show_it(registry: World, tmp_path: Path) -> None:
    imported(registry, tmp_path / "a.xml", BY_REFERENCE)
    assert (ninth(registry)["name"], shown(registry)) == ({"und": REF}, [{"und": REF}])
    imported(registry, tmp_path / "a.xml", BY_REFERENCE, BY_NAME)
    registry.settle()
    while registry.run_jobs():
        registry.settle()
    assert shown(registry) == [NINTH, NINTH]
    organization = ninth(registry)
    assert (organization["name"], organization["version"]) == (NINTH, 2)
    assert "former_names" not in organization
    assert [each["id"] for each in ok(registry.get("/organizations?q=ninth+named"))["items"]] == [organization["id"]]
    assert registry.events("registry.organization.revised")[-1][2] == organization


def test_who_has_a_name_is_not_renamed(registry: World, tmp_path: Path) -> None:
    imported(registry, tmp_path / "a.xml", BY_NAME)
    before = ninth(registry)
    imported(registry, tmp_path / "a.xml", BY_NAME, BY_NAME.replace("Ninth", "Tenth"))
    assert ninth(registry) == before


def test_what_a_registrar_accepted_is_not_renamed(registry: World, tmp_path: Path) -> None:
    imported(registry, tmp_path / "a.xml", BY_REFERENCE)
    accepted = ok(registry.admin.post(f"/organizations/{ninth(registry)['id']}/acceptance"))
    imported(registry, tmp_path / "a.xml", BY_NAME)
    assert ninth(registry) == accepted
