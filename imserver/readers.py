"""Who follows which room now, over all workers. Pure state, no I/O.

# design: Each worker counts its own followers as they come and go, and tells the others of rooms where that
# has changed, and of every room from time to time; what was not repeated for a while is forgotten, so a
# worker that was killed counts no longer. Told are ids, because one person may be on two workers and because
# each viewer may know of others: at most SAMPLE of them, those whose hash ends with ``level`` zero bits. Each
# id stands for 2 ** level people then, so a room of 100,000 costs no more than one of 256.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple
from zlib import crc32

from imserver.presence import UserKey

# Of a room with more readers than this, a sample is known.
SAMPLE = 256
# A long poll is away between two answers, a stream while it reconnects.
LINGER_SECONDS = 5.0
# Every room is told again so often, and forgotten by who has not heard of it for three times as long.
REPEAT_SECONDS = 15.0
FORGET_SECONDS = 3 * REPEAT_SECONDS
# To thin so many takes a millisecond; rooms with more are looked at when they are due, not at every change.
MANY = 4_096


class Readers(NamedTuple):
    """Those of a room whose hash ends with ``level`` zero bits: each stands for 2 ** level."""

    level: int
    user_ids: frozenset[str]


NOBODY = Readers(0, frozenset())


class _Heard(NamedTuple):
    readers: Readers
    at: float


class ReaderBook:
    """The readers of a worker's own rooms, and what the other workers say of theirs.

    ``clock`` gives seconds of a monotonic clock. A room is (site_id, conversation_id).
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        # How many connections of each person follow the room; 0 for one who has just left.
        self._here: dict[UserKey, dict[str, int]] = {}
        self._left: dict[tuple[UserKey, str], float] = {}
        self._told: dict[UserKey, _Heard] = {}
        self._changed: set[UserKey] = set()
        self._elsewhere: dict[UserKey, dict[str, _Heard]] = {}

    def enter(self, room: UserKey, user_id: str) -> None:
        """A connection of the person follows the room from now on."""
        here = self._here.setdefault(room, {})
        if user_id not in here:
            self._changed.add(room)
        here[user_id] = here.get(user_id, 0) + 1
        self._left.pop((room, user_id), None)

    def leave(self, room: UserKey, user_id: str) -> None:
        """Undo one ``enter``; the person counts for some seconds more."""
        here = self._here.get(room, {})
        if not here.get(user_id):
            return
        here[user_id] -= 1
        if not here[user_id]:
            self._left[room, user_id] = self._clock()

    def note(self, worker_id: str, room: UserKey, readers: Readers) -> None:
        """Take in what another worker says of its own readers of the room."""
        heard = self._elsewhere.setdefault(room, {})
        if readers.user_ids:
            heard[worker_id] = _Heard(readers, self._clock())
        else:
            heard.pop(worker_id, None)
        if not heard:
            del self._elsewhere[room]

    def take_news(self) -> list[tuple[UserKey, Readers]]:
        """Return what the others have to be told now; to be called every second or two."""
        now = self._clock()
        self._forget_left(now)
        self._forget_silent(now)
        changed, self._changed = self._changed, set()
        due = changed | {room for room, told in self._told.items() if now - told.at >= REPEAT_SECONDS}
        news = []
        for room in due:
            told = self._told.get(room)
            is_due = told is None or now - told.at >= REPEAT_SECONDS
            if not is_due and len(self._here.get(room, ())) > MANY:
                self._changed.add(room)
                continue
            readers = self._own(room)
            if not is_due and told is not None and told.readers == readers:
                continue
            news.append((room, readers))
            if readers.user_ids:
                self._told[room] = _Heard(readers, now)
            else:
                self._told.pop(room, None)
        return news

    def readers_of(self, room: UserKey) -> Readers:
        """Return who reads the room now, on any worker: all of them, or a sample."""
        oldest = self._clock() - FORGET_SECONDS
        told = self._told.get(room)
        # What was told a moment ago saves looking at each of thousands.
        own = self._own(room) if told is None or len(self._here.get(room, ())) <= MANY else told.readers
        heard = [heard.readers for heard in self._elsewhere.get(room, {}).values() if heard.at > oldest]
        return _sample([own, *heard])

    def _own(self, room: UserKey) -> Readers:
        here = self._here.get(room)
        return _sample([Readers(0, frozenset(here))]) if here else NOBODY

    def _forget_left(self, now: float) -> None:
        # In the order of their leaving, so the first who is still counted ends it.
        gone = []
        for key, at in self._left.items():
            if now - at < LINGER_SECONDS:
                break
            gone.append(key)
        for key in gone:
            room, user_id = key
            del self._left[key]
            del self._here[room][user_id]
            if not self._here[room]:
                del self._here[room]
            self._changed.add(room)

    def _forget_silent(self, now: float) -> None:
        oldest = now - FORGET_SECONDS
        for room, heard in list(self._elsewhere.items()):
            for worker_id in [worker_id for worker_id, one in heard.items() if one.at <= oldest]:
                del heard[worker_id]
            if not heard:
                del self._elsewhere[room]


def _sample(parts: Iterable[Readers]) -> Readers:
    """Return those of all parts, thinned until they are few enough."""
    known = list(parts)
    level = max((part.level for part in known), default=0)
    ids = frozenset().union(*(part.user_ids for part in known))
    if any(part.level != level for part in known):
        ids = _thinned(ids, level)
    while len(ids) > SAMPLE:
        level += max(1, (len(ids) // SAMPLE).bit_length() - 1)
        ids = _thinned(ids, level)
    return Readers(level, ids)


def _thinned(user_ids: frozenset[str], level: int) -> frozenset[str]:
    mask = (1 << level) - 1
    return frozenset(user_id for user_id in user_ids if not crc32(user_id.encode()) & mask)
