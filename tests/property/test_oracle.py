"""The oracle is silent about a right history and names each kind of wrong one."""

from collections.abc import Callable

import pytest

from tests.property.oracle import Applied, ClientLog, Entry, Face, Oracle, Place, Restarted

ADA, BOB, EVE = ("s", "ada"), ("s", "bob"), ("s", "eve")
TALK, SECRET = ("s", "talk"), ("s", "secret")

Logs = dict[str, ClientLog]


def place(seq: int, *, client_id: str = "", conversation: tuple[str, str] = TALK) -> Place:
    return Place(conversation, seq, client_id or f"m{seq}")


def history() -> list[Entry]:
    """Three messages, a receipt after the second."""
    return [Applied(1, place(1)), Applied(2, place(2)), Applied(3, None), Applied(4, place(3))]


@pytest.fixture
def oracle() -> Oracle:
    oracle = Oracle(members={TALK: frozenset({ADA, BOB}), SECRET: frozenset({EVE, BOB})})
    for seq in (1, 2, 3):
        oracle.acknowledge(place(seq))
    return oracle


@pytest.fixture
def logs() -> Logs:
    return {"ada": ClientLog(ADA, history()), "bob": ClientLog(BOB, history())}


def test_a_right_history_has_no_finding(oracle, logs):
    assert str(oracle.judge(logs)) == "L=D=O=G=X=0"


def test_an_announced_gap_is_none(oracle, logs):
    shown = (place(1), place(2), place(3))
    logs["bob"] = ClientLog(BOB, [Applied(1, place(1)), Restarted(4, shown)])
    assert oracle.judge(logs).letters == ""


def test_an_unanswered_message_may_be_there(oracle, logs):
    for log in logs.values():
        log.entries.append(Applied(5, place(4)))
    assert oracle.judge(logs).letters == ""


def test_what_a_restored_database_lost_is_forgiven(oracle, logs):
    oracle.acknowledge(place(4))
    assert oracle.judge(logs).letters == "L"
    oracle.restore({"m1", "m2", "m3"}, logs)
    assert oracle.judge(logs).letters == ""


def test_a_message_that_vanished_in_a_reset_disagrees_unless_the_database_was_restored(oracle, logs):
    phantom = [*history()[:3], Applied(4, place(3, client_id="phantom"))]
    after = Restarted(4, (place(1), place(2), place(3)))
    logs["ada"] = ClientLog(ADA, [*phantom, after])
    assert oracle.judge(logs).letters == "O"
    oracle.restore(oracle.acknowledged, {"ada": ClientLog(ADA, phantom)})
    assert oracle.judge(logs).letters == ""


WRONG: dict[str, tuple[str, Callable[[list[Entry]], list[Entry]]]] = {
    "the last message never came": ("L", lambda log: log[:3]),
    "a reset read a state without the newest": ("L", lambda log: [Restarted(4, (place(1), place(2)))]),
    "an event was applied twice": ("D", lambda log: [*log, log[-1]]),
    "a message has two places": ("D", lambda log: [*log, Applied(5, place(4, client_id="m1"))]),
    "a number came back": ("D", lambda log: [*log, Applied(2, None)]),
    "a seq was skipped": ("O", lambda log: [*log, Applied(5, place(5))]),
    "a seq came late": ("O", lambda log: [Applied(1, place(2)), Applied(2, place(1)), *log[2:]]),
    "two clients disagree": ("O", lambda log: [*log[:3], Applied(4, place(3, client_id="other"))]),
    "a number was skipped": ("G", lambda log: [*log, Applied(6, None)]),
    "the first events are missing": ("G", lambda log: [Applied(3, None)]),
    "a stranger's message came": ("X", lambda log: [*log, Applied(5, place(1, conversation=SECRET))]),
    "an unknown conversation's message came": (
        "X",
        lambda log: [*log, Applied(5, place(1, conversation=("t", "talk")))],
    ),
    "a stranger's message stood in a state": (
        "X",
        lambda log: [Restarted(9, (place(1, conversation=SECRET),)), *log],
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_history_is_named(oracle, logs, case):
    letter, spoil = WRONG[case]
    logs["ada"] = ClientLog(ADA, spoil(history()))
    verdict = oracle.judge(logs)
    assert letter in verdict.letters, f"{case}: {verdict}"


def test_a_send_acknowledged_at_two_places_is_doubled(oracle, logs):
    oracle.acknowledge(place(9, client_id="m1"))
    assert "D" in oracle.judge(logs).letters


def test_a_history_may_begin_in_the_middle_where_the_reset_says_so(oracle, logs):
    window = Restarted(4, (place(3),), ((TALK, 3),))
    logs["bob"] = ClientLog(BOB, [Applied(1, place(1)), window])
    assert oracle.judge(logs).letters == ""
    logs["bob"] = ClientLog(BOB, [Applied(1, place(1)), window._replace(first_seqs=())])
    assert oracle.judge(logs).letters == "LO"


def test_who_was_put_out_is_owed_nothing_later_and_may_see_nothing_later(oracle, logs):
    oracle.last_seqs[TALK, BOB] = 2
    assert oracle.judge(logs).letters == "X"
    logs["bob"] = ClientLog(BOB, history()[:3])
    assert oracle.judge(logs).letters == ""


def face(version: int, looks: str = "") -> Face:
    return Face(TALK, 2, version, looks or f"look {version}")


def test_a_change_that_was_acknowledged_is_shown_by_everybody(oracle, logs):
    oracle.acknowledge_change(face(1))
    assert oracle.judge(logs).letters == "L"
    for log in logs.values():
        log.entries.append(Applied(5, None, face(1)))
    assert oracle.judge(logs).letters == ""


def test_a_change_may_be_overtaken_by_a_newer_one_and_not_by_an_older(oracle, logs):
    oracle.acknowledge_change(face(2))
    logs["ada"].entries.append(Applied(5, None, face(3)))
    logs["bob"].entries.extend([Applied(5, None, face(2)), Applied(6, None, face(1))])
    assert oracle.judge(logs).letters == ""
    logs["ada"].entries.append(Restarted(6, (place(1), place(2), place(3)), faces=(face(1),)))
    assert oracle.judge(logs).letters == "L"


def test_one_version_looks_the_same_to_everybody(oracle, logs):
    oracle.acknowledge_change(face(1))
    logs["ada"].entries.append(Applied(5, None, face(1)))
    logs["bob"].entries.append(Applied(5, None, face(1, "other words")))
    assert oracle.judge(logs).letters == "O"
