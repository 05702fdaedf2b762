"""Elasticsearch: the server itself, put together from its published jars; one node, no authentication.

The distribution is not in the Maven repository, but the server's library is. What is missing around it is small:
a launcher (it boots a node without the agent that polices plugins) and the handler of `GET /`. Modules that are
not published (scripts, reindex, ingest, security) are absent; the program uses only what is in every Elasticsearch.
"""

from __future__ import annotations

import json
import platform
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from servers import machine, maven
from servers.machine import Account, MissingError, StackError
from servers.server import Command, Server, heap, java_options

JDK = 25
PLUGIN = """\
name=root
description=the handler of GET /
version=1
classname=org.convene.stack.RootPlugin
java.version=21
elasticsearch.version={version}
"""
LOGGING = """\
status=error
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=[%d{ISO8601}][%-5p][%c{1.}] %m%n
rootLogger.level=info
rootLogger.appenderRef.console.ref=console
"""


class Elasticsearch(Server):
    """It refuses to run as root: a system user of its own is made for it."""

    name = "elasticsearch"
    default_ports: ClassVar[Mapping[str, int]] = {"port": 19200, "transport-port": 19201}
    user = "convene-elasticsearch"
    creates_user = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port()}"

    def assemble(self, home: Path) -> None:
        jdk = _jdk()
        lib, module, plugin = home / "lib", home / "modules" / "transport-netty4", home / "plugins" / "root"
        for folder in (lib, module, plugin, home / "launcher"):
            folder.mkdir(parents=True)
        maven.copy_dependencies(self.recipe / "pom.xml", lib)
        for pattern in ("netty-*", "transport-netty4-*", "elasticsearch-ssl-config-*"):
            for jar in lib.glob(f"{pattern}.jar"):
                jar.rename(module / jar.name)
        _unpack_descriptor(module)
        native = lib / "platform" / _platform() / "libzstd.so"
        native.parent.mkdir(parents=True)
        native.write_bytes(_zstd().read_bytes())
        launcher = self.recipe / "launcher"
        into_server: list[str | Path] = ["--module-path", lib, "--patch-module", f"org.elasticsearch.server={launcher}"]
        _compile(jdk, launcher, home / "launcher" / "launcher.jar", into_server)
        _compile(jdk, self.recipe / "root", plugin / "root.jar", ["-cp", f"{lib}/*"])
        version = maven.pinned(self.recipe / "pom.xml", "elasticsearch.version")
        (plugin / "plugin-descriptor.properties").write_text(PLUGIN.format(version=version))

    def prepare(self, home: Path, files: Path, account: Account | None) -> Command:
        for name in ("config", "data", "logs", "snapshots", "tmp"):
            (files / name).mkdir(exist_ok=True)
        settings: dict[str, object] = {
            "cluster.name": "convene",
            "node.name": "one",
            "path.data": str(files / "data"),
            "path.logs": str(files / "logs"),
            "path.repo": str(files / "snapshots"),
            "network.host": "127.0.0.1",
            "http.port": self.port(),
            "transport.port": self.port("transport-port"),
            "discovery.type": "single-node",
            # A full disk is for the owner of this machine to notice; an index must not turn read-only in a test.
            "cluster.routing.allocation.disk.threshold_enabled": False,
        }
        lines = [f"{name}: {json.dumps(value)}" for name, value in settings.items()]  # JSON is YAML
        (files / "config" / "elasticsearch.yml").write_text("\n".join([*lines, ""]))
        (files / "config" / "log4j2.properties").write_text(LOGGING)
        if account:
            for path in (files / "config", *(files / "config").iterdir(), *files.iterdir()):
                machine.own(path, account)
        size = heap(self.name)
        properties = {
            "java.io.tmpdir": files / "tmp",
            "file.encoding": "UTF-8",
            "log4j.shutdownHookEnabled": "false",
            "log4j2.disable.jmx": "true",
            "io.netty.noUnsafe": "true",
            "io.netty.noKeySetOptimization": "true",
            "io.netty.recycler.maxCapacityPerThread": "0",
            "es.path.home": home,
            "es.distribution.type": "zip",
            "es.java.type": "ES_JAVA_HOME",
            # The library of vector instructions is not published; Lucene has its own.
            "org.elasticsearch.nativeaccess.enableVectorLibrary": "false",
            "org.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits": "1",
        }
        return Command(
            [
                _jdk() / "bin" / "java",
                f"-Xms{size}",
                f"-Xmx{size}",
                "-Xss1m",
                "-XX:+UseG1GC",
                "-XX:+ExitOnOutOfMemoryError",
                *java_options(),
                *(f"-D{name}={value}" for name, value in properties.items()),
                "--module-path",
                home / "lib",
                "--add-modules=ALL-MODULE-PATH,jdk.management,jdk.incubator.vector",
                "--enable-native-access="
                "org.elasticsearch.nativeaccess,org.elasticsearch.foreign,org.apache.lucene.core",
                "--patch-module",
                f"org.elasticsearch.server={home / 'launcher' / 'launcher.jar'}",
                "-m",
                "org.elasticsearch.server/org.elasticsearch.bootstrap.OneNode",
                home,
                files / "config",
            ]
        )

    def answers(self) -> bool:
        """Every primary shard is assigned: before that, a search answers 503."""
        try:
            with urllib.request.urlopen(f"{self.url}/_cluster/health", timeout=2) as reply:
                return json.load(reply)["status"] in ("green", "yellow")
        except (OSError, urllib.error.URLError, ValueError, KeyError):
            return False


def _jdk() -> Path:
    home = machine.java(JDK, compiler=True, setting="CONVENE_JDK25")
    if home is None:
        raise MissingError(
            f"A Java development kit {JDK}, which Elasticsearch needs,",
            f"Debian 12 has none: install Eclipse Temurin {JDK} (a JDK, not a JRE) under /usr/lib/jvm, "
            "or name its folder in CONVENE_JDK25 or JAVA_HOME.",
        )
    return home


def _compile(jdk: Path, sources: Path, jar: Path, options: Sequence[str | Path]) -> None:
    classes = jar.parent / "classes"
    machine.run([jdk / "bin" / "javac", "-nowarn", "-d", classes, *options, *sorted(sources.rglob("*.java"))])
    machine.run([jdk / "bin" / "jar", "--create", "--file", jar, "-C", classes, "."])
    machine.run(["rm", "-r", classes])


def _unpack_descriptor(module: Path) -> None:
    """The jar carries its descriptor; on disk it must stand beside the jar, and not name a Java module."""
    (jar,) = module.glob("transport-netty4-*.jar")
    with zipfile.ZipFile(jar) as archive:
        text = archive.read("META-INF/es-plugins/transport-netty4/plugin-descriptor.properties").decode()
    kept = [line for line in text.splitlines() if not line.startswith("modulename")]
    (module / "plugin-descriptor.properties").write_text("\n".join([*kept, ""]))


def _platform() -> str:
    names = {"x86_64": "linux-x64", "aarch64": "linux-aarch64"}
    if platform.system() != "Linux" or platform.machine() not in names:
        raise StackError(f"Elasticsearch does not run on {platform.system()} {platform.machine()}.")
    return names[platform.machine()]


def _zstd() -> Path:
    places = [f"/usr/lib/{platform.machine()}-linux-gnu", f"/lib/{platform.machine()}-linux-gnu", "/usr/lib64"]
    for place in places:
        library = Path(place) / "libzstd.so.1"
        if library.exists():
            return library
    raise MissingError("The library libzstd", "Install it: apt-get install -y libzstd1")
