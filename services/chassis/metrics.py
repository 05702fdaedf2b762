"""The Prometheus metrics of the chassis: requests, outbox, consumers, dead letters, index.

Counters and histograms are kept where things happen; what can be asked of the database or the bus (outbox depth and age,
consumer lag) is asked when the metrics are read, so that it is always true.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

REQUESTS = Counter("convene_http_requests_total", "Requests answered.", ["service", "method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "convene_http_request_seconds",
    "Time to answer a request.",
    ["service", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
PUBLISHED = Counter("convene_outbox_published_total", "Events acknowledged by the bus.", ["service"])
APPLIED = Counter("convene_consumer_events_total", "Events consumed.", ["consumer", "outcome"])
DEAD_LETTERS = Counter("convene_dead_letters_total", "Events that could never be applied.", ["consumer"])
CONSUMER_STOPPED = Gauge(
    "convene_consumer_stopped",
    "1 while a consumer waits because something it needs is not there.",
    ["consumer"],
    multiprocess_mode="mostrecent",
)
INDEX_LAG_SECONDS = Gauge(
    "convene_index_lag_seconds",
    "Age of the event that was last made searchable, when it was.",
    ["index"],
    multiprocess_mode="mostrecent",
)

Reading = Callable[[], Iterable[tuple[str, str, dict[str, str], float]]]


class Readings(Collector):
    """Gauges that are read when asked for: each source yields `(name, help, labels, value)`."""

    def __init__(self) -> None:
        self._sources: list[Reading] = []
        self._lock = threading.Lock()

    def add(self, source: Reading) -> None:
        """Ask `source` at every collection from now on."""
        with self._lock:
            self._sources.append(source)

    def collect(self) -> Iterable[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for source in self._sources:
            try:
                found = list(source())
            except Exception:  # noqa: S112 - a source that cannot be asked now has no value now; the others still do
                continue
            for name, about, labels, value in found:
                family = families.setdefault(name, GaugeMetricFamily(name, about, labels=list(labels)))
                family.add_metric(list(labels.values()), value)
        return families.values()


def exposition(readings: Readings) -> bytes:
    """All metrics in the Prometheus text format; of all processes where they share a folder."""
    registry = CollectorRegistry()
    registry.register(readings)
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    from prometheus_client import REGISTRY

    return generate_latest(REGISTRY) + generate_latest(registry)
