"""What stands beside the database: the address, the cache, Redis, the folder of the bus, the proxy."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import closing, suppress
from http import HTTPStatus
from pathlib import Path

import gevent

from imserver.checks import split_bind
from imserver.commands.announce import status
from imserver.commands.doctor.findings import Finding, Verdict, judge
from imserver.commands.refusal import Refusal
from imserver.commands.serve import check_address
from imserver.settings import Settings

ANSWER_SECONDS = 1.0
MEMCACHED_PORT = 11_211


def look_at_services(settings: Settings) -> Iterator[Finding]:
    """Yield what is to be said of everything that the settings name besides the database."""
    yield _address(settings.server.bind)
    yield from _cache(settings)
    yield from _redis(settings.bus.url)
    yield _bus_folder(settings.bus_folder())
    if settings.server.public_url:
        yield _proxy(settings)


def _address(bind: str) -> Finding:
    answer = None
    with suppress(gevent.Timeout), gevent.Timeout(ANSWER_SECONDS):
        answer = status(bind, "/healthz")
    try:
        trouble = ""
        if answer != HTTPStatus.OK:
            check_address(bind)
    except Refusal as refusal:
        trouble = str(refusal)
    running = "imserver answers there" if answer == HTTPStatus.OK else "free to listen on"
    return Finding(
        name=f"address {bind}",
        verdict=judge(not trouble, Verdict.WRONG),
        found=trouble or running,
        wanted="an address that is free, or ours",
        reason="bin/serve would refuse to start.",
        remedy="ss -ltnp shows who listens; server.bind is the setting",
    )


def _cache(settings: Settings) -> Iterator[Finding]:
    url = settings.cache.url
    if url == "memory:":
        yield Finding(
            name="cache",
            verdict=judge(settings.server.workers == 1, Verdict.BETTER),
            found=f"memory: in each of {settings.server.workers} workers",
            wanted="a memcached that the workers share",
            reason="Each worker fills its own, and reads the database that much more often.",
            remedy="bin/memcached; cache.url = memcached://127.0.0.1:11211",
        )
        return
    for address in url.removeprefix("memcached://").split(","):
        yield Finding(
            name=f"memcached {address}",
            verdict=judge(_exchange(address, b"version\r\n").startswith(b"VERSION"), Verdict.WRONG),
            found="asked for its version",
            wanted="an answer within a second",
            reason="Everything goes on without it, but from the database.",
            remedy="bin/memcached, or: systemctl status memcached; the address is cache.url",
        )


def _exchange(address: str, question: bytes) -> bytes:
    """Return the first bytes that the server says to ``question``; none when it is not there."""
    host, port = split_bind(address) or (address, MEMCACHED_PORT)
    try:
        with closing(_connect(address, host, port)) as connection:
            connection.sendall(question)
            return connection.recv(64)
    except OSError:
        return b""


def _connect(address: str, host: str, port: int) -> socket.socket:
    if not address.startswith("/"):
        return socket.create_connection((host, port), timeout=ANSWER_SECONDS)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(ANSWER_SECONDS)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def _redis(url: str) -> Iterator[Finding]:
    if not url:
        return
    trouble = _redis_trouble(url)
    yield Finding(
        name="Redis",
        verdict=judge(not trouble, Verdict.WRONG),
        found=trouble or "answers",
        wanted="an answer within a second",
        reason="Without it, messages between boxes take until the next sweep, up to delivery.sweep_seconds.",
        remedy="systemctl status redis-server; the address is bus.url",
    )


def _redis_trouble(url: str) -> str:
    try:
        # An extra, which only several boxes need.
        import redis
    except ImportError:
        return "the package is missing: pip install 'imserver[redis]'"
    client = redis.Redis.from_url(
        url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS, retry=None
    )
    try:
        client.ping()
    except (redis.RedisError, OSError) as error:
        return f"does not answer: {error}"
    finally:
        client.close()
    return ""


def _bus_folder(folder: Path) -> Finding:
    trouble = _folder_trouble(folder)
    return Finding(
        name="folder of the bus",
        verdict=judge(not trouble, Verdict.WRONG),
        found=f"{folder}: {trouble or 'private and ours'}",
        wanted="a folder that only this account may enter",
        reason="Whoever can write there can tell workers anything, and read messages that pass.",
        remedy=f"rm -r {folder}; the workers make it again within a second",
    )


def _folder_trouble(folder: Path) -> str:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return "" if os.access(folder.parent, os.W_OK | os.X_OK) else "missing, and cannot be made"
    except OSError as error:
        return str(error.strerror)
    if not stat.S_ISDIR(found.st_mode):
        return "no folder"
    if found.st_uid != os.getuid():
        return f"belongs to user {found.st_uid}, and this is {os.getuid()}"
    return "open to others" if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO) else ""


def _proxy(settings: Settings) -> Finding:
    proxies = settings.server.trusted_proxies
    return Finding(
        name="proxy",
        verdict=judge(bool(proxies), Verdict.WRONG),
        found=f"server.trusted_proxies = {list(proxies)}",
        wanted="the address of the proxy in front",
        reason="All visitors seem to come from one address, and share its limit of sign-ins.",
        remedy='trusted_proxies = ["127.0.0.1"] in [server] of imserver.toml',
    )
