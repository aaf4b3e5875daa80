"""The people of a site, as their hosts describe them."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from imserver.errors import InvalidRequest, NotFound
from imserver.protocol.types import Profile
from imserver.store.cache import Aside, Backend
from imserver.store.database import Database, Row, Transaction
from imserver.store.first_friends import FirstFriends
from imserver.store.folding import fold, word_starts
from imserver.store.user_groups import save_groups
from imserver.store.values import ROOM_PREFIX, Person, UserKey, is_room_stream
from imserver.store.webhook_outbox import note_users

USER_ID_BYTES = 128
NAME_CHARACTERS = 255
URL_BYTES = 2_048
EMAIL_BYTES = 320
# Everybody who has been erased; a host's person of this id is refused.
FORMER_ID = "~former-member"
# One IN list; a page of contacts or a poll's watch list has at most 200.
PEOPLE_PER_QUERY = 500


class ChangedPeople(NamedTuple):
    """Whose profile has changed, and for whom of them that shows in a list of people."""

    changed: list[UserKey]
    shown: list[UserKey]


class People:
    """Profiles: cached, written only when something changed."""

    def __init__(
        self,
        database: Database,
        cache: Backend,
        first: FirstFriends,
        *,
        prefix: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._first = first
        self._now_ms = now_ms
        self.cache: Aside[UserKey, Person] = Aside(
            cache, self._load_many, prefix=f"{prefix}:u", kind=Person, parts=tuple
        )

    def save_person(self, person: Person) -> bool:
        """Insert or update; return whether anything changed. Raise InvalidRequest for what cannot be kept."""
        check_person(person)
        now = self._now_ms()
        saved = self._database.write(lambda tx: save_people(tx, [person], now=now))
        self.forget(saved)
        return bool(saved.changed)

    def forget(self, saved: ChangedPeople) -> None:
        """Let nobody read the old profile of those whose new one has been committed."""
        if saved.changed:
            self.cache.forget(saved.changed)
            self._first.forget_with(saved.shown)

    def forget_gone(self, user: UserKey) -> None:
        """Let nobody read the profile of somebody who has been erased."""
        self.cache.forget([user])
        self._first.forget_site(user.site_id)

    def fetch_people(self, site_id: str, user_ids: Iterable[str]) -> dict[str, Person]:
        """Return those who exist, by user id."""
        found = self.cache.fetch_many(UserKey(site_id, user_id) for user_id in user_ids)
        return {person.user_id: person for person in found.values()}

    def require_person(self, site_id: str, user_id: str) -> Person:
        """Raise NotFound for an absent id and for one of another site alike."""
        person = self.cache.fetch(UserKey(site_id, user_id))
        if person is None:
            raise NotFound
        return person

    def _load_many(self, keys: list[UserKey]) -> dict[UserKey, Person]:
        by_site: dict[str, list[str]] = {}
        for key in keys:
            by_site.setdefault(key.site_id, []).append(key.user_id)

        def load(tx: Transaction) -> dict[UserKey, Person]:
            people = [person for site, ids in by_site.items() for person in load_people(tx, site, ids)]
            return {UserKey(person.site_id, person.user_id): person for person in people}

        return self._database.read(load)


def load_people(tx: Transaction, site_id: str, user_ids: list[str]) -> list[Person]:
    """Return those who exist; one query per 500."""
    people: list[Person] = []
    for start in range(0, len(user_ids), PEOPLE_PER_QUERY):
        rows = tx.rows("load_people", site_id=site_id, user_ids=user_ids[start : start + PEOPLE_PER_QUERY])
        people += [_person(site_id, row) for row in rows]
    return people


def _person(site_id: str, row: Row) -> Person:
    user_id, name, avatar, url, roles, guest, email, joined, moderator, posts, trust = row
    known_roles = tuple(msgspec.json.decode(roles, type=list[str]))
    return Person(
        site_id,
        user_id,
        name,
        avatar,
        url,
        roles=known_roles,
        guest=bool(guest),
        email=_text(email),
        joined=joined,
        moderator=bool(moderator),
        posts=posts,
        trust=trust,
    )


def _text(column: str | bytes) -> str:
    return column if isinstance(column, str) else bytes(column).decode()


def profile_of(person: Person) -> Profile:
    """Return ``person`` as others see them."""
    return Profile(
        id=person.user_id, name=person.name, avatar=person.avatar, url=person.url, guest=person.guest
    )


def _shown(person: Person) -> tuple[str, str, str, bool]:
    return person.name, person.avatar, person.url, person.guest


def save_people(tx: Transaction, people: Sequence[Person], *, now: int) -> ChangedPeople:
    """Insert or update; return whom that changed, for ``People.forget``.

    Who is there and has not changed costs one look. Of two descriptions of one person the later counts. All
    have passed ``check_person``. One who is only in other groups than before is changed, too.
    """
    wanted = {UserKey(person.site_id, person.user_id): person for person in people}
    if not wanted:
        return ChangedPeople([], [])
    keys = sorted(wanted)
    found = {
        UserKey(row[0], row[1]): _person(row[0], row[1:]) for row in tx.rows("load_profiles", pairs=keys)
    }
    changed = [key for key in keys if found.get(key) != wanted[key]]
    moved = save_groups(tx, {key: wanted[key].groups or () for key in keys if wanted[key].groups is not None})
    touched = [key for key in keys if key in moved or found.get(key) != wanted[key]]
    if not changed:
        return ChangedPeople(touched, [])
    folded = {key: fold(wanted[key].name) for key in changed}
    tx.run("save_users", rows=[_columns(wanted[key], folded[key], now=now) for key in changed])
    fresh, known = [key for key in changed if key not in found], [key for key in changed if key in found]
    if fresh:
        tx.run("insert_streams", rows=fresh)
        note_users(tx, fresh, now=now)
    renamed = [key for key in changed if key not in found or fold(found[key].name) != folded[key]]
    if renamed:
        tx.run("rename_friends", pairs=renamed)
    tx.run("save_names", rows=[(*key, "online", "", "offline", now, folded[key]) for key in changed])
    if known:
        tx.run("delete_name_words", pairs=known)
    for key in known:
        tx.run("rename_member", site_id=key.site_id, user_id=key.user_id, name_folded=folded[key])
    _keep_order(tx, [wanted[key] for key in known if wanted[key].moderator is not found[key].moderator])
    words = [(key.site_id, word, key.user_id) for key in changed for word in word_starts(folded[key])]
    tx.run("insert_name_words", rows=sorted(words))
    shown = [key for key in changed if key not in found or _shown(found[key]) != _shown(wanted[key])]
    return ChangedPeople(touched, shown)


def _keep_order(tx: Transaction, people: Sequence[Person]) -> None:
    """Let those of whom the host says so now be moderators of the rooms they are in, the others no longer.

    Who has been made owner or moderator by somebody of a room stays that.
    """
    for person in people:
        rooms = {"site_id": person.site_id, "user_id": person.user_id, "prefix": ROOM_PREFIX}
        if person.moderator:
            tx.run("appoint_in_rooms", **rooms)
        else:
            tx.run("dismiss_in_rooms", **rooms)


def _columns(person: Person, folded: str, *, now: int) -> Row:
    roles = msgspec.json.encode(person.roles).decode()
    key = person.site_id, person.user_id
    flags = int(person.guest), person.email, person.joined, int(person.moderator)
    claims = *flags, person.posts, person.trust
    return (*key, person.name, folded, person.avatar, person.url, roles, *claims, 1, now, now)


def check_person(person: Person) -> None:
    """Raise InvalidRequest for what cannot be kept: the same for both engines, before anything is sent."""
    try:
        sizes = [len(part.encode()) for part in (person.user_id, person.name, person.avatar, person.url)]
        person.email.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest("The profile has text that is not valid Unicode.") from error
    if not 0 < sizes[0] <= USER_ID_BYTES:
        raise InvalidRequest(f"A user id has 1 to {USER_ID_BYTES} bytes.")
    if is_room_stream(person.user_id):
        raise InvalidRequest("A user id does not begin with this control character.")
    if person.user_id == FORMER_ID:
        raise InvalidRequest("This user id stands for members who have been erased.")
    if len(person.name) > NAME_CHARACTERS:
        raise InvalidRequest(f"A name has at most {NAME_CHARACTERS} characters.")
    if len(person.email.encode()) > EMAIL_BYTES:
        raise InvalidRequest(f"An e-mail address has at most {EMAIL_BYTES} bytes.")
    if max(sizes[2:]) > URL_BYTES:
        raise InvalidRequest(f"An address has at most {URL_BYTES} bytes.")
