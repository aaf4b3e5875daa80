"""What a worker counts."""

from imserver.metrics import Metrics


def lines(metrics: Metrics) -> list[str]:
    return metrics.exposition().decode().splitlines()


def test_two_registries_share_nothing() -> None:
    first, second = Metrics(), Metrics()
    first.messages.inc(3)
    assert "imserver_messages_stored_total 3.0" in lines(first)
    assert "imserver_messages_stored_total 0.0" in lines(second)


def test_a_followed_number_is_read_when_it_is_scraped() -> None:
    metrics, counted = Metrics(), [1]
    metrics.follow_counter("cache_hits", "Found in the cache.", lambda: counted[0])
    metrics.follow_gauge("parked", "Connections that wait.", lambda: counted[0] * 2)
    counted[0] = 7
    assert "imserver_cache_hits_total 7.0" in lines(metrics)
    assert "imserver_parked 14.0" in lines(metrics)


def test_every_name_says_whose_it_is() -> None:
    names = [line.split()[2] for line in lines(Metrics()) if line.startswith("# TYPE")]
    assert len(names) > 15
    assert all(name.startswith("imserver_") for name in names)
