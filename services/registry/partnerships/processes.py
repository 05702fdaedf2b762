"""Official processes that a record is tied to: the authority itself confirms the relation (record.md, mandate and influence).

As with partners, what was confirmed falls when the lead changes it, and nobody confirms what its own organization leads.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from schemas.documents import StoredDocument
from services.chassis.database import Database
from services.chassis.errors import FieldError, Invalid, NotKnown
from services.chassis.identity import Principal
from services.chassis.rows import check_version, locked
from services.registry import policy
from services.registry.authority import Authority
from services.registry.partnerships import naming, recording, subjects
from services.registry.partnerships.models import Partnership
from services.registry.partnerships.recording import Change, author_for

# Whose processes they are: national and local plans, reviews, UN cooperation frameworks, conferences.
AUTHORITIES = frozenset({"government", "local_authority", "parliament", "un_system", "intergovernmental"})
# What an authority confirms of a process; with other words it is claimed anew.
COVERED = ("kind", "name", "year", "url")


def confirm(
    database: Database,
    principal: Principal,
    partnership_id: str,
    process_id: str,
    command: Mapping[str, Any],
    expected: int | None,
) -> StoredDocument:
    """A focal point of the authority confirms the relation. `command`: a loaded `ProcessConfirmationCommand`.

    Raises NotKnown, NotAllowed, WrongStanding, Invalid, PreconditionFailed.
    """
    with database.transaction() as session:
        row = locked(session, Partnership, partnership_id)
        actor = subjects.somebody(session, principal)
        own = _authorities(session, actor, command.get("organization_id"))
        subject = subjects.subject_for(session, row, principal)
        policy.decide(actor, "partnership.confirm_process", subjects.with_partners(subject, own))
        subjects.refuse_own_lead(actor, row, "An authority outside the lead must confirm its processes.")
        check_version(expected, row.version)
        processes = row.content.get("processes") or []
        if process_id not in {each["id"] for each in processes}:
            raise NotKnown("There is no such process in this record.")
        if len(own) > 1:
            detail = "you speak for several authorities; say for which one"
            raise Invalid("Name the authority.", errors=[FieldError("/organization_id", detail)])
        confirmed = [{**each, "relation": "confirmed"} if each["id"] == process_id else each for each in processes]
        if confirmed == processes:
            return recording.current(session, row)
        row.content = {**row.content, "processes": confirmed}
        return recording.publish(session, row, Change("revised", author_for(actor, own[0]), spoken=False))


def _authorities(session: Session, actor: Authority, wanted: str | None) -> list[str]:
    """The public authorities that somebody is a focal point of."""
    own = [each for each, functions in actor.organizations.items() if "focal_point" in functions]
    names = naming.names_of(session, own).organizations
    return sorted(
        each
        for each in own
        if names.get(each, {}).get("constituency") in AUTHORITIES and (wanted is None or each == wanted)
    )


def written(sent: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The processes as the lead may write them: `confirmed` stays where nothing else changed, and is dropped where something did.

    Raises Invalid where the authority has not confirmed it.
    """
    confirmed = {each["id"]: each for each in before if each.get("relation") == "confirmed"}
    result, errors = [], []
    for index, each in enumerate(sent):
        process = dict(each)
        if process.get("relation") == "confirmed":
            known = confirmed.get(process.get("id", ""))
            if known is None:
                detail = "is set to confirmed by a focal point of the authority alone"
                errors.append(FieldError(f"/processes/{index}/relation", detail))
            elif any(process.get(name) != known.get(name) for name in COVERED):
                del process["relation"]
        result.append(process)
    if errors:
        raise Invalid("Ask the authority to confirm the relation.", errors=errors)
    return result
