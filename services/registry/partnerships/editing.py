"""What a record's content becomes when somebody writes it: partners matched, confirmations kept or fallen, ids given.

Pure functions; `service` calls them inside its transaction. An edit by the partnership and an import differ only in `Hand`:
what the lead says of itself is confirmed, what a source says never is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas import partial_dates, vocabulary
from schemas.partnership_parts import Partner
from services.chassis.errors import FieldError, Invalid
from services.registry.errors import LeadStays, PartnersOwnWords, ReadOnlyField
from services.registry.partnerships.content import (
    CONFIRMED,
    OWN_WORDS,
    Content,
    Entry,
    carry_ids,
    confirmation_after,
    confirmed_by_itself,
    covers,
    give_ids,
    has_confirmed,
    has_left_for_good,
    has_spoken,
    ids_in,
    left_on,
    match,
    merged,
    organization_of,
    partners_of,
    state_of,
    with_derived_goals,
    with_lead_role,
    without_ids,
)
from services.registry.partnerships.naming import refuse_hidden
from services.registry.partnerships.tiers import MOST_PRIMARY_GOALS


@dataclass(frozen=True, slots=True)
class Hand:
    """Who writes: for which lead, at what moment (RFC 3339), and whether an import does."""

    lead_id: str
    now: str
    imported: bool = False


def edited(writable: Mapping[str, Any], previous: Content | None, hand: Hand) -> Content:
    """The content after an edit. `writable`: the checked writable part of the document, whole; `previous`: None for a new record.

    Raises Invalid (ids that the record does not know, too many primary goals), PartnersOwnWords, PartnerDeclined.
    """
    content: Content = {**writable}
    content.setdefault("kind", (previous or {}).get("kind", "partnership"))
    before = partners_of(previous or {})
    if hand.imported:
        carry_ids(content, _without_partners(previous))
    else:
        _check_unnamed(content, before)
        refuse_hidden(content, previous or {})
    content["partners"] = _partners(content.get("partners") or [], before, hand)
    _check_derived_goals(content, previous)
    with_derived_goals(content, previous, _crosswalk)
    if not hand.imported:
        _check_primary_goals(content)
    give_ids(content, ids_in(previous or {}))
    return content


def _crosswalk(scheme: str, code: str) -> Sequence[tuple[str, str]]:
    return vocabulary.crosswalk(scheme, code) if scheme in ("mdg", "mdg-target") else ()


def _without_partners(content: Content | None) -> Content:
    return {name: value for name, value in (content or {}).items() if name != "partners"}


# Partners


def _partners(incoming: Sequence[Entry], before: Sequence[Entry], hand: Hand) -> list[Entry]:
    """The entries after an edit: those sent, then those that the writer cannot take away."""
    result: list[Entry] = []
    used: set[str] = set()
    named: set[str] = set()
    for index, entry in enumerate(incoming):
        previous = _previous(entry, before, used, named, f"/partners/{index}")
        if previous is None or not has_left_for_good(previous):
            named.add(organization_of(entry) or "")
        if previous is not None and state_of(previous) == "declined":
            continue  # the record keeps its answer, whatever a source repeats
        if previous is not None:
            used.add(previous["id"])
        result.append(_written(entry, previous, f"/partners/{index}", hand))
    kept = [entry for entry in before if entry["id"] not in used]
    for entry in kept:
        if state_of(entry) == "corrected" and "left" not in entry and not hand.imported:
            raise PartnersOwnWords(
                "A partner that corrected its entry cannot be taken out; if it has left, say so by its `leave`.",
                errors=[FieldError("/partners", f"the entry {entry['id']} is missing")],
            )
    result += [entry for entry in kept if state_of(entry) in ("declined", "corrected")]
    if not hand.imported:
        result += [left_on(entry, entry.get("left") or hand.now[:10]) for entry in kept if _leaves(entry, hand)]
    return _with_lead(result, before, hand)


def _check_unnamed(content: Content, before: Sequence[Entry]) -> None:
    """Raise PartnersOwnWords where an unnamed entry is sent with somebody: the same for who it is and for who it is not."""
    unnamed = {entry["id"] for entry in before if state_of(entry) == "unnamed"}
    errors = [
        FieldError(f"/partners/{index}/{name}", "is not to be said")
        for index, entry in enumerate(content.get("partners") or [])
        for name in ("organization", "group")
        if entry.get("id") in unnamed and name in entry
    ]
    if errors:
        raise PartnersOwnWords("This partner is its constituency alone; only it can change that.", errors=errors)


def _leaves(entry: Entry, hand: Hand) -> bool:
    """Whether a partner that is sent no more is said to have left: it was one by its own word; others were never.

    One that is not named stays too: without its entry nobody would know whom not to name.
    """
    spoken = has_confirmed(entry) or state_of(entry) == "unnamed" or "left_itself" in entry
    return spoken and state_of(entry) not in ("declined", "corrected") and organization_of(entry) != hand.lead_id


def _previous(entry: Entry, before: Sequence[Entry], used: set[str], named: set[str], at: str) -> Entry | None:
    """The entry of the record that an incoming one is. Raises Invalid."""
    organization_id = organization_of(entry)
    if "id" not in entry and organization_id is not None and organization_id in named:
        errors = [FieldError(f"{at}/organization", "this organization is there already")]
        raise Invalid("An organization is a partner once.", errors=errors)
    previous = match(entry, [each for each in before if each["id"] not in used])
    if "id" in entry and (previous is None or state_of(previous) == "declined"):
        detail = "no such partner is in this record, or it is there twice"
        raise Invalid("A partner with an id must be one of this record.", errors=[FieldError(f"{at}/id", detail)])
    return previous


def _written(entry: Entry, previous: Entry | None, at: str, hand: Hand) -> Entry:
    if previous is not None and hand.imported and state_of(previous) == "corrected":
        return previous
    result = merged(entry, previous)
    if hand.imported and previous is not None:
        carry_ids(result, previous, Partner)
    if previous is not None and not hand.imported and _gives_away(result, previous, hand):
        raise PartnersOwnWords(
            "The partner of this entry has confirmed it; if it has left, say so by its `leave`, and add the other one.",
            errors=[FieldError(f"{at}/organization", "is that of the partner which confirmed")],
        )
    if not hand.imported:
        _check_left(result, previous, at, hand)
    if organization_of(result) == hand.lead_id:
        result = with_lead_role(result)
        if not hand.imported:
            return {**result, "confirmation": confirmed_by_itself(result, previous, hand.now)}
    if previous is not None and state_of(previous) == "corrected" and covers(result) != covers(previous):
        raise _own_words(result, previous, at)
    confirmation = confirmation_after(result, previous, hand.now)
    if previous is not None and state_of(previous) in CONFIRMED and confirmation["state"] == "claimed":
        result["confirmed_before"] = True
    return {**result, "confirmation": confirmation}


def _gives_away(entry: Entry, previous: Entry, hand: Hand) -> bool:
    """Whether an edit puts somebody else in the place of a partner that has confirmed: its part would be gone without a trace."""
    organization_id = organization_of(previous)
    theirs = organization_id not in (None, hand.lead_id) and has_confirmed(previous)
    return theirs and organization_of(entry) != organization_id


def _check_left(entry: Entry, previous: Entry | None, at: str, hand: Hand) -> None:
    """Raise unless an edit may say this of leaving: what a partner said of itself is not undone, nor is its past rewritten."""
    left, before = entry.get("left"), (previous or {}).get("left")
    if left == before:
        return
    if left is not None and organization_of(entry) == hand.lead_id:
        raise LeadStays("The lead cannot leave its record; withdraw it, or say that the partnership ended.")
    if previous is not None and (has_left_for_good(previous) or (left is not None and has_spoken(previous))):
        raise PartnersOwnWords(
            "This partner has answered for itself. That it has left is said by its `leave`; to join again it is added again.",
            errors=[FieldError(f"{at}/left", "is not changed by an edit")],
        )
    if left is not None:
        refuse_ahead(left, hand.now[:10], f"{at}/left")


def refuse_ahead(left: str, today: str, pointer: str) -> None:
    """Raise Invalid for a day of leaving that surely lies ahead."""
    if partial_dates.surely_after(left, today):
        raise Invalid("A partner leaves today or has left before.", errors=[FieldError(pointer, "is in the future")])


def _own_words(entry: Entry, previous: Entry, at: str) -> PartnersOwnWords:
    changed = [
        name
        for name in (*OWN_WORDS, "organization", "group", "unnamed")
        if without_ids(entry.get(name)) != without_ids(previous.get(name))
    ]
    return PartnersOwnWords(
        "The partner has corrected this entry; its words stand. Add a comment, or ask it to correct them again.",
        errors=[FieldError(f"{at}/{name}", "is the partner's own") for name in changed],
    )


def _with_lead(entries: list[Entry], before: Sequence[Entry], hand: Hand) -> list[Entry]:
    """The lead is a partner from creation, whether or not it was sent."""
    if any(organization_of(entry) == hand.lead_id for entry in entries):
        return entries
    kept = next((entry for entry in before if organization_of(entry) == hand.lead_id), None)
    entry = kept or with_lead_role({"organization": {"id": hand.lead_id}})
    if kept is None:
        confirmation = (
            {"state": "claimed", "at": hand.now} if hand.imported else confirmed_by_itself(entry, None, hand.now)
        )
        entry = {**entry, "confirmation": confirmation}
    return [entry, *entries]


# Goals


def _check_derived_goals(content: Content, previous: Content | None) -> None:
    """A derived goal may be repeated, never stated by a client."""
    known = {goal["id"] for goal in (previous or {}).get("goals") or [] if "derived_from" in goal}
    errors = [
        FieldError(f"/goals/{index}/derived_from", "is set by the crosswalk alone; leave it out")
        for index, goal in enumerate(content.get("goals") or [])
        if "derived_from" in goal and goal.get("id") not in known
    ]
    if errors:
        raise ReadOnlyField("Derived goals are added by the crosswalk.", errors=errors)


def _check_primary_goals(content: Content) -> None:
    primary = [index for index, goal in enumerate(content.get("goals") or []) if goal.get("weight") == "primary"]
    if len(primary) > MOST_PRIMARY_GOALS:
        raise Invalid(
            "A record has at most three primary goals; the others are secondary.",
            errors=[FieldError(f"/goals/{index}/weight", "is more than the third primary") for index in primary[3:]],
        )


# Read-only fields


def set_aside_lacks(writable: Content, repeated: dict[str, Any]) -> None:
    """Move what deliverables are said to lack from the writable part to what is repeated of the read-only one."""
    kept = []
    for index, item in enumerate(writable.get("deliverables") or []):
        if "lacks" in item:
            repeated[f"/deliverables/{index}/lacks"] = {"id": item.get("id"), "lacks": item["lacks"]}
        kept.append({name: value for name, value in item.items() if name != "lacks"})
    if kept:
        writable["deliverables"] = kept


def check_repeated(
    repeated: Mapping[str, Any],
    renderings: Iterable[Mapping[str, Any]],
    partners: Sequence[Entry],
    organizations: Mapping[str, Any],
) -> None:
    """Raise ReadOnlyField unless what was sent of the read-only part equals the document, or an earlier rendering of it.

    `repeated`: values by pointer, as `schemas.partnership.split_read_only` gives them; `renderings`: of the version that is edited,
    the present one first; `partners`: the entries sent, whose places the pointers use.
    """
    wrong = list(repeated)
    for document in renderings:
        wrong = [
            each for each in wrong if repeated[each] != _said(each, repeated[each], document, partners, organizations)
        ]
        if not wrong:
            return
    errors = [FieldError(pointer, "cannot be written; leave it out or send it as it is") for pointer in wrong]
    raise ReadOnlyField("Leave out the fields that others keep, or send them as they are.", errors=errors)


def _said(
    pointer: str,
    repeated: Any,
    document: Mapping[str, Any],
    partners: Sequence[Entry],
    organizations: Mapping[str, Any],
) -> Any:
    """What the document says at a pointer into the input; of a partner that is new to it, what its organization says."""
    _, first, *rest = pointer.split("/")
    if first == "deliverables":
        items: list[dict[str, Any]] = document.get(first) or []
        item: dict[str, Any] = next((each for each in items if each["id"] == repeated["id"]), {})
        return {"id": repeated["id"], "lacks": item.get("lacks")}
    if first != "partners":
        return document.get(first)
    entry = partners[int(rest[0])]
    shown = match(entry, document.get("partners") or [])
    if rest[1] == "organization":
        said = (shown or {}).get("organization") or {}
        if said.get("id") != organization_of(entry):
            said = organizations.get(str(organization_of(entry))) or {}
        return said.get(rest[2])
    return (shown or {}).get(rest[1])
