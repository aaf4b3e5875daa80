"""Which bus an installation has, and which box a worker is in."""

import os
import secrets
from pathlib import Path

from imserver.bus.both import BothBuses
from imserver.bus.contract import Bus
from imserver.bus.unix import UnixBus
from imserver.errors import SettingsError

BOX_FILE = "box"


def make_bus(*, folder: Path, worker_id: str, url: str = "", channel: str = "") -> Bus:
    """Return the bus of one worker; with ``url`` it reaches other boxes over Redis, too.

    Raises SettingsError when that is wanted and the package for it is not installed.
    """
    near = UnixBus(folder=folder, worker_id=worker_id)
    if not url:
        return near
    try:
        # An extra: one box needs none of it.
        from imserver.bus.redis import RedisBus
    except ImportError as error:
        raise SettingsError("bus.url needs the redis package: pip install 'imserver[redis]'") from error
    far = RedisBus(url, channel=channel, box_id=lambda: read_box_id(folder), worker_id=worker_id)
    return BothBuses(near, far)


def read_box_id(folder: Path) -> str:
    """Return the id of the box: whoever shares the folder shares the id. The first one makes it."""
    path = folder / BOX_FILE
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f"{BOX_FILE}-{secrets.token_hex(8)}"
        draft.write_text(secrets.token_hex(8), encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii")
