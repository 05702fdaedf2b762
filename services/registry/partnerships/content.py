"""The content of a record: what its writable part becomes when somebody edits it. Pure functions, no database.

`content` has the document's shape, but keeps what the public does not see: a partner that declined or asked not to be named keeps
its `organization`, one proposed in a draft its `proposal`, one whose confirmation fell that it had `confirmed_before`, and one
that said itself that it left that it `left_itself`.
`projections` makes the public document of it.
"""

import functools
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from marshmallow import Schema

from schemas import documents
from schemas.partnership import PartnershipDocument
from schemas.partnership_parts import Partner
from services.chassis.errors import FieldError, Invalid
from services.chassis.identifiers import uuid7

Content = dict[str, Any]
Entry = dict[str, Any]

COVERED = ("organization", "group", "unnamed", "roles", "joined", "contributions", "effort")
OWN_WORDS = ("roles", "joined", "contributions", "effort")
CONFIRMED = frozenset({"confirmed", "corrected"})
HIDDEN = frozenset({"declined", "unnamed"})
# Lists whose items aid data names by themselves: the next import finds them again by these members.
SOURCE_KEYS = ("title", "scheme", "code", "type", "kind", "basis", "identifier", "name", "date", "period")


# Items and their ids


@functools.cache
def _parts(contract: type[Schema]) -> tuple[tuple[str, tuple[type[Schema], ...]], ...]:
    """The members of a contract that hold other contracts."""
    plan = ((name, documents.parts_of(field)) for name, field in contract._declared_fields.items())
    return tuple((name, parts) for name, parts in plan if parts)


@functools.cache
def _has_id(contract: type[Schema]) -> bool:
    return bool(getattr(contract._declared_fields.get("id"), "assigned", False))


def _inner(data: Mapping[str, Any], contract: type[Schema]) -> Iterator[tuple[str, Any, type[Schema]]]:
    """Every object directly inside: its pointer from here, itself, its contract."""
    for name, parts in _parts(contract):
        value = data.get(name)
        if isinstance(value, dict):
            yield f"/{name}", value, parts[0]
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    yield f"/{name}/{index}", item, parts[0]


def ids_in(data: Mapping[str, Any], contract: type[Schema] = PartnershipDocument) -> set[str]:
    """The ids of all items of a record."""
    found = {data["id"]} if _has_id(contract) and "id" in data else set()
    for _, value, part in _inner(data, contract):
        found |= ids_in(value, part)
    return found


def give_ids(data: Content, known: set[str], contract: type[Schema] = PartnershipDocument) -> None:
    """Give an id to every item without one, in place; who writes may choose the id of a new one, so that others can refer to it.

    Raises Invalid for an id that two items have, and for a partner that the record does not know: what a partner confirms hangs on
    its id.
    """
    errors: list[FieldError] = []
    _give_ids(data, known, contract, "", {}, errors)
    if errors:
        raise Invalid("The ids of items do not fit; leave the id of a new one out.", errors=errors)


def _give_ids(
    data: Content, known: set[str], contract: type[Schema], at: str, seen: dict[str, str], errors: list[FieldError]
) -> None:
    for step, value, part in _inner(data, contract):
        here = f"{at}{step}"
        if _has_id(part):
            chosen = "id" in value
            item_id = value.setdefault("id", uuid7())
            if item_id in seen:
                errors.append(FieldError(f"{here}/id", f"{seen[item_id]} has this id already"))
            elif chosen and item_id not in known and issubclass(part, Partner):
                errors.append(FieldError(f"{here}/id", "no such partner is in this record"))
            seen.setdefault(item_id, here)
        _give_ids(value, known, part, here, seen, errors)


def known_ids_only(data: Mapping[str, Any], known: set[str], contract: type[Schema] = PartnershipDocument) -> Content:
    """A copy in which items whose id the record does not know have none."""
    result = dict(data)
    for name, parts in _parts(contract):
        value = data.get(name)
        if isinstance(value, dict):
            result[name] = _known_id_only(value, known, parts[0])
        elif isinstance(value, list):
            result[name] = [_known_id_only(each, known, parts[0]) if isinstance(each, dict) else each for each in value]
    return result


def _known_id_only(value: Mapping[str, Any], known: set[str], part: type[Schema]) -> Content:
    inner = known_ids_only(value, known, part)
    if _has_id(part) and inner.get("id") not in known:
        inner.pop("id", None)
    return inner


def without_ids(value: Any, keep: bool = False) -> Any:
    """The same value without the ids of items (an organization's `id` says who it is, and stays)."""
    if isinstance(value, dict):
        return {
            name: without_ids(inner, name == "organization") for name, inner in value.items() if keep or name != "id"
        }
    if isinstance(value, list):
        return [without_ids(inner) for inner in value]
    return value


# Partners


def covers(entry: Mapping[str, Any]) -> str:
    """The hash of what a partner confirms: who it is, its roles, contributions, effort, and since when."""
    covered = {name: entry[name] for name in COVERED if name in entry}
    return hashlib.sha256(orjson.dumps(without_ids(covered), option=orjson.OPT_SORT_KEYS)).hexdigest()


def organization_of(entry: Mapping[str, Any]) -> str | None:
    """The id of the organization that an entry is about, shown or not."""
    organization = entry.get("organization")
    return str(organization["id"]) if organization else None


def state_of(entry: Mapping[str, Any]) -> str:
    """What the partner has said of its entry."""
    return str(entry["confirmation"]["state"])


def has_confirmed(entry: Mapping[str, Any]) -> bool:
    """Whether the partner has said that it is one, also where the lead has changed the entry since."""
    return state_of(entry) in CONFIRMED or "confirmed_before" in entry


def has_spoken(entry: Mapping[str, Any]) -> bool:
    """Whether the partner has answered, also where the lead has changed the entry since."""
    return state_of(entry) != "claimed" or "confirmed_before" in entry


def has_left_for_good(entry: Mapping[str, Any]) -> bool:
    """Whether the partner's own word stands against its being one still; if it joins again, that is another entry."""
    return "left_itself" in entry or (state_of(entry) == "corrected" and "left" in entry)


def left_on(entry: Entry, day: str) -> Entry:
    """The entry of a partner that has left: it stays, because who was a partner is no judge for years (method.md)."""
    return {**entry, "left": day}


def hidden_organizations(content: Mapping[str, Any]) -> set[str]:
    """The organizations that a record does not name: those of hidden entries, unless another entry shows them."""
    by_state = [(state_of(entry) in HIDDEN, organization_of(entry)) for entry in partners_of(content)]
    hidden, shown = ({each for is_hidden, each in by_state if is_hidden is wanted and each} for wanted in (True, False))
    return hidden - shown


def declined_entry(entry: Mapping[str, Any], at: str) -> Entry:
    """Of a partner that declined only who it is remains, unseen, so that nobody enters it again."""
    kept: Entry = {name: entry[name] for name in ("id", "organization", "group", "unnamed") if name in entry}
    return {**kept, "confirmation": {"state": "declined", "at": _since("declined", entry, at)}}


def unnamed_entry(entry: Mapping[str, Any], at: str) -> Entry:
    """A partner at risk, who is shown by its constituency alone."""
    kept = {name: value for name, value in entry.items() if name not in ("confirmation", "comment")}
    return {**kept, "confirmation": {"state": "unnamed", "at": _since("unnamed", entry, at)}}


def _since(state: str, entry: Mapping[str, Any], at: str) -> str:
    """When the state began: who says the same again has said it before."""
    return str(entry["confirmation"]["at"]) if state_of(entry) == state else at


def together_with(content: Mapping[str, Any], entry: Entry) -> list[Entry]:
    """The entry with all others of its organization: one that has joined again or was merged has several."""
    organization_id = organization_of(entry)
    others = [each for each in partners_of(content) if organization_of(each) == organization_id is not None]
    return [entry, *(each for each in others if each["id"] != entry["id"])]


def partners_of(content: Mapping[str, Any]) -> list[Entry]:
    """All entries, the declined ones too."""
    return content.get("partners") or []


def entry_of(content: Mapping[str, Any], partner_id: str) -> Entry | None:
    """The entry with that id, also when it declined."""
    return next((entry for entry in partners_of(content) if entry["id"] == partner_id), None)


def with_entry(content: Mapping[str, Any], entry: Entry) -> Content:
    """The content with that entry in the place of the one with its id."""
    partners = [entry if each["id"] == entry["id"] else each for each in partners_of(content)]
    return {**content, "partners": partners}


def match(entry: Mapping[str, Any], known: Sequence[Entry]) -> Entry | None:
    """The entry of the record that an incoming one means: the one with its id, else the one of its organization.

    Who has left by its own word is not meant by its name: it would be put back without having been asked.
    """
    if "id" in entry:
        return next((each for each in known if each["id"] == entry["id"]), None)
    organization_id = organization_of(entry)
    if organization_id is None:
        return None
    here = [each for each in known if organization_of(each) == organization_id and not has_left_for_good(each)]
    return min(here, key=lambda each: state_of(each) in HIDDEN, default=None)


def confirmed_by_itself(entry: Mapping[str, Any], previous: Mapping[str, Any] | None, now: str) -> dict[str, Any]:
    """The confirmation of the lead's own entry: what it says of itself counts as confirmed (record.md)."""
    before = previous["confirmation"] if previous else {}
    since = before["at"] if before.get("state") == "confirmed" else now
    return {"state": "confirmed", "at": since, "covers": covers(entry)}


def confirmation_after(entry: Mapping[str, Any], previous: Mapping[str, Any] | None, now: str) -> dict[str, Any]:
    """The confirmation of an entry that somebody else has written: what was confirmed falls back when it was changed."""
    if previous is None:
        return {"state": "claimed", "at": now}
    before: dict[str, Any] = previous["confirmation"]
    if before["state"] in HIDDEN or before["state"] == "claimed":
        return before
    rejoins = "left" in previous and "left" not in entry
    same = before.get("covers") == covers(entry) and not rejoins
    return before if same else {"state": "claimed", "at": now}


def merged(entry: Entry, previous: Entry | None) -> Entry:
    """An incoming entry as the record keeps it: ids stay where nothing changed, and so does who an unnamed one really is."""
    kept = {name: value for name, value in entry.items() if name != "confirmation"}
    if previous is None:
        return kept
    kept["id"] = previous["id"]
    kept.update({name: True for name in ("confirmed_before", "left_itself") if name in previous})
    if state_of(previous) in HIDDEN:
        for name in ("organization", "group", "unnamed"):
            kept.pop(name, None)
            if name in previous:
                kept[name] = previous[name]
    elif "proposal" in previous and organization_of(previous) == organization_of(entry):
        kept["proposal"] = previous["proposal"]
    before = previous.get("contributions")
    if before is not None and without_ids(kept.get("contributions")) == without_ids(before):
        kept["contributions"] = before
    return kept


def with_lead_role(entry: Entry) -> Entry:
    """The lead's own entry says that it leads."""
    roles = entry.get("roles") or []
    return entry if "lead" in roles else {**entry, "roles": ["lead", *roles]}


# Goals


def with_derived_goals(
    content: Content, previous: Mapping[str, Any] | None, crosswalk: Callable[[str, str], Sequence[tuple[str, str]]]
) -> None:
    """Add the goals that the crosswalk derives from stated ones; it adds and never replaces. In place.

    Derived goals of an input are left out and derived again; those that remain keep their ids.
    """
    goals = content.get("goals")
    if goals is None:
        return
    stated = [goal for goal in goals if "derived_from" not in goal]
    known = {(goal["scheme"], goal["code"]) for goal in stated}
    before = {
        (goal["scheme"], goal["code"], goal["derived_from"]): goal["id"]
        for goal in (previous or {}).get("goals") or []
        if "derived_from" in goal
    }
    derived: list[dict[str, Any]] = []
    for goal in stated:
        origin = f"{goal['scheme']}:{goal['code']}"
        for scheme, code in crosswalk(goal["scheme"], goal["code"]):
            if (scheme, code) not in known:
                known.add((scheme, code))
                item = {"scheme": scheme, "code": code, "derived_from": origin}
                kept = before.get((scheme, code, origin))
                derived.append({"id": kept, **item} if kept else item)
    content["goals"] = stated + derived


# Imports


def carry_ids(data: Content, previous: Mapping[str, Any], contract: type[Schema] = PartnershipDocument) -> None:
    """Give the items of an imported content the ids of the same items of the import before it, in place."""
    for name, parts in _parts(contract):
        value, before = data.get(name), previous.get(name)
        if isinstance(value, dict) and isinstance(before, dict):
            if _has_id(parts[0]) and "id" in before:
                value.setdefault("id", before["id"])
            carry_ids(value, before, parts[0])
        elif isinstance(value, list) and isinstance(before, list):
            for item, old in _pairs(value, before):
                if _has_id(parts[0]):
                    item.setdefault("id", old["id"])
                carry_ids(item, old, parts[0])


def _pairs(items: list[Any], before: list[Any]) -> Iterator[tuple[Content, Content]]:
    """Items with the old ones that they are: equal ones, else the first with the same key, each old one once."""
    waiting: dict[str, list[Content]] = {}
    left: list[Content] = []
    for old in before:
        if isinstance(old, dict):
            waiting.setdefault(_fingerprint(without_ids(old)), []).append(old)
    for item in items:
        same = waiting.get(_fingerprint(without_ids(item))) if isinstance(item, dict) else None
        if same:
            yield item, same.pop(0)
        elif isinstance(item, dict):
            left.append(item)
    keyed: dict[str, list[Content]] = {}
    for old in (old for olds in waiting.values() for old in olds):
        keyed.setdefault(_source_key(old), []).append(old)
    for item in left:
        candidates = keyed.get(_source_key(item))
        if candidates:
            yield item, candidates.pop(0)


def _fingerprint(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _source_key(item: Mapping[str, Any]) -> str:
    return _fingerprint({name: without_ids(item[name]) for name in SOURCE_KEYS if name in item})
