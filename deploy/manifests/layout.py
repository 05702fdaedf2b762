"""What runs, and what each process talks to: the one place to add a service.

Every service has the same four kinds of process; a service of pages has a web process alone. The compose file, the
Kubernetes manifests, the openings in the network and the addresses of the proxy follow from this table.
"""

from __future__ import annotations

import configparser
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Kind = Literal["web", "relay", "consumer", "clock"]
Server = Literal["database", "bus", "search", "internet"]

PROJECT = Path(__file__).resolve().parent.parent.parent
WEB_PORT = 8000
HEALTH_PORT = 8001

COMMANDS: dict[Kind, str] = {"web": "service", "relay": "relay", "consumer": "consume", "clock": "clock"}
"""Kind of process → sub-command of `convene`."""

NEEDS: dict[Kind, frozenset[Server]] = {
    "web": frozenset({"database"}),
    "relay": frozenset({"database", "bus"}),
    "consumer": frozenset({"database", "bus"}),
    "clock": frozenset({"database"}),
}
"""What every service's process of that kind connects to."""


@dataclass(frozen=True)
class Service:
    """A service: its processes, what they need beyond NEEDS, and whether it has a database of its own."""

    name: str
    kinds: tuple[Kind, ...] = ("web", "relay", "consumer", "clock")
    also: dict[Kind, frozenset[Server]] = field(default_factory=dict)
    path: str = ""
    stores: bool = True

    def processes(self) -> Iterator[Process]:
        return (Process(self, kind) for kind in self.kinds)

    @property
    def prefix(self) -> str:
        """Where its HTTP lies under the one origin."""
        return self.path or f"/api/{self.name}"


@dataclass(frozen=True)
class Process:
    """One kind of process of one service."""

    service: Service
    kind: Kind

    @property
    def name(self) -> str:
        return f"{self.service.name}-{self.kind}"

    @property
    def arguments(self) -> list[str]:
        """Of the command `convene`."""
        return [COMMANDS[self.kind], self.service.name]

    @property
    def needs(self) -> frozenset[Server]:
        own = NEEDS[self.kind] if self.service.stores else frozenset[Server]()
        return own | self.service.also.get(self.kind, frozenset())

    @property
    def calls(self) -> tuple[str, ...]:
        """Services whose web process it calls: everybody asks the accounts for their public keys; pages ask all."""
        if self.kind != "web":
            return ()
        if not self.service.stores:
            return tuple(service.name for service in SERVICES if service.stores)
        return () if self.service.name == ACCOUNTS else (ACCOUNTS,)

    @property
    def port(self) -> int:
        """Where it answers: requests, or for the other kinds health and metrics."""
        return WEB_PORT if self.kind == "web" else HEALTH_PORT

    def health(self, which: Literal["live", "ready"]) -> str:
        """Path of its health; the pages need nothing, so that their front answers for them."""
        if self.kind != "web":
            return f"/health/{which}"
        return f"{self.service.prefix}/health/{which}" if self.service.stores else "/robots.txt"

    @property
    def metrics(self) -> str | None:
        if self.kind != "web":
            return "/metrics"
        return f"{self.service.prefix}/metrics" if self.service.stores else None


ACCOUNTS = "accounts"
SEARCH: frozenset[Server] = frozenset({"search"})

SERVICES: tuple[Service, ...] = (
    # People sign in with providers outside: their keys and tokens are fetched from there.
    Service(ACCOUNTS, also={"web": frozenset({"internet"})}),
    Service("registry"),
    Service("assessment"),
    # How far the index is behind is asked of the bus.
    Service("search", also={"web": SEARCH | {"bus"}, "consumer": SEARCH, "clock": SEARCH}),
    Service("portal", kinds=("web",), path="/", stores=False),
)


def processes() -> list[Process]:
    """Every process of the distributed system."""
    return [process for service in SERVICES for process in service.processes()]


def image() -> str:
    """The image's name with the program's version."""
    project = configparser.ConfigParser()
    project.read(PROJECT / "setup.cfg")
    return f"convene:{project['metadata']['version']}"
