"""Hints between the workers of one box, over Unix datagram sockets.

# design: Every worker binds <folder>/<worker id>.bus and finds its peers by listing the folder, twice a
# second; one that begins says so to the others, who then look at once. A datagram is a msgpack array
# [sender, number, [hint, ...]]. Each peer is sent to from a socket of its own (imserver.bus.peer), so that
# one that stands still holds nobody else up: what it does not take waits, bounded, in the sender.
"""

import logging
import os
from pathlib import Path

import gevent
from gevent import socket
from gevent.event import Event

from imserver.bus import batches
from imserver.bus.contract import OnGap, OnHint, ignore_gap, ignore_hint
from imserver.bus.peer import Peer

log = logging.getLogger(__name__)

# How long a worker whose greeting was lost stays unknown, and a folder that was deleted is missing.
PEERS_SECONDS = 0.5
# The largest datagram that the kernel lets through by default.
RECEIVED_BYTES = 212_992
# The socket is emptied without a pause, for the kernel keeps only ten; but others want the loop, too.
DATAGRAMS_PER_TURN = 64
SUFFIX = ".bus"


class UnixBus:
    """One worker's end; see ``imserver.bus.contract``."""

    def __init__(self, *, folder: Path, worker_id: str) -> None:
        self.on_hint: OnHint = ignore_hint
        self.on_gap: OnGap = ignore_gap
        self._folder = folder
        self._worker_id = worker_id
        self._path = folder / (worker_id + SUFFIX)
        self._number = self._lost = 0
        self._numbers = batches.Numbers()
        self._outgoing: list[bytes] = []
        self._peers: dict[str, Peer] = {}
        self._greenlets: list[gevent.Greenlet[..., None]] = []
        self._receiver: gevent.Greenlet[..., None] | None = None
        self._socket: socket.socket | None = None
        self._inode = 0
        self._wake = Event()

    def open(self) -> None:
        """Bind this worker's socket, begin to listen and send, and greet the others."""
        self._bind()
        self._find_peers()
        self._send([], number=self._number)
        self._greenlets = [gevent.spawn(self._transmit), gevent.spawn(self._look_round)]

    def is_alone(self) -> bool:
        return not self._peers

    def publish(self, hint: bytes) -> None:
        if not self._peers:
            return
        if not self._outgoing:
            self._wake.set()
        self._outgoing.append(hint)

    def publish_near(self, hint: bytes) -> None:
        self.publish(hint)

    def lost_count(self) -> int:
        return self._lost

    def close(self) -> None:
        """Send what is gathered, then leave; the others stop finding this worker."""
        if self._socket is None:
            return
        self._send_gathered()
        gevent.killall(self._greenlets)
        for worker_id in list(self._peers):
            self._hang_up(worker_id)
        if self._is_bound():
            self._path.unlink(missing_ok=True)
        self._unbind()

    # -- receiving

    def _bind(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._path))
        self._inode = os.stat(self._path).st_ino
        self._receiver = gevent.spawn(self._receive, self._socket)

    def _unbind(self) -> None:
        if self._receiver is not None:
            self._receiver.kill()
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _is_bound(self) -> bool:
        """Tell whether others can still find our socket."""
        try:
            return os.stat(self._path).st_ino == self._inode
        except OSError:
            return False

    def _receive(self, source: socket.socket) -> None:
        buffer = bytearray(RECEIVED_BYTES)
        view = memoryview(buffer)
        while True:
            for _ in range(DATAGRAMS_PER_TURN):
                count = source.recv_into(buffer)
                batch = batches.decode(view[:count])
                if batch is not None:
                    self._take(*batch)
            gevent.sleep(0)

    def _take(self, sender: str, number: int, hints: list[bytes]) -> None:
        if sender not in self._peers:
            self._find_peers()
        batches.apply_each(hints, self.on_hint)
        if not self._numbers.follows(sender, number, is_beat=not hints):
            self.on_gap()

    # -- sending

    def _transmit(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            gevent.sleep(batches.GATHER_SECONDS)
            self._send_gathered()

    def _send_gathered(self) -> None:
        hints, self._outgoing = self._outgoing, []
        for batch in batches.split(hints):
            self._number += 1
            self._send(batch, number=self._number)

    def _send(self, hints: list[bytes], *, number: int) -> None:
        datagram = batches.encode((self._worker_id, number, hints))
        for worker_id in list(self._peers):
            if not self._send_to(worker_id, datagram):
                self._lost += len(hints)

    def _send_to(self, worker_id: str, datagram: bytes) -> bool:
        peer = self._peers.get(worker_id)
        if peer is None:
            # It left while an earlier one was waited for.
            return False
        if peer.send(datagram):
            return True
        if not peer.is_lost:
            return False
        # It left, or bound its socket anew because somebody deleted the folder.
        self._hang_up(worker_id)
        self._find_peers()
        return worker_id in self._peers and self._peers[worker_id].send(datagram)

    # -- finding each other

    def _look_round(self) -> None:
        while True:
            gevent.sleep(PEERS_SECONDS)
            try:
                if not self._is_bound():
                    log.warning("the socket of the bus was deleted; it is made anew in %s", self._folder)
                    self._unbind()
                    self._bind()
            except OSError as error:
                # The sweeps deliver until it can be made.
                log.warning("the socket of the bus cannot be made: %s", error.strerror)
            self._find_peers()

    def _find_peers(self) -> None:
        found = self._list_workers()
        for worker_id in self._peers.keys() - found:
            self._hang_up(worker_id)
        for worker_id in found - self._peers.keys():
            self._meet(worker_id)

    def _list_workers(self) -> set[str]:
        try:
            names = os.listdir(self._folder)
        except OSError:
            return set()
        return {name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)} - {self._worker_id}

    def _meet(self, worker_id: str) -> None:
        path = self._folder / (worker_id + SUFFIX)
        try:
            self._peers[worker_id] = Peer(str(path))
        except ConnectionRefusedError:
            # It died without leaving; what it missed its users' next worker reads from the log.
            path.unlink(missing_ok=True)
        except OSError as error:
            log.debug("worker %s cannot be reached: %s", worker_id, error)

    def _hang_up(self, worker_id: str) -> None:
        peer = self._peers.pop(worker_id, None)
        if peer is not None:
            peer.close()
