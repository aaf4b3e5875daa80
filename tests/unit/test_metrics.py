"""What a worker counts."""

from imserver.metrics import Metrics


def lines(metrics: Metrics) -> list[str]:
    return metrics.exposition().decode().splitlines()


def test_two_registries_share_nothing() -> None:
    first, second = Metrics(), Metrics()
    first.resets.labels("behind").inc(3)
    assert 'imserver_resets_total{reason="behind"} 3.0' in lines(first)
    assert not [line for line in lines(second) if line.startswith("imserver_resets_total{")]


def test_a_followed_number_is_read_when_it_is_scraped() -> None:
    metrics, counted = Metrics(), [1]
    metrics.follow_counter("cache_hits", "Found in the cache.", lambda: counted[0])
    metrics.follow_gauge("parked", "Connections that wait.", lambda: counted[0] * 2)
    counted[0] = 7
    assert "imserver_cache_hits_total 7.0" in lines(metrics)
    assert "imserver_parked 14.0" in lines(metrics)


def test_every_name_says_whose_it_is() -> None:
    names = [line.split()[2] for line in lines(Metrics()) if line.startswith("# TYPE")]
    assert len(names) > 10
    assert all(name.startswith("imserver_") for name in names)
