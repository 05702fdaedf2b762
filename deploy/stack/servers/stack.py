"""All servers of the distributed system together: `up`, `down`, `status`, `env`. Called by `make stack`.

`up` starts them side by side, waits until they answer and writes their URLs as export lines to a file, which is
there only while they are meant to run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from servers.command import default_cache, line, ports_from_environment
from servers.elasticsearch import Elasticsearch
from servers.kafka import Kafka
from servers.keycloak import Keycloak
from servers.machine import StackError, say
from servers.postgresql import PostgreSQL
from servers.server import DEFAULT_ROOT, Server

SETTINGS: dict[type[Server], str] = {
    PostgreSQL: "CONVENE_DATABASE_URL",
    Kafka: "CONVENE_BUS_URL",
    Elasticsearch: "CONVENE_SEARCH_URL",
    Keycloak: "CONVENE_STACK_OIDC_ISSUER",
}
OPTIONAL: dict[str, type[Server]] = {"keycloak": Keycloak}


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    servers = [
        kind(options.root / "data" / kind.name, options.cache, ports_from_environment(kind)) for kind in SETTINGS
    ]
    try:
        match options.command:
            case "up":
                wanted = [s for s in servers if s.name not in OPTIONAL or s.name in options.with_ or s.process()]
                _up(wanted, options.root / "env")
            case "down":
                (options.root / "env").unlink(missing_ok=True)
                _together(lambda server: server.stop(), [server for server in servers if server.process()])
            case "status":
                for server in servers:
                    print(line(server.status()))
            case "env":
                print(_exports([server for server in servers if server.process()]), end="")
    except StackError as problem:
        say(f"stack: {problem}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _up(servers: Sequence[Server], env: Path) -> None:
    def answer(server: Server) -> None:
        server.start()
        server.wait(timeout=180)

    _together(answer, servers)
    part = env.with_name("env.part")
    part.write_text(_exports(servers))
    part.replace(env)
    say(f"stack: ready; for other commands: . {env}")


def _exports(servers: Sequence[Server]) -> str:
    return "".join(f"export {SETTINGS[type(server)]}={server.url}\n" for server in servers)


def _together(action: Callable[[Server], None], servers: Sequence[Server]) -> None:
    """Does it to all at the same time; every problem is told, not the first alone."""
    with ThreadPoolExecutor(max(len(servers), 1)) as pool:
        tasks = {server.name: pool.submit(action, server) for server in servers}
    problems = [f"{name}: {error}" for name, task in tasks.items() if (error := task.exception())]
    if problems:
        raise StackError("\n".join(problems))


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--root", type=Path, default=DEFAULT_ROOT, metavar="FOLDER",
                        help="holds env and data/ (default: %(default)s)")  # fmt: skip
    shared.add_argument("--cache", type=Path, default=default_cache(), metavar="FOLDER",
                        help="assembled servers (CONVENE_STACK_CACHE; default: %(default)s)")  # fmt: skip
    parser = argparse.ArgumentParser(prog="stack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", parents=[shared], help="start what does not run, wait until all answer")
    up.add_argument("--with", dest="with_", action="append", default=[], choices=sorted(OPTIONAL))
    commands.add_parser("down", parents=[shared], help="stop what runs; the data stay")
    commands.add_parser("status", parents=[shared])
    commands.add_parser("env", parents=[shared], help="print the URLs of what runs as export lines")
    return parser


def run() -> None:
    sys.exit(main())
