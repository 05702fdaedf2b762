"""Keycloak: an OpenID Connect provider with a small realm of ours, to try and test signing in with one.

Its database is a file of its own (dev-file); the realm in `keycloak-realm.json` is imported at the first start.
"""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from servers import machine, maven
from servers.kafka import java_home
from servers.machine import Account
from servers.server import STACK, Command, Server

REALM = "convene"


class Keycloak(Server):
    """The URL is the issuer: the realm's discovery document is found below it."""

    name = "keycloak"
    default_ports: ClassVar[Mapping[str, int]] = {"port": 19080, "management-port": 19081}

    @property
    def url(self) -> str:
        return f"{self._origin}/realms/{REALM}"

    @property
    def _origin(self) -> str:
        return f"http://127.0.0.1:{self.port()}"

    def assemble(self, home: Path) -> None:
        jars = home / "download"
        maven.copy_dependencies(self.recipe / "pom.xml", jars)
        (archive,) = jars.glob("keycloak-quarkus-dist-*.tar.gz")
        with tarfile.open(archive) as packed:
            packed.extractall(home, filter="data")
        shutil.rmtree(jars)
        (unpacked,) = home.iterdir()
        for path in unpacked.iterdir():
            path.rename(home / path.name)
        unpacked.rmdir()
        machine.run([home / "bin" / "kc.sh", "build", "--db=dev-file", "--health-enabled=true"], env=_environment())

    def prepare(self, home: Path, files: Path, account: Account | None) -> Command:
        # One assembled server, a home per instance: the database lies under it.
        for name in ("conf", "lib", "providers", "themes"):
            link = files / name
            link.unlink(missing_ok=True)
            link.symlink_to(home / name)
        imports = files / "data" / "import"
        imports.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(STACK / "keycloak-realm.json", imports / "realm.json")
        options = {
            "http-enabled": "true",
            "http-host": "127.0.0.1",
            "http-port": self.port(),
            "http-management-host": "127.0.0.1",
            "http-management-port": self.port("management-port"),
            "hostname": self._origin,
            "cache": "local",
        }
        return Command(
            [
                home / "bin" / "kc.sh",
                f"-Dkc.home.dir={files}",
                "start",
                "--optimized",
                "--import-realm",
                *(f"--{name}={value}" for name, value in options.items()),
            ],
            env=_environment(),
        )

    def answers(self) -> bool:
        """It serves the realm: its health is good some time before that."""
        try:
            with urllib.request.urlopen(f"{self.url}/.well-known/openid-configuration", timeout=2) as reply:
                return bool(json.load(reply)["issuer"] == self.url)
        except (OSError, urllib.error.URLError, ValueError, KeyError):
            return False


def _environment() -> dict[str, str]:
    return {"JAVA_HOME": str(java_home()), "PATH": os.environ.get("PATH", "/usr/bin:/bin")}
