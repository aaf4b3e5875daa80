"""Who holds more than a fair share of the box's connections."""

from imserver.shares import FLOOR_CONNECTIONS, HEARD_SECONDS, Shares


def shares_of(*others: int) -> Shares:
    shares = Shares()
    for number, connections in enumerate(others):
        shares.note(f"w{number}", connections, 0.0)
    return shares


def test_a_worker_alone_is_never_heavy() -> None:
    assert shares_of().mean(1_000, 0.0) == 1_000
    assert not shares_of().is_heavy(1_000, 0.0)
    assert shares_of().excess(1_000, 0.0) == 0


def test_the_mean_is_over_all_workers_and_ourselves() -> None:
    assert shares_of(100, 200, 300).mean(1_000, 0.0) == 400


def test_heavy_begins_a_quarter_above_the_mean() -> None:
    # Two workers: 500 and 300 have a mean of 400.
    assert not shares_of(300).is_heavy(500, 0.0)
    assert shares_of(299).is_heavy(500, 0.0)
    assert shares_of(299).excess(500, 0.0) == 100
    assert shares_of(300).excess(500, 0.0) == 0


def test_few_connections_are_never_too_many() -> None:
    assert not shares_of(0, 0, 0).is_heavy(FLOOR_CONNECTIONS - 1, 0.0)
    assert shares_of(0, 0, 0).is_heavy(FLOOR_CONNECTIONS, 0.0)


def test_the_newest_word_of_a_worker_counts() -> None:
    shares = shares_of(100)
    shares.note("w0", 500, 1.0)
    assert shares.mean(100, 1.0) == 300


def test_a_worker_that_fell_silent_counts_no_longer() -> None:
    shares = shares_of(0)
    assert shares.mean(100, HEARD_SECONDS) == 50
    assert shares.mean(100, HEARD_SECONDS + 0.1) == 100
