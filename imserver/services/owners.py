"""Accounts of the console: signing in, the second step, passwords and sessions."""

import hmac
import logging
from collections.abc import Callable
from typing import NamedTuple

from imserver.errors import InvalidRequest, SignInRefused
from imserver.limits import Bucket, subscriber_of
from imserver.services import second_step
from imserver.services.passwords import check_password, hash_password, is_outdated, is_password
from imserver.services.tokens import EMAIL, EMAIL_CHARACTERS
from imserver.store import Store
from imserver.store.owner_sessions import FULL, WAITS_FOR_CODE, OwnerSession
from imserver.store.owners import RANKS, Owner
from imserver.store.values import PREVIEW_SITE

log = logging.getLogger(__name__)

# How long somebody may look for the phone.
CODE_MS = 5 * 60_000
NAME_CHARACTERS = 80


class Visitor(NamedTuple):
    """Where somebody signs in from, as the list of sessions shows it."""

    address: str
    agent: str


class Caller(NamedTuple):
    """Who asks, and with which session."""

    owner: Owner
    session: OwnerSession

    @property
    def actor(self) -> str:
        """How the audit names this person."""
        return f"owner:{self.owner.email}"


class Owners:
    """Signing in answers the same, after the same work, whether an account is not there or a password wrong.

    The limits per account are per worker and refill: whoever knows an address can slow its owner down for
    seconds, and lock nobody out.
    """

    def __init__(
        self,
        store: Store,
        *,
        lifetime_ms: int,
        idle_ms: int,
        tries: Bucket,
        visits: Bucket,
        now_ms: Callable[[], int],
    ) -> None:
        self.idle_ms = idle_ms
        self._store = store
        self._lifetime_ms = lifetime_ms
        self._tries = tries
        self._visits = visits
        self._now_ms = now_ms

    def sign_in(
        self, email: str, password: str, visitor: Visitor, *, old: OwnerSession | None = None
    ) -> tuple[str, bool]:
        """Return (the secret of a new session, whether a code is due before it is good for anything).

        Raises SignInRefused, whatever is wrong, or RateLimited. ``old`` ends.
        """
        self._visits.take(subscriber_of(visitor.address))
        email = fold_email(email)
        self._tries.take(email)
        owner = self._store.owners.find_by_email(email)
        if not is_password(password, owner.password if owner else "") or owner is None:
            log.info("a console sign-in from %s was refused", visitor.address)
            raise SignInRefused
        if is_outdated(owner.password):
            self._store.owners.refresh_password(owner.owner_id, hash_password(password))
        stage = WAITS_FOR_CODE if owner.totp else FULL
        return self._open(owner, visitor, stage=stage, old=old), bool(owner.totp)

    def finish_sign_in(self, waiting: OwnerSession, code: str, visitor: Visitor) -> str:
        """Return the secret of the session that takes the waiting one's place; raise SignInRefused."""
        self._visits.take(subscriber_of(visitor.address))
        owner = self._store.owners.require_owner(waiting.owner_id)
        self._tries.take((owner.email, "code"))
        if not self._takes_code(owner, code):
            raise SignInRefused("This code is not right, or has been used. Wait for the next one.")
        return self._open(owner, visitor, stage=FULL, old=waiting)

    def find_session(self, secret: str) -> OwnerSession | None:
        """Return the live session behind the cookie, whatever its stage."""
        return self._store.owner_sessions.find(secret, idle_ms=self.idle_ms) if secret else None

    def caller(self, session: OwnerSession) -> Caller:
        """Return who holds the session; raise NotFound when the account is gone."""
        return Caller(self._store.owners.require_owner(session.owner_id), session)

    def rank(self, owner: Owner, site_id: str) -> int:
        """Return how much the person may do on a site, as in ``RANKS``; 0 is nothing.

        The preview is nobody's: whoever could change it would change what all owners see.
        """
        if site_id == PREVIEW_SITE:
            return 0
        if owner.admin:
            return RANKS["admin"]
        return RANKS.get(self._store.owners.find_role(site_id, owner.owner_id) or "", 0)

    def sign_out(self, session: OwnerSession) -> None:
        """End the session."""
        self._store.owner_sessions.end(session.owner_id, session.session_id)

    def sessions(self, caller: Caller) -> list[OwnerSession]:
        """Return where the person is signed in."""
        return self._store.owner_sessions.list_sessions(caller.owner.owner_id, idle_ms=self.idle_ms)

    def end_session(self, caller: Caller, session_id: bytes) -> None:
        """End one of the person's sessions; ending it again changes nothing."""
        self._store.owner_sessions.end(caller.owner.owner_id, session_id)

    def end_others(self, caller: Caller) -> int:
        """End all sessions but this one."""
        return self._store.owner_sessions.end_others(caller.session)

    def set_password(self, caller: Caller, *, old: str, new: str) -> None:
        """Replace the password and end all other sessions; raise SignInRefused or InvalidRequest."""
        self.confirm(caller, old)
        check_password(new, about=caller.owner.email)
        self._store.owners.set_password(
            caller.owner.owner_id, hash_password(new), keep=caller.session.session_id
        )

    def set_name(self, caller: Caller, name: str) -> None:
        """Say what the person is called."""
        self._store.owners.set_name(caller.owner.owner_id, checked_name(name))

    def confirm(self, caller: Caller, password: str) -> None:
        """Raise SignInRefused unless the person who sits there knows the password, or RateLimited."""
        self._tries.take(caller.owner.email)
        if not is_password(password, caller.owner.password):
            raise SignInRefused("This is not your password.")

    def set_second_step(self, caller: Caller, totp: str, code: str) -> list[str]:
        """Turn the second step on; return the recovery codes. Raises InvalidRequest for a wrong code."""
        if second_step.known_or_fresh(totp) != totp:
            raise InvalidRequest("The form is not whole; load the page again.")
        step = second_step.find_step(totp, code, now_seconds=self._now_ms() / 1000)
        if step is None:
            raise InvalidRequest("This code does not belong to the picture. Is the phone's clock right?")
        codes = second_step.fresh_codes()
        ids = [second_step.code_id(one) for one in codes]
        self._store.owners.set_totp(caller.owner.owner_id, totp, step=step, code_ids=ids)
        return codes

    def drop_second_step(self, caller: Caller, password: str) -> None:
        """Turn the second step off."""
        self.confirm(caller, password)
        self._store.owners.set_totp(caller.owner.owner_id, "", step=0, code_ids=())

    def tidy(self) -> None:
        """Delete sessions and links that have ended."""
        self._store.owner_sessions.delete_ended(idle_ms=self.idle_ms)
        self._store.owner_links.delete_expired()

    def _takes_code(self, owner: Owner, code: str) -> bool:
        if not owner.totp:
            return False
        step = second_step.find_step(owner.totp, code, now_seconds=self._now_ms() / 1000)
        if step is not None:
            return self._store.owners.use_step(owner.owner_id, step)
        return self._store.owners.use_code(owner.owner_id, second_step.code_id(code))

    def _open(self, owner: Owner, visitor: Visitor, *, stage: str, old: OwnerSession | None) -> str:
        return self._store.owner_sessions.open(
            owner.owner_id,
            stage=stage,
            lifetime_ms=CODE_MS if stage == WAITS_FOR_CODE else self._lifetime_ms,
            agent=visitor.agent,
            address=visitor.address,
            instead_of=old,
        )


def fold_email(email: str) -> str:
    """Return an address as accounts are found by it."""
    return email.strip().casefold()[:EMAIL_CHARACTERS]


def checked_email(email: str) -> str:
    """Return the folded address; raise InvalidRequest for what is none."""
    folded = fold_email(email)
    if not EMAIL.fullmatch(folded) or not folded.isascii():
        raise InvalidRequest("This is not an e-mail address such as ada@example.org.")
    return folded


def checked_name(name: str) -> str:
    """Return a person's or site's name; raise InvalidRequest for one that is empty, long or invisible."""
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_CHARACTERS or not name.isprintable():
        raise InvalidRequest(f"A name has 1 to {NAME_CHARACTERS} characters that can be seen.")
    return name


def form_token(secret: str) -> str:
    """Return what a form carries to show that it is of a page that we made for the holder of ``secret``."""
    return hmac.new(secret.encode(), b"imserver console form", "sha256").hexdigest()


def is_form_token(given: str, secret: str) -> bool:
    """Tell whether ``given`` is what ``form_token`` made."""
    return hmac.compare_digest(given.encode(), form_token(secret).encode())
