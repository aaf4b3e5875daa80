"""Links that work once: invitations to a site or to the installation, and new passwords."""

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe

from imserver.errors import LinkExpired, NotFound
from imserver.store.database import Database, Row, Transaction, first_row
from imserver.store.owner_sessions import secret_id
from imserver.store.owners import NO_SESSION, RANKS, Owner, find_owner, insert_owner, put_role

# What a link gives: a role on a site, the whole installation, or only a new password.
NEW_PASSWORD = ""


@dataclass(frozen=True, slots=True)
class OwnerLink:
    """``site_id`` is empty unless the role is one on a site; ``made_by`` is an actor, as in the audit."""

    site_id: str
    link_id: bytes
    email: str
    role: str
    made_by: str
    expires_at: int


class OwnerLinks:
    """The database keeps hashes, so a link can be made and used, but not read."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def make(self, *, email: str, role: str, made_by: str, lifetime_ms: int, site_id: str = "") -> str:
        """Return the secret of a new link for the holder of ``email``, who is folded."""
        secret = token_urlsafe(32)
        values = {
            "site_id": site_id,
            "link_id": secret_id(secret),
            "email": email,
            "role": role,
            "made_by": made_by,
            "expires_at": self._now_ms() + lifetime_ms,
        }
        self._database.write(lambda tx: tx.run("insert_owner_link", **values))
        return secret

    def require_link(self, secret: str) -> OwnerLink:
        """Raise LinkExpired unless the link can still be used."""
        return self._database.read(lambda tx: self._require(tx, secret))

    def list_links(self, site_id: str) -> list[OwnerLink]:
        """Return the invitations to a site that wait."""
        now = self._now_ms()
        rows = self._database.read(lambda tx: tx.rows("list_owner_links", site_id=site_id, now=now))
        return [_link(row) for row in rows]

    def withdraw(self, site_id: str, link_id: bytes) -> None:
        """Delete an invitation; raise NotFound if there is none."""
        key = {"site_id": site_id, "link_id": link_id}
        if not self._database.write(lambda tx: tx.run("delete_owner_link", **key)):
            raise NotFound

    def use(self, secret: str, *, name: str, password: str | None) -> Owner:
        """Give what the link gives, and delete it, in one transaction; raise LinkExpired.

        ``password`` is a hash, which replaces the account's and ends its sessions; None leaves it as it is.
        """
        now = self._now_ms()

        def take(tx: Transaction) -> Owner:
            link = self._require(tx, secret)
            if not tx.run("delete_owner_link", site_id=link.site_id, link_id=link.link_id):
                raise LinkExpired
            owner = find_owner(tx, link.email)
            if owner is None:
                if password is None or link.role == NEW_PASSWORD:
                    raise LinkExpired
                owner = insert_owner(tx, email=link.email, name=name, password=password, now=now)
            elif password is not None:
                tx.run("set_owner_password", owner_id=owner.owner_id, password=password)
                tx.run("end_owner_sessions", owner_id=owner.owner_id, kept=NO_SESSION)
            _give(tx, link, owner, now=now)
            return owner

        return self._database.write(take)

    def delete_expired(self) -> int:
        """Delete what can no longer be used; return how many that were."""
        now = self._now_ms()
        return self._database.write(lambda tx: tx.run("delete_expired_owner_links", now=now))

    def delete_links_of(self, email: str) -> int:
        """Delete all links for an address; return how many there were."""
        return self._database.write(lambda tx: tx.run("delete_owner_links_of", email=email))

    def _require(self, tx: Transaction, secret: str) -> OwnerLink:
        row = first_row(tx.rows("find_owner_link", link_id=secret_id(secret)))
        if row is None or row[-1] <= self._now_ms():
            raise LinkExpired
        return _link(row)


def _give(tx: Transaction, link: OwnerLink, owner: Owner, *, now: int) -> None:
    if link.role == "admin":
        tx.run("set_owner_admin", owner_id=owner.owner_id)
    elif link.role != NEW_PASSWORD:
        if not tx.rows("lock_site", site_id=link.site_id):
            raise LinkExpired
        row = first_row(tx.rows("load_role", site_id=link.site_id, owner_id=owner.owner_id))
        # An owner who follows an invitation to moderate stays an owner.
        if row is None or RANKS[row[0]] < RANKS[link.role]:
            put_role(tx, link.site_id, owner.owner_id, role=link.role, now=now)


def _link(row: Row) -> OwnerLink:
    site_id, link_id, *rest = row
    return OwnerLink(site_id, bytes(link_id), *rest)
