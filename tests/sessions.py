"""Sessions of people who have not come with a token."""

from imserver.store import Store
from imserver.store.sessions import fresh_session, save_sessions
from imserver.store.values import Session


def open_session(
    store: Store, site_id: str, user_id: str, *, origin: str = "", lifetime_ms: int
) -> tuple[str, Session]:
    """Return (secret text, session) of one that is stored now."""
    now = store.sessions._now_ms()
    secret, session = fresh_session(site_id, user_id, origin=origin, expires_at=now + lifetime_ms)
    store.database.write(lambda tx: save_sessions(tx, [session], now=now))
    return secret, session
