"""What a site's own server asks and says of its people and their friends."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import msgspec
from msgspec import UNSET

from imserver.errors import InvalidRequest, TokenMalformed
from imserver.protocol.types import server as wire
from imserver.services.conversations import within
from imserver.services.friend_lists import FriendLists, Pulled
from imserver.services.tokens import person_of_claims
from imserver.store import Store
from imserver.store.friend_pulls import NEVER_AT, PullFailure
from imserver.store.keyset import open_place, seal
from imserver.store.site_friends import FriendsChange, FriendsChanged
from imserver.store.site_people import KnownPerson, Saved
from imserver.store.values import Person

T = TypeVar("T")
PAGE_LIMIT = (100, 200)


class IdPlace(msgspec.Struct, frozen=True, array_like=True, tag="i"):
    """The last id of a page."""

    last_id: str


class SiteDesk:
    """Every call is made for the site of the key, and finds nothing of another's.

    ``actor`` is that key, for the record: what a call changes is a line of it, in the same transaction.
    """

    def __init__(self, store: Store, friend_lists: FriendLists) -> None:
        self._store = store
        self._friend_lists = friend_lists

    def site(self, site_id: str) -> wire.SiteInfo:
        """Return what the site is."""
        site = self._store.sites.require_site(site_id)
        return wire.SiteInfo(id=site.site_id, name=site.name, origins=site.origins)

    # -- people

    def page(self, site_id: str, *, cursor: str | None, limit: int | None) -> wire.ServerUserPage:
        """Return the site's people by id."""
        most = within(PAGE_LIMIT, limit)
        found = self._store.site_people.page(site_id, after=after(cursor), limit=most + 1)
        next_cursor = next_place(found, most, lambda known: known.person.user_id)
        return wire.ServerUserPage(data=[shown(known) for known in found[:most]], next_cursor=next_cursor)

    def require(self, site_id: str, user_id: str) -> wire.ServerUser:
        """Raise NotFound for an absent person."""
        return shown(self._store.site_people.require(site_id, user_id))

    def put(self, site_id: str, user_id: str, wanted: wire.UserDescription, *, actor: str) -> wire.ServerUser:
        """Describe a person anew, or for the first time."""
        self._store.site_people.save([described(site_id, user_id, wanted)], actor=actor)
        return self.require(site_id, user_id)

    def put_many(self, site_id: str, users: Sequence[wire.NamedUser], *, actor: str) -> Saved:
        """Describe people, all or none."""
        people = [described(site_id, user.id, user) for user in users]
        return self._store.site_people.save(people, actor=actor)

    def presences(self, site_id: str, user_ids: Sequence[str]) -> wire.UserPresences:
        """Return what members see of these people's presence."""
        found = self._store.site_people.shown_presence(site_id, user_ids)
        data = [
            wire.UserPresence(id=user_id, presence=presence, status_text=text)
            for user_id, (presence, text) in found.items()
        ]
        return wire.UserPresences(data=data)

    def unread(self, site_id: str, user_ids: Sequence[str]) -> wire.UserUnreads:
        """Return how much these people have not read."""
        found = self._store.site_people.count_unread(site_id, user_ids)
        data = [
            wire.UserUnread(id=user_id, unread=unread.messages, conversations=unread.conversations)
            for user_id, unread in found.items()
        ]
        return wire.UserUnreads(data=data)

    # -- friends

    def friends(
        self, site_id: str, user_id: str, *, cursor: str | None, limit: int | None
    ) -> wire.FriendIdPage:
        """Return the ids of somebody's friends."""
        most = within(PAGE_LIMIT, limit)
        found = self._store.roster.page_ids(site_id, user_id, after=after(cursor), limit=most + 1)
        return wire.FriendIdPage(data=found[:most], next_cursor=next_place(found, most, str))

    def replace_friends(
        self, site_id: str, user_id: str, friends: Sequence[str], *, actor: str
    ) -> FriendsChanged:
        """Let these be all of somebody's friends."""
        return self._store.site_friends.replace(site_id, user_id, friends, actor=actor)

    def change_friends(
        self, site_id: str, changes: Sequence[wire.UserFriends], *, actor: str
    ) -> FriendsChanged:
        """Add and remove friends of people, all or nothing."""
        return self._store.site_friends.change(
            site_id, [FriendsChange(each.user_id, each.add, each.remove) for each in changes], actor=actor
        )

    def pull_friends(self, site_id: str, user_id: str, *, actor: str) -> wire.PulledFriends:
        """Fetch somebody's list from the site's own server now."""
        return _pulled(user_id, self._friend_lists.pull_now(site_id, user_id, actor=actor))

    def friends_source(self, site_id: str) -> wire.FriendsSource:
        """Return where lists are fetched, and how that goes."""
        url, minutes, summary = self._friend_lists.source(site_id)
        return wire.FriendsSource(
            url=url,
            minutes=minutes,
            people=summary.people,
            failed=summary.failed,
            last_pulled_at=summary.last_pulled_at,
            failures=[_failure(each) for each in summary.failures],
        )

    def set_friends_source(self, site_id: str, *, url: str, minutes: int, actor: str) -> wire.FriendsSource:
        """Say where lists are fetched."""
        self._friend_lists.set_source(site_id, url=url, minutes=minutes)
        # Where it is stands in the rules; an address may hold a secret of the site's.
        detail = {"changed": ["friends_url", "friends_minutes"]}
        self._store.audit.append(site_id=site_id, actor=actor, act="site.rules", detail=detail)
        return self.friends_source(site_id)


def described(site_id: str, user_id: str, wanted: wire.UserDescription) -> Person:
    """Return the person as a token with the same claims would describe them; raise InvalidRequest.

    But absent groups are not said at all: a server that only knows names takes nobody out of one.
    """
    said = {name: getattr(wanted, name) for name in wire.UserDescription.__struct_fields__}
    claims = {name: value for name, value in said.items() if value is not UNSET}
    try:
        lists = {name: list(claims[name]) for name in ("roles", "groups") if name in claims}
        person = person_of_claims(site_id, claims | {"sub": user_id} | lists)
    except TokenMalformed as error:
        raise InvalidRequest(f"{user_id[:40]!r}: {error}") from error
    return replace(person, groups=None) if wanted.groups is UNSET else person


def shown(known: KnownPerson) -> wire.ServerUser:
    """Return the person as the site's own server reads them."""
    person = known.person
    return wire.ServerUser(
        id=person.user_id,
        name=person.name,
        avatar=person.avatar,
        url=person.url,
        roles=person.roles,
        guest=person.guest,
        moderator=person.moderator,
        email=person.email,
        joined=person.joined // 1000,
        groups=known.groups,
        bot=known.bot,
        created_at=known.created_at,
        seen_at=known.seen_at,
    )


def after(cursor: str | None) -> str:
    """Return the id behind which a page begins; raise InvalidCursor."""
    return open_place(cursor, IdPlace).last_id if cursor else ""


def next_place(found: Sequence[T], most: int, id_of: Callable[[T], str]) -> str | None:
    """Return the cursor of the next page: there is one if more was found than asked for."""
    return seal(IdPlace(id_of(found[most - 1]))) if len(found) > most else None


def _pulled(user_id: str, pulled: Pulled) -> wire.PulledFriends:
    return wire.PulledFriends(
        id=user_id,
        status=pulled.pull.status,
        error=pulled.pull.error,
        pulled_at=pulled.pull.pulled_at,
        added=pulled.changed.added,
        removed=pulled.changed.removed,
    )


def _failure(failure: PullFailure) -> wire.PullFailure:
    return wire.PullFailure(
        id=failure.user_id,
        status=failure.status,
        error=failure.error,
        retry_at=0 if failure.due_at == NEVER_AT else failure.due_at,
    )
