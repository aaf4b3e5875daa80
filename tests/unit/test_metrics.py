"""What a worker counts."""

from imserver.metrics import Metrics, exposition, outlasting, sum_up


def lines(*workers: Metrics) -> list[str]:
    return exposition(sum_up(worker.read() for worker in workers)).decode().splitlines()


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
    assert len(names) >= 8
    assert all(name.startswith("imserver_") for name in names)


def test_workers_are_summed_label_by_label() -> None:
    first, second = Metrics(), Metrics()
    first.errors.labels("404").inc(2)
    second.errors.labels("404").inc(3)
    second.errors.labels("503").inc()
    first.users.set(10)
    second.users.set(5)
    summed = lines(first, second)
    for line in (
        'imserver_errors_total{status="404"} 5.0',
        'imserver_errors_total{status="503"} 1.0',
        "imserver_users 15.0",
    ):
        assert line in summed


def test_a_histogram_is_summed_bucket_by_bucket() -> None:
    first, second = Metrics(), Metrics()
    first.loop_lag_seconds.observe(0.003)
    second.loop_lag_seconds.observe(0.003)
    second.loop_lag_seconds.observe(2.0)
    summed = lines(first, second)
    for line in (
        'imserver_loop_lag_seconds_bucket{le="0.001"} 0.0',
        'imserver_loop_lag_seconds_bucket{le="0.005"} 2.0',
        'imserver_loop_lag_seconds_bucket{le="+Inf"} 3.0',
        "imserver_loop_lag_seconds_count 3.0",
    ):
        assert line in summed


def test_what_was_held_goes_with_its_worker_and_what_was_counted_stays() -> None:
    worker = Metrics()
    worker.users.set(7)
    worker.resets.labels("behind").inc(3)
    left = exposition(outlasting(worker.read())).decode()
    assert 'imserver_resets_total{reason="behind"} 3.0' in left
    assert "imserver_users" not in left


def test_when_a_counter_was_made_is_not_said_of_a_sum() -> None:
    worker = Metrics()
    worker.resets.labels("behind").inc()
    assert not [line for line in lines(worker) if "_created" in line]
