"""What people without an account may do on a site."""

from imserver.errors import GuestsMayNot, SwitchedOff
from imserver.store import Store
from imserver.store.values import Session


class Guests:
    """The site's owner decides; until then guests talk, and do no more."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def require_may_create(self, session: Session) -> None:
        """Raise GuestsMayNot for a guest where only members make groups and rooms."""
        if session.guest and not self._store.sites.require_site(session.site_id).rules.guests_create:
            raise GuestsMayNot

    def require_may_upload(self, session: Session) -> None:
        """Raise SwitchedOff where nobody sends files, GuestsMayNot for a guest where only members do."""
        rules = self._store.sites.require_site(session.site_id).rules
        if not rules.uploads:
            raise SwitchedOff("The owner of this site has switched files off.")
        if session.guest and not rules.guests_upload:
            raise GuestsMayNot
