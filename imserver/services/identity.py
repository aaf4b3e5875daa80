"""Who is asking: signed tokens become sessions, sessions become people."""

from collections.abc import Callable, Sequence

from imserver.errors import ServiceError, SessionEnded, Unauthenticated, WrongOrigin
from imserver.protocol.types import SessionAnswer, SiteAnswer
from imserver.services.tokens import find_once, read_token
from imserver.store import Store
from imserver.store.people import profile_of
from imserver.store.sites import site_answer
from imserver.store.values import Session, Site

# What a session was opened with when the request had no Origin header: a program, not a web page.
NO_ORIGIN = ""


class Identity:
    """``own_origin`` is where the widget's own pages live, which every site trusts."""

    def __init__(
        self,
        store: Store,
        *,
        lifetime_ms: int,
        skew_seconds: float,
        now_ms: Callable[[], int],
        session_ended: Callable[[bytes], None],
    ) -> None:
        self._store = store
        self._lifetime_ms = lifetime_ms
        self._skew_seconds = skew_seconds
        self._now_ms = now_ms
        self._session_ended = session_ended

    def sign_in(self, site_id: str, token: str, *, origin: str | None, own_origin: str) -> SessionAnswer:
        """Exchange the host's token for a session that is bound to the site and to ``origin``.

        Raises NotFound for an unknown site, WrongOrigin, TokenUsed, or what ``read_token`` raises.
        """
        site = self._store.sites.require_site(site_id)
        self._check_origin(site, origin, own_origin)
        person = read_token(
            token,
            site_id=site_id,
            keys=site.keys,
            now_seconds=self._now_ms() / 1000,
            skew_seconds=self._skew_seconds,
        )
        secret, session = self._store.sign_ins.sign_in(
            person,
            origin=origin or NO_ORIGIN,
            lifetime_ms=self._lifetime_ms,
            once=find_once(token, skew_seconds=self._skew_seconds),
        )
        return SessionAnswer(
            session=secret,
            expires_at=session.expires_at,
            user=profile_of(person),
            site=site_answer(site),
        )

    def require_session(self, secret: str | None, *, origin: str | None) -> Session:
        """Return the live session behind ``secret``; raise Unauthenticated, SessionEnded or WrongOrigin.

        A web page other than the one that opened the session cannot use it.
        """
        if not secret:
            raise Unauthenticated
        return self._admit(self._store.sessions.require_session(secret), origin)

    def require_sessions(
        self, callers: Sequence[tuple[str | None, str | None]]
    ) -> list[Session | ServiceError]:
        """Return for each (secret, origin) what ``require_session`` returns or raises.

        One query for all, so whoever judges hundreds of arrivals at once waits once. Raises nothing: what
        stands in the way of the query is everybody's answer.
        """
        try:
            found = self._store.sessions.find_sessions([secret or "" for secret, _ in callers])
        except ServiceError as error:
            return [error] * len(callers)
        return [
            self._admit_or_error(session, origin) for session, (_, origin) in zip(found, callers, strict=True)
        ]

    def open_ticket(self, session: Session) -> tuple[str, int]:
        """Return (ticket, when it expires): it stands for the session once, in a URL."""
        return self._store.tickets.insert(session)

    def redeem_ticket(self, ticket: str | None, *, origin: str | None) -> Session:
        """Return the session behind ``ticket``, which is used up even if the origin is wrong.

        Raises Unauthenticated, SessionEnded or WrongOrigin.
        """
        if not ticket:
            raise Unauthenticated
        return self._admit(self._store.tickets.redeem(ticket), origin)

    def sign_out(self, session: Session) -> None:
        """End the session everywhere; a poll that waits with it is told."""
        self._store.sessions.revoke_session(session)
        self._session_ended(session.session_id)

    def find_reader(self, origin: str | None, *, own_origin: str) -> str | None:
        """Return ``origin`` if it is another's than ours and on some site's list.

        Its pages may learn what is wrong with what they ask, whoever they ask for; answers that are anybody's
        need a session. Where the database does not say, nobody may.
        """
        if origin is None or origin == own_origin:
            return None
        try:
            return origin if self._store.sites.is_registered(origin) else None
        except ServiceError:
            return None

    def require_frame(self, site_id: str) -> tuple[SiteAnswer, tuple[str, ...]]:
        """Return what the widget of this site is like, and the origins whose pages may show it."""
        site = self._store.sites.require_site(site_id)
        return site_answer(site), site.origins

    def _admit(self, session: Session, origin: str | None) -> Session:
        if session.expires_at <= self._now_ms():
            raise SessionEnded
        if origin is not None and origin != session.origin:
            raise WrongOrigin
        return session

    def _admit_or_error(self, session: Session | ServiceError, origin: str | None) -> Session | ServiceError:
        try:
            return session if isinstance(session, ServiceError) else self._admit(session, origin)
        except ServiceError as error:
            return error

    def _check_origin(self, site: Site, origin: str | None, own_origin: str) -> None:
        if origin is not None and origin != own_origin and origin not in site.origins:
            raise WrongOrigin
