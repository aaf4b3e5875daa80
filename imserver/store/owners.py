"""Who signs in at the console, and what each may do on which site."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from secrets import token_hex
from typing import NamedTuple

from imserver.errors import Conflict, NotFound
from imserver.store.database import Database, Row, Transaction, first_row

# Higher may do what lower may. Admins of the installation have no row per site.
RANKS = {"moderator": 1, "owner": 2, "admin": 3}
NO_SESSION = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """An account of the console. ``password`` is a hash; ``totp`` is base32, or empty: no second step."""

    owner_id: str
    email: str
    name: str
    admin: bool
    password: str = field(repr=False)
    totp: str = field(repr=False)
    totp_step: int = field(repr=False)
    created_at: int


class TeamMember(NamedTuple):
    """Somebody with a role on a site; ``two_steps``: signs in with a code, too."""

    owner_id: str
    email: str
    name: str
    role: str
    since: int
    two_steps: bool


class Owners:
    """Accounts and roles; nothing here is cached, so whoever is taken off a site is off with the commit."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def find_by_email(self, email: str) -> Owner | None:
        """Return the account, or None; ``email`` is folded."""
        rows = self._database.read(lambda tx: tx.rows("find_owner", email=email))
        return _owner(rows[0]) if rows else None

    def require_owner(self, owner_id: str) -> Owner:
        """Raise NotFound if there is no such account."""
        rows = self._database.read(lambda tx: tx.rows("load_owner", owner_id=owner_id))
        if not rows:
            raise NotFound
        return _owner(rows[0])

    def list_owners(self) -> list[Owner]:
        """Return all accounts by e-mail."""
        return [_owner(row) for row in self._database.read(lambda tx: tx.rows("list_owners"))]

    def set_password(self, owner_id: str, password: str, *, keep: bytes = NO_SESSION) -> None:
        """Replace the hash and end all sessions but ``keep``."""

        def update(tx: Transaction) -> None:
            tx.run("set_owner_password", owner_id=owner_id, password=password)
            tx.run("end_owner_sessions", owner_id=owner_id, kept=keep)

        self._database.write(update)

    def refresh_password(self, owner_id: str, password: str) -> None:
        """Replace the hash by one of the same password with newer parameters."""
        self._database.write(lambda tx: tx.run("set_owner_password", owner_id=owner_id, password=password))

    def set_name(self, owner_id: str, name: str) -> None:
        """Say what the person is called."""
        self._database.write(lambda tx: tx.run("set_owner_name", owner_id=owner_id, name=name))

    def set_totp(self, owner_id: str, totp: str, *, step: int, code_ids: Sequence[bytes]) -> None:
        """Replace the second step and its recovery codes; an empty ``totp`` is no second step."""

        def update(tx: Transaction) -> None:
            tx.run("set_owner_totp", owner_id=owner_id, totp=totp, step=step)
            tx.run("delete_owner_codes", owner_id=owner_id)
            if code_ids:
                tx.run("insert_owner_codes", rows=[(owner_id, code_id) for code_id in sorted(code_ids)])

        self._database.write(update)

    def use_step(self, owner_id: str, step: int) -> bool:
        """Tell whether this half minute's code had not been used, nor a later one; now it has."""
        return bool(self._database.write(lambda tx: tx.run("use_owner_step", owner_id=owner_id, step=step)))

    def use_code(self, owner_id: str, code_id: bytes) -> bool:
        """Tell whether this recovery code was there; now it is gone."""
        return bool(
            self._database.write(lambda tx: tx.run("use_owner_code", owner_id=owner_id, code_id=code_id))
        )

    def count_codes(self, owner_id: str) -> int:
        """Return how many recovery codes are left."""
        return int(self._database.read(lambda tx: tx.rows("count_owner_codes", owner_id=owner_id))[0][0])

    def delete_owner(self, owner_id: str) -> None:
        """Delete the account with its roles, sessions and codes; raise NotFound if there is none."""

        def delete(tx: Transaction) -> None:
            tx.run("end_owner_sessions", owner_id=owner_id, kept=NO_SESSION)
            tx.run("delete_owner_codes", owner_id=owner_id)
            tx.run("delete_roles_of", owner_id=owner_id)
            if not tx.run("delete_owner", owner_id=owner_id):
                raise NotFound

        self._database.write(delete)

    def roles_of(self, owner_id: str) -> dict[str, str]:
        """Return the person's role by site."""
        return dict(self._database.read(lambda tx: tx.rows("list_roles_of", owner_id=owner_id)))

    def find_role(self, site_id: str, owner_id: str) -> str | None:
        """Return what the person is on this site, if anything."""
        row = first_row(
            self._database.read(lambda tx: tx.rows("load_role", site_id=site_id, owner_id=owner_id))
        )
        return None if row is None else str(row[0])

    def team(self, site_id: str) -> list[TeamMember]:
        """Return who has a role on the site."""
        rows = self._database.read(lambda tx: tx.rows("list_team", site_id=site_id))
        return [TeamMember(*row)._replace(two_steps=bool(row[5])) for row in rows]

    def set_role(self, site_id: str, owner_id: str, role: str) -> None:
        """Give the person this role instead of any other; raise Conflict if the site would have no owner."""
        now = self._now_ms()

        def update(tx: Transaction) -> None:
            if role != "owner":
                _keep_an_owner(tx, site_id, owner_id)
            put_role(tx, site_id, owner_id, role=role, now=now)

        self._database.write(update)

    def remove_role(self, site_id: str, owner_id: str) -> None:
        """Take the person off the site; raise NotFound, or Conflict if it would have no owner."""

        def delete(tx: Transaction) -> None:
            _keep_an_owner(tx, site_id, owner_id)
            if not tx.run("delete_role", site_id=site_id, owner_id=owner_id):
                raise NotFound

        self._database.write(delete)


def insert_owner(
    tx: Transaction, *, email: str, name: str, password: str, admin: bool = False, now: int
) -> Owner:
    """Create an account within a transaction; an address that is taken makes the transaction fail."""
    owner_id = "o_" + token_hex(6)
    tx.run(
        "insert_owner",
        owner_id=owner_id,
        email=email,
        name=name,
        password=password,
        admin=int(admin),
        now=now,
    )
    return _owner(tx.rows("load_owner", owner_id=owner_id)[0])


def find_owner(tx: Transaction, email: str) -> Owner | None:
    """Return the account of a folded address within a transaction."""
    row = first_row(tx.rows("find_owner", email=email))
    return None if row is None else _owner(row)


def put_role(tx: Transaction, site_id: str, owner_id: str, *, role: str, now: int) -> None:
    """Give somebody a role within a transaction."""
    tx.run("delete_role", site_id=site_id, owner_id=owner_id)
    tx.run("insert_role", site_id=site_id, owner_id=owner_id, role=role, now=now)


def _keep_an_owner(tx: Transaction, site_id: str, owner_id: str) -> None:
    # The site's row is what two who take each other off at once wait for.
    tx.rows("lock_site", site_id=site_id)
    owners = [row[0] for row in tx.rows("list_team", site_id=site_id) if row[3] == "owner"]
    if owners == [owner_id]:
        raise Conflict("This is the site's only owner; make somebody else an owner first.")


def _owner(row: Row) -> Owner:
    owner_id, email, name, password, admin, totp, totp_step, created_at = row
    return Owner(
        owner_id=owner_id,
        email=email,
        name=name,
        admin=bool(admin),
        password=password,
        totp=totp,
        totp_step=totp_step,
        created_at=created_at,
    )
