"""Focal points: who acts for an organization, with which functions, until when. The registry owns them (Panel ¶72).

Addresses are in commands only, never in a document; the internal document that says who the person is, is `schemas.authority`.
"""

from __future__ import annotations

from typing import Any

from marshmallow import validates_schema

from schemas import fields as f
from schemas.documents import Contract
from schemas.partnership_parts import OF_ORGANIZATION, in_order

STATES = ("designated", "bound", "lapsed", "ended")


class FocalPointDocument(Contract):
    """A designation, as the public sees it."""

    id = f.Identifier(required=True)
    version = f.Count("Counts edits.", least=1, required=True)
    revision = f.Count("Counts renderings.", least=1, required=True)
    state = f.Choice(STATES, "bound: the person is known and verified; designated: not yet.", required=True)
    organization_id = f.Identifier(OF_ORGANIZATION, required=True)
    display_name = f.Line("None once the person is erased.", limit=200)
    functions = f.Items(f.Code("focal-point-function", closed=True), required=True, unique=True)
    term_start = f.FullDate("The first day.")
    term_end = f.FullDate("The last day.")
    languages = f.Items(f.Language(), unique=True)
    countries = f.Items(f.Country(), unique=True)
    predecessor_id = f.Identifier("The designation that was handed over.")
    created_at = f.Timestamp(required=True)
    updated_at = f.Timestamp(required=True)


class FocalPointPage(Contract):
    items = f.Items(FocalPointDocument, required=True)
    total = f.Count()
    next = f.Line(limit=2_000)


class DesignationCommand(Contract):
    """Designates somebody; it binds to the person who has verified the address."""

    organization_id = f.Identifier(OF_ORGANIZATION, required=True)
    email = f.Address("Private.", required=True)
    display_name = f.Line(limit=200, required=True)
    functions = f.Items(f.Code("focal-point-function", closed=True), required=True, least=1, unique=True)
    term_start = f.FullDate("The first day; today where it is not said.")
    term_end = f.FullDate("The last day.")
    languages = f.Items(f.Language(), most=100, unique=True)
    countries = f.Items(f.Country().for_input(), most=300, unique=True)

    @validates_schema
    def ends_after_it_starts(self, data: dict[str, Any], **_: object) -> None:
        in_order(data, "term_start", "term_end")


class HandoverCommand(Contract):
    """Hands a designation over to somebody else; functions, languages and countries stay where they are not given."""

    email = f.Address("Private.", required=True)
    display_name = f.Line(limit=200, required=True)
    functions = f.Items(f.Code("focal-point-function", closed=True), least=1, unique=True)
    term_start = f.FullDate("The first day of the new term; today where it is not said.")
    term_end = f.FullDate("The last day of the new term.")
    languages = f.Items(f.Language(), most=100, unique=True)
    countries = f.Items(f.Country().for_input(), most=300, unique=True)

    @validates_schema
    def ends_after_it_starts(self, data: dict[str, Any], **_: object) -> None:
        in_order(data, "term_start", "term_end")


class EndCommand(Contract):
    """Ends a designation or nomination."""

    term_end = f.FullDate("The last day; today where it is not said.")
    reason = f.Text("Kept in private.", limit=5_000)


class Uncovered(Contract):
    """An organization for which nobody speaks."""

    organization_id = f.Identifier(OF_ORGANIZATION, required=True)
    name = f.LanguageMap(limit=f.LINE, required=True)
    constituency = f.Code("constituency")
    country = f.Country()
    state = f.Choice(("never", "unbound", "lapsed", "ended"), "Whether there was somebody once.")
    since = f.FullDate("Since when there has been nobody.")


class Coverage(Contract):
    """Which bodies have no focal point."""

    items = f.Items(Uncovered, required=True)
    total = f.Count()
    covered = f.Count("How many organizations have one.")
    next = f.Line(limit=2_000)


class OwnOrganization(Contract):
    organization_id = f.Identifier(OF_ORGANIZATION, required=True)
    functions = f.Items(f.Code("focal-point-function"), "Those that others include are among them.", required=True)


class OwnUnit(Contract):
    unit_id = f.Identifier(required=True)
    organization_id = f.Identifier(OF_ORGANIZATION, required=True)
    countries = f.Items(f.Country())
    goals = f.Items(f.GoalReference())


class OwnNetwork(Contract):
    network_id = f.Identifier(required=True)


class OwnNomination(Contract):
    id = f.Identifier(required=True)
    network_id = f.Identifier(required=True)
    roles = f.Items(f.Line(limit=f.SHORT), required=True)


class OwnAuthority(Contract):
    """What the register knows of the person who asks: for whom that person may act, today."""

    person_id = f.Identifier(required=True)
    role = f.Choice(("administrator", "pdu_officer"), "The platform role, if any.")
    organizations = f.Items(OwnOrganization, required=True)
    units = f.Items(OwnUnit, required=True)
    networks = f.Items(OwnNetwork, required=True)
    nominations = f.Items(OwnNomination)
    focal_points = f.Items(FocalPointDocument, "The person's designations, past ones too.")
