"""The keys with which a site's own server calls the server API. Of a key the store knows only the hash."""

import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from imserver.errors import Conflict, InvalidRequest, NotFound, Unauthenticated, WrongApiKey
from imserver.store.database import Database, Transaction
from imserver.store.secrets import fresh_secret, read_secret

PREFIX = "imk_"
LIVE_KEYS = 2
LABEL_CHARACTERS = 60
# When a key was last used is for people who wonder whether it can go: a write a minute is enough for that.
USE_NOTED_MS = 60_000


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What may be shown of a key. ``used_at`` is 0 for one that never was.

    ``suspended``: its site is out of service; only ``require`` says so.
    """

    site_id: str
    key_id: str
    label: str
    created_at: int
    used_at: int
    suspended: bool = False


class ApiKeys:
    """Look-ups are never cached: a key that is retired is refused from the commit on."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def insert(self, site_id: str, *, label: str = "") -> tuple[str, str]:
        """Return (key id, the key), which is shown this once.

        Raises NotFound for an unknown site, Conflict when two are live already, InvalidRequest for a label
        that is too long or not plain.
        """
        if len(label) > LABEL_CHARACTERS or not label.isprintable():
            raise InvalidRequest(f"A label has at most {LABEL_CHARACTERS} characters in one line.")
        key_id, now = "a_" + secrets.token_hex(4), self._now_ms()
        text, hashed = fresh_secret(site_id)

        def write(tx: Transaction) -> None:
            if not tx.rows("lock_site", site_id=site_id):
                raise NotFound
            if len(tx.rows("load_api_keys", site_id=site_id)) >= LIVE_KEYS:
                raise Conflict("The site has two API keys; retire one first.")
            tx.run("insert_api_key", site_id=site_id, key_id=key_id, hash=hashed, label=label, now=now)

        self._database.write(write)
        return key_id, PREFIX + text

    def list_keys(self, site_id: str) -> list[ApiKey]:
        """Return the site's keys, the oldest first."""
        rows = self._database.read(lambda tx: tx.rows("load_api_keys", site_id=site_id))
        return [_key(site_id, row) for row in rows]

    def retire(self, site_id: str, key_id: str) -> None:
        """Delete a key, also the last one; raise NotFound if there is none."""
        if not self._database.write(lambda tx: tx.run("delete_api_key", site_id=site_id, key_id=key_id)):
            raise NotFound

    def require(self, text: str) -> ApiKey:
        """Return the key behind ``text``; raise WrongApiKey for anything that is none of a site's."""
        try:
            site_id, hashed = read_secret(text.removeprefix(PREFIX))
        except Unauthenticated as error:
            raise WrongApiKey from error
        if not text.startswith(PREFIX):
            raise WrongApiKey
        for *row, suspended_at in self._database.read(lambda tx: tx.rows("find_api_keys", site_id=site_id)):
            if hmac.compare_digest(bytes(row[1]), hashed):
                self._note_use(site_id, row)
                return _key(site_id, row, suspended=bool(suspended_at))
        raise WrongApiKey

    def _note_use(self, site_id: str, row: Sequence[Any]) -> None:
        now = self._now_ms()
        if row[4] < now - USE_NOTED_MS:
            self._database.write(
                lambda tx: tx.run("note_api_key_use", site_id=site_id, key_id=row[0], now=now)
            )


def _key(site_id: str, row: Sequence[Any], *, suspended: bool = False) -> ApiKey:
    key_id, _, label, created_at, used_at = row
    return ApiKey(site_id, key_id, label, created_at, used_at, suspended)
