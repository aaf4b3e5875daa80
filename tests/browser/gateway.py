"""A proxy between the browser and the messenger, with the faults that proxies have."""

import contextlib
import selectors
import socket
import threading

HEAD_BYTES = 65_536
STEP_BYTES = 65_536
BACKLOG = 128
# What is kept until it is whole, and what is not waited for, by proxies with these faults.
STREAMS = (b"POST /v1/stream", b"GET /console/probe/stream")
WAITS = (b"GET /console/probe/wait",)
PATIENCE_SECONDS = 0.2
CUT = b"HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
REFUSAL = b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Gateway:
    """Carries one exchange per connection to ``upstream_port``; the flags say what is wrong with it now."""

    def __init__(self, upstream_port: int) -> None:
        self.refuses_upgrades = False
        self.swallows_upgrades = False
        self.buffers_streams = False
        self.cuts_waits = False
        self.is_down = False
        self.upgrades = 0
        self._upstream_port = upstream_port
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop, and end every connection."""
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End every connection, with nothing said to anybody."""
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                browser, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(browser,), daemon=True).start()

    def _serve(self, browser: socket.socket) -> None:
        self._open.add(browser)
        with browser, contextlib.suppress(OSError):
            head, rest = _read_head(browser)
            if not self.is_down and head:
                self._answer(browser, head, rest)
        self._open.discard(browser)

    def _answer(self, browser: socket.socket, head: bytes, rest: bytes) -> None:
        upgrade = b"\r\nupgrade: websocket" in head.lower()
        self.upgrades += upgrade
        if upgrade and self.refuses_upgrades:
            browser.sendall(REFUSAL)
            return
        if upgrade and self.swallows_upgrades:
            browser.recv(1)
            return
        holds = self.buffers_streams and head.startswith(STREAMS)
        patience = PATIENCE_SECONDS if self.cuts_waits and head.startswith(WAITS) else None
        with socket.create_connection(("127.0.0.1", self._upstream_port)) as server:
            self._open.add(server)
            server.sendall((head if upgrade else _one_exchange(head)) + rest)
            _carry(browser, server, holds=holds, patience_seconds=patience)
            self._open.discard(server)


def _read_head(browser: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data and len(data) < HEAD_BYTES:
        piece = browser.recv(STEP_BYTES)
        if not piece:
            return b"", b""
        data += piece
    head, end, rest = data.partition(b"\r\n\r\n")
    return head + end, rest


def _one_exchange(head: bytes) -> bytes:
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([lines[0], b"Connection: close", *lines[1:]])


def _carry(
    browser: socket.socket, server: socket.socket, *, holds: bool, patience_seconds: float | None
) -> None:
    """Carry bytes both ways until one side ends; ``holds`` keeps the answer back until it is whole.

    Where nothing comes for so long, the browser is told that it took too long.
    """
    held = b""
    with selectors.DefaultSelector() as selector:
        selector.register(browser, selectors.EVENT_READ, server)
        selector.register(server, selectors.EVENT_READ, browser)
        while True:
            ready = selector.select(patience_seconds)
            if not ready:
                browser.sendall(CUT)
                return
            for key, _ in ready:
                data = key.fileobj.recv(STEP_BYTES)  # type: ignore[union-attr]
                if not data:
                    browser.sendall(held)
                    return
                if holds and key.fileobj is server:
                    held += data
                else:
                    key.data.sendall(data)
