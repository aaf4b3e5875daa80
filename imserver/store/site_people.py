"""A site's people as its own server sees and keeps them: described, listed, counted, many at once."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from imserver.errors import NotFound
from imserver.protocol.types import Presence
from imserver.store.admission import require_places
from imserver.store.audit import append
from imserver.store.database import Database, Row, Transaction
from imserver.store.people import PEOPLE_PER_QUERY, ChangedPeople, People, check_person, save_people
from imserver.store.user_groups import load_groups
from imserver.store.values import Person, UserKey

T = TypeVar("T")


class KnownPerson(NamedTuple):
    """A person, when they were first and last described, and whether they are a bot."""

    person: Person
    created_at: int
    seen_at: int
    bot: bool
    groups: tuple[str, ...]


class Saved(NamedTuple):
    """How many people were new, another than before, and as they were."""

    created: int
    changed: int
    unchanged: int


class Unread(NamedTuple):
    """What somebody has not read: messages, and in how many conversations."""

    messages: int
    conversations: int


class SitePeople:
    """Whatever is asked of several is one transaction."""

    def __init__(self, database: Database, people: People, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._people = people
        self._now_ms = now_ms

    def save(self, people: Sequence[Person], *, actor: str = "") -> Saved:
        """Insert or update all of them, or none; raise InvalidRequest, SiteFull.

        With an ``actor`` what that changed is one line of the record.
        """
        for person in people:
            check_person(person)
        now = self._now_ms()
        if not people:
            return Saved(0, 0, 0)

        def write(tx: Transaction) -> tuple[Saved, ChangedPeople]:
            wanted = {UserKey(person.site_id, person.user_id): person for person in people}
            known = _find_users(tx, people[0].site_id, [user_id for _, user_id in sorted(wanted)])
            touched, shown = list[UserKey](), list[UserKey]()
            require_places(tx, people[0].site_id, people)
            for chunk in _chunks(sorted(wanted)):
                done = save_people(tx, [wanted[key] for key in chunk], now=now)
                touched += done.changed
                shown += done.shown
            created = len(wanted) - len(known)
            saved = Saved(created, len(touched) - created, len(wanted) - len(touched))
            if actor and touched:
                _note(tx, people[0].site_id, touched, saved, actor=actor, now=now)
            return saved, ChangedPeople(touched, shown)

        saved, changed = self._database.write(write)
        self._people.forget(changed)
        return saved

    def page(self, site_id: str, *, after: str, limit: int) -> list[KnownPerson]:
        """Return people by id, behind ``after``."""
        where = {"site_id": site_id, "user_id": after, "limit": limit}
        return self._database.read(lambda tx: _known(tx, site_id, tx.rows("list_members_of_site", **where)))

    def require(self, site_id: str, user_id: str) -> KnownPerson:
        """Raise NotFound for an absent person and for one of another site alike."""
        key = {"site_id": site_id, "user_ids": [user_id]}
        found = self._database.read(lambda tx: _known(tx, site_id, tx.rows("load_members_of_site", **key)))
        if not found:
            raise NotFound
        return found[0]

    def shown_presence(self, site_id: str, user_ids: Sequence[str]) -> dict[str, tuple[Presence, str]]:
        """Return presence and status text of those who exist, as any member of the site may see them."""

        def load(tx: Transaction) -> list[Row]:
            return [
                row
                for chunk in _chunks(sorted(set(user_ids)))
                for row in tx.rows("load_shown", site_id=site_id, user_ids=chunk)
            ]

        return {user_id: (Presence(shown), text) for user_id, shown, text in self._database.read(load)}

    def count_unread(self, site_id: str, user_ids: Sequence[str]) -> dict[str, Unread]:
        """Return what those who exist have not read."""
        now = self._now_ms()

        def load(tx: Transaction) -> dict[str, Unread]:
            ids = sorted(set(user_ids))
            found = dict.fromkeys(sorted(_find_users(tx, site_id, ids)), Unread(0, 0))
            for chunk in _chunks(ids):
                for row in tx.rows("count_unread_of", site_id=site_id, user_ids=chunk, now=now):
                    if row[0] in found:
                        found[row[0]] = Unread(int(row[1]), int(row[2]))
            return found

        return self._database.read(load)


def _note(
    tx: Transaction, site_id: str, touched: Sequence[UserKey], saved: Saved, *, actor: str, now: int
) -> None:
    """Write who it was, if it was one, and how many there were."""
    about = touched[0].user_id if len(touched) == 1 else ""
    detail = {"created": saved.created, "changed": saved.changed}
    append(tx, site_id=site_id, actor=actor, act="members.described", about=about, detail=detail, now=now)


def _find_users(tx: Transaction, site_id: str, user_ids: Sequence[str]) -> set[str]:
    return {
        row[0]
        for chunk in _chunks(user_ids)
        for row in tx.rows("find_users", site_id=site_id, user_ids=chunk)
    }


def _chunks(ids: Sequence[T]) -> list[list[T]]:
    return [list(ids[start : start + PEOPLE_PER_QUERY]) for start in range(0, len(ids), PEOPLE_PER_QUERY)]


def _known(tx: Transaction, site_id: str, rows: Sequence[Row]) -> list[KnownPerson]:
    groups = load_groups(tx, [(site_id, row[0]) for row in rows])
    return [_one(site_id, row, tuple(sorted(groups[site_id, row[0]]))) for row in rows]


def _one(site_id: str, row: Row, groups: tuple[str, ...]) -> KnownPerson:
    user_id, name, avatar, url, roles, guest, email, joined, moderator, created_at, seen_at, bot = row
    person = Person(
        site_id,
        user_id,
        name,
        avatar,
        url,
        roles=tuple(msgspec.json.decode(roles, type=list[str])),
        guest=bool(guest),
        email=email,
        joined=joined,
        moderator=bool(moderator),
    )
    return KnownPerson(person, created_at, seen_at, bool(bot), groups)
