"""F21: people who come back to a backlog, at the edge of what is sent one by one and far beyond it."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from imserver.protocol.types import NewMessage
from imserver.store import Store
from tests.property.oracle import User
from tests.stress.client import Client
from tests.stress.crowd import SITES, person
from tests.stress.ledger import Send
from tests.stress.row import Result, Row
from tests.stress.scene import Scene

EXACT, ONE_TOO_MANY, MANY = 1_999, 2_001, 100_000
KINDS = ("poll", "sse", "ws")
ANSWER_BYTES = 256 * 1024
# An answer is its events and a little around them: brackets, cursor, marks.
ENVELOPE_BYTES = 1_024
MESSAGES_PER_SEND = 20
# Long enough that 200 of them do not fit into one answer, so that bytes are the limit.
LONG_TEXT = "said " + 1_900 * "x"
# Before the row began, so that its latencies are those of the base load.
LONG_AGO = -1.0
CAUGHT_UP_SECONDS = {"full": 400.0, "short": 30.0}


@dataclass(slots=True)
class Sleeper:
    """Somebody with a device of each kind who has been away for ``behind`` events."""

    user: User
    behind: int
    devices: list[Client] = field(default_factory=list)

    def is_awake(self) -> bool:
        return all(device.useq >= self.behind for device in self.devices)


class FarBehind(Row):
    row_id, title = "F21", "behind 1,999 / 2,001 / 100,000"

    def prepare(self, scene: Scene) -> None:
        many = scene.profile.scaled(MANY, least=ONE_TOO_MANY + 1)
        store = scene.installation.open_store()
        try:
            self._sleepers = [self._fall_behind(scene, store, count) for count in (EXACT, ONE_TOO_MANY, many)]
        finally:
            store.close()

    def fault(self, scene: Scene) -> None:
        began = time.monotonic()
        for sleeper in self._sleepers:
            for device in sleeper.devices:
                scene.closers.append(device.stop)
                device.start()
        scene.wait_until(
            lambda: all(sleeper.is_awake() for sleeper in self._sleepers),
            seconds=CAUGHT_UP_SECONDS[scene.profile.name],
        )
        self._took = time.monotonic() - began

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        largest = scene.ledger.largest_answer_bytes
        result.notes.append(f"caught up in {self._took:.1f} s; the largest answer has {largest:,} bytes")
        if not ANSWER_BYTES // 2 < largest <= ANSWER_BYTES + ENVELOPE_BYTES:
            yield f"the largest answer has {largest:,} bytes"
        for sleeper in self._sleepers:
            wanted = 0 if sleeper.behind == EXACT else 1
            for device in sleeper.devices:
                if len(device.resets_at) != wanted:
                    yield f"{device.diary.name}, {sleeper.behind} behind, met {len(device.resets_at)} resets"
        reasons = {word for word in scene.ledger.met if word.startswith("reset ")}
        if reasons != {"reset behind"}:
            yield f"the reasons were {sorted(reasons)}"

    def _fall_behind(self, scene: Scene, store: Store, count: int) -> Sleeper:
        sender, sleeper = (SITES[0], f"chatty{count}"), Sleeper((SITES[0], f"sleeper{count}"), count)
        for user in (sender, sleeper.user):
            store.people.save_person(person(user))
        conversation = scene.crowd.introduce(store, sender, sleeper.user)
        sleeper.devices += [scene.crowd.sign_in(store, sleeper.user, kind=kind) for kind in KINDS]
        text = LONG_TEXT if count == EXACT else ""
        missing = count
        while missing:
            # The read marks of the sender are no events of the sleeper's.
            batch = [uuid.uuid4().hex for _ in range(min(MESSAGES_PER_SEND, missing))]
            sends = [Send(key, conversation, sender, text or f"said {key}", LONG_AGO) for key in batch]
            new = [NewMessage(client_id=send.client_id, text=send.text) for send in sends]
            answer = store.writer.send(*sender, conversation[1], new)
            for send, sent in zip(sends, answer.messages, strict=True):
                scene.ledger.begin(send)
                scene.ledger.answered(send, 200, seq=sent.seq)
            missing -= len(batch)
        head = store.log.load_heads([sleeper.user])
        assert [seen.useq for seen in head.values()] == [count]
        return sleeper


ROWS = (FarBehind,)
