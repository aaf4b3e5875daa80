"""What a worker counts. One ``Metrics`` per worker, handed around; there is no global registry.

# design: A worker's numbers leave it as plain families, which can be stored, sent and summed; the text of
# /metrics is made of the sum over the workers of the box (imserver.tallies). prometheus_client's own way for
# several processes maps a file into each of them for every number, knows nothing of numbers that somebody
# else counts, and wants its folder in the environment before anything is imported.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

PREFIX = "imserver"
# Above 100 ms people feel it; a full garbage collection of a naive server took 300-750 ms.
LAG_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


Labels = tuple[tuple[str, str], ...]
# When a counter was made says nothing once it is a sum.
_CREATED = "_created"


class Reading(NamedTuple):
    """One number as it was when somebody looked."""

    name: str
    labels: Labels
    value: float


class Family(NamedTuple):
    """All readings of one metric; ``kind`` is counter, gauge or histogram."""

    name: str
    text: str
    kind: str
    readings: tuple[Reading, ...]


def outlasting(families: Iterable[Family]) -> list[Family]:
    """Return what is still true when its worker is gone: what was counted, not what was held."""
    return [family for family in families if family.kind != "gauge"]


def sum_up(counted: Iterable[Iterable[Family]]) -> list[Family]:
    """Return the sums over several workers; texts and order are those of the first who has a family."""
    known: dict[str, Family] = {}
    sums: dict[str, dict[tuple[str, Labels], float]] = {}
    for families in counted:
        for family in families:
            known.setdefault(family.name, family)
            values = sums.setdefault(family.name, {})
            for name, labels, value in family.readings:
                values[name, labels] = values.get((name, labels), 0.0) + value
    return [
        family._replace(readings=tuple(Reading(*key, value) for key, value in sums[name].items()))
        for name, family in known.items()
    ]


def exposition(families: Iterable[Family]) -> bytes:
    """Return everything in Prometheus' text format 0.0.4."""
    registry = CollectorRegistry()
    registry.register(_Ready(families))
    return generate_latest(registry)


class Metrics:
    """Counters, gauges and histograms; changing one never blocks, so hub callbacks may do it.

    What another part counts for itself as a plain int, such as the writer's commits, is followed, not copied.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._followed = _Followed()
        self.registry.register(self._followed)
        # -- requests
        self.requests = self._counter("requests", "API calls that arrived.", labels=("route",))
        self.errors = self._counter(
            "errors", "Requests that were answered with an error.", labels=("status",)
        )
        self.key_failures = self._counter(
            "key_failures",
            "Calls of the server API with a wrong key, and those that were not looked at for that.",
            labels=("reason",),
        )
        # -- delivery
        self.sweep_finds = self._counter("sweep_finds", "Waiting clients that a lost hint had left behind.")
        self.backlog_reads = self._counter("backlog_reads", "Reads of the log for one client.")
        self.resets = self._counter("resets", "Cursors that could not be caught up with.", labels=("reason",))
        # -- people
        self.users = self._gauge("users", "People with a connection to this worker.")
        self.presence_changes = self._counter("presence_changes", "Changes told to those who watch.")
        # -- the process
        self.loop_lag_seconds = self._histogram(
            "loop_lag_seconds", "How late a timer fires.", buckets=LAG_SECONDS
        )

    def follow_counter(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Export a number that somebody else counts, such as the cache's hits; read when scraped."""
        self._followed.add(_Number(f"{PREFIX}_{name}", text, read, is_gauge=False))

    def follow_gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Export a number that somebody else knows, such as the parked connections; read when scraped."""
        self._followed.add(_Number(f"{PREFIX}_{name}", text, read, is_gauge=True))

    def read(self) -> list[Family]:
        """Return every number as it is now."""
        return [
            Family(metric.name, metric.documentation, metric.type, tuple(_readings(metric)))
            for metric in self.registry.collect()
        ]

    def _counter(self, name: str, text: str, *, labels: tuple[str, ...] = ()) -> Counter:
        return Counter(f"{PREFIX}_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"{PREFIX}_{name}", text, registry=self.registry)

    def _histogram(self, name: str, text: str, *, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"{PREFIX}_{name}", text, registry=self.registry, buckets=buckets)


class _Number(NamedTuple):
    name: str
    text: str
    read: Callable[[], float]
    is_gauge: bool


class _Followed(Collector):
    """Numbers that live elsewhere as plain ints, because counting them must cost nothing."""

    def __init__(self) -> None:
        self._numbers: list[_Number] = []

    def add(self, number: _Number) -> None:
        """Export ``number`` from now on."""
        self._numbers.append(number)

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """Read every number now."""
        for name, text, read, is_gauge in self._numbers:
            family = GaugeMetricFamily if is_gauge else CounterMetricFamily
            yield family(name, text, value=read())


class _Ready(Collector):
    """Families that were read before, in the client's own form."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Yield them as they are."""
        for family in self._families:
            metric = Metric(family.name, family.text, family.kind)
            for name, labels, value in family.readings:
                metric.add_sample(name, dict(labels), value)
            yield metric


def _readings(metric: Metric) -> Iterator[Reading]:
    for sample in metric.samples:
        if not sample.name.endswith(_CREATED):
            yield Reading(sample.name, tuple(sample.labels.items()), sample.value)
