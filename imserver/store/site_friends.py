"""Friends as the site's own server keeps them: whole lists and differences, told to the person's clients."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from imserver.errors import InvalidRequest
from imserver.store.appending import StreamEvent
from imserver.store.audit import append
from imserver.store.changes import Changes
from imserver.store.database import Transaction
from imserver.store.first_friends import FirstFriends
from imserver.store.notices import people_changed
from imserver.store.people import USER_ID_BYTES, load_people
from imserver.store.roster import all_friends, change_roster
from imserver.store.values import UserKey, is_room_stream


class FriendsChange(NamedTuple):
    """Whom somebody is to have for friends, and whom no longer. Who stands in both is a friend."""

    user_id: str
    add: Sequence[str]
    remove: Sequence[str]


class FriendsChanged(NamedTuple):
    """How many friends are new, and how many are gone."""

    added: int
    removed: int


class SiteFriends:
    """Friends need not be people of the site yet: they are listed once they have come.

    With an ``actor`` what a call has changed is one line of the record.
    """

    def __init__(self, changes: Changes, first: FirstFriends) -> None:
        self._changes = changes
        self._first = first

    def change(self, site_id: str, changes: Sequence[FriendsChange], *, actor: str = "") -> FriendsChanged:
        """Apply all of them, in one transaction; raise InvalidRequest for an id that nobody can have."""
        for each in changes:
            _check_ids([each.user_id, *each.add, *each.remove])
        ordered = sorted(changes, key=lambda each: each.user_id)

        def work(tx: Transaction, now: int) -> tuple[FriendsChanged, list[StreamEvent]]:
            done = [_apply(tx, site_id, each, now=now) for each in ordered]
            touched = [
                each.user_id for each, (added, removed) in zip(ordered, done, strict=True) if added + removed
            ]
            changed = _sum(done)
            _note(tx, site_id, touched, changed, actor=actor, now=now)
            return changed, _events(tx, site_id, touched)

        users = [UserKey(site_id, each.user_id) for each in ordered]
        return self._changes.commit(work, forget=lambda changed: self._forget(users, changed))

    def replace(
        self, site_id: str, user_id: str, friend_ids: Iterable[str], *, actor: str = ""
    ) -> FriendsChanged:
        """Let these be all of the person's friends; raise InvalidRequest for an id that nobody can have."""
        key, wanted = UserKey(site_id, user_id), set(friend_ids) - {user_id}
        _check_ids([user_id, *wanted])

        def work(tx: Transaction, now: int) -> tuple[FriendsChanged, list[StreamEvent]]:
            have = set(all_friends(tx, key))
            added, removed = change_roster(
                tx, key, add=sorted(wanted - have), remove=sorted(have - wanted), now=now
            )
            changed, touched = FriendsChanged(added, removed), [user_id] if added + removed else []
            _note(tx, site_id, touched, changed, actor=actor, now=now)
            return changed, _events(tx, site_id, touched)

        return self._changes.commit(work, forget=lambda changed: self._forget([key], changed))

    def _forget(self, users: Sequence[UserKey], changed: FriendsChanged) -> None:
        if changed.added or changed.removed:
            self._first.forget(users)


def _note(
    tx: Transaction,
    site_id: str,
    touched: Sequence[str],
    changed: FriendsChanged,
    *,
    actor: str,
    now: int,
) -> None:
    """Write whose list it was, if it was one, and how much changed; nothing where nothing did."""
    if not actor or not touched:
        return
    about = touched[0] if len(touched) == 1 else ""
    detail = {"lists": len(touched), **changed._asdict()}
    append(tx, site_id=site_id, actor=actor, act="friends.changed", about=about, detail=detail, now=now)


def _apply(tx: Transaction, site_id: str, change: FriendsChange, *, now: int) -> tuple[int, int]:
    wanted = set(change.add) - {change.user_id}
    unwanted = set(change.remove) - wanted
    return change_roster(
        tx, UserKey(site_id, change.user_id), add=sorted(wanted), remove=sorted(unwanted), now=now
    )


def _sum(done: Sequence[tuple[int, int]]) -> FriendsChanged:
    return FriendsChanged(sum(added for added, _ in done), sum(removed for _, removed in done))


def _events(tx: Transaction, site_id: str, user_ids: Sequence[str]) -> list[StreamEvent]:
    """Let the clients of those who are people of the site read their lists again."""
    known = {person.user_id for person in load_people(tx, site_id, list(dict.fromkeys(user_ids)))}
    return [people_changed(UserKey(site_id, user_id), user_id) for user_id in sorted(known)]


def _check_ids(user_ids: Iterable[str]) -> None:
    for user_id in user_ids:
        try:
            size = len(user_id.encode())
        except UnicodeEncodeError as error:
            raise InvalidRequest("An id has text that is not valid Unicode.") from error
        if not 0 < size <= USER_ID_BYTES or is_room_stream(user_id):
            raise InvalidRequest(
                f"A user id has 1 to {USER_ID_BYTES} bytes and begins with no control character."
            )
