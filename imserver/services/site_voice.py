"""What a site says itself: as its own voice or as one of its bots, and never in a member's name."""

from collections.abc import Sequence
from dataclasses import replace

from msgspec import UNSET

from imserver.errors import InvalidRequest, NotFound
from imserver.protocol.types import NewMessage, SentMessages
from imserver.protocol.types import server as wire
from imserver.services.conversations import Conversations
from imserver.services.site_desk import described, shown
from imserver.store import Store
from imserver.store.bots import SYSTEM_ID
from imserver.store.values import Session

# A client repeats what was not answered soon after; its line is among the newest.
LINES_LOOKED_AT = 100


class SiteVoice:
    """Sends go the way of everybody's: the same writer, the same checks, the same idempotence.

    ``actor`` is the key that asks, for the record.
    """

    def __init__(self, store: Store, conversations: Conversations) -> None:
        self._store = store
        self._conversations = conversations

    def put_bot(self, site_id: str, user_id: str, wanted: wire.PutBot, *, actor: str) -> wire.ServerUser:
        """Describe a bot; raise Conflict if a member has the id."""
        description = wire.UserDescription(name=wanted.name, avatar=wanted.avatar, url=wanted.url)
        # The site answers for what its bots say: what holds for newcomers is not for them.
        bot = replace(described(site_id, user_id, description), moderator=True)
        self._store.bots.save(bot, actor=actor)
        return shown(self._store.site_people.require(site_id, user_id))

    def bots(self, site_id: str) -> wire.Bots:
        """Return all bots of the site."""
        ids = self._store.bots.list_ids(site_id)
        return wire.Bots(data=[shown(self._store.site_people.require(site_id, each)) for each in ids])

    def send(self, site_id: str, wanted: wire.ServerSend, *, actor: str) -> SentMessages:
        """Store messages of a bot and return after the commit; with the same client ids as often as need be.

        Raises NotFound for a sender who is no bot, for a person who is none of the site's and for a
        conversation in which the sender takes no part; InvalidRequest unless exactly one of the two is
        named.
        """
        sender_id = SYSTEM_ID if wanted.sender_id is UNSET else wanted.sender_id
        if (wanted.user_id is UNSET) is (wanted.conversation_id is UNSET):
            raise InvalidRequest("Name either a user_id or a conversation_id.")
        self._store.bots.require(site_id, sender_id)
        conversation_id = wanted.conversation_id
        if conversation_id is UNSET:
            assert isinstance(wanted.user_id, str)  # noqa: S101 - for the type checker; one of the two is named
            conversation_id = self._open(site_id, sender_id, wanted.user_id)
        sent = self._send(site_id, sender_id, conversation_id, wanted.messages)
        self._record(site_id, sender_id, sent, actor=actor)
        return sent

    def _record(self, site_id: str, sender_id: str, sent: SentMessages, *, actor: str) -> None:
        """Write which messages a bot was made to say.

        The writer commits many senders' messages at once and holds no record's head for that, so the line
        comes after them: whoever repeats a send whose line was lost with its worker leaves it then.
        """
        client_ids = [message.client_id for message in sent.messages]
        if all(message.duplicate for message in sent.messages) and self._is_recorded(site_id, sent):
            return
        detail = {"sender": sender_id, "client_ids": client_ids}
        self._store.audit.append(
            site_id=site_id, actor=actor, act="message.sent", about=sent.conversation_id, detail=detail
        )

    def _is_recorded(self, site_id: str, sent: SentMessages) -> bool:
        """Tell whether one of the last lines about the conversation is of these messages."""
        first = sent.messages[0].client_id
        lines = self._store.audit.page(site_id, about=sent.conversation_id, limit=LINES_LOOKED_AT)
        return any(first in line.detail.get("client_ids", ()) for line in lines)

    def _open(self, site_id: str, sender_id: str, user_id: str) -> str:
        """Return the id of the two's conversation, which is no request of a stranger's."""
        if user_id == sender_id:
            raise NotFound
        opened = self._store.conversations.open_direct(site_id, sender_id, user_id)
        self._store.bots.introduce(site_id, opened.id, user_id)
        return opened.id

    def _send(
        self, site_id: str, sender_id: str, conversation_id: str, messages: Sequence[NewMessage]
    ) -> SentMessages:
        session = Session(site_id, sender_id, b"", "", 0)
        return self._conversations.send(session, conversation_id, list(messages))
