"""What must be true of the stored rows at any time when no transaction runs."""

from collections import defaultdict
from dataclasses import dataclass

from imserver.protocol.events import MESSAGE_CHANGED, MESSAGE_CREATED
from imserver.store import Store
from imserver.store.database import Row
from imserver.store.mysql_text import MysqlStatement
from imserver.store.statements import SQLITE, Statement
from tests.property.acts import Acts
from tests.property.oracle import Conversation, User

# Plain SELECTs that both databases take; the audit must not lean on the queries that it judges.
QUERIES = {
    "conversations": "SELECT conversation_id, last_seq FROM conversations WHERE site_id = %(site_id)s",
    "messages": "SELECT conversation_id, seq, sender_id, client_id, body FROM messages"
    " WHERE site_id = %(site_id)s ORDER BY conversation_id, seq",
    "streams": "SELECT user_id, head, head_tag, floor FROM streams WHERE site_id = %(site_id)s",
    "inbox": "SELECT user_id, useq, tag, kind, conversation_id, seq FROM inbox"
    " WHERE site_id = %(site_id)s ORDER BY user_id, useq",
}


@dataclass(slots=True)
class Rows:
    """All rows of one site."""

    conversations: list[Row]
    messages: list[Row]
    streams: list[Row]
    inbox: list[Row]


def load_rows(store: Store, site_id: str) -> Rows:
    """Read everything that the site has stored."""
    statements = store.database._statements
    is_mysql = type(store.database.inner).__name__ == "MysqlDatabase"
    for name, sql in QUERIES.items():
        label = f"audit_{name}"
        made = MysqlStatement(label, sql) if is_mysql else Statement(label, sql, dialect=SQLITE)
        statements.setdefault(label, made)
    return store.database.snapshot(
        lambda tx: Rows(**{name: tx.rows(f"audit_{name}", site_id=site_id) for name in QUERIES})
    )


def judge(acts: Acts) -> None:
    """Let the world come to rest; then every promise must have been kept and the rows must agree."""
    world = acts.world
    world.network.fault = ""
    for send in acts.unanswered():
        acts.submit(send, "w0")
    world.catch_up()
    verdict = world.oracle.judge(world.logs())
    assert not verdict.letters, str(verdict)
    world.start_worker("w0")
    acts.revisions.audit(world.workers["w0"].store)
    for site in ("one", "two"):
        audit(acts, world.workers["w0"].store, world.site_id(site))


def audit(acts: Acts, store: Store, site_id: str) -> None:
    """Fail unless messages and inbox rows are dense, agree, and hold what was acknowledged."""
    rows = load_rows(store, site_id)
    _messages_are_dense(rows)
    _inboxes_are_dense(rows)
    _acknowledged_is_stored(acts, rows, site_id)
    changes = [(row[0], row[4], row[5]) for row in rows.inbox if row[3] == MESSAGE_CHANGED]
    acts.revisions.check_told(changes, site_id, {row[0]: row[3] for row in rows.streams})
    for conversation in acts.conversations:
        if conversation[0] == site_id:
            for user in acts.world.oracle.members[conversation]:
                _inbox_matches_messages(rows, conversation, user)
                _unread_is_right(acts, store, rows, conversation, user)


def _messages_are_dense(rows: Rows) -> None:
    seqs: dict[str, list[int]] = defaultdict(list)
    for conversation_id, seq, *_ in rows.messages:
        seqs[conversation_id].append(seq)
    for conversation_id, last_seq in rows.conversations:
        assert seqs[conversation_id] == list(range(1, last_seq + 1)), f"{conversation_id} has holes"
    assert len({(row[2], bytes(row[3])) for row in rows.messages}) == len(rows.messages), "stored twice"


def _inboxes_are_dense(rows: Rows) -> None:
    useqs: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for user_id, useq, tag, *_ in rows.inbox:
        useqs[user_id].append((useq, tag))
    for user_id, head, head_tag, floor in rows.streams:
        have = [useq for useq, _ in useqs[user_id]]
        assert have == list(range(floor + 1, head + 1)), f"the inbox of {user_id} has holes"
        assert not have or useqs[user_id][-1][1] == head_tag, f"the head of {user_id} has another tag"


def _acknowledged_is_stored(acts: Acts, rows: Rows, site_id: str) -> None:
    stored = {
        bytes(client_id).hex(): (conversation_id, seq, sender_id, body)
        for conversation_id, seq, sender_id, client_id, body in rows.messages
    }
    for send in acts.sends:
        if send.answer is None or send.user[0] != site_id:
            continue
        for new, sent in zip(send.messages, send.answer.messages, strict=True):
            model = acts.revisions.models.get((send.conversation, sent.seq))
            right = send.conversation[1], sent.seq, send.user[1], model.text if model else new.text
            assert stored.get(new.client_id) == right, f"{new.client_id} was answered OK and is not stored so"


def _inbox_matches_messages(rows: Rows, conversation: Conversation, user: User) -> None:
    wanted = user[1], MESSAGE_CREATED, conversation[1]
    told = [seq for user_id, _, _, kind, place, seq in rows.inbox if (user_id, kind, place) == wanted]
    stored = [row[1] for row in rows.messages if row[0] == conversation[1]]
    floor = next(row[3] for row in rows.streams if row[0] == user[1])
    # What lies below the floor was trimmed, and is in the history only.
    kept = stored if not floor else stored[len(stored) - len(told) :]
    assert told == kept, f"the inbox of {user} does not hold the messages of {conversation}"


def _unread_is_right(acts: Acts, store: Store, rows: Rows, conversation: Conversation, user: User) -> None:
    seen = store.conversations.require_conversation(*user, conversation[1])
    own = [row[1] for row in rows.messages if row[0] == conversation[1] and row[2] == user[1]]
    read_seq = max(acts.read.get((conversation, user), 0), *own, 0)
    assert (seen.read_seq, seen.unread) == (read_seq, seen.last_seq - read_seq), f"{user} in {conversation}"
