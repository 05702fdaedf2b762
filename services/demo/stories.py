"""How the records of the demo world came to be: their stories, told by the use cases of the registry.

A story is a list of steps, each with a `day` and one of the verbs of `_VERBS`. The file of a record says what it is today; a
step that writes it (`draft`, `list`, `update`) writes what was known on its day, and reports are sent in on the day they were
submitted. Nobody cheats: leads write, partners answer, registrars decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from sqlalchemy import select

from schemas.documents import StoredDocument
from schemas.partnership import (
    ClaimCommand,
    ConfirmationCommand,
    PartnershipInput,
    ReportCommand,
    TransitionCommand,
)
from schemas.partnership_parts import Partner
from services.chassis.identity import Principal
from services.demo import world_files
from services.demo.days import known_by, offset_of, resolved
from services.demo.people import ANSWERING
from services.demo.register import Happening, Register
from services.demo.world_files import Record
from services.registry.imports.service import import_iati
from services.registry.partnerships import (
    claims,
    invitations,
    partners,
    processes,
    reports,
    service,
    transitions,
)
from services.registry.partnerships.content import carry_ids
from services.registry.partnerships.models import Partnership

IMPORTED_ON, CLAIMED_ON = -30, -3
CLAIMED = ("XI-DEMO-SEN-OFFICE-ETUVES-02", "delta-communes")
OF_REPORT = ("period", "due", "submitted", "url", "narrative", "next_plan", "explanation")
# What an update leaves alone: reports have a use case of their own, goals have got others beside them by the crosswalk.
NOT_UPDATED = ("reports", "next_due", "goals", "partners")
OWN_WORDS = ("corrected", "answered", "unnamed")


def happenings(register: Register) -> list[Happening]:
    """Everything that happens to the records, in no order of days."""
    found = [
        Happening(IMPORTED_ON, partial(_import, register)),
        Happening(CLAIMED_ON, partial(_claim, register)),
    ]
    for record in world_files.records():
        found += _Telling(register, record).happenings()
    return found


def _import(register: Register) -> None:
    """What two publishers report, with the dates of this seeding."""
    with TemporaryDirectory() as folder:
        file = Path(folder, world_files.IATI.name)
        file.write_text(register.days.word(world_files.IATI.read_text(encoding="utf-8")), encoding="utf-8")
        report = import_iati(register.database, [file])
    if report.rejections:
        raise ValueError(f"the demo world's IATI file has errors: {report.rejections}")


def _claim(register: Register) -> None:
    """Somebody of a partner claims an imported record; a registrar has still to decide."""
    identifier, organization = CLAIMED
    with register.database.reading() as session:
        record_id = session.scalars(select(Partnership.id).where(Partnership.source_identifier == identifier)).one()
    claimant = register.people.acting(organization, *ANSWERING)
    assert claimant is not None
    claims.claim(register.database, claimant, record_id, register.loaded(ClaimCommand, {}), None)


@dataclass
class _Telling:
    """One record while its story is told: its document as it was last stored, and the unit that it was submitted to."""

    register: Register
    record: Record
    stored: StoredDocument | None = None
    unit: str = ""

    def happenings(self) -> Iterator[Happening]:
        """The steps of the story, and the reports that were submitted since the record was made."""
        for step in self.record.story:
            yield Happening(step["day"], partial(self.take, step))
        made = self.record.story[0]["day"]
        for item in self.record.content.get("reports", ()):
            submitted = offset_of(item.get("submitted"))
            if submitted is not None and submitted > made:
                yield Happening(submitted, partial(self.report, item, submitted))

    def take(self, step: Mapping[str, Any]) -> None:
        """One step, by its verb."""
        verb = next(name for name in step if name in _VERBS)
        _VERBS[verb](self, step)

    # The partnership's own people

    @property
    def lead(self) -> Principal:
        """The person who speaks for the lead."""
        return self.somebody(self.record.lead, "lead", "focal_point")

    def somebody(self, organization: str, *functions: str) -> Principal:
        """Who has one of the functions in an organization. Raises `ValueError` where the world has nobody."""
        found = self.register.people.acting(organization, *functions)
        if found is None:
            raise ValueError(f"{self.record.key}: nobody of {organization} is {' or '.join(functions)}")
        return found

    def draft(self, step: Mapping[str, Any]) -> None:
        """The record is begun, with what was known on that day."""
        known = {**known_by(self.record.content, step["day"]), "organization_id": f"org:{self.record.lead}"}
        if "deliverables" in known:  # those that others serve have no id yet
            known["deliverables"] = [each for each in known["deliverables"] if "parent_id" not in each]
        data = {name: value for name, value in known.items() if name not in step.get("without", ())}
        data = self.register.loaded(PartnershipInput, data)
        self.stored = service.create(self.register.database, self.lead, data)

    def make_public(self, step: Mapping[str, Any]) -> None:
        """The record becomes public."""
        self.draft(step)
        self.move(self.lead, to="listed")

    def update(self, step: Mapping[str, Any]) -> None:
        """The lead writes down what is known by now; items keep their ids."""
        document = self.document()
        wanted = self.resolved(known_by(self.record.content, step["day"]), document)
        entries = self.entries(wanted["partners"], document["partners"])
        wanted = {name: value for name, value in wanted.items() if name not in NOT_UPDATED}
        carry_ids(wanted, document)
        changes = {name: value for name, value in wanted.items() if value != document.get(name)}
        changes["partners"] = entries
        self.stored = service.patch(self.register.database, self.lead, self.id, changes, None)

    def entries(self, wanted: list[dict[str, Any]], here: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The entries of partners after an update: those that spoke for themselves stay as they are."""
        result = []
        named = {_who(each): each for each in wanted}
        for entry in here:
            written = named.get(_who(entry))
            if written is None or entry["confirmation"]["state"] in OWN_WORDS:
                result.append(entry)
                continue
            carry_ids(written, entry, Partner)
            result.append({**written, "id": entry["id"]})
        return result

    def report(self, item: Mapping[str, Any], day: int) -> None:
        """A report, with the values reached that were known and not yet in the record."""
        document = self.document()
        known = self.resolved(known_by(self.record.content, day), document)
        command = {name: item[name] for name in OF_REPORT if name in item}
        actuals = list(_new_actuals(known.get("deliverables", ()), document.get("deliverables", ())))
        data = self.register.loaded(ReportCommand, {**command, **({"actuals": actuals} if actuals else {})})
        self.stored = reports.report(self.register.database, self.lead, self.id, data, None)

    def submit(self, step: Mapping[str, Any]) -> None:
        """To the unit that the step names."""
        self.unit = step["submit"]
        self.move(self.lead, to="submitted", unit_id=f"unit:{self.unit}")

    def change_phase(self, step: Mapping[str, Any]) -> None:
        """To the phase that the step names."""
        self.move(self.lead, to=step["phase"])

    def end_early(self, step: Mapping[str, Any]) -> None:
        """With a public reason."""
        self.move(self.lead, to="ended_early", reason=step["end_early"])

    def withdraw(self, step: Mapping[str, Any]) -> None:
        """With a public reason; a tombstone remains."""
        self.move(self.lead, to="withdrawn", reason=step["withdraw"])

    # Registrars

    @property
    def registrar(self) -> Principal:
        """The registrar of the unit that the record was submitted to."""
        organization = world_files.units()[self.unit]["organization_id"].removeprefix("org:")
        return self.somebody(organization, "registrar")

    def accept(self, _step: Mapping[str, Any]) -> None:
        """submitted → registered."""
        self.move(self.registrar, to="registered")

    def send_back(self, step: Mapping[str, Any]) -> None:
        """submitted → returned, with public reasons."""
        self.move(self.registrar, to="returned", reason=step["return"])

    def suspend(self, step: Mapping[str, Any]) -> None:
        """registered → suspended, with a public reason."""
        self.move(self.registrar, to="suspended", reason=step["suspend"])

    def move(self, principal: Principal, **command: Any) -> None:
        """A transition."""
        data = self.register.loaded(TransitionCommand, command)
        self.stored = transitions.move(self.register.database, principal, self.id, data, None)

    # Partners

    def confirm(self, step: Mapping[str, Any]) -> None:
        """Partners confirm what is said of them."""
        for organization in step["confirm"]:
            self.stored = self.answer(organization, {"decision": "confirm"})

    def correct(self, step: Mapping[str, Any]) -> None:
        """A partner says it in its own words."""
        self.stored = self.answer(step["correct"], {"decision": "correct", **step["with"]})

    def decline(self, step: Mapping[str, Any]) -> None:
        """A partner does not want to be named, and is not one."""
        self.stored = self.answer(step["decline"], {"decision": "decline"})

    def hide(self, step: Mapping[str, Any]) -> None:
        """A partner at risk is shown by its constituency alone."""
        self.stored = self.answer(step["unnamed"], {"decision": "unnamed"})

    def answer(self, organization: str, decision: Mapping[str, Any]) -> StoredDocument:
        """By a person who may, else through a link that the lead sends to the organization's own address."""
        database, command = self.register.database, self.register.loaded(ConfirmationCommand, decision)
        entry = self.entry(organization)
        answering = self.register.people.acting(organization, *ANSWERING)
        if answering is not None:
            return partners.answer(database, answering, self.id, entry, command, None)
        key = self.register.settings.address_key
        invitation = {"email": _address_of(organization)}
        sent = invitations.invite(database, key, self.lead, self.id, entry, invitation)
        return invitations.answer(database, invitations.token_of(key, sent["id"]), command)

    def entry(self, organization: str) -> str:
        """The id of a partner's entry."""
        wanted = self.register.ids[f"org:{organization}"]
        return next(
            str(each["id"]) for each in self.document()["partners"] if each.get("organization", {}).get("id") == wanted
        )

    def confirm_process(self, step: Mapping[str, Any]) -> None:
        """An authority confirms that the record is tied to its plan."""
        wanted = step["confirm_process"]
        process = next(each for each in self.document()["processes"] if wanted in each["name"].values())
        authority = self.register.people.principals[step["by"]]
        self.stored = processes.confirm(self.register.database, authority, self.id, process["id"], {}, None)

    def vouch(self, step: Mapping[str, Any]) -> None:
        """The contact of a network vouches for an answer that came through a link."""
        voucher = self.register.people.principals[step["by"]]
        entry = self.entry(step["vouch"])
        self.stored = partners.vouch(self.register.database, voucher, self.id, entry, None)

    # Shared

    @property
    def id(self) -> str:
        """The id that the registry gave."""
        assert self.stored is not None
        return self.stored.id

    def document(self) -> dict[str, Any]:
        """The record as it now is."""
        assert self.stored is not None
        found: dict[str, Any] = orjson.loads(self.stored.body)
        return found

    def resolved(self, known: dict[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
        """What the file says, with dates, ids, and the deliverables that others serve (`item:TITLE`) as the document has them."""
        found: dict[str, Any] = resolved(known, self.register.days, self.register.ids.__getitem__)
        titles = {title: each["id"] for each in document.get("deliverables", ()) for title in each["title"].values()}
        for each in found.get("deliverables", ()):
            if "parent_id" in each:
                each["parent_id"] = titles[each["parent_id"].removeprefix("item:")]
        return found


_VERBS: dict[str, Callable[[_Telling, Mapping[str, Any]], object]] = {
    "draft": _Telling.draft,
    "list": _Telling.make_public,
    "update": _Telling.update,
    "submit": _Telling.submit,
    "register": _Telling.accept,
    "return": _Telling.send_back,
    "suspend": _Telling.suspend,
    "withdraw": _Telling.withdraw,
    "end_early": _Telling.end_early,
    "phase": _Telling.change_phase,
    "confirm": _Telling.confirm,
    "correct": _Telling.correct,
    "decline": _Telling.decline,
    "unnamed": _Telling.hide,
    "confirm_process": _Telling.confirm_process,
    "vouch": _Telling.vouch,
}


def _who(entry: Mapping[str, Any]) -> bytes:
    """What tells an entry of a partner from the others: the organization's id, else the group or constituency."""
    organization = entry.get("organization")
    return orjson.dumps(organization["id"] if organization else entry.get("group") or entry.get("unnamed"))


def _address_of(organization: str) -> str:
    """An address on the organization's own domain; a village committee without one has an address elsewhere."""
    domains = world_files.organizations()[organization].get("domains")
    return f"office@{domains[0]}" if domains else f"{organization}@village-post.example"


def _new_actuals(known: Any, here: Any) -> Iterator[dict[str, Any]]:
    """The values of indicators that the file knows and the document has not, as `ActualCommand`s."""
    indicators = {_title(each): each for deliverable in here for each in deliverable.get("indicators", ())}
    for deliverable in known:
        for indicator in deliverable.get("indicators", ()):
            listed = indicators.get(_title(indicator))
            periods = [each.get("period") for each in (listed or {}).get("actuals", ())]
            for actual in indicator.get("actuals", ()):
                if listed is not None and actual.get("period") not in periods:
                    yield {"indicator_id": listed["id"], **actual}


def _title(indicator: Mapping[str, Any]) -> bytes:
    return orjson.dumps(indicator["title"], option=orjson.OPT_SORT_KEYS)
