"""Constituency networks and whom they nominate. The registry owns them; addresses are in commands only, never in a document."""

from __future__ import annotations

from schemas import fields as f
from schemas.documents import Contract

NOMINATION_STATES = ("nominated", "bound", "withdrawn")


class NetworkDocument(Contract):
    """A network of one constituency, which nominates and vouches."""

    id = f.Identifier(required=True, read_only=True)
    version = f.Count("Counts edits.", least=1, required=True, read_only=True)
    revision = f.Count("Counts renderings.", least=1, required=True, read_only=True)
    name = f.LanguageMap(limit=f.LINE, one_line=True, required=True)
    constituency = f.Code("constituency", required=True, example="women")
    code_of_conduct_url = f.Link("The code of conduct that its members keep.")
    created_at = f.Timestamp(required=True, read_only=True)
    updated_at = f.Timestamp(required=True, read_only=True)


READ_ONLY = f.read_only_of(NetworkDocument)

NetworkInput = f.input_of(
    NetworkDocument,
    "NetworkInput",
    contact_email=f.Address(
        "Who speaks for the network. Private: asked for when it is made, changed where it is given later."
    ),
)
NetworkPatch = f.patch_of(NetworkInput, "NetworkPatch")


class NetworkPage(Contract):
    items = f.Items(NetworkDocument, required=True)
    total = f.Count()
    next = f.Line(limit=2_000)


class NominationCommand(Contract):
    """A network nominates somebody, and vouches."""

    email = f.Address("Private. The nomination binds to the person who has verified it.", required=True)
    display_name = f.Line(limit=200, required=True)
    organization_id = f.Identifier("Left out for people who belong to no organization.")
    roles = f.Items(f.Line(limit=f.SHORT), "What for, like forum_member.", required=True, least=1, most=20, unique=True)
    languages = f.Items(f.Language(), most=100, unique=True)
    countries = f.Items(f.Country().for_input(), most=300, unique=True)


class NominationDocument(Contract):
    """A nomination, as the network and the Partnership Development Unit read it."""

    id = f.Identifier(required=True)
    version = f.Count(least=1, required=True)
    revision = f.Count(least=1, required=True)
    state = f.Choice(NOMINATION_STATES, required=True)
    network_id = f.Identifier(required=True)
    organization_id = f.Identifier()
    display_name = f.Line(limit=200)
    roles = f.Items(f.Line(limit=f.SHORT), required=True)
    languages = f.Items(f.Language())
    countries = f.Items(f.Country())
    created_at = f.Timestamp(required=True)
    updated_at = f.Timestamp(required=True)


class NominationPage(Contract):
    items = f.Items(NominationDocument, required=True)
    total = f.Count()
    next = f.Line(limit=2_000)
