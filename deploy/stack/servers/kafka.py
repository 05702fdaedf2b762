"""Apache Kafka: one node in KRaft mode, broker and controller in one process, from its published jars."""

from __future__ import annotations

import base64
import socket
import struct
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from servers import machine, maven
from servers.machine import Account
from servers.server import Command, Server, heap, java_options

JAVA = 17
METADATA = 3


class Kafka(Server):
    """No topic is made by itself, as in production: a misspelt name is an error."""

    name = "kafka"
    default_ports: ClassVar[Mapping[str, int]] = {"port": 19092, "controller-port": 19093}

    @property
    def url(self) -> str:
        return f"kafka://127.0.0.1:{self.port()}"

    def assemble(self, home: Path) -> None:
        java_home()
        maven.copy_dependencies(self.recipe / "pom.xml", home / "lib")

    def prepare(self, home: Path, files: Path, account: Account | None) -> Command:
        settings = files / "server.properties"
        settings.write_text(self._settings(files / "logs"))
        java: list[str | Path] = [java_home() / "bin" / "java", *java_options(), "-cp", f"{home}/lib/*"]
        if not (files / "logs" / "meta.properties").exists():
            options: list[str | Path] = ["--cluster-id", new_cluster_id(), "--config", settings, "--standalone"]
            tool = [*java, "kafka.tools.StorageTool", "format", "--ignore-formatted", *options]
            machine.run(tool, account=account, cwd=files)
        java += ["-Dorg.slf4j.simpleLogger.showDateTime=true", "-XX:+ExitOnOutOfMemoryError"]
        size = heap(self.name)
        return Command([*java, f"-Xms{size}", f"-Xmx{size}", "kafka.Kafka", settings])

    def _settings(self, logs: Path) -> str:
        client, controller = f"127.0.0.1:{self.port()}", f"127.0.0.1:{self.port('controller-port')}"
        # Times of session and heartbeat: after a crash the controller, which is the same process, lets its broker in
        # again only when the session of the one that died is over.
        return f"""\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://{client},CONTROLLER://{controller}
advertised.listeners=PLAINTEXT://{client},CONTROLLER://{controller}
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers={controller}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={logs}
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=33554432
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""

    def answers(self) -> bool:
        """A metadata request names a broker: it is registered and no longer fenced off.

        An open port is not enough, and a client library that meets a closed one backs off for long.
        """
        # Request header v1 (key, version, correlation, client), then metadata v4: no topics, no creation.
        request = struct.pack(">hhih", METADATA, 4, 1, -1) + struct.pack(">i?", 0, False)
        try:
            with socket.create_connection(("127.0.0.1", self.port()), timeout=2) as connection:
                connection.sendall(struct.pack(">i", len(request)) + request)
                reply = _receive(connection, struct.unpack(">i", _receive(connection, 4))[0])
        except OSError:
            return False
        _correlation, _throttle, brokers = struct.unpack_from(">iii", reply)
        return int(brokers) > 0


def new_cluster_id() -> str:
    """A random UUID in URL-safe base 64, 22 characters, that never begins with a dash.

    One of 64 would, and the storage tool takes it for an option of its own; Kafka's own generator leaves them out too
    (`org.apache.kafka.common.Uuid.randomUuid`).
    """
    while (cluster := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        continue
    return cluster


def _receive(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        piece = connection.recv(size - len(received))
        if not piece:
            raise ConnectionError("closed in the middle of an answer")
        received += piece
    return received


def java_home() -> Path:
    home = machine.java(JAVA, compiler=False, setting="CONVENE_JAVA17")
    if home is None:
        machine.install_package("openjdk-17-jre-headless", f"A Java runtime {JAVA} or newer, which Kafka needs,")
        home = machine.java(JAVA, compiler=False, setting="CONVENE_JAVA17")
    if home is None:
        raise machine.MissingError("A Java runtime 17", "Install it: apt-get install -y openjdk-17-jre-headless")
    return home
