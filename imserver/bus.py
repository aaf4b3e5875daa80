"""Hints between the workers of one box, in batches, over Unix datagram sockets.

# design: Best effort by contract: a full or vanished peer loses hints, and the sweep makes that harmless.
# Every worker binds <folder>/<worker id>.bus and finds its peers by listing the folder. A datagram is a
# msgpack array [sender, number, [hint, ...]]; the number is dense per sender, so that a receiver
# notices a gap and asks for a sweep at once. The bus knows nothing of what a hint says.
# Each peer is sent to from a socket of its own: what a frozen one does not read fills the sender's buffer.
"""

import logging
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import gevent
import gevent.event
import msgspec

log = logging.getLogger(__name__)

# The default net.core.wmem_max admits 212,992 bytes; a datagram well below it is never refused for size.
DATAGRAM_BYTES = 60_000
# How long hints are gathered: far below what a person notices, long enough to fold a commit's worth.
GATHER_SECONDS = 0.002
# A new worker is unknown to the others for at most so long; until then the sweep serves its users.
PEERS_SECONDS = 0.5
# A peer that is busy empties a full socket soon; one that did not is not waited for until it reads again.
PATIENCE_SECONDS = 0.05
SUFFIX = ".bus"

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[str, int, list[bytes]])


class Bus:
    """One worker's end. ``on_hint`` gets each hint, ``on_gap`` is called when some were lost."""

    def __init__(self, *, folder: Path, worker_id: str) -> None:
        self.on_hint: Callable[[bytes], None] = lambda hint: None
        self.on_gap: Callable[[], None] = lambda: None
        self.sent_total = self.received_total = self.lost_total = 0
        self._folder = folder
        self._worker_id = worker_id
        self._number = 0
        self._seen: dict[str, int] = {}
        self._outgoing: list[bytes] = []
        self._peers: list[str] = []
        self._senders: dict[str, socket.socket] = {}
        self._peers_at = float("-inf")
        self._greenlets: list[gevent.Greenlet[..., None]] = []
        self._socket: socket.socket | None = None
        self._wake = gevent.event.Event()

    def open(self) -> None:
        """Bind this worker's socket and begin to listen and send."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(self._worker_id)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(path)
        self._greenlets = [gevent.spawn(self._receive), gevent.spawn(self._transmit)]

    def is_alone(self) -> bool:
        """Tell whether there is no other worker, so that no hint need be made."""
        return self._socket is None or not self._find_peers()

    def publish(self, hint: bytes) -> None:
        """Send ``hint`` to every other worker soon. Never blocks."""
        if self._socket is None:
            return
        self._outgoing.append(hint)
        self._wake.set()

    def close(self) -> None:
        """Send what is gathered, then leave; the others stop finding this worker."""
        if self._socket is None:
            return
        self._send_gathered()
        gevent.killall(self._greenlets)
        for peer in list(self._senders):
            self._hang_up(peer)
        self._socket.close()
        self._socket = None
        Path(self._path(self._worker_id)).unlink(missing_ok=True)

    def _path(self, worker_id: str) -> str:
        return str(self._folder / (worker_id + SUFFIX))

    def _receive(self) -> None:
        assert self._socket is not None  # noqa: S101 - open() has bound it
        while True:
            datagram = self._socket.recv(DATAGRAM_BYTES * 4)
            try:
                sender, number, hints = _decoder.decode(datagram)
            except msgspec.DecodeError:
                log.warning("a datagram on the bus could not be read (%d bytes)", len(datagram))
                continue
            self._take(sender, number, hints)

    def _take(self, sender: str, number: int, hints: list[bytes]) -> None:
        expected = self._seen.get(sender, number - 1) + 1
        self._seen[sender] = number
        self.received_total += len(hints)
        for hint in hints:
            try:
                self.on_hint(hint)
            except Exception:
                log.exception("a hint could not be applied")
        if number != expected:
            self.lost_total += 1
            self.on_gap()

    def _transmit(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            gevent.sleep(GATHER_SECONDS)
            self._send_gathered()

    def _send_gathered(self) -> None:
        hints, self._outgoing = self._outgoing, []
        batch: list[bytes] = []
        size = 0
        for hint in hints:
            if batch and size + len(hint) > DATAGRAM_BYTES:
                self._send(batch)
                batch, size = [], 0
            batch.append(hint)
            size += len(hint)
        if batch:
            self._send(batch)

    def _send(self, hints: list[bytes]) -> None:
        self._number += 1
        datagram = _encoder.encode((self._worker_id, self._number, hints))
        for peer in self._find_peers():
            self._send_to(peer, datagram, len(hints))

    def _send_to(self, peer: str, datagram: bytes, hints: int) -> None:
        try:
            # gevent's send() returns 0 when the socket is full again after it was waited for.
            if not self._sender(peer).send(datagram):
                raise BlockingIOError
        except FileNotFoundError:
            # It has left; the next look into the folder will not find it.
            self._hang_up(peer)
        except ConnectionRefusedError:
            # It died without leaving; what it missed its users' next worker reads from the log.
            self._hang_up(peer)
            Path(peer).unlink(missing_ok=True)
            self._peers_at = float("-inf")
        except OSError as error:
            # Full, or just gone: the peer's own sweep will find what it missed.
            self.lost_total += hints
            self._wait_for(peer, seconds=0.0)
            log.debug("hints for %s were lost: %s", Path(peer).name, error)
        else:
            self.sent_total += hints
            self._wait_for(peer, seconds=PATIENCE_SECONDS)

    def _wait_for(self, peer: str, *, seconds: float) -> None:
        if peer in self._senders:
            self._senders[peer].settimeout(seconds)

    def _sender(self, peer: str) -> socket.socket:
        sender = self._senders.get(peer)
        if sender is None:
            sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            sender.settimeout(PATIENCE_SECONDS)
            self._senders[peer] = sender
            sender.connect(peer)
        return sender

    def _hang_up(self, peer: str) -> None:
        sender = self._senders.pop(peer, None)
        if sender is not None:
            sender.close()

    def _find_peers(self) -> list[str]:
        now = time.monotonic()
        if now - self._peers_at >= PEERS_SECONDS:
            self._peers, self._peers_at = self._list_peers(), now
            for peer in self._senders.keys() - set(self._peers):
                self._hang_up(peer)
        return self._peers

    def _list_peers(self) -> list[str]:
        try:
            names = os.listdir(self._folder)
        except OSError as error:
            # Somebody tidied it away: the sweeps deliver until the workers are started again.
            log.warning("the folder of the bus cannot be read: %s", error.strerror)
            return []
        own = self._worker_id + SUFFIX
        return [str(self._folder / name) for name in names if name.endswith(SUFFIX) and name != own]
