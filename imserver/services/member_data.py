"""What members and sites may ask for: a copy of all that is theirs, or nothing of them any more."""

from collections.abc import Callable, Iterator

from imserver.files.storage import Storage
from imserver.services.erasure import Erased, Erasure
from imserver.services.export import Export
from imserver.store import Store
from imserver.store.values import UserKey


class MemberData:
    """For the console, the server API and ``bin/im`` alike. ``actor`` names who does it, for the record.

    The line of the record is written first: nothing is handed out, or gone, that nobody has asked for.
    ``session_ended`` hears of each session that ends.
    """

    def __init__(
        self,
        store: Store,
        storage: Storage,
        *,
        session_ended: Callable[[bytes], None] = lambda session_id: None,
    ) -> None:
        self._store = store
        self._export = Export(store, storage)
        self._erasure = Erasure(store, storage, session_ended=session_ended)

    def export(self, site_id: str, user_id: str, *, actor: str) -> Iterator[bytes]:
        """Return all that is a member's as lines of JSON. Raises NotFound."""
        lines = self._export.export_member(site_id, user_id)
        self._store.audit.append(site_id=site_id, actor=actor, act="member.exported", about=user_id)
        return lines

    def export_site(self, site_id: str, *, actor: str) -> Iterator[bytes]:
        """Return everything of the site as lines of JSON, without keys and sessions. Raises NotFound."""
        self._store.sites.require_site(site_id)
        self._store.audit.append(site_id=site_id, actor=actor, act="site.exported")
        return self._export.export_site(site_id)

    def erase(self, site_id: str, user_id: str, *, actor: str) -> Erased:
        """Leave nothing that says who a member was but the record's lines; return what there was.

        Raises NotFound for somebody of whom nothing is known.
        """
        self._store.erasing.require_member(UserKey(site_id, user_id))
        self._store.audit.append(site_id=site_id, actor=actor, act="member.erased", about=user_id)
        return self._erasure.erase_member(site_id, user_id)
