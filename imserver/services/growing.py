"""Telling members who are online that a room has grown, whether or not a connection of theirs follows it.

# design: A message in a room is one event in the room's own stream, whatever its members count, and those
# who follow it hear it at once. The others, whose windows are closed or who are in more rooms than they can
# follow, are told of its new length: by each worker to its own people, without a row in any table, and the
# more people there are the less often, so that a busy room of 100,000 costs what a quiet one does. It is best
# effort: what was not told, the next state says.
"""

from collections.abc import Callable

import gevent

from imserver.presence import UserKey
from imserver.protocol.events import CONVERSATION_GROWN, fleeting_bytes, grown_body
from imserver.router import BEST_EFFORT, Letter, Router
from imserver.store.growth import GrowthTable
from imserver.store.values import room_of_stream

# What is said in so short a time is told of together.
GATHER_SECONDS = 2.0
# Not more often than this of one room, nor of more people in a second: each poll that is told comes back.
PAUSE_SECONDS = 10.0
TOLD_PER_SECOND = 50


class Growing:
    """Of one worker. ``note`` never blocks; ``tell_due`` is to be called every second or two.

    ``clock`` and ``now`` are seconds of a monotonic clock.
    """

    def __init__(self, router: Router, growth: GrowthTable, *, clock: Callable[[], float]) -> None:
        self._router = router
        self._growth = growth
        self._clock = clock
        self._due: dict[UserKey, float] = {}
        # When a room was told of last may be told again, and how far it was.
        self._not_before: dict[UserKey, tuple[float, int]] = {}

    def note(self, stream: UserKey) -> None:
        """Something has happened in a room, whose stream this is."""
        if stream not in self._due:
            not_before, _ = self._not_before.get(stream, (0.0, 0))
            self._due[stream] = max(self._clock() + GATHER_SECONDS, not_before)

    def tell_due(self, now: float) -> None:
        """Tell the people who are connected here of the rooms whose time has come. Blocks."""
        for stream in [stream for stream, at in self._due.items() if at <= now]:
            del self._due[stream]
            self._tell(stream, now)
        for stream in [stream for stream, (at, _) in self._not_before.items() if at <= now]:
            if stream not in self._due:
                del self._not_before[stream]

    def _tell(self, stream: UserKey, now: float) -> None:
        site_id, room = stream[0], room_of_stream(stream[1])
        growth = self._growth.find(site_id, room)
        _, told_seq = self._not_before.get(stream, (0.0, 0))
        if growth is None or growth.last_seq <= told_seq:
            return
        here = [user_id for site, user_id in self._router.waiting_users() if site == site_id]
        letter = _letter(room, growth.last_seq, growth.last_at)
        told_count = 0
        for part in self._growth.members_among(site_id, room, here, members=growth.members):
            told_count += sum(self._router.send((site_id, user_id), letter) > 0 for user_id in part)
            gevent.sleep(0)
        pause = max(PAUSE_SECONDS, told_count / TOLD_PER_SECOND)
        self._not_before[stream] = now + pause, growth.last_seq


def _letter(room: str, last_seq: int, last_at: int) -> Letter:
    body = grown_body(conversation_id=room, last_seq=last_seq, last_at=last_at)
    return Letter(BEST_EFFORT, 0, fleeting_bytes(CONVERSATION_GROWN, body))
