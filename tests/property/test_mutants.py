"""A machine that finds nothing proves nothing: here it is held against code that is known to be wrong.

Each mutant is caught twice, where chance allows: by a short history that leads to its fault for sure, and by
the random machine within a bounded number of examples. The same short history finds nothing in the real code.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis.errors import Flaky, FlakyFailure

from imserver.errors import Unavailable
from tests.property import machine as machine_module
from tests.property import mutants
from tests.property.acts import Acts
from tests.property.audit import judge
from tests.property.faults import FaultyDatabase
from tests.property.machine import MessengerMachine, migrated, run_machine
from tests.property.oracle import Conversation
from tests.property.world import World

Scenario = Callable[[Acts, Conversation, Path], None]
ADA_PHONE, BOB = 0, 2


def event_between_look_and_park(acts: Acts, talk: Conversation, _: Path) -> None:
    world = acts.world
    ada = world.clients[ADA_PHONE]
    for where in ("before", "after"):
        world.poll(ada, "w0")
        world.poll_while(ada, "w0", where, lambda: acts.send("w0", talk, sender=world.clients[BOB].user))
        world.check_parked()


def commit_rolled_back(acts: Acts, talk: Conversation, _: Path) -> None:
    world = acts.world
    world.poll(world.clients[ADA_PHONE], "w0")
    send = acts.prepare(talk, sender=world.clients[BOB].user)
    acts.submit_with("rolled back", send, "w0")
    world.settle()
    # The sender gives up; somebody else's message takes the place.
    acts.sends.remove(send)
    acts.send("w0", talk, sender=world.clients[ADA_PHONE].user)


def commit_fails_behind_the_answer(acts: Acts, talk: Conversation, _: Path) -> None:
    send = acts.prepare(talk, sender=acts.world.clients[BOB].user)
    database = acts.world.workers["w0"].store.database
    assert isinstance(database, FaultyDatabase)
    database.fault = "rolled back"
    try:
        acts.submit(send, "w0")
    except Unavailable:
        acts.sends.remove(send)


def retry_after_a_restart(acts: Acts, talk: Conversation, _: Path) -> None:
    send = acts.send("w0", talk, sender=acts.world.clients[BOB].user)
    acts.world.start_worker("w0")
    send.answer = None  # it got lost, so the oracle is the one to notice
    acts.submit(send, "w0")


def restored_behind_a_client_that_is_away(acts: Acts, talk: Conversation, database: Path) -> None:
    world = acts.world
    bob = world.clients[BOB].user
    acts.send("w0", talk, sender=bob)
    backup = back_up(database)
    acts.send("w0", talk, sender=bob, count=2)
    world.poll(world.clients[ADA_PHONE], "w0")
    world.clients[ADA_PHONE].hang_up()
    restore(acts, backup, database, kept=1)
    acts.send("w1", talk, sender=bob, count=3)


def restored_behind_a_client_that_waits(acts: Acts, talk: Conversation, database: Path) -> None:
    world = acts.world
    bob, ada = world.clients[BOB].user, world.clients[ADA_PHONE]
    acts.send("w0", talk, sender=bob)
    backup = back_up(database)
    acts.send("w0", talk, sender=bob, count=2)
    world.poll(ada, "w0")
    restore(acts, backup, database, kept=1)
    world.network.fault = "lose"
    acts.send("w1", talk, sender=bob, count=2)
    world.network.fault = ""
    acts.send("w1", talk, sender=bob)
    world.settle()


def crash_while_applying(acts: Acts, talk: Conversation, _: Path) -> None:
    ada = acts.world.clients[ADA_PHONE]
    acts.send("w0", talk, sender=acts.world.clients[BOB].user, count=3)
    ada.crash_after = 1
    acts.world.poll(ada, "w0")


def hints_lost(acts: Acts, talk: Conversation, _: Path) -> None:
    world = acts.world
    world.poll(world.clients[ADA_PHONE], "w0")
    world.network.fault = "lose"
    acts.send("w1", talk, sender=world.clients[BOB].user)


def one_hint_lost(acts: Acts, talk: Conversation, _: Path) -> None:
    hints_lost(acts, talk, _)
    acts.world.network.fault = ""
    acts.send("w1", talk, sender=acts.world.clients[BOB].user)
    acts.world.settle()


def two_sites_with_the_same_ids(acts: Acts, talk: Conversation, _: Path) -> None:
    world = acts.world
    other = acts.open("w0", world.clients[4], "bob")
    for conversation in (talk, other):
        sender = conversation[0], "bob"
        acts.send("w0", conversation, sender=sender, count=2)


def react_without_an_answer(acts: Acts, talk: Conversation, _: Path) -> None:
    acts.send("w0", talk, sender=acts.world.clients[BOB].user)
    acts.revise("w0", "react", which=0, word="👍", fault="answer lost")


def edit_beside_a_reader(acts: Acts, talk: Conversation, _: Path) -> None:
    acts.send("w0", talk, sender=acts.world.clients[BOB].user)
    acts.world.poll(acts.world.clients[ADA_PHONE], "w1")
    acts.revise("w0", "edit", which=0, word="better")


def delete_behind_a_client_that_is_away(acts: Acts, talk: Conversation, _: Path) -> None:
    acts.send("w0", talk, sender=acts.world.clients[BOB].user)
    acts.revise("w1", "edit", which=0, word="better")
    acts.revise("w0", "delete", which=0, word="")


# mutant, the history that leads to its fault, what the judge says, examples for the random machine (0: never)
CASES: list[tuple[type[mutants.MutantWorld], Scenario, str, int]] = [
    (mutants.LookBeforeRegister, event_between_look_and_park, "waits and was not told", 40),
    (mutants.AnswerBeforeCommit, commit_fails_behind_the_answer, "L: .* was acknowledged", 40),
    (mutants.DedupInMemory, retry_after_a_restart, "D: .* was acknowledged at", 40),
    (mutants.HintBeforeCommit, commit_rolled_back, "O: ", 40),
    (mutants.NoTagCheck, restored_behind_a_client_that_is_away, "L: .* was acknowledged", 0),
    (mutants.CursorBeforeApply, crash_while_applying, "L: .* was acknowledged", 40),
    (mutants.SweepOff, hints_lost, "L: .* was acknowledged", 40),
    (mutants.SiteMissing, two_sites_with_the_same_ids, "X: ", 40),
    (mutants.NumberIgnored, one_hint_lost, "G: ", 40),
    (mutants.ReactionsNotUnique, react_without_an_answer, "was answered by", 0),
    (mutants.ChangesUntold, edit_beside_a_reader, "L: .*version=1.* was acknowledged", 0),
    (mutants.OldWordsKept, delete_behind_a_client_that_is_away, "reads|O: ", 0),
]
IDS = [mutant.__name__ for mutant, *_ in CASES]
BY_CHANCE = [(mutant, examples) for mutant, _, _, examples in CASES if examples]


@pytest.fixture
def database(tmp_path) -> Path:
    path = tmp_path / "im.db"
    migrated(f"sqlite:///{path}")
    return path


@pytest.mark.parametrize("scenario", {case[1].__name__: case[1] for case in CASES}.values())
def test_the_history_finds_nothing_in_the_real_code(scenario, database):
    play(World, scenario, database)


def test_a_restore_behind_a_client_that_waits_is_noticed(database):
    play(World, restored_behind_a_client_that_waits, database)


@pytest.mark.parametrize(("mutant", "scenario", "finding", "examples"), CASES, ids=IDS)
def test_the_mutant_is_caught_by_its_history(mutant, scenario, finding, examples, database, monkeypatch):
    mutant.plant(monkeypatch, database)
    with pytest.raises(AssertionError, match=f"(?m){finding}"):
        play(mutant, scenario, database)


@pytest.mark.limit(seconds=120)
@pytest.mark.parametrize(("mutant", "examples"), BY_CHANCE, ids=[m.__name__ for m, _ in BY_CHANCE])
def test_the_mutant_is_caught_by_chance(mutant, examples, database, monkeypatch):
    mutant.plant(monkeypatch, database)
    seen = watch_the_judges(monkeypatch)
    machine = type(mutant.__name__, (MessengerMachine,), {"world_class": mutant})
    # A mutant that is a race may behave when it is asked to show its fault again, or let other acts be
    # possible then, and Hypothesis complains of that instead; what the judges said first counts.
    with pytest.raises((AssertionError, Flaky)) as caught:
        run_machine(machine, f"sqlite:///{database}", examples=examples, shrink=False)
    if isinstance(caught.value, Flaky):
        found = caught.value.exceptions if isinstance(caught.value, FlakyFailure) else seen
        assert any(isinstance(error, AssertionError) for error in found), "no judge has found anything"


def watch_the_judges(monkeypatch: pytest.MonkeyPatch) -> list[AssertionError]:
    """Return a list that gets whatever the machine's invariants and its last judgement find."""
    seen: list[AssertionError] = []

    def noting(judge: Callable[..., None]) -> Callable[..., None]:
        def judged(*arguments: object) -> None:
            try:
                judge(*arguments)
            except AssertionError as error:
                seen.append(error)
                raise

        return judged

    monkeypatch.setattr(machine_module, "judge", noting(machine_module.judge))
    monkeypatch.setattr(World, "check_parked", noting(World.check_parked))
    return seen


def play(world_class: type[World], scenario: Scenario, database: Path) -> None:
    """Let the scenario happen in a fresh world, and judge it."""
    world = world_class(f"sqlite:///{database}")
    acts = Acts(world)
    try:
        talk = acts.open("w0", world.clients[ADA_PHONE], "bob")
        scenario(acts, talk, database)
        judge(acts)
    finally:
        world.close()


def back_up(database: Path) -> Path:
    """Copy the database as it is now."""
    copy = database.with_suffix(".backup")
    _copy(database, copy)
    return copy


def restore(acts: Acts, backup: Path, database: Path, *, kept: int) -> None:
    """Put the copy in the place of the living database; only the first ``kept`` sends are in it."""
    _copy(backup, database)
    del acts.sends[kept:]
    stored = [new.client_id for send in acts.sends for new in send.messages]
    acts.world.oracle.restore(stored, acts.world.logs())


def _copy(source: Path, target: Path) -> None:
    reading, writing = sqlite3.connect(source), sqlite3.connect(target)
    reading.backup(writing)
    reading.close()
    writing.close()
