"""Presence by leases: a worker holds a lease of each person connected to it, and beats.

design: every change takes the people's presence rows first, in key order; the leases are changed and
counted under those locks, so an arrival on one worker and a departure on another cannot cross. Whether a
worker lives is judged by whoever sees its beat change (``imserver.presence.Heartbeats``), by no wall clock.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from imserver.errors import NotFound
from imserver.protocol.types import ChosenPresence, OwnPresence, Presence
from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.values import PresenceChangeRow, PresenceState, UserKey

PEOPLE_PER_TRANSACTION = 500


@dataclass(frozen=True, slots=True)
class _Own:
    """A locked presence row."""

    user: UserKey
    chosen: str
    status_text: str
    connected: int
    private: int

    @property
    def seen(self) -> PresenceChangeRow:
        """What others see: nothing tells invisible, or one who keeps presence private, from offline."""
        if not self.connected or self.private or self.chosen == Presence.INVISIBLE:
            return PresenceChangeRow(*self.user, Presence.OFFLINE, "")
        return PresenceChangeRow(*self.user, Presence(self.chosen), self.status_text)


class PresenceTable:
    """Who is connected, and what they chose to be."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def arrive(
        self, worker_id: str, users: Iterable[tuple[str, str]], *, now: int
    ) -> list[PresenceChangeRow]:
        """Take leases; return what others see change. People who do not exist are passed over."""
        return self._in_chunks(users, partial(_arrive, worker_id=worker_id, now=now))

    def leave(self, worker_id: str, users: Iterable[tuple[str, str]], *, now: int) -> list[PresenceChangeRow]:
        """Give leases back; those whom no other worker holds are offline.

        One that is dead holds them until it is buried.
        """
        return self._in_chunks(users, partial(_leave, worker_id=worker_id, now=now))

    def put_offline(self, users: Iterable[tuple[str, str]]) -> list[PresenceChangeRow]:
        """Take all leases of people, whichever workers hold them; return what others see change."""
        return self._in_chunks(users, partial(_put_offline, now=self._now_ms()))

    def choose(
        self, site_id: str, user_id: str, *, presence: ChosenPresence | None, status_text: str | None
    ) -> tuple[OwnPresence, PresenceChangeRow | None]:
        """Store what the person wants to be; None leaves a field. Raises NotFound.

        Returns it whole, and the change that others see, if they see one.
        """
        user, now = UserKey(site_id, user_id), self._now_ms()

        def choose(tx: Transaction) -> tuple[OwnPresence, PresenceChangeRow | None]:
            for own in _lock(tx, [user]):
                chosen = own.chosen if presence is None else presence.value
                text = own.status_text if status_text is None else status_text
                new = replace(own, chosen=chosen, status_text=text)
                change = _save(tx, own, new, now=now)
                _list(tx, [change] if change else [])
                return OwnPresence(presence=ChosenPresence(chosen), status_text=text), change
            raise NotFound

        return self._database.write(choose)

    def load_own(self, site_id: str, user_id: str) -> OwnPresence:
        """Return what the person chose; raise NotFound."""
        return self._database.read(lambda tx: load_own(tx, site_id, user_id))

    def load_states(self, site_id: str, viewer_id: str, user_ids: Iterable[str]) -> dict[str, PresenceState]:
        """Return what the viewer sees of those who exist, by user id."""
        ids = list(dict.fromkeys(user_ids))
        key = {"site_id": site_id, "viewer_id": viewer_id}

        def load(tx: Transaction) -> list[Row]:
            chunks = (ids[i : i + PEOPLE_PER_TRANSACTION] for i in range(0, len(ids), PEOPLE_PER_TRANSACTION))
            return [row for chunk in chunks for row in tx.rows("load_sights", **key, user_ids=chunk)]

        return {row[0]: _state(row) for row in self._database.read(load)}

    def load_private(self, site_ids: Iterable[str]) -> set[tuple[str, str]]:
        """Return those of the sites who are told of nobody's presence, and are connected now."""
        ids = sorted(set(site_ids))

        def load(tx: Transaction) -> list[Row]:
            chunks = (ids[i : i + PEOPLE_PER_TRANSACTION] for i in range(0, len(ids), PEOPLE_PER_TRANSACTION))
            return [row for chunk in chunks for row in tx.rows("load_private", site_ids=chunk)]

        return {(row[0], row[1]) for row in self._database.read(load)}

    def beat(self, worker_id: str, now: int) -> bool:
        """Say that the worker lives; False if it was unknown, and so has to take its leases anew."""

        def beat(tx: Transaction) -> bool:
            known = bool(tx.rows("find_worker", worker_id=worker_id))
            tx.run("beat_worker", worker_id=worker_id, now=now)
            return known

        return self._database.write(beat)

    def load_beats(self) -> dict[str, int]:
        """Return what each worker's last beat says, of those that nobody has buried."""
        return {row[0]: row[1] for row in self._database.read(lambda tx: tx.rows("load_beats"))}

    def bury(self, dead: Mapping[str, int], *, now: int) -> list[PresenceChangeRow]:
        """Drop workers, unless they have beaten since, and leases of nobody; return who is offline by that.

        ``dead`` says of each what its last beat said.
        """
        for worker_id, beat in dead.items():
            self._delete_worker(worker_id, beat=beat)
        changes: list[PresenceChangeRow] = []
        while orphans := self._orphaned():
            for worker_id, users in orphans.items():
                changes += self.leave(worker_id, users, now=now)
        return changes

    def _delete_worker(self, worker_id: str, *, beat: int) -> None:
        self._database.write(lambda tx: tx.run("delete_worker", worker_id=worker_id, beat_at=beat))

    def _orphaned(self) -> dict[str, list[UserKey]]:
        rows = self._database.read(lambda tx: tx.rows("orphaned_leases", limit=PEOPLE_PER_TRANSACTION))
        by_worker: dict[str, list[UserKey]] = {}
        for site_id, user_id, worker_id in rows:
            by_worker.setdefault(worker_id, []).append(UserKey(site_id, user_id))
        return by_worker

    def _in_chunks(
        self,
        users: Iterable[tuple[str, str]],
        change: Callable[..., list[PresenceChangeRow]],
    ) -> list[PresenceChangeRow]:
        keys = sorted({UserKey(*user) for user in users})
        changes: list[PresenceChangeRow] = []
        for start in range(0, len(keys), PEOPLE_PER_TRANSACTION):
            chunk = keys[start : start + PEOPLE_PER_TRANSACTION]
            changes += self._database.write(partial(change, users=chunk))
        return changes


def load_own(tx: Transaction, site_id: str, user_id: str) -> OwnPresence:
    """Return what the person chose, within a transaction; raise NotFound."""
    row = first_row(tx.rows("load_own_presence", site_id=site_id, user_id=user_id))
    if row is None:
        raise NotFound
    return OwnPresence(presence=ChosenPresence(row[0]), status_text=row[1])


def set_private(tx: Transaction, user: UserKey, *, private: bool, now: int) -> PresenceChangeRow | None:
    """Store the person's presence switch; return what others see of that, if anything. Raises NotFound."""
    for own in _lock(tx, [user]):
        change = _save(tx, own, replace(own, private=int(private)), now=now)
        _list(tx, [change] if change else [])
        return change
    raise NotFound


def _state(row: Row) -> PresenceState:
    user_id, shown, status_text, hidden = row
    presence = Presence(shown)
    return PresenceState(
        user_id, presence, "" if presence is Presence.OFFLINE else status_text, hidden=bool(hidden)
    )


def _lock(tx: Transaction, users: Sequence[UserKey]) -> list[_Own]:
    rows = tx.rows("lock_presence", pairs=list(users))
    return [
        _Own(UserKey(site, user), chosen, text, on, private) for site, user, chosen, text, on, private in rows
    ]


def _arrive(tx: Transaction, *, worker_id: str, users: list[UserKey], now: int) -> list[PresenceChangeRow]:
    present = _lock(tx, users)
    if present:
        tx.run("insert_leases", rows=[(*own.user, worker_id) for own in present])
    return _connect(tx, present, connected=1, now=now)


def _leave(tx: Transaction, *, worker_id: str, users: list[UserKey], now: int) -> list[PresenceChangeRow]:
    present = _lock(tx, users)
    tx.run("delete_leases", triples=[(*user, worker_id) for user in users])
    held = {UserKey(*row) for row in tx.rows("find_leased", pairs=users)}
    return _connect(tx, [own for own in present if own.user not in held], connected=0, now=now)


def _put_offline(tx: Transaction, *, users: list[UserKey], now: int) -> list[PresenceChangeRow]:
    present = _lock(tx, users)
    for own in present:
        tx.run("delete_leases_of", **own.user._asdict())
    return _connect(tx, present, connected=0, now=now)


def _connect(tx: Transaction, people: list[_Own], *, connected: int, now: int) -> list[PresenceChangeRow]:
    changes = []
    for own in people:
        change = _save(tx, own, replace(own, connected=connected), now=now)
        if change is not None:
            changes.append(change)
    _list(tx, changes)
    return changes


def _list(tx: Transaction, changes: Sequence[PresenceChangeRow]) -> None:
    """Let those who came or went stand so in the lists of what they take part in."""
    for is_offline in (0, 1):
        pairs = [
            (change.site_id, change.user_id)
            for change in changes
            if (change.presence is Presence.OFFLINE) == bool(is_offline)
        ]
        if pairs:
            tx.run("list_members", is_offline=is_offline, pairs=pairs)


def _save(tx: Transaction, old: _Own, new: _Own, *, now: int) -> PresenceChangeRow | None:
    """Write the row if it changed; return what others see of that."""
    if old == new:
        return None
    seen = new.seen
    tx.run(
        "update_presence",
        **new.user._asdict(),
        chosen=new.chosen,
        status_text=new.status_text,
        connected=new.connected,
        private=new.private,
        shown=seen.presence.value,
        listed=int(seen.presence is not Presence.OFFLINE),
        now=now,
    )
    return seen if seen != old.seen else None
