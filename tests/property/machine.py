"""The state machine: everything that people, networks and operators do to the messenger, in any order."""

import os
import shutil
import tempfile
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from imserver.protocol.types import ResetReason
from imserver.store import open_store
from tests.property.acts import Acts, Send
from tests.property.audit import judge
from tests.property.oracle import User
from tests.property.world import World

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "0"))
STEPS = 40

WORKERS = st.sampled_from(["w0", "w1"])
CLIENTS = st.integers(0, 5)
INDEXES = st.integers(0, 10_000)
WHERE = st.sampled_from(["before", "after"])
FAULTS = st.sampled_from(["rolled back", "answer lost"])
# What is done to a message, and with which words; few, so that some of it is done twice.
REVISIONS = st.sampled_from(
    [
        *((what, emoji) for what in ("react", "unreact") for emoji in ("👍", "🎉")),
        *(("edit", word) for word in ("better", "best")),
        ("delete", ""),
    ]
)


def settings_for(examples: int) -> settings:
    """Return settings under which a run in bin/test is the same every time, and as long as asked for."""
    return settings(
        max_examples=EXAMPLES or examples,
        stateful_step_count=STEPS,
        derandomize=not EXAMPLES,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


class StoreFile:
    """A copy of a migrated SQLite file, so that histories share nothing; a MariaDB is shared as it is."""

    def __init__(self, store_url: str) -> None:
        self.url, self._folder = store_url, None
        if store_url.startswith("sqlite:///"):
            self._folder = tempfile.TemporaryDirectory(prefix="im-")
            self.url = f"sqlite:///{shutil.copy(store_url.removeprefix('sqlite:///'), self._folder.name)}"

    def close(self) -> None:
        """Delete the copy."""
        if self._folder is not None:
            self._folder.cleanup()


class MessengerMachine(RuleBasedStateMachine):
    """Each rule is an act and what follows from it at once; the promises are judged at the end."""

    store_url: ClassVar[str]
    world_class: ClassVar[type[World]] = World

    @initialize()
    def begin(self) -> None:
        """Two people of each site talk already, and everybody polls."""
        self.store = StoreFile(self.store_url)
        self.world = self.world_class(self.store.url)
        self.acts = Acts(self.world)
        self.trimmed = False
        for client in (self.world.clients[0], self.world.clients[4]):
            self.acts.open("w0", client, "bob")
        for number, client in enumerate(self.world.clients):
            self.world.poll(client, f"w{number % 2}")

    # -- people

    @rule(worker=WORKERS, client=CLIENTS, peer=st.sampled_from(["ada", "bob", "cyd"]))
    def open_direct(self, worker: str, client: int, peer: str) -> None:
        site_id, user_id = self.world.clients[client].user
        if peer != user_id and (peer != "cyd" or site_id == self.world.site_id("one")):
            self.acts.open(worker, self.world.clients[client], peer)

    @rule(worker=WORKERS, which=INDEXES, count=st.sampled_from([1, 1, 1, 2, 5, 20]))
    def send(self, worker: str, which: int, count: int) -> None:
        self.acts.submit(self._fresh(which, count), worker)
        self.world.settle()

    @rule(worker=WORKERS, which=INDEXES)
    def send_whose_answer_is_lost(self, worker: str, which: int) -> None:
        self.acts.submit(self._fresh(which, 1), worker, answer_arrives=False)
        self.world.settle()

    @rule(worker=WORKERS, whiches=st.lists(INDEXES, min_size=2, max_size=4), again=st.booleans())
    def send_together(self, worker: str, whiches: list[int], again: bool) -> None:
        sends = [self._fresh(which, 1 + which % 3) for which in whiches]
        # The same request twice in one commit: a client that did not wait for its answer.
        self.acts.submit_together([*sends, sends[0]] if again else sends, worker)
        self.world.settle()

    @precondition(lambda self: self.acts.sends)
    @rule(worker=WORKERS, which=INDEXES)
    def retry(self, worker: str, which: int) -> None:
        self.acts.submit(self.acts.sends[which % len(self.acts.sends)], worker)
        self.world.settle()

    @precondition(lambda self: any(send.answer for send in self.acts.sends))
    @rule(worker=WORKERS, which=INDEXES)
    def send_another_text_under_a_used_id(self, worker: str, which: int) -> None:
        stored = [send for send in self.acts.sends if send.answer]
        self.acts.submit_another_text(stored[which % len(stored)], worker)

    @precondition(lambda self: any(send.answer for send in self.acts.sends))
    @rule(worker=WORKERS, which=INDEXES, revision=REVISIONS, fault=st.sampled_from(["", "", ""]) | FAULTS)
    def revise(self, worker: str, which: int, revision: tuple[str, str], fault: str) -> None:
        what, word = revision
        self.acts.revise(worker, what, which=which, word=word, fault=fault)
        self.world.settle()

    @precondition(lambda self: any(send.answer for send in self.acts.sends))
    @rule(worker=WORKERS, other=WORKERS, client=CLIENTS, which=INDEXES, revision=REVISIONS, where=WHERE)
    def poll_while_a_message_changes(
        self, worker: str, other: str, client: int, which: int, revision: tuple[str, str], where: str
    ) -> None:
        what, word = revision
        self.world.poll_while(
            self.world.clients[client],
            worker,
            where,
            lambda: self.acts.revise(other, what, which=which, word=word),
        )

    @rule(worker=WORKERS, which=INDEXES, part=st.sampled_from([0.0, 0.5, 1.0]))
    def mark_read(self, worker: str, which: int, part: float) -> None:
        conversation = self.acts.conversations[which % len(self.acts.conversations)]
        user = sorted(self.world.oracle.members[conversation])[which % 2]
        self.acts.mark_read(worker, user, conversation, part=part)
        self.world.settle()

    # -- devices

    @rule(worker=WORKERS, client=CLIENTS)
    def poll(self, worker: str, client: int) -> None:
        self.world.poll(self.world.clients[client], worker)

    @rule(worker=WORKERS, other=WORKERS, client=CLIENTS, which=INDEXES, where=WHERE)
    def poll_while_a_message_is_sent(
        self, worker: str, other: str, client: int, which: int, where: str
    ) -> None:
        poller = self.world.clients[client]
        send = self._fresh(which, 1, reader=poller.user)
        self.world.poll_while(poller, worker, where, lambda: self.acts.submit(send, other))

    @rule(client=CLIENTS)
    def lose_the_next_answer_to_a_poll(self, client: int) -> None:
        self.world.clients[client].loses_next_answer = True

    @rule(client=CLIENTS)
    def go_away(self, client: int) -> None:
        self.world.clients[client].hang_up()

    @rule(client=CLIENTS)
    def apply_the_last_answer_again(self, client: int) -> None:
        device = self.world.clients[client]
        device.apply_all(device.last_events)

    @rule(client=CLIENTS)
    def crash(self, client: int) -> None:
        self.world.clients[client].crash()

    @rule(worker=WORKERS, client=CLIENTS, after=st.integers(0, 3))
    def crash_while_applying(self, worker: str, client: int, after: int) -> None:
        self.world.clients[client].crash_after = after
        self.world.poll(self.world.clients[client], worker)

    # -- networks and operators

    @rule(fault=st.sampled_from(["", "lose", "hold", "double"]))
    def spoil_the_bus(self, fault: str) -> None:
        self.world.network.fault = fault

    @rule(backwards=st.booleans())
    def deliver_held_hints(self, backwards: bool) -> None:
        self.world.release_held(backwards=backwards)

    @rule(worker=WORKERS, which=INDEXES, count=st.integers(1, 3), fault=FAULTS)
    def send_while_the_commit_goes_wrong(self, worker: str, which: int, count: int, fault: str) -> None:
        self.acts.submit_with(fault, self._fresh(which, count), worker)
        self.world.settle()

    @rule(worker=WORKERS, which=INDEXES, fault=FAULTS)
    def kill_a_worker_at_its_commit(self, worker: str, which: int, fault: str) -> None:
        self.acts.submit_with(fault, self._fresh(which, 1), worker)
        self.world.start_worker(worker)

    @rule(worker=WORKERS)
    def restart_a_worker(self, worker: str) -> None:
        self.world.start_worker(worker)

    @rule(worker=WORKERS)
    def sweep(self, worker: str) -> None:
        self.world.sweep(worker)

    @rule(worker=WORKERS, kept_rows=st.integers(1, 20))
    def trim(self, worker: str, kept_rows: int) -> None:
        self.world.workers[worker].store.upkeep.trim(0, kept_ms=0, kept_rows=kept_rows)
        self.trimmed = True

    # -- what must hold

    @invariant()
    def a_parked_client_has_everything_unless_a_hint_was_lost(self) -> None:
        self.world.check_parked()

    @invariant()
    def nobody_is_reset_without_a_reason(self) -> None:
        allowed = {ResetReason.FLOOR} if self.trimmed else set()
        for client in self.world.clients:
            assert set(client.resets) <= allowed, f"{client.name} was reset: {client.resets}"

    def teardown(self) -> None:
        """Let everything come to rest; then the oracle counts zero and the rows agree."""
        if not hasattr(self, "world"):
            return
        try:
            judge(self.acts)
        finally:
            self.world.close()
            self.store.close()

    def _fresh(self, which: int, count: int, *, reader: User | None = None) -> Send:
        members = self.world.oracle.members
        talks = [talk for talk in self.acts.conversations if reader is None or reader in members[talk]]
        conversation = (talks or self.acts.conversations)[which % len(talks or self.acts.conversations)]
        sender = sorted(members[conversation])[which // 7 % 2]
        return self.acts.prepare(conversation, sender=sender, count=count)


def migrated(store_url: str) -> str:
    """Return ``store_url`` after creating the schema there."""
    store = open_store(store_url=store_url)
    try:
        store.migrate()
    finally:
        store.close()
    return store_url


def run_machine(
    machine: type[MessengerMachine], store_url: str, *, examples: int, shrink: bool = True
) -> None:
    """Run ``machine`` over a migrated database; raises what the first broken promise raised."""
    bound = type(machine.__name__, (machine,), {"store_url": store_url})
    phases = [phase for phase in Phase if shrink or phase is not Phase.shrink]
    run_state_machine_as_test(bound, settings=settings(settings_for(examples), phases=phases))
