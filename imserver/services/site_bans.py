"""Who is kept out of a site, as its own server sees and decides it."""

import msgspec

from imserver.errors import NotFound
from imserver.protocol.types import server as wire
from imserver.services.conversations import within
from imserver.services.moderation import Moderation
from imserver.services.site_desk import PAGE_LIMIT
from imserver.store import Store
from imserver.store.bans import FAR_FUTURE, Ban
from imserver.store.keyset import open_place, seal


class BanPlace(msgspec.Struct, frozen=True, array_like=True, tag="b"):
    """The last ban of a page."""

    created_at: int
    user_id: str


class SiteBans:
    """``actor`` is the key that asks, for the record."""

    def __init__(self, store: Store, moderation: Moderation) -> None:
        self._store = store
        self._moderation = moderation

    def page(self, site_id: str, *, cursor: str | None, limit: int | None) -> wire.ServerBanPage:
        """Return bans, the latest first."""
        most = within(PAGE_LIMIT, limit)
        place = open_place(cursor, BanPlace) if cursor else BanPlace(*FAR_FUTURE)
        before = place.created_at, place.user_id
        found = self._store.bans.page(site_id, before=before, limit=most + 1)
        last = found[most - 1] if len(found) > most else None
        next_cursor = None if last is None else seal(BanPlace(last.created_at, last.user_id))
        return wire.ServerBanPage(data=[_shown(ban) for ban in found[:most]], next_cursor=next_cursor)

    def require(self, site_id: str, user_id: str) -> wire.ServerBan:
        """Return the ban that holds now; raise NotFound without one."""
        ban = self._moderation.find_ban(site_id, user_id)
        if ban is None:
            raise NotFound
        return _shown(ban)

    def ban(self, site_id: str, user_id: str, wanted: wire.PutBan, *, actor: str) -> wire.ServerBan:
        """Keep somebody out; raise NotFound for nobody of the site, InvalidRequest for a past time."""
        self._moderation.ban(site_id, user_id, until_ms=wanted.until_ms, reason=wanted.reason, actor=actor)
        return self.require(site_id, user_id)

    def lift(self, site_id: str, user_id: str, *, actor: str) -> None:
        """Let somebody in again; raise NotFound for who was not banned."""
        if not self._moderation.lift_ban(site_id, user_id, actor=actor):
            raise NotFound


def _shown(ban: Ban) -> wire.ServerBan:
    return wire.ServerBan(
        user_id=ban.user_id,
        until_ms=ban.until_ms,
        reason=ban.reason,
        actor=ban.actor,
        created_at=ban.created_at,
    )
