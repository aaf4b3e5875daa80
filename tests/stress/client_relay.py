"""Stands between clients and server: loses answers, and leaves the server with half of a connection."""

import ctypes
import random
import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path

import gevent

from tests.stress.relay import Link, Relay
from tests.stress.scene import Scene

ESTABLISHED = "01"
WATCH_SECONDS = 0.25
# A socket filter of one instruction, "return 0": the kernel drops every packet before TCP sees it.
SO_ATTACH_FILTER = 26
DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)


@dataclass(slots=True)
class Loss:
    """``share`` of the answers get lost, and their connections with them; ``count`` of them did."""

    share: float = 0.0
    count: int = 0


class LossyLink(Link):
    """What comes first after something was asked is its answer; what else comes is nobody's answer."""

    def __init__(self, near: socket.socket, far: socket.socket, *, loss: Loss) -> None:
        super().__init__(near, far)
        self._loss = loss
        self._asked = False

    def up(self, data: bytes) -> None:
        self._asked = True
        super().up(data)

    def down(self, data: bytes) -> None:
        asked, self._asked = self._asked, False
        if asked and random.random() < self._loss.share:
            self._loss.count += 1
            self.close()
        else:
            super().down(data)


class HalfLink(Link):
    """Can be cut so that neither side hears of it, as by a network that is no longer there."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        super().__init__(near, far)
        self.port = int(near.getpeername()[1])
        self.far_port = int(far.getsockname()[1])
        self.cut_at = self.freed_at = 0.0

    def cut(self) -> None:
        """From now on nothing passes, and what the server sends is not even acknowledged."""
        self.cut_at = time.monotonic()
        filter_bytes = ctypes.create_string_buffer(DROP_ALL)
        program = struct.pack("HP", 1, ctypes.addressof(filter_bytes))
        self.far.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
        self.near.close()

    def close(self) -> None:
        self.near.close()
        if not self.cut_at:
            self.far.close()


def watch_cut(links: list[HalfLink], *, server_port: int, seconds: float) -> None:
    """Note when the server lets go of the halves that it was left with; return when it has, or in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not all(link.freed_at for link in links):
        held = _held_ports(server_port)
        for link in links:
            if link.far_port not in held and not link.freed_at:
                link.freed_at = time.monotonic()
                link.far.close()
        gevent.sleep(WATCH_SECONDS)


def _held_ports(server_port: int) -> set[int]:
    """Return the ports of those peers whose connections the server has open."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ends = [(row[1].partition(":")[2], row[2].partition(":")[2]) for row in rows if row[3] == ESTABLISHED]
    return {int(peer, 16) for own, peer in ends if int(own, 16) == server_port}


def put_before(scene: Scene, relay: Relay) -> None:
    """Let all clients of the scene reach the server through the relay."""
    scene.route.address = scene.crowd.pool.address = relay.address
    scene.closers.append(relay.close)
