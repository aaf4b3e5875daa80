"""Whom a member meets, where the site's owner does not let everybody see everybody.

design: who has nothing to do with each other finds the other nowhere: in no list, by no id, with no presence,
and cannot write first. What people share already, a conversation or a room, stays as it is. Where everybody
meets everybody, which is nearly everywhere, nothing of this is asked.
"""

from collections.abc import Callable, Iterable

import msgspec

from imserver.protocol.types import ContactPage
from imserver.store.contacts import contact_of
from imserver.store.database import Database, Transaction
from imserver.store.folding import fold, prefix_range
from imserver.store.keyset import open_place, seal
from imserver.store.presence import PresenceTable
from imserver.store.values import PresenceState, SiteRules

# Whom a poll or a page names at once.
PEOPLE_PER_QUERY = 500


class MetPlace(msgspec.Struct, frozen=True, array_like=True, tag="m"):
    """The last person of a page of those whom one meets."""

    name_folded: str
    user_id: str


class Reach:
    """``rules_of`` knows a site's rules without asking the database each time."""

    def __init__(
        self, database: Database, presence: PresenceTable, *, rules_of: Callable[[str], SiteRules]
    ) -> None:
        self._database = database
        self._presence = presence
        self._rules_of = rules_of

    def is_open(self, site_id: str) -> bool:
        """Tell whether everybody of the site meets everybody."""
        return self._rules_of(site_id).roster == "everyone"

    def find_met(self, site_id: str, viewer_id: str, user_ids: Iterable[str]) -> set[str]:
        """Return those of the ids whom the viewer meets, whoever they are; the viewer is one of them."""
        ids = sorted(set(user_ids))
        if self.is_open(site_id) or not ids:
            return set(ids)
        who = {"site_id": site_id, "viewer_id": viewer_id, "grouped": self._grouped(site_id)}

        def find(tx: Transaction) -> set[str]:
            chunks = (ids[start : start + PEOPLE_PER_QUERY] for start in range(0, len(ids), PEOPLE_PER_QUERY))
            return {row[0] for chunk in chunks for row in tx.rows("find_met", **who, user_ids=chunk)}

        return self._database.read(find) | ({viewer_id} & set(ids))

    def load_states(self, site_id: str, viewer_id: str, user_ids: Iterable[str]) -> dict[str, PresenceState]:
        """Return what ``PresenceTable.load_states`` does, of those whom the viewer meets."""
        met = self.find_met(site_id, viewer_id, user_ids)
        return self._presence.load_states(site_id, viewer_id, sorted(met))

    def find_strangers(self, pairs: Iterable[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
        """Return those (site_id, user_id, viewer_id) of ``pairs`` who do not meet."""
        asked: dict[tuple[str, str], set[str]] = {}
        for site_id, user_id, viewer_id in pairs:
            if not self.is_open(site_id):
                asked.setdefault((site_id, viewer_id), set()).add(user_id)
        return {
            (site_id, user_id, viewer_id)
            for (site_id, viewer_id), user_ids in asked.items()
            for user_id in user_ids - self.find_met(site_id, viewer_id, user_ids)
        }

    def page(
        self,
        site_id: str,
        viewer_id: str,
        *,
        online: bool,
        others: bool,
        q: str,
        cursor: str | None,
        offset: int,
        limit: int,
    ) -> ContactPage:
        """Return those whom the viewer meets, by name: as ``Contacts.page_everyone`` returns everybody."""
        place = open_place(cursor, MetPlace) if cursor else MetPlace("", "")
        low, high = prefix_range(q)
        asked = {
            "site_id": site_id,
            "viewer_id": viewer_id,
            "grouped": self._grouped(site_id),
            "online": int(online),
            "others": int(others),
            "searching": int(bool(fold(q))),
            "low": low,
            "high": high,
        }

        def load(tx: Transaction) -> ContactPage:
            behind = msgspec.structs.asdict(place)
            rows = tx.rows("page_met", **asked, **behind, limit=limit + 1, skip=offset)
            total = int(tx.rows("count_met", **asked)[0][0])
            last = MetPlace(rows[limit - 1][9], rows[limit - 1][0]) if len(rows) > limit else None
            return ContactPage(
                data=[contact_of(row[:8]) for row in rows[:limit]],
                total=total,
                next_cursor=seal(last) if last else None,
            )

        return self._database.snapshot(load)

    def _grouped(self, site_id: str) -> int:
        return int(self._rules_of(site_id).roster == "group")
