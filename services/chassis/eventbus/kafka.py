"""The log on Apache Kafka, by kafka-python. The only module that imports it.

`acks=all` and the idempotent producer (KIP-98) keep what `publish` returned from; positions are committed by hand after the work.
Timeouts are set so that a killed member's partitions move within seconds and a restarted broker is found again quickly.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from services.chassis.eventbus.ports import (
    BusUnavailable,
    Publisher,
    Received,
    Record,
    Subscriber,
    TopicSpec,
    TopicStatus,
)
from services.chassis.settings import Settings, SettingsError

DELIVERY_MS = 30_000
REQUEST_MS = 10_000
SESSION_MS = 10_000
DAY_MS = 24 * 3600 * 1000


class KafkaBus:
    """The log on the brokers that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self._connection = _connection(settings)
        self._replication = settings.bus_replication
        # Its errors reach us as exceptions and are logged once there; its own lines come by the hundred while a broker is away.
        logging.getLogger("kafka").setLevel(logging.CRITICAL)
        self._partitions = settings.bus_partitions

    def ensure(self, topics: Iterable[TopicSpec]) -> None:
        """Make the topics that are missing; waits until the brokers know them."""
        from kafka.admin import NewTopic
        from kafka.errors import TopicAlreadyExistsError

        with self._admin() as admin:
            known = set(admin.list_topics())
            missing = [spec for spec in topics if spec.name not in known]
            for spec in missing:
                new = NewTopic(
                    spec.name,
                    num_partitions=spec.partitions or self._partitions,
                    replication_factor=self._replication,
                    topic_configs=_topic_config(spec),
                )
                with contextlib.suppress(TopicAlreadyExistsError):
                    admin.create_topics([new])
            if missing:
                admin.wait_for_topics([spec.name for spec in missing])

    def publisher(self) -> Publisher:
        """A writer with a producer of its own."""
        return KafkaPublisher(self._connection)

    def subscriber(self, consumer: str, topics: Sequence[str]) -> Subscriber:
        """A member of the consumer's group."""
        self._reach()
        self.ensure(
            [
                TopicSpec(topic, compacted=False, retention_days=30, partitions=1)
                for topic in topics
                if ".retry." in topic
            ]
        )
        return KafkaSubscriber(self._connection, consumer, topics)

    def rewind_consumer(self, consumer: str, topics: Sequence[str]) -> None:
        """Set the (stopped) consumer's positions to the oldest records."""
        with _translated(), contextlib.closing(self._looker(group_id=_group(consumer))) as looker:
            from kafka.structs import OffsetAndMetadata

            partitions = self._partitions_of(looker, topics)
            if partitions:
                offsets = looker.beginning_offsets(partitions)
                looker.commit({partition: OffsetAndMetadata(offset, "", -1) for partition, offset in offsets.items()})

    def lag(self, consumer: str, topics: Sequence[str]) -> dict[str, int]:
        """Per topic, how far the committed offsets are behind the ends."""
        with _translated(), contextlib.closing(self._looker(group_id=_group(consumer))) as looker:
            partitions = self._partitions_of(looker, topics)
            ends, begins = (
                (looker.end_offsets(partitions), looker.beginning_offsets(partitions)) if partitions else ({}, {})
            )
            found = dict.fromkeys(topics, 0)
            for partition in partitions:
                kept = looker.committed(partition)
                found[partition.topic] += max(0, ends[partition] - (kept if kept is not None else begins[partition]))
            return found

    def topics(self) -> list[TopicStatus]:
        """Convene's topics, by name."""
        with _translated(), contextlib.closing(self._looker()) as looker:
            names = sorted(name for name in looker.topics() if name.startswith("convene."))
            found = []
            for name in names:
                partitions = self._partitions_of(looker, [name])
                ends, begins = looker.end_offsets(partitions), looker.beginning_offsets(partitions)
                found.append(TopicStatus(name, len(partitions), sum(ends[p] - begins[p] for p in partitions)))
            return found

    def read(self, topics: Sequence[str], *, from_beginning: bool, follow: bool) -> Iterator[Received | None]:
        """Records for looking at; see `ports.Bus.read`."""
        with _translated(), contextlib.closing(self._looker(max_poll_records=500)) as looker:
            partitions = self._partitions_of(looker, topics)
            if not partitions:
                return
            ends = looker.end_offsets(partitions)
            looker.assign(partitions)
            if from_beginning:
                looker.seek_to_beginning(*partitions)
            else:
                looker.seek_to_end(*partitions)
            while follow or any(looker.position(partition) < ends[partition] for partition in partitions):
                found = _received(looker.poll(timeout_ms=250))
                yield from found
                if not found and follow:
                    yield None

    def check(self) -> None:
        """Raise `BusUnavailable` when the brokers do not answer."""
        self._reach()
        with _translated(), contextlib.closing(self._looker()) as looker:
            looker.topics()

    def close(self) -> None:
        """Nothing is held open."""

    def _reach(self) -> None:
        """Fail at once where no broker listens: kafka-python's clients would back off for half a minute."""
        problems = []
        for server in self._connection["bootstrap_servers"]:
            host, _, port = server.rpartition(":")
            try:
                socket.create_connection((host.strip("[]"), int(port)), timeout=3).close()
                return
            except OSError as error:
                problems.append(f"{server}: {error}")
        raise BusUnavailable(f"no Kafka broker can be reached ({'; '.join(problems)})")

    @contextlib.contextmanager
    def _admin(self) -> Iterator[Any]:
        self._reach()
        from kafka import KafkaAdminClient

        with _translated():
            admin = KafkaAdminClient(**self._connection, request_timeout_ms=REQUEST_MS)
            try:
                yield admin
            finally:
                admin.close()

    def _looker(self, **more: Any) -> Any:
        """A consumer that is no member of a group: for looking at topics and offsets."""
        self._reach()
        from kafka import KafkaConsumer

        return KafkaConsumer(
            **self._connection,
            enable_auto_commit=False,
            request_timeout_ms=REQUEST_MS,
            allow_auto_create_topics=False,
            **more,
        )

    @staticmethod
    def _partitions_of(looker: Any, topics: Sequence[str]) -> list[Any]:
        from kafka.structs import TopicPartition

        return [
            TopicPartition(topic, number)
            for topic in topics
            for number in sorted(looker.partitions_for_topic(topic) or ())
        ]


class KafkaPublisher:
    """Writes batches with one idempotent producer."""

    def __init__(self, connection: dict[str, Any]) -> None:
        from kafka import KafkaProducer

        with _translated():
            self._producer = KafkaProducer(
                **connection,
                acks="all",
                enable_idempotence=True,
                linger_ms=2,
                batch_size=256 * 1024,
                max_request_size=20 * 1024 * 1024,
                delivery_timeout_ms=DELIVERY_MS,
                request_timeout_ms=REQUEST_MS,
                max_block_ms=DELIVERY_MS,
                reconnect_backoff_max_ms=1000,
                allow_auto_create_topics=False,
            )

    def publish(self, records: Sequence[Record]) -> None:
        """Send all, then check every acknowledgement: `flush` alone does not raise."""
        with _translated():
            futures = [
                self._producer.send(
                    record.topic, value=record.value, key=record.key.encode(), headers=list(record.headers)
                )
                for record in records
            ]
            self._producer.flush(timeout=DELIVERY_MS / 1000)
            for future in futures:
                future.get(timeout=DELIVERY_MS / 1000)

    def close(self) -> None:
        """Close without waiting for what was never acknowledged."""
        self._producer.close(timeout=1)


class KafkaSubscriber:
    """A member of a consumer group that commits by hand."""

    def __init__(self, connection: dict[str, Any], consumer: str, topics: Sequence[str]) -> None:
        from kafka import KafkaConsumer

        with _translated():
            self._consumer = KafkaConsumer(
                **connection,
                group_id=_group(consumer),
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                session_timeout_ms=SESSION_MS,
                heartbeat_interval_ms=SESSION_MS // 4,
                request_timeout_ms=REQUEST_MS,
                max_partition_fetch_bytes=20 * 1024 * 1024,
                fetch_max_wait_ms=100,
                reconnect_backoff_max_ms=1000,
                allow_auto_create_topics=False,
                metadata_max_age_ms=30_000,
            )
            self._consumer.subscribe(topics=list(topics))
            self._know(topics)

    def _know(self, topics: Sequence[str]) -> None:
        """Have the partitions of all topics before the group is joined.

        kafka-python 3.0.12 joins without waiting for them: a leader that does not know them yet assigns nothing, takes what it
        learns a moment later for what it assigned, and never assigns again.
        """
        limit = time.monotonic() + REQUEST_MS / 1000
        while unknown := [topic for topic in topics if not self._consumer.partitions_for_topic(topic)]:
            if time.monotonic() > limit:
                self.close()
                raise BusUnavailable(f"the brokers name no partitions of {', '.join(unknown)}")
            time.sleep(0.05)

    def poll(self, limit: int, timeout: float) -> list[Received]:
        """Up to `limit` records from the partitions assigned to this member."""
        with _translated():
            return _received(self._consumer.poll(timeout_ms=int(timeout * 1000), max_records=limit))

    def commit(self) -> None:
        """Commit the positions; raises `BusUnavailable` when the group has moved on, and then the records come again."""
        with _translated():
            self._consumer.commit(timeout_ms=REQUEST_MS)

    def rewind(self) -> None:
        """Seek back to the committed positions."""
        with _translated():
            for partition in self._consumer.assignment():
                kept = self._consumer.committed(partition)
                if kept is None:
                    self._consumer.seek_to_beginning(partition)
                else:
                    self._consumer.seek(partition, kept)

    def close(self) -> None:
        """Leave the group, so that its partitions move at once."""
        with contextlib.suppress(Exception):
            self._consumer.close(autocommit=False)


def _group(consumer: str) -> str:
    return f"convene.{consumer}"


def _topic_config(spec: TopicSpec) -> dict[str, str]:
    policy = ",".join(
        name for name, wanted in (("compact", spec.compacted), ("delete", spec.retention_days is not None)) if wanted
    )
    config = {"cleanup.policy": policy or "delete", "max.message.bytes": str(20 * 1024 * 1024)}
    if spec.compacted:
        # Bounded: what was redacted is gone from the log within a day (record: erasure).
        config |= {"max.compaction.lag.ms": str(DAY_MS), "segment.ms": str(DAY_MS), "delete.retention.ms": str(DAY_MS)}
    if spec.retention_days is not None:
        config["retention.ms"] = str(spec.retention_days * DAY_MS)
    return config


def _received(polled: dict[Any, list[Any]]) -> list[Received]:
    return [
        Received(
            record.topic,
            (record.key or b"").decode("utf-8", "replace"),
            record.value,
            tuple((name, value or b"") for name, value in record.headers or ()),
            record.partition,
            record.offset,
            record.timestamp / 1000,
        )
        for records in polled.values()
        for record in records
    ]


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Errors of kafka-python as the port's own."""
    from kafka.errors import KafkaError

    try:
        yield
    except (KafkaError, OSError) as error:
        raise BusUnavailable(f"Kafka: {type(error).__name__}: {error}") from error


def _connection(settings: Settings) -> dict[str, Any]:
    parts = urlsplit(settings.bus_url)
    servers = [server if ":" in server.rpartition("]")[2] else f"{server}:9092" for server in parts.netloc.split(",")]
    if parts.path.strip("/") or parts.query or "@" in parts.netloc:
        raise SettingsError(
            "CONVENE_BUS_URL takes only servers (kafka://host:port,host:port); user, password and "
            "certificates are settings of their own: CONVENE_BUS_USER, CONVENE_BUS_PASSWORD, CONVENE_BUS_CA"
        )
    found: dict[str, Any] = {"bootstrap_servers": servers, "client_id": f"convene-{socket.gethostname()}"}
    if settings.bus_user:
        found |= {
            "sasl_mechanism": settings.bus_sasl_mechanism,
            "sasl_plain_username": settings.bus_user,
            "sasl_plain_password": settings.bus_password or "",
        }
    found["security_protocol"] = ("SASL_" if settings.bus_user else "") + ("SSL" if settings.bus_ca else "PLAINTEXT")
    if settings.bus_ca:
        found["ssl_cafile"] = settings.bus_ca
    return found
