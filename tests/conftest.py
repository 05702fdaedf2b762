"""What all tests share: settings of a system in a folder of its own, and real servers that are started when first asked for.

The servers are those of `deploy/stack`. Where one cannot be had, its tests say which command installs it and are skipped; under
`CI=true` that is a failure. Nothing real is ever replaced by a stand-in.
"""

from __future__ import annotations

import fcntl
import gc
import logging
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
import structlog

from services.chassis import clock
from services.chassis.settings import Settings
from tests import memory
from tests.databases import fresh_database, template

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
STACK = memory.place("servers")
USERS = STACK / "users"
LONGEST = (
    "test_kill_real.py",
    "test_distributed.py",
    "test_rebuild.py",
    "test_acceptance.py",
    "test_canary.py",
    "test_every_operation.py",
)
SLOW = (
    "assessment/evaluations",
    "assessment/evidence/test_columns.py",
    "assessment/evidence/test_properties.py",
    "assessment/evidence/test_real_records.py",
    "assessment/figures/test_disclosure.py",
    "assessment/forum",
    "assessment/learning/test_forum.py",
    "assessment/panels",
    "assessment/pulses",
    "assessment/self_checks",
    "chassis/test_bus_rules.py",
    "contracts/test_documents.py",
    "contracts/test_publishing.py",
    "demo",
    "deploy",
    "imports",
    "registry/partnerships",
    "search/test_evaluations.py",
    "search/test_parameters.py",
    "search/test_rebuild.py",
)
"""Left out by `--fast`: whole courses, many examples, large files."""
WHOLE = ("api", "benchmarks", "system")
"""Left out too: whole systems."""
SERVERS = ("kafka", "elasticsearch", "postgresql")


def _missing(message: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def _server(name: str) -> str:
    """The URL of a running server; started once for all test processes."""
    given = os.environ.get(
        {"kafka": "CONVENE_TEST_BUS_URL", "elasticsearch": "CONVENE_TEST_SEARCH_URL"}.get(
            name, "CONVENE_TEST_POSTGRESQL_URL"
        )
    )
    if given:
        return given
    STACK.mkdir(parents=True, exist_ok=True)
    command = [str(ROOT / "deploy" / "stack" / name)]
    data = ["--data", str(STACK / name)]
    with (STACK / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        started = subprocess.run(
            [*command, "start", *data, "--port", "0", "--wait"],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    if started.returncode:
        _missing(f"{name} cannot be started: {(started.stderr or started.stdout).strip()[-800:]}")
    return subprocess.run([*command, "url", *data], capture_output=True, text=True, check=True).stdout.strip()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--fast` is what `make test-fast` says."""
    parser.addoption("--fast", action="store_true", help="the tests that take less than a minute together")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what is slow, unread, where `--fast` is said."""
    inside = collection_path.relative_to(TESTS).as_posix() if collection_path.is_relative_to(TESTS) else ""
    return (config.getoption("--fast") and inside.startswith((*SLOW, *WHOLE))) or None


def pytest_configure() -> None:
    """Keep folders of tests in memory, and log as a console without colours and without the values of variables."""
    if memory.roomy():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory.MEMORY))
    # Java servers that live for minutes start in half the processor time without the second compiler.
    os.environ.setdefault("CONVENE_STACK_JAVA", "-XX:TieredStopAtLevel=1")
    # No test is timed: on a busy machine any example may wait for a second.
    hypothesis.settings.register_profile("convene", hypothesis.settings(), deadline=None)
    hypothesis.settings.load_profile("convene")
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: at the end no process waits for one that has begun with them last."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse to run where pytest-xdist does not see groups (3.8 under pytest 9.2): every process would start every system.

    What is loaded by now stays: the collector need not look through it again and again.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    if session.config.getoption("loadgroup", False):
        for item in session.items:
            if item.get_closest_marker("xdist_group") and "@" not in item.nodeid:
                raise pytest.UsageError(f"{item.nodeid} is of a group, and pytest-xdist does not know it")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Note that this run may use the servers: another run that ends meanwhile leaves them to it."""
    if not hasattr(session.config, "workerinput"):
        USERS.mkdir(parents=True, exist_ok=True)
        (USERS / str(os.getpid())).touch()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The last run that uses the servers ends them."""
    if hasattr(session.config, "workerinput"):
        return
    (USERS / str(os.getpid())).unlink(missing_ok=True)
    if any(Path("/proc", user.name).exists() for user in USERS.iterdir()):
        return
    for name in SERVERS:
        if (STACK / name).exists():
            subprocess.run(
                [str(ROOT / "deploy" / "stack" / name), "remove", "--data", str(STACK / name)],
                capture_output=True,
                check=False,
            )


@pytest.fixture(scope="session")
def kafka_url() -> str:
    """`kafka://…` of a real broker."""
    return _server("kafka")


@pytest.fixture(scope="session")
def elasticsearch_url() -> str:
    """`http://…` of a real Elasticsearch."""
    return _server("elasticsearch")


@pytest.fixture(scope="session")
def postgresql_server() -> str:
    """`postgresql://…` of a real server, whose role may make databases."""
    return _server("postgresql")


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The URL of a fresh, empty database, dropped afterwards."""
    with fresh_database(postgresql_server) as url:
        _hurry(url)
        yield url


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Iterator[str]:
    """The name of a database with all tables, which others are copied from."""
    with template(postgresql_server) as name:
        yield name


@pytest.fixture
def postgresql_tables(postgresql_server: str, postgresql_template: str) -> Iterator[str]:
    """The URL of a fresh database with all tables and nothing in them, dropped afterwards."""
    with fresh_database(postgresql_server, postgresql_template) as url:
        _hurry(url)
        yield url


def _hurry(url: str) -> None:
    """Let commits not wait for the disk: power is not lost here."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{connection.info.dbname}" SET synchronous_commit = off')


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a one-machine system in a folder of its own."""
    return Settings.from_env(
        {"CONVENE_DATA_DIR": str(tmp_path / "data"), "CONVENE_PUBLIC_URL": "https://convene.example"}
    ).with_address_key()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def either_database(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings with SQLite, then with PostgreSQL and all its tables: for tests that must hold on both."""
    environ = {
        "CONVENE_DATA_DIR": str(tmp_path / "data"),
        "CONVENE_PUBLIC_URL": "https://convene.example",
        "CONVENE_ADDRESS_KEY": "k" * 64,
    }
    if request.param == "postgresql":
        environ["CONVENE_DATABASE_URL"] = request.getfixturevalue("postgresql_tables")
    return Settings.from_env(environ)


@pytest.fixture(autouse=True)
def _system_clock() -> Iterator[None]:
    """Every test begins and ends with the real clock."""
    clock.use("system")
    yield
    clock.use("system")


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """What a process of Convene sets for itself, where a test runs a command: its logs go to a stream that is closed by the next
    test, and it narrows the rights of new files, though the servers that a later test starts may run as somebody else."""
    mask = os.umask(0o022)
    os.umask(mask)
    logs, root = structlog.get_config() if structlog.is_configured() else None, logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    os.umask(mask)
    root.handlers[:] = handlers
    root.setLevel(level)
    if logs is not None:
        structlog.configure(**logs)
    else:
        structlog.reset_defaults()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data and standards that tests read; not part of the project."""
    folder = Path(os.environ.get("CONVENE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        _missing(f"the real data are not at {folder}: put them there, or name the folder in CONVENE_DATA")
    return folder
