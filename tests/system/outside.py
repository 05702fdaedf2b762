"""A client from outside, who knows only what is promised: paths, fields, statuses, headers. It imports nothing of ours.

Every answer is held to the promises that all answers share (`Answer`): the shape of errors, of ETags, of lists. Used by the
tests of acceptance, of secrecy and of traces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.system.running import TLS, System

ETAG = re.compile(r'^"[1-9][0-9]*\.[1-9][0-9]*"$')
UUID7 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


class Answer(dict[str, Any]):
    """The body of an answer that kept the promises, with its status, ETag and headers."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.content = response.content
        self.text = response.text
        self.etag = response.headers.get("ETag", "")
        body = response.json() if "json" in response.headers.get("Content-Type", "") and response.content else {}
        super().__init__(body)
        if response.status_code >= 400:
            self._is_a_problem(response)
        elif "version" in self and "revision" in self and "id" in self and response.status_code != 304:
            assert self.etag == f'"{self["version"]}.{self["revision"]}"', f"{response.request.url}: ETag {self.etag}"
            assert ETAG.match(self.etag)
        if "items" in self and "next" in self:
            links = response.links
            assert links["next"]["url"], response.headers
            assert parse_qs(urlsplit(links["next"]["url"]).query)["cursor"] == [self["next"]]

    def _is_a_problem(self, response: httpx.Response) -> None:
        assert response.headers["Content-Type"] == "application/problem+json", response.headers
        assert self["status"] == response.status_code
        assert self["title"]
        assert urlsplit(self["type"]).path.startswith("/api/")
        for error in self.get("errors", []):
            assert set(error) == {"pointer", "detail"}
            assert error["pointer"] == "" or error["pointer"].startswith("/")

    @property
    def rule(self) -> str:
        """The last part of a problem's type, which names the rule."""
        return str(self["type"]).rpartition("/")[2]

    @property
    def pointers(self) -> set[str]:
        """The fields that a problem points at."""
        return {error["pointer"] for error in self.get("errors", [])}


@dataclass
class Outside:
    """Somebody with a token, or nobody. Paths are those behind `/api/`."""

    system: System
    email: str | None = None
    token: str | None = None
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=f"{self.system.url}/api/", timeout=30, verify=TLS)
        self.sign(self.token)

    def sign(self, token: str | None) -> None:
        """Use this access token from now on."""
        self.token = token
        self.http.headers.pop("Authorization", None)
        if token:
            self.http.headers["Authorization"] = f"Bearer {token}"

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        expect: int | tuple[int, ...] | None = None,
        at: str | Answer | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        **params: Any,
    ) -> Answer:
        """Call and hold the answer to its promises. `at`: the ETag (or the document that has it) for If-Match."""
        sent = dict(headers or {})
        if at is not None:
            sent["If-Match"] = at.etag if isinstance(at, Answer) else at
        if key is not None:
            sent["Idempotency-Key"] = key
        options: dict[str, Any] = {} if body is None else {"json": body}
        response = self.http.request(method, path, headers=sent, params=params or None, **options)
        answer = Answer(response)
        wanted = (expect,) if isinstance(expect, int) else expect
        assert wanted is None or response.status_code in wanted, (
            f"{method} {path} {params or ''}: {response.status_code}, promised {expect}\n{response.text[:1500]}"
        )
        return answer

    def get(self, path: str, *, expect: int | tuple[int, ...] = 200, **options: Any) -> Answer:
        return self.call("GET", path, expect=expect, **options)

    def create(self, path: str, body: Any, *, expect: int = 201, **options: Any) -> Answer:
        """POST that makes something."""
        return self.call("POST", path, body, expect=expect, **options)

    def do(self, path: str, body: Any = None, *, expect: int = 200, **options: Any) -> Answer:
        """POST that does something to what is there."""
        return self.call("POST", path, body, expect=expect, **options)

    def put(self, path: str, body: Any, *, expect: int = 200, **options: Any) -> Answer:
        return self.call("PUT", path, body, expect=expect, **options)

    def patch(self, path: str, body: Any, *, expect: int = 200, **options: Any) -> Answer:
        return self.call("PATCH", path, body, expect=expect, **options)

    def delete(self, path: str, *, expect: int = 200, **options: Any) -> Answer:
        return self.call("DELETE", path, expect=expect, **options)

    def every(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """All items of a list, page by page, by the Link header alone."""
        found: list[dict[str, Any]] = []
        answer = self.get(path, **params)
        while True:
            found += answer["items"]
            if "next" not in answer:
                return found
            target = answer.headers["Link"].partition("<")[2].partition(">")[0]
            answer = Answer(self.http.get(httpx.URL(self.system.url).join(target)))

    def found(self, document: Mapping[str, Any], **params: Any) -> dict[str, Any]:
        """Search's answer once it has this version of a record."""
        wait_for = f"{document['id']}@{document['version']}"
        for _ in range(4):  # one wait is bounded to five seconds; a machine that is busy may need another
            answer = self.get("search/partnerships", wait_for=wait_for, **params)
            if not answer.get("stale"):
                return answer
        raise AssertionError(f"{wait_for} was not searchable within four waits")
