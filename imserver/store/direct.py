"""How the conversation of two people begins."""

from imserver.errors import NotFound
from imserver.protocol.types import ConversationKind
from imserver.store.blocks import has_blocked
from imserver.store.database import Transaction
from imserver.store.ids import direct_id
from imserver.store.people import load_people
from imserver.store.requests import ACCEPTED, PENDING
from imserver.store.sites import load_rules


def insert_direct(tx: Transaction, site_id: str, user_id: str, peer_id: str, *, now: int) -> None:
    """Make the two's conversation if there is none; raise NotFound unless both are people of the site.

    To somebody who has not the person for a friend it is a request, where strangers have to ask first, and
    behind a wall it stays hidden.
    """
    if len(load_people(tx, site_id, [user_id, peer_id])) < 2:
        raise NotFound
    key = {"site_id": site_id, "conversation_id": direct_id(site_id, user_id, peer_id)}
    if tx.rows("find_conversation", **key):
        return
    tx.run("insert_conversation", **key, kind=ConversationKind.DIRECT.value, now=now)
    knows = bool(tx.rows("find_friends", site_id=site_id, user_id=peer_id, friend_ids=[user_id]))
    asks = load_rules(tx, site_id).requests and not knows
    parts = {user_id: (peer_id, ACCEPTED), peer_id: (user_id, PENDING if asks else ACCEPTED)}
    rows = [
        (*key.values(), me, now, request, int(has_blocked(tx, site_id, me, other)))
        for me, (other, request) in sorted(parts.items())
    ]
    tx.run("insert_participants", rows=rows)
