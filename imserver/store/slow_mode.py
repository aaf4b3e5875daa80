"""Slow mode: a plain member sends to a room once in a while, judged where the message is stored."""

from collections.abc import Iterator

from imserver.errors import InvalidRequest, SlowMode
from imserver.store.database import Call

Triple = tuple[str, str, str]


class SlowRooms:
    """The senders of a batch who have to wait: how long, and when each last sent. Empty for most batches."""

    def __init__(self) -> None:
        self._pauses: dict[Triple, tuple[int, int]] = {}
        self._sent: dict[Triple, int] = {}

    def __len__(self) -> int:
        return len(self._pauses)

    def note(self, triple: Triple, *, seconds: int, sent_at: int) -> None:
        """Remember what the database says of a member whose room is slow."""
        self._pauses[triple] = seconds * 1000, sent_at

    def has(self, conversation: tuple[str, str], user_id: str) -> bool:
        """Tell whether the person has to wait there."""
        return (*conversation, user_id) in self._pauses

    def check(self, conversation: tuple[str, str], user_id: str, *, count: int, now: int) -> None:
        """Let the person send, and plan that they have; raise SlowMode too early, InvalidRequest for many.

        Call it for messages that were not stored before, when nothing else stands in their way.
        """
        triple = (*conversation, user_id)
        if triple not in self._pauses or not count:
            return
        if count > 1:
            raise InvalidRequest("In slow mode a request holds one message.")
        pause_ms, sent_at = self._pauses[triple]
        # Another worker's clock may be ahead; nobody waits for longer than the pause.
        last = min(self._sent.get(triple, sent_at), now)
        if last and now - last < pause_ms:
            raise SlowMode(retry_after=max(0.1, round((last + pause_ms - now) / 1000, 1)))
        self._sent[triple] = now

    def forget(self) -> None:
        """Forget what was planned."""
        self._sent = {}

    def calls(self) -> Iterator[Call]:
        """Yield the statement that writes what was planned."""
        if self._sent:
            yield "save_room_sends", {"rows": [(*triple, at) for triple, at in sorted(self._sent.items())]}
