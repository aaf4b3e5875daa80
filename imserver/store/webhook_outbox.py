"""Events that a site's own server wants to hear of, written in the transaction of what they tell.

design: a row says what happened and where, never with what words; whoever delivers it reads those, as they
are then. It has no number yet, so two commits of one site do not wait for each other: ``stream`` and
``place`` say in which order those of one conversation are, and the one worker that delivers gives the
numbers.
"""

from collections.abc import Iterable, Iterator, Sequence

from imserver.store.database import Call, Row, Transaction

MESSAGE_CREATED = "message.created"
MESSAGE_CHANGED = "message.changed"
USER_CREATED = "user.created"
REPORT_CREATED = "report.created"
BAN_ADDED = "ban.added"
BAN_LIFTED = "ban.lifted"
# Ids of the sites that have a webhook.
Hooked = frozenset[str]
NOBODY: Hooked = frozenset()


def message_calls(messages: Iterable[Row], hooked: Hooked, *, now: int) -> Iterator[Call]:
    """Yield what a commit of the writer adds for sites in ``hooked``: at most one statement.

    ``messages`` are rows of ``insert_messages``. While no site has a webhook this is one look at a set.
    """
    if not hooked:
        return
    rows = [
        (site_id, conversation_id, seq, 0, MESSAGE_CREATED, now)
        for site_id, conversation_id, seq, *_ in messages
        if site_id in hooked
    ]
    if rows:
        yield "save_webhook_events", {"rows": rows}


def note_event(
    tx: Transaction, site_id: str, event: str, *, stream: str, place: int = 0, version: int = 0, now: int
) -> None:
    """Write the event down if the site has a webhook: a look by key where it has none."""
    if tx.rows("find_hooked", site_ids=[site_id]):
        tx.run("save_webhook_events", rows=[(site_id, stream, place, version, event, now)])


def note_users(tx: Transaction, users: Sequence[tuple[str, str]], *, now: int) -> None:
    """Write down that there are new people, of sites that have a webhook."""
    hooked = {row[0] for row in tx.rows("find_hooked", site_ids=sorted({user[0] for user in users}))}
    rows = [(site_id, user_id, 0, 0, USER_CREATED, now) for site_id, user_id in users if site_id in hooked]
    if rows:
        tx.run("save_webhook_events", rows=sorted(rows))
