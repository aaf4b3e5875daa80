"""Changes are held back, told once, and found again by a mark."""

import pytest

from imserver.presence import Announcer, Change, ChangeLog, Heartbeats, MarkSeal
from imserver.protocol.types import Presence

ADA = ("demo", "ada")
BOB = ("demo", "bob")


def change(user: tuple[str, str], presence: Presence) -> Change:
    return Change(user, presence, "")


ADA_ONLINE, ADA_OFFLINE = change(ADA, Presence.ONLINE), change(ADA, Presence.OFFLINE)
BOB_AWAY = change(BOB, Presence.AWAY)


def test_the_first_change_is_announced_at_once():
    announcer = Announcer(change_seconds=10)
    announcer.add([ADA_ONLINE, BOB_AWAY])
    assert announcer.due(0) == [ADA_ONLINE, BOB_AWAY]
    assert announcer.due(0) == []


def test_a_second_change_waits_and_only_the_last_state_is_told():
    announcer = Announcer(change_seconds=10)
    announcer.add([ADA_ONLINE])
    announcer.due(0)
    announcer.add([change(ADA, Presence.AWAY)])
    announcer.add([ADA_OFFLINE])
    assert announcer.due(9.9) == []
    assert announcer.due(10) == [ADA_OFFLINE]


def test_flapping_back_to_what_was_announced_is_not_told():
    announcer = Announcer(change_seconds=10)
    announcer.add([ADA_ONLINE])
    announcer.due(0)
    announcer.add([ADA_OFFLINE])
    announcer.add([ADA_ONLINE])
    assert announcer.due(11) == []


def test_one_who_flaps_does_not_hold_up_another():
    announcer = Announcer(change_seconds=10)
    announcer.add([ADA_ONLINE])
    announcer.due(0)
    announcer.add([ADA_OFFLINE, BOB_AWAY])
    assert announcer.due(1) == [BOB_AWAY]


def test_a_mark_finds_what_came_after_it():
    log = ChangeLog(epoch="e")
    log.append([ADA_ONLINE])
    mark = log.mark
    log.append([BOB_AWAY, ADA_OFFLINE])
    assert log.since(mark, frozenset({ADA, BOB})) == [BOB_AWAY, ADA_OFFLINE]
    assert log.since(mark, frozenset({ADA})) == [ADA_OFFLINE]
    assert log.since(log.mark, frozenset({ADA})) == []


def test_only_the_newest_state_of_a_person_is_found():
    log = ChangeLog(epoch="e")
    mark = log.mark
    log.append([ADA_ONLINE, ADA_OFFLINE])
    assert log.since(mark, frozenset({ADA})) == [ADA_OFFLINE]


@pytest.mark.parametrize("mark", ["", "e", "e.", "other.0", "e.-1", "e.99", "e.1e3", "e.²", "e." + "9" * 40])
def test_a_mark_of_another_life_is_not_known(mark):
    log = ChangeLog(epoch="e")
    log.append([ADA_ONLINE])
    assert log.since(mark, frozenset({ADA})) is None


def test_a_mark_that_has_fallen_out_is_not_known():
    log = ChangeLog(epoch="e", kept=2)
    mark = log.mark
    log.append([ADA_ONLINE, BOB_AWAY, ADA_OFFLINE])
    assert log.since(mark, frozenset({ADA})) is None


def test_who_is_told_in_a_round_has_its_mark_and_others_have_the_old_one_until_it_is_over() -> None:
    log = ChangeLog(epoch="e")
    before = log.mark
    log.begin([change(ADA, Presence.AWAY)])
    with log.telling():
        told = log.mark
    assert log.mark == before
    assert log.since(before, frozenset({ADA})) == [change(ADA, Presence.AWAY)]
    assert log.since(told, frozenset({ADA})) == []
    log.settle()
    assert log.mark == told


def test_a_change_for_one_viewer_is_found_by_that_one_only():
    log = ChangeLog(epoch="e")
    mark = log.mark
    gone = Change(ADA, Presence.OFFLINE, "", "bob")
    log.append([ADA_ONLINE, gone, change(ADA, Presence.AWAY)])
    assert log.since(mark, frozenset({ADA}), BOB) == [gone]
    assert log.since(mark, frozenset({ADA}), ("demo", "cyd")) == [change(ADA, Presence.AWAY)]


def test_a_change_that_everybody_sees_is_remembered_under_the_key_that_the_registry_holds() -> None:
    theirs = Change(ADA, Presence.AWAY, "", "bob")
    assert change(ADA, Presence.ONLINE).about is ADA
    assert theirs.about not in (ADA, change(ADA, Presence.ONLINE).about)


def test_a_change_for_one_viewer_does_not_hold_up_that_of_everybody():
    announcer = Announcer(change_seconds=10)
    announcer.add([ADA_ONLINE])
    announcer.due(0)
    gone = Change(ADA, Presence.OFFLINE, "", "bob")
    announcer.add([gone])
    assert announcer.due(1) == [gone]


def test_what_could_not_be_told_is_due_again_unless_something_newer_is():
    announcer = Announcer(change_seconds=10)
    announcer.add([ADA_ONLINE, BOB_AWAY])
    announcer.put_back(announcer.due(0))
    announcer.add([ADA_OFFLINE])
    assert announcer.due(1) == [ADA_OFFLINE, BOB_AWAY]


def test_a_sealed_mark_says_nothing_and_opens_again():
    seal = MarkSeal()
    texts = {seal.seal("e.7") for _ in range(20)}
    assert len(texts) == 20
    assert {seal.open(text) for text in texts} == {"e.7"}
    assert seal.open(seal.seal("e.8")) == "e.8"


@pytest.mark.parametrize("text", ["", "e", "e.", "e.7", "e." + "g" * 24, "e." + "0" * 25, "\ud800"])
def test_what_is_no_sealed_mark_is_no_mark(text):
    assert MarkSeal().open(text) == ""


HOUR_MS = 3_600_000


def test_a_worker_is_dead_when_its_beat_has_said_the_same_for_too_long():
    heartbeats = Heartbeats(dead_seconds=45, gap_seconds=35)
    for second in range(0, 45, 5):
        assert heartbeats.find_silent({"dead": 7, "alive": second}, now=second) == {}
    assert heartbeats.find_silent({"dead": 7, "alive": 45}, now=45) == {"dead": 7}
    assert heartbeats.find_silent({"alive": 45}, now=50) == {}


def test_beats_may_say_any_time_and_jump_by_hours():
    heartbeats = Heartbeats(dead_seconds=45, gap_seconds=35)
    for second in range(0, 200, 5):
        step = HOUR_MS * (second % 3 - 1)
        beats = {"ahead": HOUR_MS + second, "behind": second - 24 * HOUR_MS, "jumping": second + step}
        assert heartbeats.find_silent(beats, now=second) == {}


def test_who_could_not_look_for_a_while_takes_nobody_for_dead():
    heartbeats = Heartbeats(dead_seconds=45, gap_seconds=35)
    heartbeats.find_silent({"other": 1}, now=0)
    assert heartbeats.find_silent({"other": 1}, now=60) == {}
    for second in range(65, 105, 5):
        assert heartbeats.find_silent({"other": 1}, now=second) == {}
    assert heartbeats.find_silent({"other": 1}, now=105) == {"other": 1}
