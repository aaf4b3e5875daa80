"""``bin/serve``: check everything that can be checked, prepare the store, become gunicorn."""

import argparse
import errno
import os
import socket
import sys
import time
from collections.abc import MutableMapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from imserver.checks import split_bind
from imserver.commands.refusal import ExitCode, Refusal
from imserver.errors import ImserverError, SettingsError, StoreError, Unavailable
from imserver.services.demo import Member, create_demo
from imserver.settings import ROOT, Settings, load_settings
from imserver.store import Store, open_store

# A database that starts together with us (Procfile, boot) is there within seconds.
STORE_WAIT_SECONDS = 30.0
STORE_RETRY_SECONDS = 0.25
MEMBERS = ROOT / "assets" / "demo" / "members.json"
GUNICORN = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "conf" / "gunicorn.py"), "wsgi:application"]


def main(arguments: list[str]) -> int:
    """Serve; return only when that is refused, with the exit code."""
    try:
        apply_arguments(parse(arguments), environ=os.environ)
        os.chdir(ROOT)
        prepare(load_settings(environ=os.environ))
    except SettingsError as error:
        return _refused(ExitCode.SETTINGS, error)
    except Refusal as refusal:
        return _refused(refusal.exit_code, refusal)
    sys.stdout.flush()
    os.execv(GUNICORN[0], GUNICORN)  # noqa: S606 - there is no shell in between


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options; argparse itself exits with 2 when they are wrong."""
    parser = argparse.ArgumentParser(prog="bin/serve", allow_abbrev=False)
    parser.add_argument("--bind", metavar="ADDRESS")
    parser.add_argument("--workers", metavar="N")
    parser.add_argument("--config", metavar="FILE")
    return parser.parse_args(arguments)


def apply_arguments(options: argparse.Namespace, *, environ: MutableMapping[str, str]) -> None:
    """Turn options and $PORT into the variables that gunicorn's process and its workers read, too."""
    if options.config is not None:
        environ["IM_CONFIG"] = str(Path(options.config).absolute())
    if options.workers is not None:
        environ["IM_SERVER_WORKERS"] = options.workers
    if options.bind is not None:
        environ["IM_SERVER_BIND"] = options.bind
        return
    if port := environ.get("PORT"):
        environ["IM_SERVER_BIND"] = with_port(load_settings(environ=environ).server.bind, port)


def with_port(bind: str, port: str) -> str:
    """Return ``bind`` with another port; a unix socket has none and stays as it is."""
    if split_bind(bind) is None:
        return bind
    return f"{bind.rpartition(':')[0]}:{port}"


def prepare(settings: Settings) -> None:
    """Make sure that gunicorn will not stumble; raise Refusal with one clear line otherwise."""
    if settings.demo.enabled == "on" and not settings.is_loopback():
        raise Refusal(
            ExitCode.SETTINGS,
            f"demo.enabled = on is refused on {settings.server.bind}: the demo signs anybody in as anybody; "
            "bind to a loopback address, or set demo.enabled = off",
        )
    check_address(settings.server.bind)
    check_folders(settings)
    store = open_store(store_url=settings.store.url, cache_url="memory:", cache_prefix=settings.cache.prefix)
    try:
        prepare_store(store, settings)
    finally:
        store.close()


def check_address(bind: str) -> None:
    """Raise Refusal unless we can listen on ``bind``."""
    address = split_bind(bind)
    try:
        if address is None:
            _check_unix_socket(Path(bind.removeprefix("unix:")))
        else:
            _check_tcp(address)
    except OSError as error:
        reason = "something else listens there already" if error.errno == errno.EADDRINUSE else error.strerror
        raise Refusal(
            ExitCode.ADDRESS, f"cannot listen on {bind}: {reason}; choose another with --bind"
        ) from error


def check_folders(settings: Settings) -> None:
    """Make the folders that we write to; raise Refusal for one that we may not write to."""
    folders = [settings.bus_folder()]
    parts = urlsplit(settings.store.url)
    if parts.scheme == "sqlite":
        folders.append(Path(unquote(parts.path[1:])).parent)
    for folder in folders:
        _check_writable(folder.absolute())


def prepare_store(store: Store, settings: Settings) -> None:
    """Wait for the database, bring its schema up to date, and make the demo where that is wanted."""
    try:
        wait_for_store(store, seconds=STORE_WAIT_SECONDS)
        store.migrate()
        if wants_demo(store, settings):
            members = msgspec.json.decode(MEMBERS.read_bytes(), type=list[Member])
            create_demo(store, members=members)
    except (StoreError, Unavailable) as error:
        raise Refusal(ExitCode.STORE, f"the database cannot be used: {error}") from error


def wait_for_store(store: Store, *, seconds: float) -> None:
    """Return when the database answers; raise Unavailable if it has not after ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return store.ping()
        except Unavailable:
            if time.monotonic() > deadline:
                raise
        time.sleep(STORE_RETRY_SECONDS)


def wants_demo(store: Store, settings: Settings) -> bool:
    """Tell whether to make the demo: on loopback only, and by itself only in a store without any site.

    A public_url means a proxy in front, which makes a loopback address public.
    """
    if settings.demo.enabled == "off" or not settings.is_loopback():
        return False
    if settings.demo.enabled == "on":
        return True
    return not settings.server.public_url and not store.sites.list_sites()


def _check_tcp(address: tuple[str, int]) -> None:
    family, kind, protocol, _, resolved = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        # As gunicorn does: connections of a server that has just ended do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(resolved)
        probe.listen()


def _check_unix_socket(path: Path) -> None:
    _check_writable(path.parent)
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return
    raise OSError(errno.EADDRINUSE, "in use")


def _check_writable(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refusal(ExitCode.UNWRITABLE, f"{folder} cannot be made: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Refusal(ExitCode.UNWRITABLE, f"{folder} cannot be written; check who owns it")


def _refused(exit_code: ExitCode, error: ImserverError) -> int:
    print(f"serve: {error}", file=sys.stderr)  # noqa: T201 - the command's output
    return exit_code
