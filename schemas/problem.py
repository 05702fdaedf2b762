"""Problem details (RFC 9457): the one shape of every error of every service, for the documentation of the APIs."""

from __future__ import annotations

from marshmallow import INCLUDE

from schemas import fields as f
from schemas.documents import Contract


class ProblemError(Contract):
    """One wrong field of what was sent."""

    pointer = f.Line("A JSON Pointer into the body; empty for the whole, /query/… for a parameter.", required=True)
    detail = f.Line("What is wrong with it.", limit=2_000, required=True)


class Problem(Contract):
    """What went wrong, and which rule says so. A rule may add members of its own, such as what is lacking."""

    class Meta:
        unknown = INCLUDE

    type = f.Link("An address that names the rule.", required=True)
    title = f.Line("The rule in a few words.", required=True)
    status = f.Count("The HTTP status.", least=400, most=599, required=True)
    detail = f.Line("What it means here.", limit=5_000)
    instance = f.Line("The path that was asked for.", limit=2_000)
    errors = f.Items(ProblemError, "One for each wrong field.")
    trace_id = f.Line("What to give to the operator, who finds it in the logs.", limit=f.SHORT)
