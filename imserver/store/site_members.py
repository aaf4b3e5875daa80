"""The members of a site for those who look after it: who they are and how much, never what they say."""

from collections.abc import Callable
from dataclasses import dataclass

from imserver.errors import NotFound
from imserver.store.database import Database, Transaction, first_row
from imserver.store.folding import prefix_range
from imserver.store.people import FORMER_ID

# Beyond this, what somebody has sent is only counted as more.
COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class MemberLine:
    """``banned_until`` is 0 for most, 2^53 for ever; ``joined``, ``posts`` and ``trust`` are the host's."""

    user_id: str
    name: str
    avatar: str
    url: str
    guest: bool
    bot: bool
    moderator: bool
    joined: int
    posts: int
    trust: int
    banned_until: int
    created_at: int
    seen_at: int
    name_folded: str
    shown: str

    def is_banned(self, *, now: int) -> bool:
        """Tell whether a ban holds."""
        return self.banned_until > now


@dataclass(frozen=True, slots=True)
class MemberCard:
    """One member, with numbers of what there is. ``sent`` counts to 10,000."""

    line: MemberLine
    sent: int
    conversations: int
    reports_about: int


@dataclass(frozen=True, slots=True)
class ConversationLine:
    """A conversation by what is known without reading it."""

    conversation_id: str
    kind: str
    participants: int
    messages: int
    last_at: int
    created_at: int


@dataclass(frozen=True, slots=True)
class ParticipantLine:
    """Somebody who takes part, and how far they have read."""

    user_id: str
    name: str
    role: str
    read_seq: int
    joined_at: int


class SiteMembers:
    """Reads only."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def page(
        self, site_id: str, *, q: str = "", after: tuple[str, str] = ("", ""), limit: int = 50
    ) -> list[MemberLine]:
        """Return members by name; with ``q`` those of whom a word of the name begins so. After a place."""
        place = {"former": FORMER_ID, "name_folded": after[0], "user_id": after[1], "limit": limit}
        low, high = prefix_range(q)

        def load(tx: Transaction) -> list[MemberLine]:
            if q.strip():
                rows = tx.rows("page_site_members_found", site_id=site_id, low=low, high=high, **place)
            else:
                rows = tx.rows("page_site_members", site_id=site_id, **place)
            return [_member(row) for row in rows]

        return self._database.read(load)

    def card(self, site_id: str, user_id: str) -> MemberCard:
        """Return one member; raise NotFound."""
        key = {"site_id": site_id, "user_id": user_id}

        def load(tx: Transaction) -> MemberCard:
            row = first_row(tx.rows("load_site_member", **key))
            if row is None:
                raise NotFound
            counts = first_row(tx.rows("count_of_member", **key, most=COUNTED))
            assert counts is not None  # noqa: S101 - counts are one row
            return MemberCard(_member(row), *map(int, counts))

        return self._database.snapshot(load)

    def conversations(
        self, site_id: str, user_id: str, *, after: str = "", limit: int = 50
    ) -> list[ConversationLine]:
        """Return those in which somebody takes part, by id, after one."""
        rows = self._database.read(
            lambda tx: tx.rows(
                "page_conversations_of", site_id=site_id, user_id=user_id, after=after, limit=limit
            )
        )
        return [ConversationLine(*row) for row in rows]

    def all_conversations(self, site_id: str, *, after: str = "", limit: int = 50) -> list[ConversationLine]:
        """Return those of the whole site, by id, after one."""
        rows = self._database.read(
            lambda tx: tx.rows("page_site_conversations", site_id=site_id, after=after, limit=limit)
        )
        return [ConversationLine(*row) for row in rows]

    def participants(self, site_id: str, conversation_id: str, *, limit: int = 100) -> list[ParticipantLine]:
        """Return the first who take part; raise NotFound for no conversation of the site."""
        key = {"site_id": site_id, "conversation_id": conversation_id}

        def load(tx: Transaction) -> list[ParticipantLine]:
            if not tx.rows("find_conversation", **key):
                raise NotFound
            return [ParticipantLine(*row) for row in tx.rows("page_participants", **key, limit=limit)]

        return self._database.read(load)


def _member(row: tuple[object, ...]) -> MemberLine:
    line = MemberLine(*row)  # type: ignore[arg-type]
    return line
