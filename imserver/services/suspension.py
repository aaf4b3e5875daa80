"""Taking a site out of service and back in; nothing of it is deleted."""

from imserver.store import Store


class Suspension:
    """For an admin. Workers need not be told: what they hold of the site ends with its sessions.

    # design: a sign-in shares a lock on the site's row, and every send looks at it in its own transaction, so
    # both end with the commit. Sessions are then ended in the database; each worker's sweep, every 5 s, finds
    # the connections that wait with them and closes them with 4401 or 401, after which a client tries to sign
    # in once, is told ``site_suspended`` and stays away.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def suspend(self, site_id: str) -> int:
        """Let nobody in or send; return how many sessions that ended. Doing so twice is harmless.

        Raises NotFound if there is no such site.
        """
        self._store.sites.set_suspended(site_id, True)
        return self._store.sessions.revoke_site(site_id)

    def resume(self, site_id: str) -> None:
        """Let people sign in again; raise NotFound if there is no such site."""
        self._store.sites.set_suspended(site_id, False)
