"""F11: the database is restored, and knows less than the clients do."""

import time
from collections.abc import Iterator
from pathlib import Path

import gevent

from tests.services import make_folder
from tests.stress.client import Client
from tests.stress.mysql_relay import Harm, put_between
from tests.stress.row import Result, Row
from tests.stress.rows_audit import heads, stored_ids
from tests.stress.scene import Scene

LOST_SECONDS = 2.0
RESET_SECONDS = 30.0
# How long somebody who is not reset is waited for; the short profile sweeps every second.
WAIT_SECONDS = {"full": RESET_SECONDS, "short": 8.0}
# Long enough for new events to take the numbers of the lost ones before the sleepers come back.
ASLEEP_SECONDS = 4.0
SLEEPER_EVERY = 3


class DatabaseRestored(Row):
    """A third of the clients is away meanwhile: they come back to other events under their numbers."""

    row_id, title = "F11", "database restored to 2 s ago"

    def seconds(self, scene: Scene) -> float:
        return max(scene.profile.seconds, 12.0)

    def prepare(self, scene: Scene) -> None:
        self._relay = put_between(scene, Harm())
        self._lost = 0

    def fault(self, scene: Scene) -> None:
        gevent.sleep(1.5)
        backup = self._back_up(scene)
        gevent.sleep(LOST_SECONDS)
        sleepers = scene.crowd.clients[::SLEEPER_EVERY]
        for client in sleepers:
            client.stop()
        affected = self._restore(scene, backup)
        # Since when each of them could have been told.
        self._since = dict.fromkeys(affected, time.monotonic())
        gevent.sleep(ASLEEP_SECONDS)
        self._since |= {client: time.monotonic() for client in sleepers if client in self._since}
        for client in sleepers:
            client.start()
        scene.wait_until(
            lambda: None not in map(self._reset_after, affected), seconds=WAIT_SECONDS[scene.profile.name]
        )

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        took = [self._reset_after(client) for client in self._since]
        found = [seconds for seconds in took if seconds is not None]
        result.notes.append(
            f"{self._lost} acknowledged messages lost by the backup, "
            f"{len(took)} clients knew more than it, reset after {max(found, default=0.0):.1f} s at most"
        )
        if not self._lost or not took:
            yield "nothing was lost with the restored seconds"
        if late := len(took) - sum(seconds <= RESET_SECONDS for seconds in found):
            yield f"{late} of {len(took)} clients were not reset within {RESET_SECONDS:g} s"

    def _back_up(self, scene: Scene) -> Path:
        backup = make_folder(scene.mariadb.socket.parent) / "db"
        scene.mariadb.stop()
        scene.mariadb.back_up(backup)
        scene.mariadb.start()
        return backup

    def _restore(self, scene: Scene, backup: Path) -> list[Client]:
        """Return the clients that know more than the backup does. The server sees nothing in between."""
        self._relay.shut()
        scene.mariadb.stop()
        scene.mariadb.restore(backup)
        scene.mariadb.start()
        url = scene.installation.store_url
        self._lost = scene.ledger.forget(stored_ids(url))
        kept = heads(url)
        affected = [client for client in scene.crowd.clients if client.useq > kept[client.diary.user]]
        self._relay.open()
        return affected

    def _reset_after(self, client: Client) -> float | None:
        since = self._since[client]
        return next((at - since for at in client.resets_at if at >= since), None)


ROWS = (DatabaseRestored,)
