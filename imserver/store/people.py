"""The people of a site, as their hosts describe them."""

from collections.abc import Callable, Iterable

import msgspec

from imserver.errors import InvalidRequest, NotFound
from imserver.store.cache import Aside, Backend
from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.folding import fold, word_starts
from imserver.store.values import Person, UserKey, is_room_stream

USER_ID_BYTES = 128
NAME_CHARACTERS = 255
URL_BYTES = 2_048
# One IN list; a page of contacts or a poll's watch list has at most 200.
PEOPLE_PER_QUERY = 500


class People:
    """Profiles: cached, written only when something changed."""

    def __init__(self, database: Database, cache: Backend, *, prefix: str, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self._cache: Aside[UserKey, Person] = Aside(
            cache, self._load_many, prefix=f"{prefix}:u", kind=Person, parts=tuple
        )

    def save_person(self, person: Person) -> bool:
        """Insert or update; return whether anything changed. Raise InvalidRequest for what cannot be kept."""
        _check(person)
        now = self._now_ms()

        def save(tx: Transaction) -> bool:
            return _save(tx, person, now=now)

        changed = self._database.write(save)
        if changed:
            self._cache.forget([UserKey(person.site_id, person.user_id)])
        return changed

    def fetch_people(self, site_id: str, user_ids: Iterable[str]) -> dict[str, Person]:
        """Return those who exist, by user id."""
        found = self._cache.fetch_many(UserKey(site_id, user_id) for user_id in user_ids)
        return {person.user_id: person for person in found.values()}

    def require_person(self, site_id: str, user_id: str) -> Person:
        """Raise NotFound for an absent id and for one of another site alike."""
        person = self._cache.fetch(UserKey(site_id, user_id))
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
    user_id, name, avatar, url, roles = row
    return Person(site_id, user_id, name, avatar, url, tuple(msgspec.json.decode(roles, type=list[str])))


def _save(tx: Transaction, person: Person, *, now: int) -> bool:
    row = first_row(tx.rows("load_people", site_id=person.site_id, user_ids=[person.user_id]))
    if row is not None and _person(person.site_id, row) == person:
        return False
    key = {"site_id": person.site_id, "user_id": person.user_id}
    folded = fold(person.name)
    columns = {
        **key,
        "name": person.name,
        "name_folded": folded,
        "avatar": person.avatar,
        "url": person.url,
        "roles": msgspec.json.encode(person.roles).decode(),
        "now": now,
    }
    if row is None:
        tx.run("insert_user", **columns)
        tx.run("insert_stream", **key)
        tx.run("insert_presence", **key, name_folded=folded, now=now)
    else:
        tx.run("update_user", **columns)
        tx.run("rename_presence", **key, name_folded=folded)
        tx.run("delete_name_words", **key)
    tx.run("insert_name_words", rows=[(person.site_id, word, person.user_id) for word in word_starts(folded)])
    return True


def _check(person: Person) -> None:
    """The engines differ in what they refuse; this is the same for both, and before anything is sent."""
    try:
        sizes = [len(part.encode()) for part in (person.user_id, person.name, person.avatar, person.url)]
    except UnicodeEncodeError as error:
        raise InvalidRequest("The profile has text that is not valid Unicode.") from error
    if not 0 < sizes[0] <= USER_ID_BYTES:
        raise InvalidRequest(f"A user id has 1 to {USER_ID_BYTES} bytes.")
    if is_room_stream(person.user_id):
        raise InvalidRequest("A user id does not begin with this control character.")
    if len(person.name) > NAME_CHARACTERS:
        raise InvalidRequest(f"A name has at most {NAME_CHARACTERS} characters.")
    if max(sizes[2:]) > URL_BYTES:
        raise InvalidRequest(f"An address has at most {URL_BYTES} bytes.")
