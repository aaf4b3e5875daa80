"""What a person has switched off, and the settings that all of the person's devices share."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from imserver.protocol.types import Presence, SetSettings, UserSettings
from imserver.store.appending import StreamEvent
from imserver.store.changes import Changes
from imserver.store.database import Database, Transaction, first_row
from imserver.store.notices import settings_changed
from imserver.store.presence import set_private
from imserver.store.values import PresenceChangeRow, UserKey


class Switches(NamedTuple):
    """What a person both shows and is shown."""

    receipts: bool
    typing: bool
    presence: bool


ALL_ON = Switches(receipts=True, typing=True, presence=True)
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


class Preferences:
    """Never cached: a switch holds from its commit on."""

    def __init__(self, database: Database, changes: Changes) -> None:
        self._database = database
        self._changes = changes

    def load(self, site_id: str, user_id: str) -> UserSettings:
        """Return the settings; whoever never changed any has the defaults."""
        return self._database.read(lambda tx: load_settings(tx, UserKey(site_id, user_id)))

    def change(
        self, site_id: str, user_id: str, wanted: SetSettings
    ) -> tuple[UserSettings, PresenceChangeRow | None]:
        """Store what is wanted and tell the person's own devices if it is something new.

        Returns all the settings, and what others see of it, if they see anything. Raises NotFound.
        """
        user = UserKey(site_id, user_id)

        def work(
            tx: Transaction, now: int
        ) -> tuple[tuple[UserSettings, PresenceChangeRow | None], list[StreamEvent]]:
            # The row may not be there yet; the person's presence is, and stands for it.
            tx.rows("lock_presence", pairs=[user])
            before = load_settings(tx, user)
            after = msgspec.structs.replace(before, **_given(wanted))
            if after == before:
                return (after, None), []
            tx.run("save_preferences", rows=[_row(user, after)])
            seen = set_private(tx, user, private=not after.presence, now=now)
            return (after, seen), [settings_changed(user)]

        return self._changes.commit(work)


def load_settings(tx: Transaction, user: UserKey) -> UserSettings:
    """Return the settings, within a transaction."""
    row = first_row(tx.rows("load_preferences", pairs=[user]))
    if row is None:
        return UserSettings()
    *_, receipts, typing, presence, settings = row
    switches = {"receipts": bool(receipts), "typing": bool(typing), "presence": bool(presence)}
    return msgspec.convert(_decode(settings) | switches, UserSettings)


def load_switches(tx: Transaction, users: Sequence[UserKey]) -> dict[UserKey, Switches]:
    """Return the switches of all these people."""
    if not users:
        return {}
    found = {
        UserKey(row[0], row[1]): Switches(*map(bool, row[2:5]))
        for row in tx.rows("load_preferences", pairs=list(users))
    }
    return {user: found.get(user, ALL_ON) for user in users}


def find_silent(tx: Transaction, users: Sequence[UserKey]) -> set[UserKey]:
    """Return those who give no receipts now: they have switched them off, or are invisible.

    What an invisible person reads must look to others like a message that waits.
    """
    if not users:
        return set()
    rows = tx.rows("find_silent", pairs=list(users), invisible=Presence.INVISIBLE.value)
    return {UserKey(*row) for row in rows}


def _given(wanted: SetSettings) -> dict[str, Any]:
    fields = msgspec.structs.asdict(wanted)
    return {name: value for name, value in fields.items() if value is not msgspec.UNSET}


def _row(user: UserKey, settings: UserSettings) -> tuple[Any, ...]:
    others = msgspec.structs.asdict(settings)
    switches = [int(others.pop(name)) for name in ("receipts", "typing", "presence")]
    return (*user, *switches, _encode(others).decode())
