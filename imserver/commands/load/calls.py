"""A few keep-alive connections that carry all plain HTTP calls of a process, in the order they were asked."""

from collections import deque
from collections.abc import Callable

from imserver.commands.load.loop import Line, Loop
from imserver.commands.load.wire import WireError, read_answer

Heard = Callable[[int, bytes], None]
# A call that found its connection closed before any answer goes out again; after so often it has failed.
TRIES = 4
LOST = 0


class Call:
    """One request and who waits for its answer."""

    __slots__ = ("heard", "request", "tries")

    def __init__(self, request: bytes, heard: Heard) -> None:
        self.request = request
        self.heard = heard
        self.tries = 0


class Calls:
    """``heard(status, body)`` is called once per call; the status is LOST (0) when there was no answer."""

    def __init__(self, loop: Loop, *, most: int) -> None:
        self._loop = loop
        self._most = most
        self._idle: list[Line] = []
        self._active: dict[Line, Call] = {}
        self._buffers: dict[Line, bytes] = {}
        self._waiting: deque[Call] = deque()
        self.refused = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._active)

    def ask(self, request: bytes, heard: Heard) -> None:
        """Send ``request`` as soon as a connection is free."""
        self._begin(Call(request, heard))

    def on_data(self, line: Line, data: bytes) -> None:
        """Bytes of an answer came."""
        data = self._buffers.pop(line, b"") + data
        try:
            found = read_answer(data)
        except WireError:
            line.close("broken")
            return
        if found is None:
            self._buffers[line] = data
            return
        status, body, _ = found
        call = self._active.pop(line, None)
        self._idle.append(line)
        if call is not None:
            call.heard(status, body)
        self._next()

    def on_closed(self, line: Line, reason: str) -> None:
        """A connection ended; its call is asked again."""
        self._buffers.pop(line, None)
        if line in self._idle:
            self._idle.remove(line)
        call = self._active.pop(line, None)
        if call is None:
            return
        self.refused += reason == "refused"
        call.tries += 1
        if call.tries >= TRIES:
            call.heard(LOST, reason.encode())
        else:
            self._loop.call_later(0.05 * call.tries, lambda: self._begin(call))

    def _begin(self, call: Call) -> None:
        if self._idle:
            line = self._idle.pop()
            self._active[line] = call
            line.write(call.request)
        elif len(self._active) < self._most:
            self._connect(call)
        else:
            self._waiting.append(call)

    def _connect(self, call: Call) -> None:
        try:
            line = self._loop.connect(self, call.request)
        except OSError:
            call.heard(LOST, b"descriptors")
            return
        self._active[line] = call

    def _next(self) -> None:
        if self._waiting and (self._idle or len(self._active) < self._most):
            self._begin(self._waiting.popleft())
