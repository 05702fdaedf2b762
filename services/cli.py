"""The command `convene`: one entry for operators, scripts and containers.

Commands parse, call one function of a service or the chassis, and print; no rule lives here. Lists take `--json`, long work shows
progress on standard error; exit 0 is done, 1 some rejected or not well, 2 wrong use. What a command does not need is not loaded.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import orjson

from services.chassis import process
from services.chassis.settings import Settings, SettingsError

if TYPE_CHECKING:
    from services.chassis.database import Database
    from services.chassis.eventbus.ports import Bus, Received
    from services.chassis.service import Service

NAMES = ("accounts", "registry", "assessment", "search")
ROLES = ("administrator", "pdu_officer")
Command = TypeVar("Command", bound=Callable[..., Any])


def _options(command: Command) -> Command:
    """The option that every command takes."""
    return click.option(
        "--data-dir", type=click.Path(path_type=Path), help="Folder of the one-machine system (CONVENE_DATA_DIR)."
    )(command)


def _settings(data_dir: Path | None, **overrides: Any) -> Settings:
    settings = Settings.from_env(data_dir=data_dir, **overrides)
    _note(settings=settings)
    process.begin(settings)
    return settings


def _note(**reached: Any) -> None:
    """Keep what the command reaches for, so that a failure can name it (`explaining.Reached`)."""
    context = click.get_current_context(silent=True)
    if context is not None:
        context.ensure_object(dict).update(reached)


def _say(line: str = "") -> None:
    click.echo(line)


def _json(value: Any) -> None:
    sys.stdout.write(orjson.dumps(value, default=str).decode() + "\n")
    sys.stdout.flush()


def _table(rows: Sequence[Sequence[object]], header: Sequence[str]) -> None:
    cells = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    for row in cells:
        _say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _database(settings: Settings, service: str) -> Database:
    """A service's database, brought to the newest tables on one machine (elsewhere that is `convene db upgrade`)."""
    from services.chassis import migrations
    from services.chassis.database import Database

    _note(service=service)
    database = Database.open(settings, service)
    if settings.database_url.startswith("sqlite:"):
        migrations.upgrade(database)
    return database


def _bus(settings: Settings) -> Bus:
    from services.chassis.eventbus.build import build_bus, topic_specs

    bus = build_bus(settings)
    bus.ensure(topic_specs())
    return bus


def _service(settings: Settings, name: str) -> Service:
    """One service, as a process of its own runs it. Keys come over HTTP, but for the accounts' own."""
    _note(service=name)
    if name == "accounts":
        from services.accounts import app as accounts

        return accounts.build(settings)
    if name == "registry":
        from services.registry import app as registry

        return registry.build(settings)
    if name == "assessment":
        from services.assessment import app as assessment

        return assessment.build(settings)
    from services.search import app as search

    return search.build(settings)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="convene")
def convene() -> None:
    """An open registry and assessment forum for multi-stakeholder partnerships."""


# --- running -------------------------------------------------------------------------------------------------------


@convene.command()
@_options
@click.option("--host", help="Address to listen on (CONVENE_HOST; 127.0.0.1).")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port to listen on (CONVENE_PORT; 8000); 0 takes a free one."
)
@click.option("--workers", type=click.IntRange(1, 64), help="Web worker processes (CONVENE_WORKERS; 2).")
@click.option(
    "--demo", is_flag=True, help="Begin with the demo world: plausible records and accounts to try everything with."
)
def up(data_dir: Path | None, host: str | None, port: int | None, workers: int | None, demo: bool) -> None:
    """Run the one-machine system; prints `ready http://…` when it can be used."""
    from services import embedded

    settings = _settings(data_dir, host=host, port=port, workers=workers)
    raise SystemExit(embedded.up(settings, demo=demo))


@convene.command()
@click.argument("name", type=click.Choice([*NAMES, "portal"]))
@_options
def service(name: str, data_dir: Path | None) -> None:
    """Serve one service's HTTP under /api/NAME (portal: the pages)."""
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    from services.chassis.web import listen, serve

    settings = _settings(data_dir)
    if name == "portal":
        from services.portal.app import create_app

        serve(lambda: create_app(settings), listen(settings.host, settings.port), settings)
        return
    settings = settings.with_address_key()
    built = _service(settings, name)
    listener = listen(settings.host, settings.port)
    serve(lambda: DispatcherMiddleware(_nothing_here, {f"/api/{name}": built.create_app()}), listener, settings)


def _nothing_here(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
    return [b"Nothing here; services answer under /api/NAME.\n"]


def _background(kind: str, name: str, data_dir: Path | None) -> None:
    from services.chassis import processes
    from services.chassis.eventbus.build import build_bus
    from services.chassis.http.health import database_check

    settings = _settings(data_dir).with_address_key()
    built = _service(settings, name)
    bus = None if kind == "clock" else build_bus(settings)
    checks = [database_check(built.database)]
    if bus is None:
        tasks = [processes.clock(built)]
    elif kind == "relay":
        tasks = [processes.relay(built, bus)]
    else:
        tasks = processes.consumers(built, bus)
        checks += built.ready
    processes.run(tasks, settings, bus, checks)


@convene.command()
@click.argument("name", type=click.Choice(NAMES))
@_options
def relay(name: str, data_dir: Path | None) -> None:
    """Take one service's events from its outbox to the bus."""
    _background("relay", name, data_dir)


@convene.command()
@click.argument("name", type=click.Choice(NAMES))
@_options
def consume(name: str, data_dir: Path | None) -> None:
    """Run one service's consumers."""
    _background("consume", name, data_dir)


@convene.command()
@click.argument("name", type=click.Choice(NAMES))
@_options
def clock(name: str, data_dir: Path | None) -> None:
    """Run one service's deadlines."""
    _background("clock", name, data_dir)


# --- looking after it ----------------------------------------------------------------------------------------------


@convene.group()
def db() -> None:
    """Databases."""


@db.command("upgrade")
@click.argument("name", type=click.Choice(NAMES), required=False)
@_options
def db_upgrade(name: str | None, data_dir: Path | None) -> None:
    """Bring the tables of one service, or of all, to this version."""
    from services.chassis import migrations
    from services.chassis.database import Database

    settings = _settings(data_dir)
    for each in [name] if name else NAMES:
        _note(service=each)
        changed = migrations.upgrade(Database.open(settings, each))
        _say(f"{each}: {'upgraded to' if changed else 'already at'} {migrations.head(each)}")


@convene.command()
@_options
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
def doctor(data_dir: Path | None, as_json: bool) -> None:
    """Try every setting and connection, and say what to do."""
    from services import doctor as checks

    found = checks.examine(os.environ, data_dir)
    if as_json:
        _json([{"name": each.name, "ok": each.ok, "detail": each.detail, "advice": each.advice} for each in found])
    else:
        for each in found:
            _say(f"{'ok ' if each.ok else 'BAD'}  {each.name}: {each.detail}")
            if each.advice:
                _say(f"     {each.advice}")
    raise SystemExit(0 if all(each.ok for each in found) else 1)


# --- people --------------------------------------------------------------------------------------------------------


@convene.group()
def user() -> None:
    """Local accounts."""


def _address(_context: click.Context, _parameter: click.Parameter, email: str) -> str:
    """An e-mail address, looked at before anything is asked for or made."""
    from services.chassis.identity.addresses import AddressError, normalise

    try:
        normalise(email)
    except AddressError as error:
        raise click.BadParameter(str(error)) from None
    return email


def _new_password() -> str:
    """Asked for twice at a terminal; elsewhere the first line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise click.UsageError("No password: give it as the first line of standard input, or run this at a terminal.")
    return line


@user.command("add")
@click.argument("email", callback=_address)
@click.option("--role", type=click.Choice(ROLES), help="A platform role.")
@click.option("--password", envvar="CONVENE_NEW_PASSWORD", hidden=True)
@_options
def user_add(email: str, role: str | None, password: str | None, data_dir: Path | None) -> None:
    """Make a local account; asks for a password, or takes the first line of standard input."""
    from services.accounts.people import service as people

    settings = _settings(data_dir).with_address_key()
    if password is None:
        password = _new_password()
    people.add_user(_database(settings, "accounts"), settings, email, password, role)
    _say(f"{email} can sign in now.")


@convene.group()
def token() -> None:
    """Access tokens."""


@token.command("issue")
@click.argument("email", callback=_address)
@click.option("--role", type=click.Choice(ROLES), help="A platform role, in this token alone.")
@_options
def token_issue(email: str, role: str | None, data_dir: Path | None) -> None:
    """Print an access token, good for an hour; the person is made where unknown, and the address counts as verified."""
    from services.accounts.people import service as people

    settings = _settings(data_dir).with_address_key()
    _say(people.issue_token(_database(settings, "accounts"), settings, email, role))


@convene.group()
def keys() -> None:
    """The keys that sign access tokens; they change by themselves every month."""


@keys.command("rotate")
@click.option(
    "--withdraw", is_flag=True, help="A key leaked: tokens signed with former keys are refused within minutes."
)
@_options
def keys_rotate(withdraw: bool, data_dir: Path | None) -> None:
    """Sign with a new key from now on."""
    from services.accounts.keys import service as signing

    settings = _settings(data_dir).with_address_key()
    _say(
        f"signing with {signing.rotate_keys(_database(settings, 'accounts'), settings, withdraw=withdraw)} from now on"
    )


# --- data ----------------------------------------------------------------------------------------------------------


@convene.group("import")
def import_() -> None:
    """Bring in what others publish."""


@import_.command("iati")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
@_options
def import_iati(files: tuple[Path, ...], dry_run: bool, as_json: bool, data_dir: Path | None) -> None:
    """Records from IATI activity files, versions 1.01 to 2.03."""
    from services.registry.imports import service as imports

    settings = _settings(data_dir)
    progress = None if as_json and not sys.stderr.isatty() else _progress("activities")
    report = imports.import_iati(_database(settings, "registry"), list(files), dry_run=dry_run, progress=progress)
    found = report.as_json()
    if as_json:
        _json(found)
    else:
        for rejection in found["rejections"]:
            line = f"line {rejection['line']}" if rejection["line"] else None
            where = ", ".join(filter(None, (rejection.get("file"), line)))
            what = (rejection["identifier"] or "(no identifier)") + (f" ({where})" if where else "")
            _say(f"rejected {what}: {rejection['reason']}")
        counts = (
            f"{name} {found[name]}" for name in ("read", "created", "updated", "unchanged", "proposed", "rejected")
        )
        _say(", ".join(counts) + (" (dry run: nothing was changed)" if dry_run else ""))
    raise SystemExit(1 if found["rejected"] else 0)


def _progress(what: str) -> Callable[[int], None]:
    def show(count: int) -> None:
        end = "\r" if sys.stderr.isatty() else "\n"
        sys.stderr.write(f"{count} {what}{end}")
        sys.stderr.flush()

    return show


# --- search --------------------------------------------------------------------------------------------------------


@convene.group()
def search() -> None:
    """The index beside the register."""


@search.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@_options
def search_status(as_json: bool, data_dir: Path | None) -> None:
    """What the index holds, and how far it is behind."""
    from services.search import rebuild

    settings = _settings(data_dir)
    found = rebuild.status(_database(settings, "search"), settings)
    if as_json:
        _json(found)
        return
    for name, value in found.items():
        shown = orjson.dumps(value).decode() if isinstance(value, dict | list) else value
        _say(f"{name}: {'none' if shown is None else shown}")


@search.command("rebuild")
@click.option("--from-topics", is_flag=True, help="From the topics of the bus alone, not from search's own tables.")
@click.option("--no-wait", is_flag=True, help="Ask for it, and do not wait for its end.")
@_options
def search_rebuild(from_topics: bool, no_wait: bool, data_dir: Path | None) -> None:
    """Build the index anew beside the living one, compare, and switch."""
    from services.search import rebuild

    settings = _settings(data_dir)
    outcome = rebuild.rebuild(
        _database(settings, "search"),
        settings,
        _bus(settings),
        from_topics=from_topics,
        wait=not no_wait,
        progress=_progress("records indexed"),
    )
    _say(outcome)


# --- the bus -------------------------------------------------------------------------------------------------------


@convene.group()
def events() -> None:
    """The bus."""


@events.command("topics")
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
@_options
def events_topics(as_json: bool, data_dir: Path | None) -> None:
    """The topics, who may read them, what they hold, who is behind and by how much."""
    bus = _bus(_settings(data_dir))
    rows = _topics(bus)
    if as_json:
        _json(rows)
        return
    for row in rows:
        row["behind"] = ", ".join(f"{consumer} {count}" for consumer, count in row["behind"].items())
    _table([list(row.values()) for row in rows], list(rows[0]))


def _topics(bus: Bus) -> list[dict[str, Any]]:
    """Every topic that there is; `behind` is how many records each of its consumers has still to read."""
    from schemas import topics

    known = {topic.name: topic for topic in topics.TOPICS}
    found, read = [], dict[str, list[str]]()
    for status in bus.topics():
        is_retry = status.name.startswith(topics.RETRY_PREFIX)
        topic = topics.topic(status.name) if is_retry else known.get(status.name)
        for consumer in topic.consumers if topic else ():
            read.setdefault(consumer, []).append(status.name)
        found.append(
            {
                "topic": status.name,
                "audience": topic.audience if topic else "internal",
                "owner": topic.owner if topic else "chassis",
                "key": topic.key if topic else "",
                "partitions": status.partitions,
                "records": status.records,
            }
        )
    lags = {consumer: bus.lag(consumer, names) for consumer, names in read.items()}
    return [
        {**row, "behind": {each: lag[row["topic"]] for each, lag in lags.items() if row["topic"] in lag}}
        for row in found
    ]


@events.command("tail")
@click.option("--json", "as_json", is_flag=True, help="A JSON object per line.")
@click.option("--from-beginning", is_flag=True, help="Begin with the oldest event.")
@click.option("--no-follow", is_flag=True, help="End after the newest event.")
@click.option("--topic", "wanted", multiple=True, help="Only these topics.")
@_options
def events_tail(
    as_json: bool, from_beginning: bool, no_follow: bool, wanted: tuple[str, ...], data_dir: Path | None
) -> None:
    """Show events, live."""
    from schemas import topics

    names = list(wanted) or [topic.name for topic in topics.TOPICS if topic.name != topics.DEAD_LETTERS]
    bus = _bus(_settings(data_dir))
    try:
        for received in bus.read(names, from_beginning=from_beginning or no_follow, follow=not no_follow):
            if received is not None:
                _show_event(received, as_json)
    except (KeyboardInterrupt, BrokenPipeError):
        sys.stderr.close()  # a closed pipe (`| head`) is no error


def _show_event(received: Received, as_json: bool) -> None:
    headers = {name: value.decode("utf-8", "replace") for name, value in received.headers}
    if not as_json:
        size = "tombstone" if received.value is None else f"{len(received.value)} bytes"
        _say(
            f"{headers.get('ce_time', '')}  {headers.get('ce_type', '?')}  {received.key}  "
            f"{headers.get('ce_aggregateversion', '?')}.{headers.get('ce_aggregaterevision', '?')}  {size}"
        )
        return
    try:
        data = orjson.loads(received.value) if received.value else None
    except orjson.JSONDecodeError:
        data = None
    _json(
        {
            "topic": received.topic,
            "partition": received.partition,
            "offset": received.offset,
            "key": received.key,
            "headers": headers,
            "data": data,
        }
    )


@events.command("dead-letters")
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
@_options
def events_dead_letters(as_json: bool, data_dir: Path | None) -> None:
    """Events that a consumer could never apply, and why."""
    from services.chassis.eventbus import dead_letters

    found = dead_letters.waiting(_bus(_settings(data_dir)))
    names = ("id", "consumer", "topic", "key", "type", "reason", "at", "attempts")
    rows = [{name: getattr(letter, name) for name in names} for letter in found]
    if as_json:
        _json(rows)
    elif rows:
        _table([list(row.values()) for row in rows], names)
    else:
        _say("No dead letters.")


@events.command("replay")
@click.argument("ids", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All of them.")
@_options
def events_replay(ids: tuple[str, ...], every: bool, data_dir: Path | None) -> None:
    """Send dead letters to their consumers once more."""
    from services.chassis.eventbus import dead_letters

    if bool(ids) == every:
        raise click.UsageError("Name the dead letters by id (`convene events dead-letters` lists them), or say --all.")
    bus = _bus(_settings(data_dir))
    letters = dead_letters.waiting(bus)
    unknown = set(ids) - {letter.id for letter in letters}
    if unknown:
        raise click.UsageError(f"No dead letter has the id {', '.join(sorted(unknown))}.")
    sent = dead_letters.replay(bus, [letter for letter in letters if every or letter.id in ids])
    _say(f"{sent} sent again; those that can be applied now leave the list.")


@events.command("republish")
@click.argument("name", type=click.Choice(NAMES), required=False)
@_options
def events_republish(name: str | None, data_dir: Path | None) -> None:
    """Fill the topics from the tables: every document again, as it is (fresh topics, a restored bus)."""
    settings = _settings(data_dir)
    for each in [name] if name else NAMES:
        count = _republish(settings, each)
        _say(f"{each}: {count} documents written to the outbox")


def _republish(settings: Settings, name: str) -> int:
    if name == "accounts":
        from services.accounts import maintenance as accounts

        return accounts.republish(_database(settings, name))
    if name == "registry":
        from services.registry import maintenance as registry

        return registry.republish(_database(settings, name))
    if name == "assessment":
        from services.assessment import maintenance as assessment

        return assessment.republish(_database(settings, name))
    return 0  # search owns no document


# --- the assessment ------------------------------------------------------------------------------------------------


@convene.group()
def assessment() -> None:
    """Published evaluations."""


@assessment.command("recompute")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every evaluation.")
@click.option("--json", "as_json", is_flag=True)
@_options
def assessment_recompute(ids: tuple[str, ...], every: bool, as_json: bool, data_dir: Path | None) -> None:
    """Work every published figure out again from the stored reviews; a difference is an error."""
    from services.assessment import maintenance

    if bool(ids) == every:
        raise click.UsageError("Name the evaluations by id, or say --all.")
    database = _database(_settings(data_dir), "assessment")
    wrong = 0
    for found in maintenance.recompute(database, None if every else ids):
        wrong += bool(found.differences)
        if as_json:
            _json(asdict(found))
            continue
        _say(f"{found.evaluation_id}: {found.same} figures as published, {len(found.differences)} differ")
        for each in found.differences:
            _say(f"  {each.pointer}: published {each.published}, recomputed {each.recomputed}")
    raise SystemExit(1 if wrong else 0)


# --- contracts -----------------------------------------------------------------------------------------------------


@convene.group()
def schemas() -> None:
    """The published contracts."""


def _openapi_documents() -> dict[str, bytes]:
    """OpenAPI of every service, as its decorators say. Needs no data: the apps are built over an empty folder."""
    import tempfile

    from services import embedded
    from services.chassis.http.openapi import document

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_env(
            {
                "CONVENE_DATA_DIR": folder,
                "CONVENE_ADDRESS_KEY": "0" * 32,
                "CONVENE_PUBLIC_URL": "https://convene.example",
            }
        )
        return {
            f"openapi-{built.name}.json": orjson.dumps(
                document(built.create_app()), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
            )
            + b"\n"
            for built in embedded.build(settings)
        }


@schemas.command("export")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--allow-breaking", is_flag=True, help="Write even what breaks those who hold on to it.")
@_options
def schemas_export(folder: Path | None, allow_breaking: bool, data_dir: Path | None) -> None:
    """Write JSON Schema, AsyncAPI and OpenAPI; without FOLDER to the program's own. Needs no data."""
    from schemas import publishing

    del data_dir  # every command takes it
    folder = folder or publishing.FOLDER
    try:
        publishing.export(folder, _openapi_documents(), breaking_allowed=allow_breaking)
    except publishing.WouldBreak as broken:
        for change in broken.changes:
            _say(f"breaks: {change}")
        raise SystemExit(1) from None
    _say(f"written to {folder}")


@schemas.command("check")
@click.argument("folder", type=click.Path(path_type=Path, exists=True), required=False)
@_options
def schemas_check(folder: Path | None, data_dir: Path | None) -> None:
    """Fail when a published contract (in FOLDER, or the program's own) would break, or is not what the code says."""
    from schemas import publishing

    del data_dir  # every command takes it
    problems = publishing.check(folder or publishing.FOLDER, _openapi_documents())
    for problem in problems:
        _say(problem)
    if not problems:
        _say("The published contracts are what the code says, and nothing breaks.")
    raise SystemExit(1 if problems else 0)


@convene.command()
@_options
def rerender(data_dir: Path | None) -> None:
    """Render all documents again after an additive change: a new revision of each, never a new version."""
    from services.assessment import maintenance as assessment
    from services.registry import maintenance as registry

    settings = _settings(data_dir)
    count = registry.rerender(_database(settings, "registry"), progress=_progress("documents"))
    count += assessment.rerender(_database(settings, "assessment"), progress=_progress("evaluations"))
    _say(f"{count} documents rendered again")


def main() -> None:
    """Entry point: errors that people can mend are one sentence, not a traceback."""
    reached: dict[str, Any] = {}
    try:
        convene(standalone_mode=False, obj=reached)
    except click.exceptions.Abort:
        sys.stderr.write("stopped\n")
        raise SystemExit(130) from None
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    except SettingsError as error:
        sys.stderr.write(f"convene: {error}\n")
        raise SystemExit(2) from None
    except Exception as error:
        _explain(error, reached)
        raise


def _explain(error: Exception, reached: dict[str, Any]) -> None:
    """Known refusals and what is away as a sentence; anything else is raised with its traceback."""
    from services import explaining

    said = explaining.sentence(error, explaining.Reached(**reached))
    if said is not None:
        sys.stderr.write(f"convene: {said}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
