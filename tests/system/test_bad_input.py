"""Bad input gets a clear answer, and nothing is lost: over real HTTP, on the command line, in settings, in an old data folder."""

from __future__ import annotations

import json
import socket
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.accounts import migrations as accounts_migrations
from tests.system.conftest import Register
from tests.system.outside import Outside
from tests.system.running import Embedded, System, running

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("outside")]

DEEP = 100_000


# --- JSON --------------------------------------------------------------------------------------------------------------


BODIES = {
    "nothing": b"",
    "blank": b"  \n ",
    "cut": b'{"title": {"en": "Wel',
    "trailing": b'{"a": 1}}',
    "two": b"{} {}",
    "single quotes": b"{'a': 1}",
    "NaN": b'{"a": NaN}',
    "not UTF-8": b'{"title": {"en": "\xff\xfe"}}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "lone surrogate": b'{"title": {"en": "\\ud800"}}',
    "NUL": b'{"title": {"en": "a\\u0000b"}}',
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep and cut": b"[" * DEEP,
    "a list": b"[]",
    "text": b'"title"',
    "number": b"1e999",
    "null": b"null",
    "huge number": b'{"acronym": ' + b"9" * 100_000 + b"}",
    "doubled member": b'{"grant_type": "password", "grant_type": []}',
    "huge": b'{"acronym": "' + b"x" * 6_000_000 + b'"}',
    "many members": b"{" + b",".join(b'"k%d":1' % number for number in range(10_000)) + b"}",
    "long key": b'{"' + b"k" * 1_000_000 + b'": 1}',
}
ROUTES = [
    ("POST", "accounts/token"),
    ("POST", "registry/organizations"),
    ("POST", "registry/partnerships"),
    ("PUT", "registry/partnerships/{partnership}"),
    ("PATCH", "registry/partnerships/{partnership}"),
    ("POST", "registry/partnerships/{partnership}/transitions"),
]


@pytest.fixture(scope="module")
def record(register: Register) -> dict[str, Any]:
    """A record that must stay as it is."""
    return register.listed()


@pytest.mark.parametrize("kind", BODIES)
def test_bodies_that_cannot_be_meant(register: Register, record: dict[str, Any], kind: str) -> None:
    for method, path in ROUTES:
        response = register.lead.http.request(
            method,
            path.format(partnership=record["id"]),
            content=BODIES[kind],
            headers={"Content-Type": "application/json", "If-Match": "*"},
        )
        assert 400 <= response.status_code < 500, f"{method} {path}: {response.status_code} {response.text[:300]}"
        assert response.headers["Content-Type"] == "application/problem+json"
        problem = response.json()
        assert problem["status"] == response.status_code
        assert len(response.content) < 100_000, "an error does not repeat what was sent"
        if kind == "huge":
            assert response.status_code == 413
    assert register.anyone.get(f"registry/partnerships/{record['id']}")["version"] == record["version"]


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"],
)
def test_bodies_of_another_type(register: Register, media_type: str) -> None:
    response = register.lead.http.post(
        "registry/partnerships", content=b'{"a": 1}', headers={"Content-Type": media_type}
    )
    assert response.status_code == 415
    assert response.headers["Content-Type"] == "application/problem+json"


def raw(register: Register, content: bytes) -> bytes:
    """The answer to bytes that need not be HTTP."""
    parts = urlsplit(register.system.url)
    with closing(socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20)) as connection:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while more := connection.recv(65536):
            answer += more
    return answer


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET /api/search/partnerships?q=" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n", 400),
        (b"POST /api/registry/organizations HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
    ],
    ids=["nonsense", "long line", "many headers", "bad header", "negative length"],
)
def test_what_is_no_http_is_refused_in_the_same_shape(register: Register, content: bytes, status: int) -> None:
    head, _, body = raw(register, content).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), head[:200]
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == status


@pytest.mark.parametrize(
    "path",
    [
        "registry/partnerships/%00",
        "registry/partnerships/..%2f..%2fetc",
        "registry/partnerships/%ff%fe",
        "registry/vocabularies/%F0%9F%92%A7",
        "registry/organizations/x" + "y" * 3000,
        "registry/partnerships/01900000-0000-7000-8000-000000000000/versions/99999999999999999999",
        "search/partnerships/%00/similar",
        "registry/organizations?q=%00",
        "registry/organizations?q=%ff",
        "search/partnerships?q=%ff%fe",
        "search/suggestions?q=" + "%F0%9F%92%A7" * 300,
        "registry/organizations?limit=1e5",
        "registry/organizations?limit=99999999999999999999999",
        "registry/organizations?cursor=W251bGxd",
        "registry/partnerships?cursor=WzFd",
        "registry/partnerships?cursor=" + "A" * 5000,
    ],
)
def test_strange_paths_and_parameters(register: Register, path: str) -> None:
    response = register.anyone.http.get(path)
    assert response.status_code < 500, response.text[:300]
    if response.status_code >= 400:
        assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("etag", ["3", '"x"', '"1.2.3"', '"99999999999999999999.1"', "W/", '"1.1", "2.2"'])
def test_an_if_match_that_is_none_of_ours(register: Register, record: dict[str, Any], etag: str) -> None:
    register.lead.patch(f"registry/partnerships/{record['id']}", {"acronym": "X"}, at=etag, expect=412)


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_an_idempotency_key_that_is_none(register: Register, key: str) -> None:
    refused = register.lead.create("registry/partnerships", register.input(), key=key, expect=422)
    assert refused.pointers == {"/headers/Idempotency-Key"}


@pytest.mark.parametrize("header", ["Bearer", "Bearer x.y.z", "Basic eDp5", "Bearer " + "x" * 7000, "nonsense"])
def test_an_authorization_that_is_none(register: Register, header: str) -> None:
    person = Outside(register.system)
    person.call("POST", "registry/partnerships", register.input(), headers={"Authorization": header}, expect=401)


# --- settings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONVENE_DATABSE_URL", "sqlite:"),
        ("CONVENE_DATABASE_URL", "postgresql://[::1"),
        ("CONVENE_BUS_URL", "kafka://host:port"),
        ("CONVENE_SEARCH_URL", "localhost:9200"),
        ("CONVENE_ADDRESS_KEY", "tooshort"),
    ],
)
def test_a_setting_that_cannot_be_meant_refuses_to_start_and_is_named(tmp_path: Path, name: str, value: str) -> None:
    system = Embedded(tmp_path, environ={name: value})
    refused = system.command("up", "--port", "0", check=False)
    assert refused.returncode == 2, refused.stderr
    assert name in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "ready" not in refused.stdout
    assert not (tmp_path / "data").exists(), "nothing is begun"
    assert "tooshort" not in refused.stderr, "a secret is not repeated"
    if name == "CONVENE_DATABSE_URL":
        assert "CONVENE_DATABASE_URL" in refused.stderr, "the nearest right one is named"


@pytest.mark.parametrize(
    "words", [["nonsense"], ["up", "--port", "x"], ["up", "--nonsense"], ["events", "replay"], ["service", "x"]]
)
def test_wrong_use_of_the_command_line_is_2(tmp_path: Path, words: list[str]) -> None:
    refused = Embedded(tmp_path).command(*words, check=False)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr


def test_a_port_that_is_taken_says_so(tmp_path: Path) -> None:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        refused = Embedded(tmp_path).command("up", "--port", str(port), check=False)
    assert refused.returncode == 2
    assert str(port) in refused.stderr


def test_a_folder_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = Embedded(tmp_path).command(
        "up", "--data-dir", str(tmp_path / "file" / "data"), "--port", "0", check=False
    )
    assert refused.returncode == 2
    assert str(tmp_path / "file") in refused.stderr
    assert "Traceback" not in refused.stderr


# --- an old data folder ------------------------------------------------------------------------------------------------


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[System]:
    """A system that has run, with an account in it."""
    system = Embedded(tmp_path)
    system.command("db", "upgrade")
    system.token("old@example.org", "administrator")
    yield system
    system.stop()


def revision(system: System, service: str, to: str | None = None) -> str:
    """The revision of a service's tables; with `to`, made another."""
    file = Path(system.environ["CONVENE_DATA_DIR"]) / f"{service}.sqlite"
    with closing(sqlite3.connect(file)) as connection, connection:
        if to is not None:
            connection.execute("UPDATE alembic_version SET version_num = ?", (to,))
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_tables_of_a_newer_program_are_refused_and_said_how(stopped: System) -> None:
    revision(stopped, "accounts", "9999")
    refused = stopped.command("up", "--port", "0", check=False)
    assert refused.returncode in (1, 2)
    assert "9999" in refused.stderr
    assert "newer" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert revision(stopped, "accounts") == "9999", "nothing was touched"


def test_tables_that_are_missing_are_made_and_the_rest_is_kept(stopped: System) -> None:
    folder = Path(stopped.environ["CONVENE_DATA_DIR"])
    with closing(sqlite3.connect(folder / "accounts.sqlite")) as connection:
        (person,) = connection.execute("SELECT id FROM person").fetchone()
    for file in folder.glob("registry.sqlite*"):
        file.unlink()
    assert revision(stopped, "accounts") == accounts_migrations.HEAD
    with running(stopped):
        admin = Outside(stopped, token=stopped.token("old@example.org"))
        assert admin.get("accounts/me")["id"] == person, "what there was is there"
        admin.create("registry/organizations", {"name": {"en": "New"}, "constituency": "media"})


def test_a_database_that_is_none_is_said(stopped: System) -> None:
    (Path(stopped.environ["CONVENE_DATA_DIR"]) / "registry.sqlite").write_bytes(b"This is no database. " * 400)
    refused = stopped.command("up", "--port", "0", check=False)
    assert refused.returncode in (1, 2)
    assert "registry" in refused.stderr


# --- files -------------------------------------------------------------------------------------------------------------


ACTIVITY = (
    '<iati-activity default-currency="USD"><iati-identifier>{}</iati-identifier>'
    '<reporting-org ref="XI-R" type="40"><narrative>Agency</narrative></reporting-org>'
    "<title><narrative>Wells</narrative></title></iati-activity>\n"
)


def activities(*identifiers: str) -> str:
    """A file with these activities."""
    return f'<iati-activities version="2.03">\n{"".join(map(ACTIVITY.format, identifiers))}</iati-activities>'


def bomb(path: Path) -> bytes:
    """A zip file of a few kilobytes that holds a hundred megabytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("activities.xml", b" " * 100_000_000)
    return path.read_bytes()


FILES: dict[str, bytes] = {
    "empty": b"",
    "not XML": b"reference;title\n1;Wells\n",
    "JSON": b'{"activities": []}',
    "other XML": b"<?xml version='1.0'?><rss version='2.0'><channel/></rss>",
    "organisations": b'<iati-organisations version="2.03"></iati-organisations>',
    "binary": bytes(range(256)) * 20,
    "external entity": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><iati-activities>&e;</iati-activities>',
    "laughs": b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><iati-activities>&b;</iati-activities>',
}


def test_a_file_that_is_none_is_one_rejection(register: Register, tmp_path: Path) -> None:
    for kind, content in FILES.items():
        (tmp_path / kind).write_bytes(content)
    (tmp_path / "folder").mkdir()
    bomb(tmp_path / "zip bomb")
    kinds = [*FILES, "folder", "zip bomb", "missing"]
    found = register.system.command("import", "iati", *(str(tmp_path / kind) for kind in kinds), "--json", check=False)
    assert found.returncode == 1, found.stderr
    assert "Traceback" not in found.stderr
    report = json.loads(found.stdout)
    assert set(report) >= {"read", "created", "updated", "unchanged", "proposed", "rejected", "rejections"}
    assert (report["created"], report["rejected"]) == (0, len(kinds)), report
    for rejection in report["rejections"]:
        assert set(rejection) >= {"identifier", "line", "reason"}
        assert rejection["reason"]
    assert "root:" not in found.stdout, "an external entity was read"


def test_a_cut_file_imports_what_is_whole_and_says_where_it_broke(register: Register, tmp_path: Path) -> None:
    file = tmp_path / "cut.xml"
    file.write_text(activities("XI-cut-1", "XI-cut-2", "XI-cut-3")[:-150])
    found = register.system.command("import", "iati", str(file), "--json", check=False)
    report = json.loads(found.stdout)
    assert found.returncode == 1
    assert report["created"] == 2
    assert report["rejections"][0]["line"] == 4


def test_blank_and_doubled_identifiers(register: Register, tmp_path: Path) -> None:
    file = tmp_path / "odd.xml"
    file.write_text(activities("", " ", "XI-odd-1", "XI-odd-1", "XI-odd-2"))
    found = register.system.command("import", "iati", str(file), "--json", check=False)
    report = json.loads(found.stdout)
    assert found.returncode == 1
    assert (report["read"], report["created"], report["rejected"]) == (5, 2, 3)
    assert [each["line"] for each in report["rejections"]] == [2, 3, 5]


def test_one_bad_file_does_not_keep_the_others_out(register: Register, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_text(activities("XI-beside-1"))
    bad.write_text("nothing")
    found = register.system.command("import", "iati", str(bad), str(good), "--json", check=False)
    report = json.loads(found.stdout)
    assert found.returncode == 1
    assert (report["created"], report["rejected"]) == (1, 1)


def test_a_dry_run_changes_nothing(register: Register, tmp_path: Path) -> None:
    file = tmp_path / "dry.xml"
    file.write_text(activities("XI-dry-1"))
    report = register.system.json("import", "iati", str(file), "--dry-run")
    assert report["created"] == 1
    assert register.system.json("import", "iati", str(file), "--dry-run")["created"] == 1
