"""A right record with one wrong thing in it: whatever it is, it is taken or refused, and never breaks anything.

The generated requests of `test_every_operation` seldom get past the first checks of so large a document; these begin with one
that is right, and so reach the rules behind.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from tests.api.conftest import Origin

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("mutated")]

EXAMPLES = int(os.environ.get("CONVENE_TEST_EXAMPLES", "4")) * 30
STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**18, 1e300, -0.5, "", " ", "0", "x",
    "\u202e\u0000", "é" * 3000, [], [[]], [None], {}, {"": ""}, {"en": ""},
    {"en": None}, {"id": "x"}, {"id": None}, [{}], ["x", "x"], "2024-02-30", "9999", "01900000-0000-7000-8000-000000000000",
    "99999999999999999999", "sdg:6", "sdg:99", "KH", "EUR", "lead", "/title", "javascript:x", "http://[::1", "NaN",
)  # fmt: skip
KNOBS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="CONVENE_TEST_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a document something can be put in the place of something else."""
    if at:
        yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from places(inner, (*at, name))


def mutated(document: Any, at: tuple[Any, ...], value: Any, how: str) -> Any:
    """A copy with something else at one place: put there, taken away, doubled."""
    result = copy.deepcopy(document)
    holder = result
    for step in at[:-1]:
        holder = holder[step]
    if how == "take away":
        del holder[at[-1]]
    elif how == "double" and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[at[-1]]))
    elif how == "add" and isinstance(holder, dict):
        holder["unheard_of"] = value
    else:
        holder[at[-1]] = value
    return result


def mutations(document: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Documents that differ in one place."""
    where, how = st.sampled_from(list(places(document))), st.sampled_from(("put", "put", "take away", "double", "add"))
    return st.builds(lambda at, value, way: mutated(document, at, value, way), where, st.sampled_from(STRANGE), how)


def held(answer: TestResponse) -> None:
    """Taken or refused, in one of the shapes that are promised."""
    assert answer.status_code < 500, answer.text
    if answer.status_code < 300:
        version = answer.json or {}
        assert answer.headers["ETag"] == f'"{version["version"]}.{version["revision"]}"'
    else:
        assert answer.status_code in (400, 403, 404, 409, 422), answer.text
        assert answer.mimetype == "application/problem+json"
        problem = answer.json or {}
        assert problem["status"] == answer.status_code
        if answer.status_code == 422:
            assert problem["errors"], answer.text


def rich(origin: Origin) -> dict[str, Any]:
    """A right record with most kinds of parts."""
    lead, partner, office = origin.ids["organization_id"]
    amount = {"amount": "10.50", "currency": "USD", "date": "2024-05"}
    holder = {"holder": {"organization_id": lead}, "votes": 1}
    indicator = {
        "title": "Wells",
        "baseline": {"value": "0", "date": "2014"},
        "targets": [{"value": "4", "due": "2027"}],
        "actuals": [{"period": {"start": "2024"}, "value": "2", "disaggregation": [{"sex": "female", "value": "1"}]}],
    }
    contribution = {
        "kind": "financial",
        "pledged": amount,
        "period": {"start": "2024", "end": "2025"},
        "recipient": {"constituency": "community"},
    }
    return {
        "title": {"en": "Wells", "km": "អណ្តូង"},
        "summary": {"en": "Villages keep their wells clean."},
        "organization_id": lead,
        "kind": "partnership",
        "former_titles": [{"en": "Old"}],
        "geography": {"scope": "national", "countries": ["KH"], "regions": ["035"], "places": [{"name": "Kampot"}]},
        "languages": ["km"],
        "start": "2024",
        "end": "2030-01",
        "dates": [{"type": "planned_start", "date": "2024"}],
        "goals": [{"scheme": "sdg", "code": "6", "weight": "primary"}, {"scheme": "mdg", "code": "2"}],
        "host": {"organization_id": lead, "staff": 2, "yearly_cost": amount},
        "agreement": {"type": "memorandum", "signed": "2024"},
        "budget": {"totals": [{"basis": "planned", **amount}], "by_goal": [{"goal": "sdg:6", "percent": 80}]},
        "partners": [
            {"organization": {"id": lead}, "roles": ["lead"]},
            {"organization": {"id": partner}, "roles": ["funder"], "contributions": [contribution], "effort": False},
            {"group": {"name": "Users", "constituency": "community", "count": 4}},
            {"organization": {"name": {"en": "New"}, "constituency": "women", "country": "KH"}},
        ],
        "stakeholders": [{"group": "Users", "affected": True, "represented_by": [partner], "places": ["Kampot"]}],
        "bodies": [{"name": "Board", "rule": "consensus", "seats": [holder], "quota": {"kind": "votes", "value": "3"}}],
        "complaints": {"url": "https://example.org/", "received": {"year": 2024, "count": 1}},
        "safeguarding": False,
        "funding": {"local_percent": 25, "revisions": [{"description": {"en": "Moved."}}]},
        "due_diligence": [{"organization_id": partner, "outcome": "clear"}],
        "mandate": {"unit_id": origin.ids["unit_id"][0], "goals": ["sdg:6"], "exit": {"criteria": "All clean."}},
        "processes": [{"kind": "vnr", "name": "Review", "relation": "cited"}],
        "agency_commitments": [{"organization_id": office, "kind": "staff"}],
        "deliverables": [
            {"level": "output", "title": {"en": "Wells"}, "responsible": [lead], "indicators": [indicator]}
        ],
        "reports": [{"period": {"start": "2024"}, "due": "2024-04-30"}],
        "silences": {"/complaints/url": "withheld_for_safety"},
    }


def call(origin: Origin, method: str, path: str, body: Any) -> TestResponse:
    """A request of the focal point, of whatever version."""
    headers = origin.headers("focal_point") | {"If-Match": "*"}
    return Client(origin.app).open(f"/api/registry/{path}", method=method, json=body, headers=headers)


def test_records_made_with_something_wrong(origin: Origin) -> None:
    body = rich(origin)
    assert call(origin, "POST", "partnerships", body).status_code == 201

    @KNOBS
    @given(mutations(body))
    def send(mutation: dict[str, Any]) -> None:
        held(call(origin, "POST", "partnerships", mutation))

    send()


def test_a_listed_record_replaced_and_patched_with_something_wrong(origin: Origin) -> None:
    made = call(origin, "POST", "partnerships", rich(origin)).json or {}
    listed = call(origin, "POST", f"partnerships/{made['id']}/transitions", {"to": "listed"}).json or {}
    assert listed["standing"] == "listed"

    @KNOBS
    @given(mutations(listed), st.sampled_from(("PUT", "PATCH")))
    def send(mutation: dict[str, Any], method: str) -> None:
        held(call(origin, method, f"partnerships/{made['id']}", mutation))

    send()


def test_commands_with_something_wrong(origin: Origin) -> None:
    made = call(origin, "POST", "partnerships", rich(origin)).json or {}
    listed = call(origin, "POST", f"partnerships/{made['id']}/transitions", {"to": "listed"}).json or {}
    entry = listed["partners"][1]["id"]
    actual = {
        "indicator_id": listed["deliverables"][0]["indicators"][0]["id"],
        "value": "3",
        "period": {"start": "2024"},
    }
    commands = {
        "partners": {"group": {"name": "G", "constituency": "media"}, "roles": ["observer"]},
        f"partners/{entry}/invitation": {"email": "x@example.org", "language": "km"},
        "reports": {"period": {"start": "2024"}, "narrative": {"en": "Done."}, "actuals": [actual], "next_due": "2027"},
        "results": {"actuals": [actual]},
        "transitions": {"to": "ended_early", "reason": {"en": "Over."}},
    }

    @KNOBS
    @given(st.sampled_from(sorted(commands)).flatmap(lambda to: st.tuples(st.just(to), mutations(commands[to]))))
    def send(command: tuple[str, dict[str, Any]]) -> None:
        answer = call(origin, "POST", f"partnerships/{made['id']}/{command[0]}", command[1])
        if not command[0].endswith("invitation") or answer.status_code >= 300:
            held(answer)

    send()
