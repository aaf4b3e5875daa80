"""Places at the database are taken in the order in which they were asked for."""

import gevent
import pytest

from imserver.store.places import Places


@pytest.fixture
def places():
    """Give one place, which is taken."""
    places = Places(1)
    assert places.take(0)
    return places


def test_who_comes_back_at_once_overtakes_nobody(places):
    served = []

    def use(name):
        assert places.take(5)
        served.append(name)
        places.give_back()

    jobs = [gevent.spawn(use, name) for name in "abc"]
    gevent.sleep(0)
    places.give_back()
    assert places.take(5)
    served.append("back")
    places.give_back()
    gevent.joinall(jobs, raise_error=True)
    assert served == ["a", "b", "c", "back"]


def test_who_gave_up_waiting_is_given_nothing(places):
    assert not places.take(0.001)
    places.give_back()
    assert places.take(0)
    assert not places.take(0)


def test_who_is_killed_while_waiting_leaves_the_place_to_the_next(places):
    waiting, behind = gevent.spawn(places.take, 5), gevent.spawn(places.take, 5)
    gevent.sleep(0)
    waiting.kill()
    places.give_back()
    assert behind.get(timeout=5)
    assert not places.take(0)


def test_who_is_killed_when_the_place_is_theirs_leaves_it_to_the_next(places):
    waiting, behind = gevent.spawn(places.take, 5), gevent.spawn(places.take, 5)
    gevent.sleep(0)
    # Before it hears that it has one.
    gevent.get_hub().loop.run_callback(waiting.throw, gevent.GreenletExit)
    places.give_back()
    assert behind.get(timeout=5)
    assert not places.take(0)
