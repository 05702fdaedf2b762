"""What is given in confidence is in no log, event, index, metric or answer: canaries are planted, then looked for everywhere.

They may be in the own databases of the three services that they were given to, and nowhere else in the data folder.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from services import embedded
from services.chassis.database import Database
from services.chassis.eventbus.build import build_bus
from services.chassis.settings import Settings
from tests.system.conftest import Register, start_register
from tests.system.course import Course
from tests.system.outside import Answer, Outside
from tests.system.running import Embedded, wait
from tests.system.test_acceptance import whole

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("canary")]

OWN_TABLES = ("accounts.sqlite", "registry.sqlite", "assessment.sqlite")


def canary(kind: str) -> str:
    """A word that is nowhere else, and which no stemmer or folding changes."""
    return f"canary{kind}{uuid.uuid4().hex[:12]}"


@dataclass
class Planted:
    """The register, what was planted in it by what it is, and ids for the paths of its API."""

    register: Register
    course: Course = field(init=False)
    secrets: dict[str, str] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)

    def secret(self, kind: str) -> str:
        """A new canary."""
        return self.secrets.setdefault(kind, canary(kind))

    def email(self, kind: str) -> str:
        """An address that holds a new canary."""
        return f"{self.secret(kind)}@example.org"


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    """A system that logs all it can, with canaries in everything that is private."""
    folder = tmp_path_factory.mktemp("canary")
    with start_register(folder, CONVENE_LOG_LEVEL="debug") as register:
        made = Planted(register)
        _plant_people(made)
        _plant_drafts(made)
        _plant_partners(made)
        _plant_assessment(made)
        _settle(register)
        yield made


def _plant_people(made: Planted) -> None:
    """Addresses, passwords, keys and private reasons."""
    register, organization = made.register, made.register.organizations["lead"]
    password = made.secret("password")
    email = made.email("account")
    register.system.command("user", "add", email, data=f"{password} long\n{password} long\n")
    signed_in = register.anyone.do(
        "accounts/token", {"grant_type": "password", "username": email, "password": f"{password} long"}
    )
    made.secrets |= {"access": signed_in["access_token"], "refresh": signed_in["refresh_token"]}
    made.secrets["person"] = Outside(register.system, token=signed_in["access_token"]).get("accounts/me")["id"]
    wrong = {"grant_type": "password", "username": email, "password": made.secret("wrong")}
    register.anyone.do("accounts/token", wrong, expect=401)
    designation = {"organization_id": organization, "display_name": "Somebody", "functions": ["focal_point"]}
    point = register.admin.create("registry/focal-points", designation | {"email": made.email("designated")})
    register.admin.create(
        "registry/focal-points", designation | {"email": f"{made.secret('refused')}@@example.org"}, expect=422
    )
    register.admin.do(f"registry/focal-points/{point['id']}/end", {"reason": made.secret("endreason")})
    network = {"name": {"en": "Network"}, "constituency": "women", "contact_email": made.email("contact")}
    network_id = register.admin.create("registry/networks", network)["id"]
    nominee = {"email": made.email("nominee"), "display_name": "Nominee", "roles": ["forum_member"]}
    nomination = register.admin.create(f"registry/networks/{network_id}/nominations", nominee)["id"]
    register.lead.create("registry/partnerships", register.input(), key=made.secret("idempotency"))
    made.ids |= {
        "organization_id": list(register.organizations.values()),
        "unit_id": list(register.units.values()),
        "focal_point_id": [point["id"]],
        "network_id": [network_id],
        "nomination_id": [nomination],
        "scheme": ["sdg"],
        "number": ["1", "2", "3", "4", "5", "6"],
    }


def _plant_drafts(made: Planted) -> None:
    """Text in every place of a draft that is never listed, and of one that is listed without it."""
    register = made.register
    kept = register.lead.create("registry/partnerships", marked(whole(register), made.secret("draft")))
    later = register.lead.create("registry/partnerships", marked(whole(register), made.secret("removed")))
    for draft, kind in ((kept, "coauthor"), (later, "latercoauthor")):
        register.lead.create(f"registry/partnerships/{draft['id']}/co-authors", {"email": made.email(kind)})
    clean = register.input("Now without what was not meant for the public")
    later = register.lead.put(f"registry/partnerships/{later['id']}", clean, at=later)
    listed = register.move(register.lead, later, "listed")
    made.secrets["draftid"] = kept["id"]
    made.ids["partnership_id"] = [listed["id"]]
    made.ids["partner_id"] = [entry["id"] for entry in listed["partners"]]


def _plant_partners(made: Planted) -> None:
    """An invited partner, one that declined, one at risk, and one that a registrar took out."""
    register = made.register
    names = {kind: register.organization(made.secret(kind)) for kind in ("declined", "unnamed", "redacted")}
    people = dict(zip(names, register.people(*names), strict=True))
    partners = [{"organization": {"id": each["id"]}, "roles": ["funder"]} for each in names.values()]
    partners.append({"organization": {"id": register.organizations["partner"]}})
    record = register.listed("With partners at risk", partners=partners)
    made.ids["partnership_id"].append(record["id"])
    at = f"registry/partnerships/{record['id']}"
    entry = register.entry(record)["id"]
    register.lead.create(f"{at}/partners/{entry}/invitation", {"email": made.email("invited")})
    for kind, person in people.items():
        register.designate(person, names[kind]["id"], "confirmer")
        entry = next(each["id"] for each in record["partners"] if each["organization"]["id"] == names[kind]["id"])
        if kind == "redacted":
            reason = {"partner_id": entry, "reason": made.secret("safety")}
            register.registrar.do(f"{at}/redactions", reason)
        else:
            decision = {"declined": "decline", "unnamed": "unnamed"}[kind]
            person.do(f"{at}/partners/{entry}/confirmation", {"decision": decision})
    made.secrets |= {f"{kind}address": person.email or "" for kind, person in people.items()}


def _plant_assessment(made: Planted) -> None:
    """A round to its end, with a word in all that reviewers, members, partners and those who complain say in confidence."""
    register = made.register
    made.course = course = Course(register, made.secret)
    evaluation = course.run()
    course.pool[0].person.create(
        "assessment/members/me/interests",
        {"organization_id": register.organizations["partner"], "nature": f"Rivalry, {made.secret('interest')}"},
    )
    complaint = {"text": f"Nobody asked us what came of it: {made.secret('complaint')}."}
    register.outsider.create(f"assessment/evaluations/{evaluation['id']}/complaints", complaint)
    pulse = register.officer.create("assessment/pulses", {"partnership_id": course.record["id"]})
    questions = register.anyone.get("assessment/openapi.json")["components"]["schemas"]["PulseAnswers"]["properties"]
    answers = {"answers": dict.fromkeys(questions, "no"), "comment": f"They never listen: {made.secret('pulse')}."}
    register.partner.call("POST", f"assessment/pulses/{pulse['id']}/answers", answers, expect=(200, 201, 204))
    entry = {
        "indicator": next(iter(course.judged.values()))[0],
        "level": 1,
        "note": f"{made.secret('selfcheck')} it is.",
    }
    register.partner.put(f"assessment/partnerships/{course.record['id']}/self-check", {"entries": [entry]}, expect=200)
    made.ids["partnership_id"].append(course.record["id"])
    made.ids |= {
        "assessment_id": [course.id],
        "round_id": [course.rounds["id"]],
        "evaluation_id": [evaluation["id"]],
        "pulse_id": [pulse["id"]],
    }


def marked(value: Any, mark: str) -> Any:
    """The value with the mark in every text that a person writes."""
    if isinstance(value, dict):
        return {name: marked(inner, mark) if name not in PLAIN else inner for name, inner in value.items()}
    if isinstance(value, list):
        return [marked(each, mark) for each in value]
    if isinstance(value, str) and value.startswith("https://"):
        return f"{value}/{mark}"
    if isinstance(value, str) and (" " in value or value[:1].isupper()) and value.isascii():
        return f"{value} {mark}"
    return value


PLAIN = {"currency", "country", "countries", "scheme", "code", "level"} | {"part_of", "successor_of", "organization_id"}


def _settle(register: Register) -> None:
    """Wait until everything said so far is searchable, then compact the log as the engine does every minute."""
    register.anyone.found(register.listed())
    settings = Settings.from_env(register.system.environ)
    bus = build_bus(settings)
    wait(lambda: not any(sum(bus.lag(name, topics).values()) for name, topics in CONSUMERS.items()), 60, "no lag")
    bus.compact()  # type: ignore[attr-defined]
    bus.close()


CONSUMERS = {
    "search": ("convene.registry.partnership", "convene.registry.organization", "convene.assessment.evaluation"),
    "assessment": ("convene.registry.partnership", "convene.registry.authority"),
}


# --- where to look ---------------------------------------------------------------------------------------------------


PRIVATE_BUT_NAMES = {"declined", "unnamed", "redacted"}
"""These are names of listed organizations: public as such, but not in the records that they left."""
ON_THE_BUS = PRIVATE_BUT_NAMES | {"person"}
"""Internal topics carry people's ids."""


def found_in(planted: Planted, content: bytes, but: set[str] = frozenset()) -> dict[str, str]:  # type: ignore[assignment]
    """Which canaries are in there."""
    return {kind: secret for kind, secret in planted.secrets.items() if secret.encode() in content and kind not in but}


def test_nothing_in_the_logs(planted: Planted) -> None:
    system = planted.register.system
    assert system.log.stat().st_size > 10_000, "the log is where it is looked for"
    content = system.log.read_bytes() + "\n".join(system.output).encode()
    assert found_in(planted, content) == {}


def test_no_persons_id_in_the_logs(planted: Planted) -> None:
    content = planted.register.system.log.read_text()
    for name, person in planted.register.who.items():
        assert person.get("accounts/me")["id"] not in content, name


def test_nothing_in_any_topic(planted: Planted) -> None:
    system = planted.register.system
    topics = [each["topic"] for each in system.json("events", "topics")]
    assert "convene.dead-letters" in topics
    options = [word for topic in topics for word in ("--topic", topic)]
    everything = system.command("events", "tail", "--json", "--from-beginning", "--no-follow", *options).stdout
    lines: dict[str, list[str]] = {topic: [] for topic in topics}
    for line in everything.splitlines():
        lines[json.loads(line)["topic"]].append(line)
    assert all(lines[f"convene.registry.{name}"] for name in ("partnership", "organization", "unit", "authority"))
    assert found_in(planted, everything.encode(), but=ON_THE_BUS) == {}
    assert found_in(planted, "\n".join(lines["convene.registry.partnership"]).encode()) == {}
    internal = ("convene.registry.authority", "convene.accounts.person")
    public = "\n".join("\n".join(found) for topic, found in lines.items() if topic not in internal)
    for name, person in planted.register.who.items():
        assert person.get("accounts/me")["id"] not in public, name
    assert "Focal Point" not in "\n".join(lines[internal[0]]), "an internal topic holds no name"


def test_nothing_in_the_data_folder_but_in_the_owners_tables(planted: Planted) -> None:
    data = Path(planted.register.system.environ["CONVENE_DATA_DIR"])
    looked_at = set()
    for file in data.rglob("*"):
        if file.is_file() and not file.name.startswith(OWN_TABLES):
            looked_at.add(file.relative_to(data).parts[0])
            assert found_in(planted, file.read_bytes(), but=ON_THE_BUS) == {}, file
    assert {"bus.sqlite", "search.sqlite", "index", "run"} <= looked_at


def test_nothing_is_found(planted: Planted) -> None:
    anyone = planted.register.anyone
    for kind, secret in planted.secrets.items():
        if kind in ("access", "refresh"):
            continue
        for query in (secret, f'"{secret}"', secret[:14]):
            answer = anyone.get("search/partnerships", q=query, limit=200)
            assert answer["total"] == 0 or secret not in answer.text, kind
            assert secret not in anyone.get("search/suggestions", q=query).text or kind in PRIVATE_BUT_NAMES
        assert anyone.get("search/partnerships", q=f'"{secret}"')["total"] == 0, kind


def test_nothing_in_the_documents_that_the_index_keeps(planted: Planted) -> None:
    """In a process of its own: the index has one writer, and is read as a web process reads it."""
    program = (
        "import sys; from services.chassis.settings import Settings; from services.search.index.build import build_index\n"
        "index = build_index(Settings.from_env())\n"
        "for id in sys.argv[1:]: sys.stdout.buffer.write(index.document('partnerships', id) or b'')\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, *planted.ids["partnership_id"]],
        env=planted.register.system.environ,
        capture_output=True,
        check=True,
    )
    assert found.stdout.count(b'"version"') >= 2
    assert found_in(planted, found.stdout) == {}


def answers(planted: Planted, person: Outside) -> Iterator[tuple[str, bytes]]:
    """Every GET that the services have, for everything that there is."""
    for service in embedded.NAMES:
        for path in ("openapi.json", "docs", "metrics", "health/live", "health/ready"):
            yield path, person.http.get(f"{service}/{path}").content
        for path, operations in person.get(f"{service}/openapi.json")["paths"].items():
            if "get" in operations and (service, path) != ("accounts", "/me/export"):
                for address in addresses(planted, path):
                    yield address, whole_list(person, f"{service}{address}")


def addresses(planted: Planted, path: str) -> Iterator[str]:
    """The path with every id that there is; with both a record and a part of it, those that belong together or not."""
    name = path.partition("{")[2].partition("}")[0]
    if not name:
        yield path
        return
    for value in planted.ids.get(name, ["unknown"]):
        yield from addresses(planted, path.replace(f"{{{name}}}", value))


def whole_list(person: Outside, path: str) -> bytes:
    """What is at a path, all pages of it."""
    parameters = {"limit": "200"} if path.endswith(("s", "history")) else {}
    content, response = b"", person.http.get(path, params=parameters)
    while True:
        content += response.content + repr(response.headers).encode()
        target = response.links.get("next", {}).get("url")
        if not target:
            return content
        response = person.http.get(httpx.URL(person.system.url).join(target))


@pytest.mark.parametrize("who", ["anyone", "outsider", "partner", "registrar", "admin", "officer"])
def test_nothing_in_any_answer(planted: Planted, who: str) -> None:
    register = planted.register
    person = register.anyone if who == "anyone" else register.who[who]
    looked_at = 0
    for address, content in answers(planted, person):
        looked_at += 1
        named = (
            PRIVATE_BUT_NAMES
            if "organizations" in address or "coverage" in address or "focal-points" in address
            else set()
        )
        if "/versions/" in address:
            named = {"declined"}  # what was said before it declined is still what was said
        if "/self-check" in address and who == "partner":
            named = {"selfcheck"}  # it is that partner's own worksheet
        if address.endswith("/complaints") and who == "officer":
            named = {"complaint"}  # it was said to the unit
        assert found_in(planted, content, but=named) == {}, f"GET {address} as {who}"
    assert looked_at > 60


def test_who_it_was_said_to_finds_it(planted: Planted) -> None:
    """What is looked for elsewhere is where it belongs: these words went in."""
    register, course = planted.register, planted.course
    evaluation, partnership = planted.ids["evaluation_id"][0], course.record["id"]
    for kind, person, path in (
        ("reason", course.panel[0].person, f"{course.at}/reviews/mine"),
        ("revised", course.panel[1].person, f"{course.at}/reviews/mine"),
        ("interest", course.pool[0].person, "assessment/members/me/interests"),
        ("complaint", register.officer, f"assessment/evaluations/{evaluation}/complaints"),
        ("selfcheck", register.partner, f"assessment/partnerships/{partnership}/self-check"),
    ):
        assert kind in found_in(planted, person.get(path).content), path


def test_nothing_in_what_the_command_line_prints(planted: Planted) -> None:
    system = planted.register.system
    for words in (
        ("events", "topics", "--json"),
        ("events", "dead-letters", "--json"),
        ("search", "status", "--json"),
        ("doctor", "--json"),
    ):
        printed = system.command(*words, check=False)
        assert found_in(planted, (printed.stdout + printed.stderr).encode()) == {}, words


def test_an_error_of_the_database_names_no_values(settings: Settings) -> None:
    """Such an error is logged with its traceback."""
    settings.data_dir.mkdir(exist_ok=True)
    database, secret = Database.open(settings, "accounts"), canary("sql")
    with pytest.raises(SQLAlchemyError) as error, database.transaction() as session:
        session.execute(text("INSERT INTO nowhere VALUES (:address)"), {"address": secret})
    assert secret not in str(error.value)
    database.close()


# --- erasure ---------------------------------------------------------------------------------------------------------


def test_a_name_is_gone_everywhere_once_the_person_has_left(planted: Planted) -> None:
    register, name = planted.register, canary("name").capitalize()
    (person,) = register.people("leaver")
    organization = register.organization()
    register.designate(person, organization["id"], "lead", display_name=name)
    person.patch("accounts/me", {"display_name": name})
    draft = person.create("registry/partnerships", register.input(organization_id=organization["id"]))
    record = register.move(person, draft, "listed")
    record = person.patch(f"registry/partnerships/{record['id']}", {"acronym": "X"}, at=record)
    assert name in record.text
    at = f"registry/partnerships/{record['id']}"
    assert name in register.anyone.get(f"{at}/history").text
    register.anyone.found(record)
    person.delete("accounts/me", expect=204)

    def texts() -> Iterator[str]:
        yield register.anyone.get(at).text
        yield (history := register.anyone.get(f"{at}/history")).text
        for entry in history["items"]:
            yield register.anyone.get(f"{at}/versions/{entry['version']}").text
            yield register.anyone.get(f"{at}/versions/{entry['version']}/changes").text
        yield register.anyone.get("registry/focal-points", limit=200, state="ended").text
        yield register.anyone.get("registry/focal-points", limit=200).text
        yield register.anyone.get(f"registry/organizations/{organization['id']}").text
        yield register.anyone.get("search/partnerships", q=name).text

    wait(lambda: not any(name in found for found in texts()), 60, "the name gone from all answers")
    again: Answer = register.anyone.get(at)
    assert again["version"] == record["version"], "a redaction is a rendering, no edit"
    assert again["revision"] > record["revision"]
    _settle(register)
    everything = register.system.command("events", "tail", "--json", "--from-beginning", "--no-follow").stdout
    assert name not in everything
    assert name not in register.system.log.read_text()
    data = Path(register.system.environ["CONVENE_DATA_DIR"])
    for file in data.glob("*.sqlite"):
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # as happens by itself once the log is long enough
    holds = [
        file.name
        for file in data.rglob("*")
        if file.is_file() and not file.name.startswith(OWN_TABLES) and name.encode() in contents(file)
    ]
    assert holds == []


def contents(file: Path) -> bytes:
    """The bytes of a file, none where it has just gone."""
    with contextlib.suppress(FileNotFoundError):
        return file.read_bytes()
    return b""


def test_the_data_folder_is_its_owners(planted: Planted) -> None:
    data = Path(planted.register.system.environ["CONVENE_DATA_DIR"])
    assert data.stat().st_mode & 0o077 == 0
    assert isinstance(planted.register.system, Embedded)
