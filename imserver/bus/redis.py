"""Hints between boxes, over Redis' publish and subscribe.

# design: One greenlet talks and one listens, each on a connection of its own with short timeouts, and both
# come back with a growing pause for as long as it takes. Nobody waits for them: while Redis is away hints
# are dropped, while it stands still they are gathered up to a bound. A message is the box's id and a batch
# (imserver.bus.batches); what our own box said is skipped. A beat every second repeats the last number, so
# that a loss at the end is noticed.
"""

import logging
import random
import time
from collections.abc import Callable
from typing import Any

import gevent
import redis
from gevent.event import Event

from imserver.bus import batches
from imserver.bus.contract import OnGap, OnHint, ignore_gap, ignore_hint

log = logging.getLogger(__name__)

# Redis answers within a millisecond; one that has not answered for so long stands still.
ANSWER_SECONDS = 1.0
BEAT_SECONDS = 1.0
# Our own beats come back to us; without them the connection is dead, whatever the kernel believes.
SILENCE_SECONDS = 3.0
# A box that was not heard of for so long is gone, and hints for nobody are not made.
ALONE_SECONDS = 5.0
PAUSE_SECONDS = (0.1, 3.0)
# Longer than inside a box, because a publication costs more than a datagram: at 5,000 hints a second a hint
# costs 8 us when gathered for 2 ms, and 4 when gathered for this.
GATHER_SECONDS = 0.01
# What waits for a Redis that stands still: two seconds at 10,000 hints a second.
OUTGOING_BYTES = 4_194_304
BATCH_BYTES = 262_144
CLOSE_SECONDS = 0.5
TROUBLE = (redis.RedisError, OSError)


class RedisBus:
    """One worker's end; see ``imserver.bus.contract``. ``box_id`` is asked once, when the bus opens."""

    def __init__(self, url: str, *, channel: str, box_id: Callable[[], str], worker_id: str) -> None:
        self.on_hint: OnHint = ignore_hint
        self.on_gap: OnGap = ignore_gap
        self._channel = channel
        self._box_id = box_id
        self._box = b""
        self._worker_id = worker_id
        self._talking = _connection(url, seconds=ANSWER_SECONDS)
        self._listening = _connection(url, seconds=SILENCE_SECONDS)
        self._number = self._lost = self._lost_told = self._outgoing_bytes = 0
        self._outgoing: list[bytes] = []
        self._numbers = batches.Numbers()
        self._is_connected = self._is_open = False
        self._heard_at = float("-inf")
        self._is_alone = True
        self._greenlets: list[gevent.Greenlet[..., None]] = []
        self._wake = Event()

    def open(self) -> None:
        """Begin to connect; returns at once."""
        self._box = self._box_id().encode()
        self._is_open = True
        self._greenlets = [
            gevent.spawn(self._for_ever, self._talk, self._talking),
            gevent.spawn(self._for_ever, self._listen, self._listening),
        ]

    def is_alone(self) -> bool:
        return self._is_alone

    def publish(self, hint: bytes) -> None:
        if not self._is_connected or self._outgoing_bytes + len(hint) > OUTGOING_BYTES:
            self._lost += not self._is_alone
            return
        if not self._outgoing:
            self._wake.set()
        self._outgoing.append(hint)
        self._outgoing_bytes += len(hint)

    def publish_near(self, hint: bytes) -> None:
        """Do nothing: what is near is reached by other ways."""

    def lost_count(self) -> int:
        return self._lost

    def close(self) -> None:
        """Send what is gathered if Redis takes it soon, then leave."""
        self._is_open = False
        self._wake.set()
        gevent.joinall(self._greenlets[:1], timeout=CLOSE_SECONDS)
        gevent.killall(self._greenlets)
        for connection in (self._talking, self._listening):
            connection.disconnect()

    def _for_ever(self, use: Callable[[], None], connection: Any) -> None:
        """Use a connection until it breaks, again and again; one line in the log per outage."""
        pause = PAUSE_SECONDS[0]
        while self._is_open:
            began = time.monotonic()
            try:
                use()
            except TROUBLE as error:
                level = logging.WARNING if pause == PAUSE_SECONDS[0] else logging.DEBUG
                log.log(level, "the bus between boxes is away, the sweeps deliver: %s", error)
            connection.disconnect()
            if time.monotonic() - began > PAUSE_SECONDS[1] + ANSWER_SECONDS:
                pause = PAUSE_SECONDS[0]
            # Many workers lose one Redis at the same moment; they need not come back at the same one.
            gevent.sleep(pause * random.uniform(0.5, 1.0) * self._is_open)  # noqa: S311
            pause = min(pause * 2, PAUSE_SECONDS[1])

    # -- talking

    def _talk(self) -> None:
        self._talking.connect()
        self._is_connected = True
        # Whatever was dropped since the last batch: to the others this is a gap.
        self._number += 1
        try:
            self._say([])
            while self._is_open or self._outgoing:
                self._wake.wait(timeout=BEAT_SECONDS)
                self._wake.clear()
                gevent.sleep(GATHER_SECONDS)
                self._say_gathered()
        finally:
            self._is_connected = False
            self._lost += len(self._outgoing)
            self._outgoing, self._outgoing_bytes = [], 0

    def _say_gathered(self) -> None:
        hints, self._outgoing, self._outgoing_bytes = self._outgoing, [], 0
        self._is_alone = time.monotonic() - self._heard_at > ALONE_SECONDS
        for batch in batches.split(hints, most_bytes=BATCH_BYTES):
            self._number += 1
            self._say(batch)
        if not hints:
            self._say([])
        # There was no room while Redis took its time: the next number tells the others.
        self._number += self._lost > self._lost_told
        self._lost_told = self._lost

    def _say(self, hints: list[bytes]) -> None:
        batch = batches.encode((self._worker_id, self._number, hints))
        self._talking.send_command("PUBLISH", self._channel, self._box + batch)
        self._talking.read_response()

    # -- listening

    def _listen(self) -> None:
        self._listening.connect()
        self._listening.send_command("SUBSCRIBE", self._channel)
        self._listening.read_response()
        # Whatever was said while we did not listen.
        self.on_gap()
        while True:
            *_, message = self._listening.read_response()
            if not message.startswith(self._box):
                self._hear(message[len(self._box) :])

    def _hear(self, message: bytes) -> None:
        batch = batches.decode(message)
        if batch is None:
            return
        sender, number, hints = batch
        if self._is_alone:
            # While we believed that nobody listens we made no hints: to the others this is a gap.
            self._number += 1
        self._heard_at, self._is_alone = time.monotonic(), False
        batches.apply_each(hints, self.on_hint)
        if not self._numbers.follows(sender, number, is_beat=not hints):
            self.on_gap()


def _connection(url: str, *, seconds: float) -> Any:
    """Return a connection that is not open yet, and that never repeats a command by itself.

    The package has no types for what a connection does.
    """
    pool = redis.ConnectionPool.from_url(
        url, socket_timeout=seconds, socket_connect_timeout=ANSWER_SECONDS, retry_on_error=[], retry=None
    )
    return pool.make_connection()
