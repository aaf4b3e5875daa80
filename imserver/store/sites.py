"""Sites, their origins and their signing keys."""

import base64
import secrets
from collections.abc import Callable

import msgspec

from imserver.errors import Conflict, InvalidRequest, NotFound
from imserver.protocol.types import SiteAnswer
from imserver.store.cache import Aside, MemoryBackend
from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.origins import Origins
from imserver.store.values import PREVIEW_SITE, Site, SiteFigures, SiteRules

LIVE_KEYS = 2
# What the column holds.
RULES_BYTES = 4_096
DEFAULT_RULES = SiteRules()


class Sites:
    """Site records carry signing keys, so they are cached in this process only, never in memcached.

    Another worker's change is seen within the 5 s that the in-process cache keeps anything.
    """

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self._origins = Origins(database)
        self._cache: Aside[str, Site] = Aside(
            MemoryBackend(), self._load_many, prefix="site", kind=Site, parts=lambda site_id: (site_id,)
        )

    def require_site(self, site_id: str) -> Site:
        """Raise NotFound if there is no such site."""
        site = self._cache.fetch(site_id)
        if site is None:
            raise NotFound
        return site

    def is_registered(self, origin: str) -> bool:
        """Tell whether ``origin`` is on the list of any site."""
        return self._origins.is_registered(origin)

    def list_sites(self, *, with_preview: bool = False) -> list[Site]:
        """Return all sites that are somebody's, with their keys, by id."""
        found = self._database.read(_list_sites)
        return [site for site in found if with_preview or site.site_id != PREVIEW_SITE]

    def insert_site(
        self,
        *,
        site_id: str | None = None,
        name: str,
        origins: tuple[str, ...],
        rules: SiteRules = DEFAULT_RULES,
    ) -> Site:
        """Create a site with one fresh key; raise Conflict if the id is taken."""
        site_id = site_id or _fresh_site_id()
        kid, secret, now = _fresh_kid(), _fresh_secret(), self._now_ms()

        def insert(tx: Transaction) -> None:
            if tx.rows("load_site", site_id=site_id):
                raise Conflict("There is a site with this id.")
            tx.run("insert_site", site_id=site_id, name=name, origins=_pack(origins), now=now)
            _save_rules(tx, site_id, rules)
            tx.run("insert_site_key", site_id=site_id, kid=kid, secret=secret, now=now)

        self._database.write(insert)
        self._cache.forget([site_id])
        self._origins.forget()
        return Site(site_id, name, origins, {kid: secret}, rules)

    def set_origins(self, site_id: str, origins: tuple[str, ...]) -> None:
        """Replace the web origins that may show the widget; raise NotFound if there is no such site."""

        def update(tx: Transaction) -> None:
            _require_lock(tx, site_id)
            tx.run("set_origins", site_id=site_id, origins=_pack(origins))

        self._database.write(update)
        self._cache.forget([site_id])
        self._origins.forget()

    def set_rules(self, site_id: str, rules: SiteRules) -> None:
        """Replace what the owner has decided; raise NotFound if there is no such site."""

        def update(tx: Transaction) -> None:
            _require_lock(tx, site_id)
            _save_rules(tx, site_id, rules)

        self._database.write(update)
        self._cache.forget([site_id])

    def change_rules(self, site_id: str, change: Callable[[SiteRules], SiteRules]) -> SiteRules:
        """Replace the rules by what ``change`` makes of them, and return that; raise NotFound.

        Two who change different rules at once both succeed. ``change`` is pure and may raise.
        """

        def update(tx: Transaction) -> SiteRules:
            _require_lock(tx, site_id)
            changed = change(load_rules(tx, site_id))
            _save_rules(tx, site_id, changed)
            return changed

        rules = self._database.write(update)
        self._cache.forget([site_id])
        return rules

    def set_suspended(self, site_id: str, is_suspended: bool) -> bool:
        """Let nobody sign in to the site or send there, or everybody again; return whether that is a change.

        Sign-ins that are under way are waited for. Raises NotFound if there is no such site.
        """
        now = self._now_ms()

        def update(tx: Transaction) -> bool:
            _require_lock(tx, site_id)
            was_suspended = bool(tx.rows("load_site", site_id=site_id)[0][4])
            if was_suspended != is_suspended:
                tx.run("set_suspended", site_id=site_id, suspended_at=now if is_suspended else 0)
            return was_suspended != is_suspended

        is_change = self._database.write(update)
        self._cache.forget([site_id])
        return is_change

    def load_figures(self, site_id: str) -> SiteFigures:
        """Return what a site holds, as of one moment; raise NotFound."""
        return self._database.snapshot(lambda tx: _figures(tx, site_id))

    def list_keys(self, site_id: str) -> list[tuple[str, int]]:
        """Return (key id, when it was made), the oldest first, without secrets."""
        rows = self._database.read(lambda tx: tx.rows("list_key_ages", site_id=site_id))
        return [(kid, created_at) for kid, created_at in rows]

    def add_key(self, site_id: str) -> tuple[str, bytes]:
        """Add a fresh key and return (kid, secret); raise Conflict if two are live already."""
        kid, secret, now = _fresh_kid(), _fresh_secret(), self._now_ms()

        def insert(tx: Transaction) -> None:
            _require_lock(tx, site_id)
            if len(tx.rows("load_site_keys", site_id=site_id)) >= LIVE_KEYS:
                raise Conflict("The site has two live keys; retire one first.")
            tx.run("insert_site_key", site_id=site_id, kid=kid, secret=secret, now=now)

        self._database.write(insert)
        self._cache.forget([site_id])
        return kid, secret

    def retire_key(self, site_id: str, kid: str) -> None:
        """Delete a key; raise NotFound if there is none, Conflict if it is the last."""

        def delete(tx: Transaction) -> None:
            _require_lock(tx, site_id)
            kids = [row[0] for row in tx.rows("load_site_keys", site_id=site_id)]
            if kids == [kid]:
                raise Conflict("This is the site's only key; add another first.")
            if not tx.run("delete_site_key", site_id=site_id, kid=kid):
                raise NotFound

        self._database.write(delete)
        self._cache.forget([site_id])

    def forget(self, site_id: str) -> None:
        """Let nobody in this process see a site that has been erased."""
        self._cache.forget([site_id])
        self._origins.forget()

    def _load_many(self, site_ids: list[str]) -> dict[str, Site]:
        def load(tx: Transaction) -> dict[str, Site]:
            return {
                row[0]: site_of(row, _keys(tx, row[0])) for site_id in site_ids for row in _find(tx, site_id)
            }

        return self._database.snapshot(load)


def _find(tx: Transaction, site_id: str) -> list[Row]:
    return tx.rows("load_site", site_id=site_id)


def _keys(tx: Transaction, site_id: str) -> dict[str, bytes]:
    return {kid: bytes(secret) for kid, secret in tx.rows("load_site_keys", site_id=site_id)}


def _require_lock(tx: Transaction, site_id: str) -> None:
    if not tx.rows("lock_site", site_id=site_id):
        raise NotFound


def _list_sites(tx: Transaction) -> list[Site]:
    keys: dict[str, dict[str, bytes]] = {}
    for site_id, kid, secret in tx.rows("list_site_keys"):
        keys.setdefault(site_id, {})[kid] = bytes(secret)
    return [site_of(row, keys.get(row[0], {})) for row in tx.rows("list_sites")]


def site_of(row: Row, keys: dict[str, bytes]) -> Site:
    """Make a Site of the columns of ``load_site``."""
    site_id, name, origins, rules, suspended_at = row
    return Site(
        site_id,
        name,
        tuple(msgspec.json.decode(origins, type=list[str])),
        keys,
        msgspec.json.decode(rules, type=SiteRules),
        bool(suspended_at),
    )


def site_answer(site: Site) -> SiteAnswer:
    """Return what a client may know of the site."""
    rules = site.rules
    return SiteAnswer(
        id=site.site_id,
        name=site.name,
        rooms=rules.rooms,
        uploads=rules.uploads,
        language=rules.language,
        theme=rules.theme,
        retention_days=rules.retention_days,
    )


def _figures(tx: Transaction, site_id: str) -> SiteFigures:
    if not tx.rows("load_site", site_id=site_id):
        raise NotFound
    members, guests = tx.rows("count_people", site_id=site_id)[0]
    conversations, messages = tx.rows("count_conversations", site_id=site_id)[0]
    usage = tx.rows("load_file_usage", site_id=site_id, user_ids=[""])
    return SiteFigures(
        members=int(members),
        guests=int(guests),
        conversations=int(conversations),
        messages=int(messages),
        storage_bytes=int(usage[0][1]) if usage else 0,
        keys_made_at=dict(tx.rows("list_keys_ages", site_id=site_id)),
    )


def load_rules(tx: Transaction, site_id: str) -> SiteRules:
    """Return what the site's owner has decided, within a transaction; the defaults where there is no site."""
    row = first_row(tx.rows("load_site", site_id=site_id))
    return DEFAULT_RULES if row is None else msgspec.json.decode(row[3], type=SiteRules)


def _save_rules(tx: Transaction, site_id: str, rules: SiteRules) -> None:
    packed = msgspec.json.encode(rules)
    if len(packed) > RULES_BYTES:
        raise InvalidRequest(f"The rules of a site have at most {RULES_BYTES} bytes together.")
    tx.run("set_rules", site_id=site_id, rules=packed.decode(), concerns_sends=int(rules.concerns_sends))


def _pack(origins: tuple[str, ...]) -> str:
    return msgspec.json.encode(origins).decode()


def _fresh_site_id() -> str:
    return "s_" + base64.b32encode(secrets.token_bytes(5)).decode().lower()


def _fresh_kid() -> str:
    return "k_" + secrets.token_hex(4)


def _fresh_secret() -> bytes:
    """256 random bits as text, so that an owner can paste it into any language's token library."""
    return secrets.token_urlsafe(32).encode()
