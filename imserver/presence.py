"""Rules for telling presence: how often, to whom, and what a watcher has missed. Pure state, no I/O.

# design: Changes wait in the Announcer until their user may be announced again and a batch is due.
# What was announced stands in the ChangeLog under a number; a poll names the last number it saw
# (its mark), so a change between two polls is not lost, and a mark of another worker or another
# life of this one is noticed and answered with the full state of everybody who is watched.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from secrets import token_bytes
from typing import NamedTuple

from imserver.protocol.types import Presence, PresenceChange

UserKey = tuple[str, str]
About = UserKey | tuple[UserKey, str]
State = Presence | tuple[Presence, str]
# A poll is away for a second, not for minutes, and one that missed more than this is told the state of
# everybody it watches instead. An entry costs 100 bytes, of which 20,000 had been kept.
CHANGES_KEPT = 1_000
_SEALED = re.compile("[0-9a-f]{24}")


class Change(NamedTuple):
    """``user`` is now ``presence``, as others see it; with a ``viewer``, as that one person sees it."""

    user: UserKey
    presence: Presence
    status_text: str
    viewer: str = ""

    @property
    def about(self) -> About:
        """What a later change with the same takes the place of.

        Of a change that everybody sees it is the key that the registry holds, and no tuple of its own: those
        of the last ten seconds are kept, and 8,000 arrivals would leave as many holes between what stays.
        """
        return (self.user, self.viewer) if self.viewer else self.user

    @property
    def state(self) -> State:
        """What two changes about the same have in common when the later one says nothing new."""
        return (self.presence, self.status_text) if self.status_text else self.presence

    def is_for(self, viewer: UserKey | None) -> bool:
        """Tell whether the viewer is among those whom it is about."""
        return not self.viewer or (viewer is not None and viewer[1] == self.viewer)

    def told(self) -> PresenceChange:
        """Return the change as clients read it."""
        return PresenceChange(user_id=self.user[1], presence=self.presence, status_text=self.status_text)


class Announcer:
    """Holds changes back so that a user is announced at most once in ``change_seconds``.

    A user who flaps is announced with the last state only; one who is back in the state that was
    announced before the flapping is not announced at all.
    """

    def __init__(self, *, change_seconds: float) -> None:
        self._change_seconds = change_seconds
        self._pending: dict[About, Change] = {}
        # What was announced lately, and as what: no objects of its own for one without a status text.
        self._batches: deque[tuple[float, dict[About, State]]] = deque()

    def add(self, changes: Iterable[Change]) -> None:
        """Take changes in; a later one of the same user takes an earlier one's place."""
        for change in changes:
            self._pending[change.about] = change

    def due(self, now: float) -> list[Change]:
        """Return, and forget, what may be announced at ``now`` (seconds of a monotonic clock)."""
        self._forget_old(now)
        ready = {about: change for about, change in self._pending.items() if not self._is_recent(about)}
        for about in ready:
            del self._pending[about]
        if ready:
            self._batches.append((now, {about: change.state for about, change in ready.items()}))
        return list(ready.values())

    def put_back(self, changes: Iterable[Change]) -> None:
        """Undo the last ``due``, which gave out these: they could not be told."""
        returned = {change.about: change for change in changes}
        self._pending = returned | self._pending
        if returned:
            self._batches.pop()

    def _is_recent(self, about: About) -> bool:
        return any(about in batch for _, batch in self._batches)

    def _forget_old(self, now: float) -> None:
        while self._batches and now - self._batches[0][0] >= self._change_seconds:
            _, batch = self._batches.popleft()
            for about in batch.keys() & self._pending.keys():
                if self._pending[about].state == batch[about]:
                    del self._pending[about]


class ChangeLog:
    """The last announced changes under dense numbers; a mark is ``<epoch>.<number>``.

    A round of telling may take several turns of the loop: it begins with ``begin``, tells inside ``telling``
    and ends with ``settle``. Who is told gets the mark of the round; a poll that is answered for another
    reason before its turn has come keeps the mark of before, so that it asks for the round's changes itself.
    """

    def __init__(self, *, epoch: str, kept: int = CHANGES_KEPT) -> None:
        self._epoch = epoch
        self._number = self._settled = 0
        self._changes: deque[Change] = deque(maxlen=kept)

    @property
    def mark(self) -> str:
        """The mark of somebody who has seen everything that everybody was told."""
        return f"{self._epoch}.{self._settled}"

    def append(self, changes: Iterable[Change]) -> None:
        """Number the changes, in their order; they are told in this turn."""
        self.begin(changes)
        self.settle()

    def begin(self, changes: Iterable[Change]) -> None:
        """Number the changes, in their order; those who watch are told from now on."""
        for change in changes:
            self._number += 1
            self._changes.append(change)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Let the mark be that of the round, for those who are told without a pause in between."""
        before, self._settled = self._settled, self._number
        try:
            yield
        finally:
            self._settled = before

    def settle(self) -> None:
        """Everybody who watches has been told."""
        self._settled = self._number

    def since(
        self, mark: str, watched: frozenset[UserKey], viewer: UserKey | None = None
    ) -> list[Change] | None:
        """Return what of ``watched`` changed after ``mark`` for the viewer; None for a mark unknown here.

        Of each person the newest only, and that of the viewer's own rather than that of everybody.
        """
        missed = self._missed(mark)
        if missed is None:
            return None
        newest: dict[UserKey, Change] = {}
        for index in range(len(self._changes) - missed, len(self._changes)):
            change = self._changes[index]
            if change.user in watched and change.is_for(viewer):
                before = newest.get(change.user)
                if before is None or not before.viewer or change.viewer:
                    newest[change.user] = change
        return list(newest.values())

    def _missed(self, mark: str) -> int | None:
        epoch, _, number = mark.partition(".")
        if epoch != self._epoch or not (number.isascii() and number.isdigit() and len(number) < 16):
            return None
        missed = self._number - int(number)
        return missed if 0 <= missed <= len(self._changes) else None


class MarkSeal:
    """Hides the number in a mark: how often people change whom one cannot see is nobody's business.

    Two seals of one mark differ, so that not even standing still can be told from going on. What a client
    makes of it is at worst another number, and what is told then the database says all the same.
    """

    def __init__(self) -> None:
        self._key = token_bytes(16)

    def seal(self, mark: str) -> str:
        """Return the text for a client."""
        epoch, _, number = mark.partition(".")
        nonce = token_bytes(4)
        return f"{epoch}.{nonce.hex()}{int(number) ^ self._pad(nonce):016x}"

    def open(self, text: str) -> str:
        """Return the mark, or what is none for a text that is none."""
        epoch, _, sealed = text.partition(".")
        if not _SEALED.fullmatch(sealed):
            return ""
        return f"{epoch}.{int(sealed[8:], 16) ^ self._pad(bytes.fromhex(sealed[:8]))}"

    def _pad(self, nonce: bytes) -> int:
        return int.from_bytes(blake2b(nonce, key=self._key, digest_size=8).digest())


class Heartbeats:
    """Who has stopped beating, by what one worker has seen of the others and by its own steady clock.

    What a beat says is compared with what it said before, never with a time: the clocks of two boxes differ,
    and any of them may be set by an hour. Whoever could not look for a while begins to count anew.
    """

    def __init__(self, *, dead_seconds: float, gap_seconds: float) -> None:
        self._dead_seconds = dead_seconds
        self._gap_seconds = gap_seconds
        self._looked_at = float("-inf")
        # By worker: what its beat said, and when that was first seen.
        self._seen: dict[str, tuple[int, float]] = {}

    def find_silent(self, beats: Mapping[str, int], *, now: float) -> dict[str, int]:
        """Return those whose beat has said the same for too long, with what it says."""
        if now - self._looked_at > self._gap_seconds:
            self._seen.clear()
        self._looked_at = now
        fresh = {worker_id: (beat, now) for worker_id, beat in beats.items()}
        kept = {
            worker_id: old
            for worker_id, old in self._seen.items()
            if worker_id in beats and old[0] == beats[worker_id]
        }
        self._seen = fresh | kept
        return {
            worker_id: beat
            for worker_id, (beat, since) in self._seen.items()
            if now - since >= self._dead_seconds
        }
