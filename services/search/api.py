"""HTTP of search: everything is public and read-only. A view reads the parameters, asks the service, and replies.

Items are the bytes that the index keeps; only what belongs to this answer (highlights, counts, freshness) is added.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from flask import Response, request

from schemas.documents import instance
from schemas.search import (
    AggregateAnswer,
    OrganizationAnswer,
    PartnershipAnswer,
    SimilarAnswer,
    StatusAnswer,
    SuggestionAnswer,
)
from services.chassis import clock
from services.chassis.errors import FieldError
from services.chassis.http import pages
from services.chassis.http.documents import bytes_response
from services.chassis.http.parsing import Blueprint
from services.search import facets, feeds, parameters, rebuild, suggestions
from services.search.context import context
from services.search.errors import BadParameter, SearchUnavailable
from services.search.index.ports import MOST_FROM_START, IndexUnavailable
from services.search.parameters import criteria_of
from services.search.service import CROSSED, Answer, Page
from services.search.waiting import Awaited

blp = Blueprint("search", __name__, description="Everything public, by text, filters and facets; no account needed")


@blp.before_request
def _refuse_what_is_not_utf_8() -> None:
    parameters.refuse_what_is_not_utf_8(request.query_string)


@blp.route("/partnerships")
@blp.arguments(instance(parameters.PartnershipQuery), location="query")
@blp.response(200, PartnershipAnswer)
def partnerships(query: dict[str, Any]) -> Response:
    """Partnerships by text in any language, filters and facets"""
    page = _page(query, "relevance" if query.get("q") else "updated")
    with _index_answers():
        stale = _is_stale(query)
        answer = context().search.partnerships(
            criteria_of(query, clock.today()),
            page,
            facet_names=_facet_names(query.get("facet")),
            language=query.get("lang") or "en",
        )
    more: dict[str, Any] = {"facets": answer.facets, "missing": answer.missing, "matched": answer.matched}
    if answer.freshness:
        more["freshness"] = {"as_of": answer.freshness.as_of, "behind": answer.freshness.behind}
    return _reply(answer, query, more | stale)


@blp.route("/partnerships/<uuid:partnership_id>/similar")
@blp.arguments(instance(parameters.SimilarQuery), location="query")
@blp.response(200, SimilarAnswer)
def similar(query: dict[str, Any], partnership_id: UUID) -> Response:
    """Partnerships like this one: words, goals and places in common"""
    with _index_answers():
        items = context().search.similar(str(partnership_id), query["limit"])
    return pages.page_response(items, None)


@blp.route("/organizations")
@blp.arguments(instance(parameters.OrganizationQuery), location="query")
@blp.response(200, OrganizationAnswer)
def organizations(query: dict[str, Any]) -> Response:
    """Organizations by name, constituency and country"""
    values = {name: tuple(query.get(name) or ()) for name in ("constituency", "country", "standing")}
    values["standing"] = values["standing"] or ("proposed", "accepted")
    page = _page(query, "relevance" if query.get("q") else "title")
    with _index_answers():
        stale = _is_stale(query)
        answer = context().search.organizations(query.get("q") or "", values, page)
    return _reply(answer, query, {"matched": answer.matched} | stale)


@blp.route("/suggestions")
@blp.arguments(instance(parameters.SuggestionQuery), location="query")
@blp.response(200, SuggestionAnswer)
def suggestion(query: dict[str, Any]) -> Response:
    """Titles, organizations, places and goals that begin as typed, in any language"""
    here = context()
    with _index_answers():
        found = suggestions.suggest(here.index, here.search.names, query.get("q") or "", query.get("lang") or "en")
    return bytes_response(orjson.dumps({"items": found}))


@blp.route("/aggregates")
@blp.arguments(instance(parameters.AggregateQuery), location="query")
@blp.response(200, AggregateAnswer)
def aggregates(query: dict[str, Any]) -> Response:
    """How many partnerships there are by goal, country and constituency; null where they do not say"""
    fields = tuple(name for name in CROSSED if name in (query.get("by") or CROSSED))
    with _index_answers():
        rows = context().search.crossed(criteria_of(query, clock.today()), fields)
        fresh = context().freshness.read()
    return bytes_response(
        orjson.dumps({"by": fields, "items": rows, "freshness": {"as_of": fresh.as_of, "behind": fresh.behind}})
    )


@blp.route("/feeds/partnerships.atom")
@blp.arguments(instance(parameters.FeedQuery), location="query")
@blp.response(200, description="An Atom feed (RFC 4287).", content_type=feeds.MEDIA_TYPE)
def feed(query: dict[str, Any]) -> Response:
    """A search as an Atom feed, what changed last first"""
    with _index_answers():
        answer = context().search.partnerships(criteria_of(query, clock.today()), _page(query, "updated"))
    given = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    cursor = [] if answer.next is None else [("cursor", _cursor(answer.next, query))]
    site = context().settings.public_url
    links = feeds.Links(
        this=_feed_url(site, list(request.args.items(multi=True))),
        first=_feed_url(site, given),
        next=_feed_url(site, given + cursor) if cursor else None,
        site=site,
    )
    words = query.get("q")
    title = f"Convene: partnerships ({words})" if words else "Convene: partnerships"
    body = feeds.atom(answer.items, links, title, query.get("lang") or "en", clock.timestamp())
    return Response(body, mimetype=feeds.MEDIA_TYPE)


@blp.route("/status")
@blp.response(200, StatusAnswer)
def status() -> Response:
    """The index beside the register"""
    here = context()
    return bytes_response(orjson.dumps(rebuild.status(here.database, here.settings, here.index, here.freshness)))


@contextmanager
def _index_answers() -> Iterator[None]:
    try:
        yield
    except IndexUnavailable as error:
        raise SearchUnavailable(str(error), retry_after=2) from error


def _is_stale(query: dict[str, Any]) -> dict[str, bool]:
    """Wait for what `wait_for` names; says so where it is not searchable."""
    awaited: Awaited | None = query.get("wait_for")
    if awaited is None or context().waiting.until(awaited):
        return {}
    return {"stale": True}


def _facet_names(asked: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(name for name in asked if name != "none") if asked else facets.NAMES


def _page(query: dict[str, Any], default: Any) -> Page:
    """The page that the parameters name. A cursor belongs to a sort; by relevance it counts from the start."""
    sort = query.get("sort") or default
    if sort == "relevance" and not query.get("q"):
        sort = "updated"
    keys = pages.decode_cursor(query.get("cursor"))
    if keys is None:
        return Page(sort, query["limit"])
    match keys:
        case [str(name), _, int(choice)] if choice != _choice(query) and name == sort:
            raise _bad_cursor("was made for other words or filters")
        case [str(name), int(offset), int()] if name == sort == "relevance":
            if offset >= 0 and offset + query["limit"] <= MOST_FROM_START:
                return Page(sort, query["limit"], offset=offset)
        case [str(name), str(after), int()] if name == sort != "relevance":
            if after and len(after) < 300 and all(letter in "0123456789abcdef" for letter in after):
                return Page(sort, query["limit"], after=after)
    raise _bad_cursor(f"is not a cursor of this list sorted by {sort}")


def _bad_cursor(detail: str) -> BadParameter:
    return BadParameter(
        "The cursor is not one that this list gave out; begin without one.",
        errors=[FieldError("/query/cursor", detail)],
    )


_CHOOSE_NOTHING = frozenset({"limit", "cursor", "sort", "lang", "facet", "wait_for"})


def _choice(query: dict[str, Any]) -> int:
    """A number for the words and filters of a query: a cursor goes on only in the list that it came from."""
    chosen = [
        (name, sorted(map(str, value)) if isinstance(value, list) else str(value))
        for name, value in sorted(query.items())
        if name not in _CHOOSE_NOTHING
    ]
    return zlib.crc32(orjson.dumps(chosen))


def _cursor(page: Page, query: dict[str, Any]) -> str:
    return pages.encode_cursor([page.sort, page.offset if page.sort == "relevance" else page.after, _choice(query)])


def _reply(answer: Answer, query: dict[str, Any], more: dict[str, Any]) -> Response:
    cursor = _cursor(answer.next, query) if answer.next else None
    return pages.page_response(answer.items, cursor, answer.total, **more)


def _feed_url(site: str, parameters: list[tuple[str, str]]) -> str:
    address = f"{site}/api/search/feeds/partnerships.atom"
    return f"{address}?{urlencode(parameters)}" if parameters else address
