"""The command line of one server: `install`, `start`, `wait`, `stop`, `kill`, `status`, `url`, `remove`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from servers.machine import StackError, say
from servers.server import DEFAULT_ROOT, Server

STOPPED = 3
"""Exit status of `status` for a server that does not run, as service scripts have it."""


def main(kind: type[Server], arguments: Sequence[str] | None = None) -> int:
    options = _parser(kind).parse_args(arguments)
    server = kind(options.data, options.cache, _ports(kind, options))
    try:
        return _do(server, options)
    except StackError as problem:
        say(f"{kind.name}: {problem}")
        return 1
    except KeyboardInterrupt:
        return 130


def _do(server: Server, options: argparse.Namespace) -> int:
    match options.command:
        case "install":
            print(server.install())
        case "start":
            server.start()
            if options.wait:
                server.wait(options.timeout)
        case "wait":
            server.wait(options.timeout)
        case "stop":
            server.stop()
        case "kill":
            server.kill()
        case "remove":
            server.remove()
        case "url":
            print(server.url)
        case "status":
            status = server.status()
            print(json.dumps(status) if options.json else line(status))
            return STOPPED if status["state"] == "stopped" else 0
    return 0


def line(status: dict[str, object]) -> str:
    if status["state"] == "stopped":
        return f"{status['name']}: stopped"
    return f"{status['name']}: {status['state']}, {status['url']}, process {status['pid']}, {status['memory_mb']} MB"


def _parser(kind: type[Server]) -> argparse.ArgumentParser:
    prefix = f"CONVENE_STACK_{kind.name.upper()}"
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data", type=Path, default=DEFAULT_ROOT / "data" / kind.name, metavar="FOLDER",
                        help="the server's state and files (default: %(default)s)")  # fmt: skip
    shared.add_argument("--cache", type=Path, default=default_cache(), metavar="FOLDER",
                        help="assembled servers (CONVENE_STACK_CACHE; default: %(default)s)")  # fmt: skip
    parser = argparse.ArgumentParser(prog=kind.name, description=(kind.__doc__ or "").strip())
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("install", parents=[shared], help="fetch and assemble it, once for every recipe")
    start = commands.add_parser("start", parents=[shared], help="install and start it, unless it runs")
    for name, default in kind.default_ports.items():
        setting = f"{prefix}_{name.upper().replace('-', '_')}"
        start.add_argument(f"--{name}", type=int, metavar="N", help=f"0: any free one ({setting}; default: {default})")
    start.add_argument("--wait", action="store_true", help="until it answers")
    waiting = commands.add_parser("wait", parents=[shared], help="until it answers")
    for command in (start, waiting):
        command.add_argument("--timeout", type=float, default=120, metavar="SECONDS", help="(default: %(default)g)")
    commands.add_parser("stop", parents=[shared], help="end it in good order; the data stay")
    commands.add_parser("kill", parents=[shared], help="SIGKILL it and its children; the data stay")
    commands.add_parser("remove", parents=[shared], help="SIGKILL it and remove its data")
    commands.add_parser("url", parents=[shared], help="print the URL that clients are given")
    status = commands.add_parser("status", parents=[shared], help=f"print it; exit status {STOPPED} when stopped")
    status.add_argument("--json", action="store_true")
    return parser


def default_cache() -> Path:
    return Path(os.environ.get("CONVENE_STACK_CACHE") or DEFAULT_ROOT / "cache")


def _ports(kind: type[Server], options: argparse.Namespace) -> dict[str, int]:
    """The ports asked for: by option, else by environment."""
    asked = ports_from_environment(kind)
    for name in kind.default_ports:
        given = getattr(options, name.replace("-", "_"), None)
        if given is not None:
            asked[name] = given
    return asked


def ports_from_environment(kind: type[Server]) -> dict[str, int]:
    asked = {}
    for name in kind.default_ports:
        value = os.environ.get(f"CONVENE_STACK_{kind.name}_{name}".upper().replace("-", "_"))
        if value:
            asked[name] = int(value)
    return asked


def run(kind: type[Server]) -> None:
    sys.exit(main(kind))
