"""The parking lot: every idle socket of a worker in one epoll object, and no greenlet for any of them.

# design: A greenlet that waits costs 20 KB; a parked descriptor costs a tenant and 16 bytes here:
# descriptors are small dense numbers, so plain arrays that they index take the place of dicts.
# One gevent watcher sees the epoll object itself. A descriptor that becomes readable leaves the lot
# before its tenant is told, so nothing is told twice (EPOLLONESHOT guards the kernel's side of that).
# The kernel is not told that it left: it comes back after its answer, which is then one system call and not
# three, and what it says meanwhile has no tenant, is passed over, and said again when it is parked.
# One that ``stay``s, such as a WebSocket, is told again and again and keeps its place: coming back costs a
# system call, which at 50,000 frames a second is a twentieth of a core.
# Deadlines stand in slots of one second; each slot is swept once, and leaving is O(1): a descriptor that
# left or was postponed stays in its old slot, and is passed over there because its deadline is another.
# The lot never reads, writes or closes a descriptor: that is its tenant's business.
"""

import logging
import math
import select
import time
from array import array
from collections.abc import Callable
from typing import Any, Literal, Protocol

import gevent
from gevent import monkey

log = logging.getLogger(__name__)

READABLE = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLONESHOT
GONE_ONLY = select.EPOLLRDHUP | select.EPOLLONESHOT
GONE = select.EPOLLRDHUP
STAYING = select.EPOLLIN | select.EPOLLRDHUP
# Told once per arrival of bytes, not as long as some lie there: for one who looks without reading.
STAYING_UNREAD = STAYING | select.EPOLLET
WRITABLE = select.EPOLLOUT
# A storm must not starve the rest of the hub: so many descriptors are told in one turn.
READY_PER_TURN = 512
# A tenant that stays and says nothing when its wait is over is asked again.
AGAIN_SECONDS = 1.0


class Tenant(Protocol):
    """What becomes of a parked descriptor. Every call comes from the hub, so none may block."""

    stays: Literal[False]

    def on_readable(self, fd: int) -> None:
        """Bytes, or the end of the stream, have arrived; ``fd`` has left the lot."""

    def on_expired(self, fd: int) -> None:
        """The wait is over; ``fd`` has left the lot."""

    def on_drain(self, fd: int) -> None:
        """The worker is about to stop; ``fd`` has left the lot."""


class StayingTenant(Protocol):
    """One whose descriptor keeps its place while it is told; it calls ``leave`` itself. None may block."""

    stays: Literal[True]

    def on_readable(self, fd: int) -> None:
        """Bytes, or the end of the stream, have arrived: read them, or leave."""

    def on_writable(self, fd: int) -> None:
        """The socket takes bytes again; told only while ``hear_writable`` is on."""

    def on_expired(self, fd: int) -> None:
        """The wait is over: leave, or it is told again in a second unless ``postpone`` says later."""

    def on_drain(self, fd: int) -> None:
        """The worker is about to stop: leave."""


class ParkingLot:
    """Build it after the fork: an epoll object that two processes share would tell both."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Patching removes select.epoll, because a blocking poll() would stop the hub; ours never blocks.
        self._epoll: Any = monkey.get_original("select", "epoll")()
        self._tenants: list[Any] = []
        # Which the kernel may know already; it forgets by itself what is closed, and numbers are used again.
        self._known = bytearray()
        # The second in which the descriptor of this index expires; arrays, because they hold no objects.
        self._due = array("I")
        self._slots: dict[int, array[int]] = {}
        self._parked_count = 0
        # Of those that stay: who is told when the socket takes bytes, and who is not told of bytes that came.
        self._eager: set[int] = set()
        self._deaf: set[int] = set()
        loop = gevent.get_hub().loop
        self._watcher = loop.io(self._epoll.fileno(), 1)
        self._watcher.start(self._tell_ready)
        self._timer = loop.timer(1.0, repeat=1.0)
        self._timer.start(self.expire)

    def __len__(self) -> int:
        return self._parked_count

    def __contains__(self, fd: int) -> bool:
        return self.tenant(fd) is not None

    def park(self, fd: int, tenant: Tenant, *, seconds: float, hear_bytes: bool = True) -> None:
        """Put ``fd`` aside until it is readable or ``seconds`` have passed, whichever comes first.

        With ``hear_bytes`` false only the peer's leaving is told, not bytes that lie there.
        The tenant stays the owner: it closes the descriptor, after ``leave``.
        """
        self._hear(fd, READABLE if hear_bytes else GONE_ONLY)
        self._place(fd, tenant, seconds)

    def stay(self, fd: int, tenant: StayingTenant, *, seconds: float, reads: bool = True) -> None:
        """Put ``fd`` aside until its tenant calls ``leave``, however often it is told meanwhile.

        With ``reads`` false the tenant only peeks: it is told of each arrival of bytes once.
        """
        self._hear(fd, STAYING if reads else STAYING_UNREAD)
        self._place(fd, tenant, seconds)

    def postpone(self, fd: int, *, seconds: float) -> None:
        """Let a descriptor that stays wait for ``seconds`` from now on."""
        self._schedule(fd, seconds)

    def hear_writable(self, fd: int, *, wanted: bool) -> None:
        """Tell, or tell no longer, a descriptor that stays when its socket takes bytes."""
        (self._eager.add if wanted else self._eager.discard)(fd)
        self._epoll.modify(fd, self._wanted(fd))

    def hear_bytes(self, fd: int, *, wanted: bool) -> None:
        """Tell, or tell no longer, a descriptor that stays and reads when bytes have arrived.

        What its peer sends meanwhile fills the socket, and then the peer waits. That it left is told.
        """
        (self._deaf.discard if wanted else self._deaf.add)(fd)
        self._epoll.modify(fd, self._wanted(fd))

    def leave(self, fd: int) -> Any:
        """Take ``fd`` back; return its tenant, or None when it was not parked."""
        tenant = self.tenant(fd)
        if tenant is None:
            return None
        if tenant.stays:
            self._epoll.unregister(fd)
            self._known[fd] = False
        self._tenants[fd] = None
        self._due[fd] = 0
        self._parked_count -= 1
        self._eager.discard(fd)
        self._deaf.discard(fd)
        return tenant

    def tenant(self, fd: int) -> Any:
        """Return whose ``fd`` is, or None."""
        return self._tenants[fd] if 0 <= fd < len(self._tenants) else None

    def due(self, fd: int) -> int:
        """Return the second of the clock in which the wait of a parked ``fd`` is over."""
        return self._due[fd]

    def expire(self) -> None:
        """Tell the tenants whose wait is over."""
        now = math.floor(self._clock())
        for second in [second for second in self._slots if second <= now]:
            for fd in self._slots.pop(second):
                if self._due[fd] == second:
                    self._tell_expired(fd)

    def drain(self) -> int:
        """Tell every tenant that the worker stops; return how many there were."""
        fds = [fd for fd, tenant in enumerate(self._tenants) if tenant is not None]
        for fd in fds:
            self._tell(fd, "on_drain")
        return len(fds)

    def close(self) -> None:
        """Stop watching; descriptors that are still parked are forgotten, not closed."""
        self._watcher.stop()
        self._timer.stop()
        self._epoll.close()
        self._tenants.clear()
        self._slots.clear()
        self._parked_count = 0

    def _wanted(self, fd: int) -> int:
        heard = GONE if fd in self._deaf else STAYING
        return heard | WRITABLE if fd in self._eager else heard

    def _hear(self, fd: int, what: int) -> None:
        missing = fd + 1 - len(self._tenants)
        if missing > 0:
            self._tenants.extend([None] * missing)
            self._due.extend([0] * missing)
            self._known.extend(bytes(missing))
        if self._known[fd]:
            try:
                self._epoll.modify(fd, what)
            except FileNotFoundError:
                self._epoll.register(fd, what)
        else:
            self._epoll.register(fd, what)
            self._known[fd] = True

    def _place(self, fd: int, tenant: Any, seconds: float) -> None:
        self._tenants[fd] = tenant
        self._parked_count += 1
        self._schedule(fd, seconds)

    def _schedule(self, fd: int, seconds: float) -> None:
        second = math.ceil(self._clock() + seconds)
        self._due[fd] = second
        slot = self._slots.get(second)
        if slot is None:
            slot = self._slots[second] = array("I")
        slot.append(fd)

    def _tell_ready(self) -> None:
        for fd, what in self._epoll.poll(0, READY_PER_TURN):
            if what & ~WRITABLE:
                self._tell(fd, "on_readable")
            if what & WRITABLE and fd in self:
                self._tell(fd, "on_writable")

    def _tell_expired(self, fd: int) -> None:
        if self._tenants[fd].stays:
            self.postpone(fd, seconds=AGAIN_SECONDS)
        self._tell(fd, "on_expired")

    def _tell(self, fd: int, what: str) -> None:
        # One tenant's bug must not take the hub, and with it every other connection, down.
        try:
            tenant = self.tenant(fd)
            if tenant is None:
                return
            if not tenant.stays:
                self.leave(fd)
            getattr(tenant, what)(fd)
        except Exception:
            log.exception("a tenant of the parking lot failed in %s", what)
