"""What a member may ask of a site: a copy of all that is theirs, or nothing of it any more."""

from collections.abc import Callable, Iterator

from imserver.files.storage import Storage
from imserver.services.erasure import Erasure
from imserver.services.export import Export
from imserver.store import Store


class MemberData:
    """``actor`` names who does it, for the record. ``session_ended`` hears of each session that ends."""

    def __init__(self, store: Store, storage: Storage, *, session_ended: Callable[[bytes], None]) -> None:
        self._store = store
        self._export = Export(store, storage)
        self._erasure = Erasure(store, storage, session_ended=session_ended)

    def export(self, site_id: str, user_id: str, *, actor: str) -> Iterator[bytes]:
        """Return lines of JSON, once the record says who has asked for them. Raises NotFound."""
        lines = self._export.export_member(site_id, user_id)
        self._store.audit.append(site_id=site_id, actor=actor, act="member.exported", about=user_id)
        return lines

    def erase(self, site_id: str, user_id: str, *, actor: str) -> None:
        """Leave nothing that says who the member was but the record's lines. Raises NotFound."""
        self._store.people.require_person(site_id, user_id)
        self._store.audit.append(site_id=site_id, actor=actor, act="member.erased", about=user_id)
        self._erasure.erase_member(site_id, user_id)
