"""Good governance (¶75: transparency, mutual accountability, democracy inside): papers, complaints, reviews, safeguards.

Functions of a record, a date and the pulse; `rubric_1` lists them.
"""

from __future__ import annotations

from datetime import date

from services.assessment.evidence import reading as r
from services.assessment.evidence.findings import Finding, Parts, stated_none, unknown
from services.assessment.evidence.indicators.rubric_1.graded import RECENT_MONTHS, graded
from services.assessment.evidence.pulse import Pulse
from services.assessment.evidence.reading import Part
from services.assessment.evidence.record import Record

PAPERS_RECENT_MONTHS = 12
COMPLAINTS = ("url", "languages", "anonymous", "deadline_days", "received")
SAFEGUARDS = ("policy_url", "contact_url", "training", "binds_all")


def papers_public(record: Record, on: date, _pulse: Pulse | None) -> Finding:
    """How many of agreement, minutes, accounts and list of partners are public? Recent minutes and accounts for the top."""
    agreement = r.part(record.get("agreement"))
    if not isinstance(record.get("documents"), list) and not r.text(agreement.get("url")):
        return unknown("/documents", "/agreement")
    no_papers = r.stated_none(record.get("documents"))
    parts = Parts(["/documents"])
    found = {kind: _papers(record, kind) for kind in ("agreement", "minutes", "accounts")}
    signed = not r.ahead(agreement.get("signed"), on)
    linked = ["/agreement/url"] if r.text(agreement.get("url")) and signed else []
    linked += [at for at, _ in found["agreement"]]
    count = 0
    no_agreement = r.stated_none(record.get("agreement"))
    where = linked or ["/agreement" if no_agreement else "/agreement/url"]
    count += parts.look("agreement", bool(linked), *where, denied=no_agreement)
    for kind in ("minutes", "accounts"):
        places = [at for at, _ in found[kind]]
        count += parts.look(kind, bool(places), *(places or ["/documents"]), denied=no_papers)
    count += parts.look("partners", len(record.partners) > 1, "/partners")
    recent = parts.look(
        "recent_papers",
        all(
            any(r.within(paper.get("date"), PAPERS_RECENT_MONTHS, on) for _, paper in found[kind])
            for kind in ("minutes", "accounts")
        ),
        "/documents",
        denied=no_papers,
    )
    level = graded("papers_public", count)
    return parts.finding(level if recent else min(level, 3), value=count)


def _papers(record: Record, kind: str) -> list[tuple[str, Part]]:
    """The public papers of a kind; audited accounts are accounts."""
    kinds = (kind, "audit") if kind == "accounts" else (kind,)
    return [(at, paper) for at, kind_of, paper in record.papers if kind_of in kinds]


def can_complain(record: Record, on: date, _pulse: Pulse | None) -> Finding:
    """Can outsiders complain? This part of a record has no place for a paper or for another's word: 3 asks for the dated
    yearly count and two of languages, anonymity and deadline, the top for all of them and a recent count.
    """
    complaints = record.get("complaints")
    if r.stated_none(complaints):
        return stated_none("/complaints", lacking=["/complaints"])
    if not r.is_part(complaints):
        return unknown("/complaints")
    stated = r.part(complaints)
    if denials := r.only_denials(stated, COMPLAINTS):
        return stated_none(*(f"/complaints/{name}" for name in denials), lacking=["/complaints/url"])
    received = r.part(stated.get("received"))
    parts = Parts(["/complaints"])
    address = parts.look("address", r.text(stated.get("url")) is not None, "/complaints/url")
    open_to_all = [
        parts.look(
            "languages",
            bool(r.texts(stated.get("languages"))),
            "/complaints/languages",
            denied=r.stated_none(stated.get("languages")),
        ),
        parts.look(
            "anonymity",
            stated.get("anonymous") is True,
            "/complaints/anonymous",
            denied=stated.get("anonymous") is False,
        ),
        parts.look("deadline", r.number(stated.get("deadline_days")) is not None, "/complaints/deadline_days"),
    ]
    counted = parts.look(
        "yearly_count",
        r.number(received.get("count")) is not None and r.begun(received.get("year"), on),
        "/complaints/received",
    )
    recent = parts.look("recent", counted and r.within(received.get("year"), RECENT_MONTHS, on), "/complaints/received")
    if not address:
        return parts.finding(1)
    if not counted or sum(open_to_all) < 2:
        return parts.finding(2)
    return parts.finding(4 if recent and all(open_to_all) else 3)


def reviewed(record: Record, on: date, _pulse: Pulse | None) -> Finding:
    """Have partners reviewed one another, and has somebody independent evaluated the partnership?"""
    names = ("mutual_review", "independent_evaluation")
    stated = {name: r.part(record.get(name)) for name in names if r.is_part(record.get(name))}
    if not stated:
        if all(r.stated_none(record.get(name)) for name in names):
            return stated_none(*(f"/{name}" for name in names), lacking=[f"/{name}" for name in names])
        return unknown(*(f"/{name}" for name in names if record.get(name) is None))
    parts = Parts([f"/{name}" for name in stated])
    done = sum(
        parts.look(
            name,
            _took_place(stated.get(name, r.NOTHING), on),
            f"/{name}",
            denied=r.stated_none(record.get(name)),
        )
        for name in names
    )
    public = [_is_public(stated.get(name, r.NOTHING), on) for name in names]
    parts.look("reports_public", all(public), *(f"/{name}/url" for name in names))
    answered = parts.look(
        "responses",
        all(r.text(stated.get(name, r.NOTHING).get("response_url")) for name in names),
        *(f"/{name}/response_url" for name in names),
    )
    recent = parts.look(
        "recent", any(r.within(each.get("date"), RECENT_MONTHS, on) for each in stated.values()), "/mutual_review/date"
    )
    if not done:
        return parts.finding(1)
    if done == 1 or not any(public):
        return parts.finding(2)
    return parts.finding(4 if all(public) and answered and recent else 3)


def _took_place(review: Part, on: date) -> bool:
    """Whether there was a review; one that is dated ahead is planned."""
    dated, linked = r.begun(review.get("date"), on), r.text(review.get("url")) is not None
    return dated or (linked and not r.ahead(review.get("date"), on))


def _is_public(review: Part, on: date) -> bool:
    return r.begun(review.get("date"), on) and r.text(review.get("url")) is not None


def safeguards(record: Record, on: date, _pulse: Pulse | None) -> Finding:
    """Are people safe from abuse, and from reprisals? This part of a record has no dates: a dated policy among the papers,
    or two of contact, training and binding all, are proof enough for 3.
    """
    safeguarding = record.get("safeguarding")
    if r.stated_none(safeguarding):
        return stated_none("/safeguarding", lacking=["/safeguarding"])
    if not r.is_part(safeguarding):
        return unknown("/safeguarding")
    stated = r.part(safeguarding)
    if denials := r.only_denials(stated, SAFEGUARDS):
        return stated_none(*(f"/safeguarding/{name}" for name in denials), lacking=["/safeguarding/policy_url"])
    parts = Parts(["/safeguarding"])
    policy = parts.look("policy", r.text(stated.get("policy_url")) is not None, "/safeguarding/policy_url")
    lived = [parts.look("contact", r.text(stated.get("contact_url")) is not None, "/safeguarding/contact_url")]
    for name in ("training", "binds_all"):
        said = stated.get(name)
        lived.append(parts.look(name, said is True, f"/safeguarding/{name}", denied=said is False))
    dated = any(r.begun(paper.get("date"), on) for _, paper in _papers(record, "policy"))
    if not policy:
        return parts.finding(1)
    return parts.finding(4 if all(lived) else 3 if dated or sum(lived) > 1 else 2)
