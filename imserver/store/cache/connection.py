"""One connection to one memcached, through python-memcached with its teeth drawn."""

import math
import pickle
import socket
import zlib
from typing import NoReturn

import memcache  # type: ignore[import-untyped]

CONNECT_SECONDS = 0.1
READ_SECONDS = 0.2
NEVER_SECONDS = 1e12


class _Refuser:
    """Stands where python-memcached wants to pickle: nothing of ours needs it, nothing of others may."""

    def __init__(self, file: object, protocol: int = 0) -> None:
        pass

    def dump(self, value: object) -> NoReturn:
        raise pickle.PicklingError("only bytes go into the cache")

    def load(self) -> NoReturn:
        raise pickle.UnpicklingError("only bytes come out of the cache")


class Connection:
    """One client of one server, used by the greenlet that made it. Its methods return None for a failure."""

    def __init__(self, address: str) -> None:
        self._client = memcache.Client(
            [address],
            dead_retry=NEVER_SECONDS,  # it does not dial again by itself: the breaker decides when
            pickler=_Refuser,
            unpickler=_Refuser,
            decompressor=lambda data: b"",  # nothing of ours is compressed; a bomb stays shut
        )

    def get(self, keys: list[str]) -> dict[str, bytes] | None:
        """Return what is there, and is bytes."""
        if not self._is_connected():
            return None
        try:
            found = self._client.get_multi(keys)
        except (KeyError, ValueError, zlib.error):  # an answer that python-memcached cannot read
            self.close()
            return None
        if not self._is_alive():
            return None
        return {key: value for key, value in found.items() if type(value) is bytes}

    def write(self, verb: str, key: str, value: bytes, *, ttl_seconds: float) -> bool | None:
        """Run ``add``, ``set`` or ``delete``; return whether it was done (an ``add`` may come late)."""
        if not self._is_connected():
            return None
        if verb == "delete":
            self._client.delete(key)
            return True if self._is_alive() else None
        store = self._client.add if verb == "add" else self._client.set
        stored = bool(store(key, value, time=math.ceil(ttl_seconds)))
        return stored if self._is_alive() else None

    def flush(self) -> bool:
        """Empty the whole server."""
        try:
            if self._is_connected():
                self._client.flush_all()
        except OSError:
            self.close()
        return self._is_alive()

    def close(self) -> None:
        """Close the socket; the next use opens another."""
        self._client.disconnect_all()

    def _is_alive(self) -> bool:
        """python-memcached tells of a failure by nothing but having closed the socket."""
        return self._client.servers[0].socket is not None

    def _is_connected(self) -> bool:
        if not self._is_alive():
            self._dial()
        return self._is_alive()

    def _dial(self) -> None:
        """Connect in its place: python-memcached leaves a refused socket open until it is collected."""
        host = self._client.servers[0]
        sock = socket.socket(host.family, socket.SOCK_STREAM)
        try:
            sock.settimeout(CONNECT_SECONDS)
            sock.connect(host.address)
        except OSError:
            sock.close()
            return
        sock.settimeout(READ_SECONDS)
        host.socket, host.buffer, host.deaduntil = sock, b"", 0
