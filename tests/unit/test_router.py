"""The router wakes who waits, hands over what follows the cursor, and knows who is here."""

import gc

import gevent
import pytest

from imserver.protocol.cursor import Cursor
from imserver.router import (
    BEST_EFFORT,
    BETWEEN_LETTERS,
    BETWEEN_SECONDS,
    RECENT_EVENTS,
    Letter,
    Mailbox,
    Router,
)

ADA = ("demo", "ada")
BOB = ("demo", "bob")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Listener:
    """A waiter that keeps what it was woken for."""

    def __init__(self, useq: int = 0) -> None:
        self.cursor = Cursor(useq, useq * 7)
        self.heard = 0
        self.woken: list[list[Letter] | None] = []
        self.is_quick = False
        self.heard_at_once: list[Letter] = []
        self.fleeting: list[Letter] = []

    def hear(self, letter: Letter) -> bool:
        if self.is_quick:
            self.heard_at_once.append(letter)
        return self.is_quick

    def __call__(self, mailbox: Mailbox) -> None:
        self.woken.append(mailbox.after(self.cursor))
        self.fleeting += mailbox.best_effort_since(self.heard)


def letter(useq: int) -> Letter:
    return Letter(useq, useq * 7, b"event %d" % useq, (useq - 1) * 7)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def router(clock: Clock) -> Router:
    return Router(linger_seconds=45, clock=clock)


def test_send_wakes_every_connection_of_the_user_and_nobody_else(router):
    first, second, other = Listener(), Listener(), Listener()
    router.login(ADA, first)
    router.login(ADA, second)
    router.login(BOB, other)
    assert router.send(ADA, letter(1)) == 2
    gevent.sleep(0)
    assert first.woken == second.woken == [[letter(1)]]
    assert other.woken == []


def test_nobody_is_woken_for_a_user_who_is_not_here(router):
    assert router.send(ADA, letter(1)) == 0
    assert ADA not in router


def test_letters_that_arrive_together_come_in_one_wake_up(router):
    listener = Listener()
    router.login(ADA, listener)
    for useq in (1, 2, 3):
        router.send(ADA, letter(useq))
    gevent.sleep(0)
    assert listener.woken == [[letter(1), letter(2), letter(3)]]


def test_hints_out_of_order_or_doubled_are_put_in_order(router):
    listener = Listener()
    router.login(ADA, listener)
    for useq in (2, 1, 3, 1, 3):
        router.send(ADA, letter(useq))
    gevent.sleep(0)
    assert listener.woken == [[letter(1), letter(2), letter(3)]]


def test_a_gap_sends_the_waiter_to_the_log(router):
    listener = Listener(useq=1)
    router.login(ADA, listener)
    router.send(ADA, letter(3))
    gevent.sleep(0)
    assert listener.woken == [None]


def test_an_event_of_a_restored_database_sends_the_waiter_to_the_log(router):
    listener = Listener(useq=3)
    router.login(ADA, listener)
    router.send(ADA, letter(4)._replace(after_tag=99))
    gevent.sleep(0)
    assert listener.woken == [None]


def test_an_event_that_does_not_follow_the_one_before_it_sends_the_waiter_to_the_log(router):
    listener = Listener(useq=3)
    router.login(ADA, listener)
    router.send(ADA, letter(4))
    router.send(ADA, letter(5)._replace(after_tag=99))
    gevent.sleep(0)
    assert listener.woken == [None]


def test_an_old_number_is_nothing_new(router):
    listener = Listener(useq=5)
    router.login(ADA, listener)
    router.send(ADA, letter(4))
    gevent.sleep(0)
    assert listener.woken == [[]]


def test_a_burst_larger_than_what_is_kept_sends_to_the_log(router):
    listener = Listener()
    router.login(ADA, listener)
    for useq in range(1, RECENT_EVENTS + 3):
        router.send(ADA, letter(useq))
    gevent.sleep(0)
    assert listener.woken == [None]


def test_what_was_sent_before_login_is_the_logs_to_tell(router):
    first = Listener()
    mailbox = router.login(ADA, first)
    router.send(ADA, letter(1))
    gevent.sleep(0)
    router.logout(mailbox, first)
    late = Listener()
    router.login(ADA, late)
    gevent.sleep(0)
    assert late.woken == []


def test_a_best_effort_letter_reaches_those_who_waited_once(router):
    listener = Listener()
    mailbox = router.login(ADA, listener)
    router.send(ADA, Letter(BEST_EFFORT, 0, b"typing"))
    gevent.sleep(0)
    assert [letter.event for letter in listener.fleeting] == [b"typing"]
    router.listen_again(mailbox, listener)
    router.send(ADA, letter(1))
    gevent.sleep(0)
    assert [letter.event for letter in listener.fleeting] == [b"typing"]


@pytest.mark.parametrize(("seconds", "heard"), [(0, [b"typing"]), (BETWEEN_SECONDS, [])])
def test_a_best_effort_letter_waits_a_moment_for_who_comes_back(router, clock, seconds, heard):
    listener = Listener()
    router.logout(router.login(ADA, listener), listener)
    assert router.send(ADA, Letter(BEST_EFFORT, 0, b"typing")) == 0
    clock.now += seconds
    back = Listener()
    router.login(ADA, back)
    gevent.sleep(0)
    assert [letter.event for letter in back.fleeting] == heard


def test_no_more_than_a_few_best_effort_letters_wait(router):
    listener = Listener()
    router.logout(router.login(ADA, listener), listener)
    for number in range(BETWEEN_LETTERS + 3):
        router.send(ADA, Letter(BEST_EFFORT, 0, b"%d" % number))
    router.login(ADA, listener)
    gevent.sleep(0)
    assert [letter.event for letter in listener.fleeting] == [
        b"%d" % number for number in range(3, BETWEEN_LETTERS + 3)
    ]


def test_a_waiter_that_listens_again_is_woken_again(router):
    listener = Listener(useq=9)
    mailbox = router.login(ADA, listener)
    router.send(ADA, letter(1))
    gevent.sleep(0)
    router.listen_again(mailbox, listener)
    gevent.sleep(0)
    assert len(listener.woken) == 1
    router.send(ADA, letter(10))
    gevent.sleep(0)
    assert listener.woken[-1] == [letter(10)]


def test_a_waiter_that_listens_twice_is_forgotten_by_one_logout(router):
    listener = Listener()
    mailbox = router.login(ADA, listener)
    router.send(ADA, letter(1))
    gevent.sleep(0)
    router.listen_again(mailbox, listener)
    router.listen_again(mailbox, listener)
    router.send(ADA, letter(2))
    router.logout(mailbox, listener)
    assert mailbox.linkcount() == 0
    gevent.sleep(0)
    assert len(listener.woken) == 1


def test_a_mailbox_has_no_list_of_links_before_its_first_letter(router):
    listener = Listener()
    mailbox = router.login(ADA, listener)
    before = gc.get_referents(mailbox)
    router.send(ADA, letter(1))
    assert not [one for one in before if type(one) is list]
    assert [one for one in gc.get_referents(mailbox) if type(one) is list] == [[listener]]


def test_two_who_wait_are_told_in_order_and_one_of_them_goes_on_alone(router):
    first, second = Listener(), Listener()
    mailbox = router.login(ADA, first)
    router.login(ADA, second)
    assert mailbox.waiters == (first, second)
    router.logout(mailbox, first)
    assert (mailbox.waiters, mailbox.has_others()) == ((second,), False)
    router.send(ADA, letter(1))
    gevent.sleep(0)
    assert (first.woken, second.woken) == ([], [[letter(1)]])


def test_logout_ends_the_wake_ups_and_may_come_twice(router):
    listener = Listener()
    mailbox = router.login(ADA, listener)
    router.logout(mailbox, listener)
    router.logout(mailbox, listener)
    assert router.send(ADA, letter(1)) == 0


def test_arrival_is_told_once_however_many_connections_come(router):
    router.login(ADA, Listener())
    router.login(ADA, Listener())
    assert router.take_arrived() == [ADA]
    assert router.take_arrived() == []


def test_a_gap_between_two_connections_is_no_absence(router, clock):
    listener = Listener()
    mailbox = router.login(ADA, listener)
    router.take_arrived()
    router.logout(mailbox, listener)
    clock.now += 44
    assert router.take_departed() == []
    router.login(ADA, Listener())
    clock.now += 60
    assert router.take_departed() == []
    assert router.take_arrived() == []


def test_who_stays_away_departs_once(router, clock):
    listener = Listener()
    mailbox = router.login(ADA, listener)
    router.logout(mailbox, listener)
    clock.now += 46
    assert router.take_departed() == [ADA]
    assert router.take_departed() == []
    assert ADA not in router


def test_watchers_are_found_and_forgotten(router):
    listener = Listener()
    router.watch([BOB, ADA], listener)
    assert list(router.watchers(BOB)) == [listener]
    router.unwatch([BOB, ADA], listener)
    router.unwatch([BOB], listener)
    assert list(router.watchers(BOB)) == []


def test_what_everybody_has_heard_is_not_kept(router):
    first, second = Listener(), Listener()
    mailbox = router.login(ADA, first)
    router.login(ADA, second)
    router.send(ADA, letter(1))
    gevent.sleep(0)
    for listener in (first, second):
        listener.cursor = Cursor(1, 7)
        router.listen_again(mailbox, listener)
    router.send(ADA, letter(2))
    assert mailbox.after(Cursor(1, 7)) == [letter(2)]
    # A letter that has been told to all is in the log alone.
    assert mailbox.after(Cursor(0, 0)) is None


def test_connections_of_one_user_come_and_go_in_any_order(router):
    listeners = [Listener() for _ in range(4)]
    for listener in listeners:
        mailbox = router.login(ADA, listener)
    assert mailbox.waiters == tuple(listeners)
    for gone, left in ((1, [0, 2, 3]), (0, [2, 3]), (3, [2]), (2, [])):
        router.logout(mailbox, listeners[gone])
        router.logout(mailbox, listeners[gone])
        assert mailbox.waiters == tuple(listeners[number] for number in left)
        assert mailbox.count_waiters() == len(left)
        assert router.send(ADA, letter(1)) == len(left)


# -- clients that come back


def come_and_go(router: Router, cursor: int, *, has_looked: bool = True) -> None:
    waiter = Listener(cursor)
    router.logout(router.login(ADA, waiter), waiter, has_looked=has_looked)


def test_who_comes_back_to_where_it_left_has_missed_nothing(router):
    come_and_go(router, 3)
    assert router.has_missed_nothing(ADA, Listener(3).cursor)
    assert not router.has_missed_nothing(ADA, Listener(2).cursor)
    assert not router.has_missed_nothing(ADA, Cursor(3, 1))
    assert not router.has_missed_nothing(BOB, Listener(3).cursor)


def test_what_was_sent_while_nobody_was_here_may_have_been_missed(router):
    come_and_go(router, 3)
    assert router.send(ADA, letter(4)) == 0
    assert not router.has_missed_nothing(ADA, Listener(3).cursor)


def test_a_letter_that_was_not_taken_may_have_been_missed(router):
    waiter = Listener(3)
    mailbox = router.login(ADA, waiter)
    router.send(ADA, letter(4))
    router.logout(mailbox, waiter, has_looked=True)
    assert not router.has_missed_nothing(ADA, Listener(3).cursor)


def test_a_connection_that_never_looked_knows_nothing(router):
    come_and_go(router, 3, has_looked=False)
    assert not router.has_missed_nothing(ADA, Listener(3).cursor)


def test_where_a_client_left_is_forgotten_with_its_user(router, clock):
    come_and_go(router, 3)
    clock.now = 46.0
    assert router.take_departed() == [ADA]
    assert not router.has_missed_nothing(ADA, Listener(3).cursor)


def test_nothing_is_known_while_another_connection_is_here(router):
    come_and_go(router, 3)
    router.login(ADA, Listener(3))
    assert not router.has_missed_nothing(ADA, Listener(3).cursor)


def test_who_hears_at_once_is_not_called_by_the_hub(router):
    listener = Listener()
    listener.is_quick = True
    mailbox = router.login(ADA, listener)
    for useq in (1, 2):
        assert router.send(ADA, letter(useq)) == 1
    gevent.idle()
    assert listener.heard_at_once == [letter(1), letter(2)]
    assert not listener.woken
    assert (mailbox.count, mailbox.head) == (2, 2)
    router.logout(mailbox, listener)
    assert router.send(ADA, letter(3)) == 0


def test_nobody_hears_at_once_what_others_wait_for_or_what_stands_behind_something_else(router):
    first, second = Listener(), Listener()
    mailbox = router.login(ADA, first)
    router.send(ADA, letter(1))
    first.is_quick = True
    router.send(ADA, letter(2))
    gevent.idle()
    assert not first.heard_at_once
    assert first.woken == [[letter(1), letter(2)]]
    router.listen_again(mailbox, first)
    first.cursor = second.cursor = Cursor(2, 14)
    router.login(ADA, second)
    router.send(ADA, letter(3))
    gevent.idle()
    assert not first.heard_at_once
    assert first.woken[1:] == second.woken == [[letter(3)]]
