"""A private Redis, started on demand like the services of tests/services.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import Daemon, exchange, require_program


class Redis:
    """A private Redis on a unix socket, which stores nothing."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--save": "",
            "--dir": str(folder),
        }
        command = [require_program("redis-server"), *(word for pair in options.items() for word in pair)]
        self._daemon = Daemon("Redis", command=command, is_ready=self.answers, log=folder / "redis.log")

    def start(self) -> None:
        self._daemon.start()

    def stop(self) -> None:
        self._daemon.stop()

    def kill(self) -> None:
        self._daemon.kill()

    def freeze(self) -> None:
        self._daemon.freeze()

    def thaw(self) -> None:
        self._daemon.thaw()

    def answers(self) -> bool:
        """Tell whether it talks to a client."""
        return exchange(self.socket, b"PING\r\n") == b"+PONG\r\n"


@pytest.fixture(scope="session")
def redis_server(services_folder: Path) -> Iterator[Redis]:
    server = Redis(services_folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def redis(redis_server: Redis) -> Iterator[Redis]:
    """Give the running Redis; whatever a test does to it, it runs again afterwards."""
    redis_server.start()
    yield redis_server
    redis_server.start()
