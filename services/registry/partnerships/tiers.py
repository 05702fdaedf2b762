"""The tiers of a record (record.md): what each asks for, and what a record lacks, as JSON Pointers.

Pure functions on a record's content and on what is said of the organizations in it. Where a pointer leads into a list, the item's
id stands for its place, because ids stay. Partners that declined or left do not count (Panel ¶75).
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from schemas.redaction import UNSPECIFIED
from services.registry.partnerships.content import CONFIRMED, Entry, organization_of, partners_of, state_of

Organizations = Mapping[str, Mapping[str, Any]]

ASKED_FOR_ASSESSMENT = ("stakeholders", "bodies", "budget", "complaints", "safeguarding")
MOST_PRIMARY_GOALS = 3


def tiers(content: Mapping[str, Any], lead_id: str, organizations: Organizations) -> dict[str, dict[str, Any]]:
    """`tiers` of the document: confirmed, registered, assessable, each with `met` and `lacking`."""
    lacking = {
        "confirmed": lacking_for_confirmed(content, lead_id, organizations),
        "registered": lacking_for_registered(content, lead_id, organizations),
        "assessable": lacking_for_assessable(content),
    }
    return {tier: {"met": not pointers, "lacking": pointers} for tier, pointers in lacking.items()}


def lacking_for_listed(content: Mapping[str, Any], lead_id: str) -> list[str]:
    """Title, one sentence, place, another partner, goals, since when."""
    geography = content.get("geography") or {}
    somewhere = geography.get("scope") == "global" or any(
        geography.get(name) for name in ("countries", "regions", "places")
    )
    stated = [goal for goal in content.get("goals") or [] if "derived_from" not in goal]
    primary = [goal for goal in stated if goal.get("weight") == "primary"]
    asked = {
        "/title": content.get("title"),
        "/summary": content.get("summary"),
        "/geography": somewhere,
        "/partners": others(content, lead_id),
        "/goals": stated and len(primary) <= MOST_PRIMARY_GOALS,
        "/start": content.get("start"),
    }
    return [pointer for pointer, there in asked.items() if not there]


def lacking_for_confirmed(content: Mapping[str, Any], lead_id: str, organizations: Organizations) -> list[str]:
    """One partner of another constituency has confirmed its part."""
    lead = (organizations.get(lead_id) or {}).get("constituency")
    candidates = [
        entry
        for entry in others(content, lead_id)
        if constituency_of(entry, organizations) not in (lead, UNSPECIFIED, None)
    ]
    return _unconfirmed(candidates)


def lacking_for_registered(content: Mapping[str, Any], lead_id: str, organizations: Organizations) -> list[str]:
    """What listing asks, and: independent and confirmed partners (of a `partnership`), a SMART deliverable, roles or an
    agreement, means."""
    lacking = lacking_for_listed(content, lead_id)
    if content["kind"] == "partnership":
        lacking += _lacking_partners(content, lead_id, organizations)
    lacking += _lacking_deliverable(content)
    lacking += _lacking_roles(content, lead_id)
    if not _has_means(content):
        lacking.append("/budget")
    return list(dict.fromkeys(lacking))


def lacking_for_assessable(content: Mapping[str, Any]) -> list[str]:
    """Answered (`[]` and `false` are answers), or silent for a stated reason."""
    silences = content.get("silences") or {}
    pointers = (f"/{name}" for name in ASKED_FOR_ASSESSMENT if content.get(name) is None)
    return [pointer for pointer in pointers if pointer not in silences]


# Partners


def others(content: Mapping[str, Any], lead_id: str) -> list[Entry]:
    """The partners beside the lead that count."""
    return [entry for entry in current(content) if organization_of(entry) != lead_id]


def current(content: Mapping[str, Any]) -> list[Entry]:
    """The partners that have neither declined nor left."""
    return [entry for entry in partners_of(content) if state_of(entry) != "declined" and not entry.get("left")]


def constituency_of(entry: Mapping[str, Any], organizations: Organizations) -> str | None:
    """The constituency of a partner, however it is shown."""
    organization_id = organization_of(entry)
    if organization_id is not None:
        said = organizations.get(organization_id) or entry.get("proposal") or {}
    else:
        said = entry.get("group") or entry.get("unnamed") or {}
    return said.get("constituency")


def _unconfirmed(candidates: Sequence[Entry]) -> list[str]:
    if any(state_of(entry) in CONFIRMED for entry in candidates):
        return []
    return [f"/partners/{entry['id']}/confirmation" for entry in candidates] or ["/partners"]


def _lacking_partners(content: Mapping[str, Any], lead_id: str, organizations: Organizations) -> list[str]:
    here = current(content)
    ids = {each for entry in here if (each := organization_of(entry)) is not None}
    constituencies = {constituency_of(entry, organizations) for entry in here} - {None, UNSPECIFIED}
    enough = len(constituencies) > 1 and any(
        independent(organizations.get(one) or {"id": one}, organizations.get(other) or {"id": other})
        for one, other in combinations(sorted(ids), 2)
    )
    return ([] if enough else ["/partners"]) + _unconfirmed(others(content, lead_id))


def independent(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether neither of two organizations is above the other, and nobody directly above both."""
    above_one = {one.get("parent_id"), one.get("controlled_by")} - {None}
    above_other = {other.get("parent_id"), other.get("controlled_by")} - {None}
    return not (
        one["id"] == other["id"] or one["id"] in above_other or other["id"] in above_one or above_one & above_other
    )


# Deliverables, roles, means


def lacking_to_be_smart(deliverable: Mapping[str, Any]) -> list[str]:
    """What a deliverable lacks: Specific (title and description), Measurable (an indicator with a target; an activity is one
    event with a date), Assigned (responsible and resources), Relevant (goals), Timed (due)."""
    measured = any(indicator.get("targets") for indicator in deliverable.get("indicators") or [])
    dated_event = deliverable.get("level") == "activity" and deliverable.get("due")
    lacking = [] if measured or dated_event else ["indicators"]
    return [
        *(name for name in ("title", "description") if not deliverable.get(name)),
        *lacking,
        *(name for name in ("responsible", "resources", "goals", "due") if not deliverable.get(name)),
    ]


def _lacking_deliverable(content: Mapping[str, Any]) -> list[str]:
    """One SMART deliverable; where none is, every one shows what it lacks."""
    lacking = {item["id"]: lacking_to_be_smart(item) for item in content.get("deliverables") or []}
    if not lacking:
        return ["/deliverables"]
    if not all(lacking.values()):
        return []
    return [f"/deliverables/{item_id}/{name}" for item_id, names in lacking.items() for name in names]


def _lacking_roles(content: Mapping[str, Any], lead_id: str) -> list[str]:
    agreement = content.get("agreement") or {}
    if agreement.get("type") not in (None, "none"):
        return []
    here = others(content, lead_id)
    if any(entry.get("roles") for entry in here):
        return []
    return [f"/partners/{entry['id']}/roles" for entry in here] or ["/agreement"]


def _has_means(content: Mapping[str, Any]) -> bool:
    budget = content.get("budget") or {}
    return bool(budget.get("totals")) or any(entry.get("contributions") for entry in current(content))
