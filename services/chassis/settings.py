"""Every setting of Convene, read once from the environment into one frozen value.

Composition roots (`embedded`, `cli`, each service's `app`) build it; nothing else reads the environment. A setting that is
not in the table, or a value that cannot be meant, refuses to start and says which: there is no silent fallback.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.chassis import instants

PREFIX = "CONVENE_"


class SettingsError(ValueError):
    """A setting that cannot be used. The message names the setting, what is wrong, and what to do."""


@dataclass(frozen=True)
class Setting:
    """One row of the table of settings: the variable's name, the field it fills, how it is read, what it is for."""

    name: str
    field: str
    read: Callable[[str], Any]
    about: str
    secret: bool = False

    def value(self, text: str) -> Any:
        """What the text means. Raises `ValueError`, whose message repeats no secret."""
        try:
            return self.read(text)
        except ValueError as error:
            raise ValueError(str(error).replace(text, "…") if self.secret else str(error)) from None

    def shown(self, value: object) -> str:
        """A value as logs, errors and `convene doctor` may show it."""
        if self.secret:
            return "…"
        return without_password(str(value)) if self.field.endswith("_url") else str(value)


def without_password(url: str) -> str:
    """The URL with its password left out, however malformed it is: all before the last @ may belong to the password."""
    if url.startswith(("sqlite:", "local:")):
        return url  # a folder, which may have any name
    url = re.sub(r"([?&]\w*password=)[^&]*", r"\1…", url, flags=re.IGNORECASE)
    before, at, host = url.rpartition("@")
    scheme, slashes, user = before.partition("://") if "://" in before else ("", "", before)
    name, colon, _ = user.partition(":")
    return f"{scheme}{slashes}{name}{colon and ':…'}{at}{host}"


def _text(value: str) -> str:
    return value


def _whole_number(low: int, high: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError(f"must be a whole number, not {value!r}") from None
        if not low <= number <= high:
            raise ValueError(f"must lie between {low} and {high}, not {number}")
        return number

    return read


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, not {value!r}")
        return value

    return read


def _url(*schemes: str, local: str | None = None) -> Callable[[str], str]:
    """Read a URL of one of `schemes`, with a host and a port that is a number; `local` may stand without a host."""

    def read(value: str) -> str:
        if local is not None and value.startswith(local):
            return value
        shown = without_password(value)
        try:
            parts = urlsplit(value)
            _ = parts.port
        except ValueError:  # whose message may be a piece of the password
            raise ValueError(
                f"is not a well-formed URL (a port is a number, IPv6 stands in brackets): {shown!r}"
            ) from None
        allowed = ", ".join([*([local] if local else []), *(f"{scheme}://" for scheme in schemes)])
        if parts.scheme not in schemes:
            raise ValueError(f"must begin with one of {allowed}, not {shown!r}")
        if not parts.hostname:
            raise ValueError(f"names no host: {shown!r}")
        return value

    return read


def _key(value: str) -> bytes:
    if len(value) < 32:
        raise ValueError("must have at least 32 characters (for example: openssl rand -hex 32)")
    return value.encode()


def _clock(value: str) -> str:
    instants.parse(value)
    return value


def _path(value: str) -> Path:
    if not value.strip() or "\0" in value:
        raise ValueError("must be a path")
    return Path(value)


def _existing_file(value: str) -> str:
    if not Path(value).is_file():
        raise ValueError(f"names no file: {value!r}")
    return value


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "CONVENE_DATA_DIR", "data_dir", _path, "Folder of the one-machine system: databases, bus, index, keys, locks."
    ),
    Setting(
        "CONVENE_DATABASE_URL",
        "database_url",
        _url("postgresql", local="sqlite:"),
        "`sqlite:` (a file per service in the data folder; `sqlite:FOLDER` names another) or "
        "`postgresql://user@host/database` (a schema per service).",
    ),
    Setting(
        "CONVENE_DATABASE_CA",
        "database_ca",
        _existing_file,
        "Certificate authority of PostgreSQL: turns TLS on and checks the server (`sslmode=verify-full`).",
    ),
    Setting(
        "CONVENE_BUS_URL",
        "bus_url",
        _url("kafka", local="local:"),
        "`local:` (an append-only log in the data folder; `local:FOLDER` names another) or `kafka://host:port[,host:port]`.",
    ),
    Setting("CONVENE_BUS_USER", "bus_user", _text, "Kafka SASL user name: turns SASL (SCRAM-SHA-512) on."),
    Setting("CONVENE_BUS_PASSWORD", "bus_password", _text, "Kafka SASL password.", secret=True),
    Setting(
        "CONVENE_BUS_SASL_MECHANISM",
        "bus_sasl_mechanism",
        _one_of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
        "Kafka SASL mechanism.",
    ),
    Setting("CONVENE_BUS_CA", "bus_ca", _existing_file, "Certificate authority of Kafka: turns TLS on."),
    Setting(
        "CONVENE_BUS_REPLICATION",
        "bus_replication",
        _whole_number(1, 7),
        "Replication factor of the topics made on Kafka.",
    ),
    Setting(
        "CONVENE_BUS_PARTITIONS", "bus_partitions", _whole_number(1, 64), "Partitions of the topics made on Kafka."
    ),
    Setting(
        "CONVENE_SEARCH_URL",
        "search_url",
        _url("http", "https", local="local:"),
        "`local:` (an embedded index in the data folder; `local:FOLDER` names another) or `http(s)://host:port` of Elasticsearch.",
    ),
    Setting("CONVENE_SEARCH_API_KEY", "search_api_key", _text, "Elasticsearch API key (encoded form).", secret=True),
    Setting("CONVENE_SEARCH_CA", "search_ca", _existing_file, "Certificate authority of Elasticsearch."),
    Setting(
        "CONVENE_SEARCH_REPLICAS", "search_replicas", _whole_number(0, 5), "Replicas of an index on Elasticsearch."
    ),
    Setting(
        "CONVENE_ADDRESS_KEY",
        "address_key",
        _key,
        "Secret that keys the hashes of e-mail addresses; the same for all services, kept for ever. "
        "On one machine it is made in the data folder at first start.",
        secret=True,
    ),
    Setting(
        "CONVENE_ACCOUNTS_URL",
        "accounts_url",
        _url("http", "https"),
        "Where other processes reach the accounts service, for its public keys.",
    ),
    Setting(
        "CONVENE_PUBLIC_URL",
        "public_url",
        _url("http", "https"),
        "The address that people use; base of links, feeds and types of problems.",
    ),
    Setting("CONVENE_HOST", "host", _text, "Address to listen on."),
    Setting("CONVENE_PORT", "port", _whole_number(0, 65535), "Port to listen on; 0 takes a free one."),
    Setting("CONVENE_WORKERS", "workers", _whole_number(1, 64), "Web worker processes."),
    Setting(
        "CONVENE_HEALTH_PORT",
        "health_port",
        _whole_number(1, 65535),
        "Port on which a relay, consumer or clock process answers `/health/live`, `/health/ready` and `/metrics`; "
        "with `convene up`, its engine, which is all of them.",
    ),
    Setting(
        "CONVENE_CLOCK",
        "clock",
        _clock,
        "`system`, `offset:SECONDS`, an ISO 8601 instant from which time runs, or `file:PATH` holding one of these "
        "(read again when it changes): makes deadlines testable.",
    ),
    Setting(
        "CONVENE_LOG_LEVEL", "log_level", _one_of("debug", "info", "warning", "error"), "Least severity that is logged."
    ),
    Setting("CONVENE_LOG_FORMAT", "log_format", _one_of("json", "text"), "Logs as JSON lines, or as text for people."),
    Setting("CONVENE_CODES", "codes", _existing_file, "JSON file of codes that the operator adds to the vocabularies."),
    Setting(
        "CONVENE_REPOSITORY_URL",
        "source_url",
        _url("http", "https"),
        "Where this installation's source code can be had (asked for by the licence, AGPL-3.0-or-later).",
    ),
)

# Read by tests, benchmarks and the stack's scripts, or by one command; known here so that they do not stop a start.
KNOWN_ELSEWHERE = ("CONVENE_DATA", "CONVENE_JDK25", "CONVENE_JAVA17", "CONVENE_POSTGRESQL_BIN", "CONVENE_NEW_PASSWORD")
KNOWN_ELSEWHERE_PREFIXES = ("CONVENE_TEST_", "CONVENE_STACK_")


@dataclass(frozen=True)
class Settings:
    """The settings of one process. URLs are complete: `sqlite:`, `local:` have been given their folders."""

    data_dir: Path = Path("data")
    database_url: str = "sqlite:"
    database_ca: str | None = None
    bus_url: str = "local:"
    bus_user: str | None = None
    bus_password: str | None = None
    bus_sasl_mechanism: str = "SCRAM-SHA-512"
    bus_ca: str | None = None
    bus_replication: int = 1
    bus_partitions: int = 4
    search_url: str = "local:"
    search_api_key: str | None = None
    search_ca: str | None = None
    search_replicas: int = 0
    address_key: bytes = b""
    accounts_url: str | None = None
    public_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    health_port: int | None = None
    clock: str = "system"
    log_level: str = "info"
    log_format: str = "json"
    codes: str | None = None
    source_url: str | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
        """Read and check all settings; `overrides` (command-line options) win over the environment.

        Raises `SettingsError` naming the first setting that is unknown or cannot be used.
        """
        environ = os.environ if environ is None else environ
        known = {setting.name: setting for setting in SETTINGS}
        values: dict[str, Any] = {}
        for name in sorted(environ):
            if not name.startswith(PREFIX) or name in KNOWN_ELSEWHERE or name.startswith(KNOWN_ELSEWHERE_PREFIXES):
                continue
            if name not in known:
                raise SettingsError(
                    f"{name} is not a setting of Convene.{_nearest(name, known)} See docs/operations.md."
                )
            if environ[name] == "":
                continue
            setting = known[name]
            try:
                values[setting.field] = setting.value(environ[name])
            except ValueError as error:
                raise SettingsError(f"{name} {error}") from None
        values.update({key: value for key, value in overrides.items() if value is not None})
        return cls(**values)._completed()

    def _completed(self) -> Settings:
        folder = self.data_dir.absolute()
        changed: dict[str, Any] = {"data_dir": folder}
        if self.database_url.startswith("sqlite:"):
            changed["database_url"] = f"sqlite:{_folder(self.database_url, 'sqlite:', folder)}"
        if self.bus_url.startswith("local:"):
            changed["bus_url"] = f"local:{_folder(self.bus_url, 'local:', folder)}"
        if self.search_url.startswith("local:"):
            changed["search_url"] = f"local:{_folder(self.search_url, 'local:', folder / 'index')}"
        if not self.public_url:
            host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104 - compared, not bound
            changed["public_url"] = f"http://{host}:{self.port}"
        else:
            changed["public_url"] = self.public_url.rstrip("/")
        return replace(self, **changed)

    def with_address_key(self) -> Settings:
        """The same settings with the address key: the given one, or on one machine the data folder's, made at first use.

        Raises `SettingsError` where several machines need the same key and none was given.
        """
        if self.address_key:
            return self
        if not self.one_machine:
            raise SettingsError(
                "CONVENE_ADDRESS_KEY is not set: with PostgreSQL or Kafka all processes need the same secret "
                "(make one with: openssl rand -hex 32)."
            )
        return replace(self, address_key=_kept_key(self.data_dir / "keys" / "address.key"))

    @property
    def one_machine(self) -> bool:
        """Whether database and bus are those of the one-machine system."""
        return self.database_url.startswith("sqlite:") and self.bus_url.startswith("local:")

    @property
    def issuer(self) -> str:
        """The issuer of access tokens. A constant: it must not change with the port, and keys tell installations apart."""
        return "convene"

    def shown(self) -> dict[str, str]:
        """These settings as logs may show them."""
        return {setting.field: setting.shown(getattr(self, setting.field)) for setting in SETTINGS}

    def __repr__(self) -> str:
        return f"Settings({self.shown()})"

    def environment(self) -> dict[str, str]:
        """These settings as environment variables, for child processes."""
        defaults = Settings()
        found: dict[str, str] = {}
        for setting in SETTINGS:
            value = getattr(self, setting.field)
            if value is None or value == b"" or value == getattr(defaults, setting.field):
                continue
            found[setting.name] = value.decode() if isinstance(value, bytes) else str(value)
        return found


def _folder(url: str, scheme: str, default: Path) -> Path:
    rest = url[len(scheme) :]
    if rest.startswith("//"):
        rest = rest[2:]
        if not rest.startswith("/"):
            raise SettingsError(f"{url!r}: write {scheme}/absolute/folder, or {scheme} alone for the data folder")
    return Path(rest).absolute() if rest else default


def _nearest(name: str, known: Mapping[str, Setting]) -> str:
    import difflib

    close = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]}?" if close else ""


def _kept_key(path: Path) -> bytes:
    """The secret kept at `path`; made once, atomically, readable by the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process made it first: its key is the key
        finally:
            fresh.unlink()
    return path.read_bytes().strip()
