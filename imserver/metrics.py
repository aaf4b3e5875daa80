"""What a worker counts. One ``Metrics`` per worker, handed around; there is no global registry."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

PREFIX = "imserver"
# Above 100 ms people feel it; a full garbage collection of a naive server took 300-750 ms.
LAG_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


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

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text format 0.0.4."""
        return generate_latest(self.registry)

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
