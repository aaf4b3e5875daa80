"""Every table and column, and what becomes of it when a member, or a site, is erased or exported.

A new table or column belongs in here before a test lets it in: whoever adds one decides what it holds of a
person. ``erasing`` and ``exports`` carry it out; ``tests/store/test_personal.py`` compares this list with the
schema, and looks through every column of every table for what is left of somebody who was erased.
"""

from enum import Enum
from typing import NamedTuple


class Fate(Enum):
    """What erasing a member does to a table."""

    DELETED = "the member's rows are deleted"
    DISOWNED = "rows that others need keep their place, under the id of a former member"
    NOTHING = "it holds nothing of a member"


class Table(NamedTuple):
    """``columns`` in any order. ``exported``: the kinds of line by which a member gets their part of it."""

    columns: str
    fate: Fate
    exported: str
    why: str

    @property
    def is_of_a_site(self) -> bool:
        """Tell whether erasing a site empties it."""
        return "site_id" in self.columns.split()


DELETED, DISOWNED, NOTHING = Fate.DELETED, Fate.DISOWNED, Fate.NOTHING
_OF_PROGRAM = "only the program's own"
_OF_CONSOLE = "of who runs a site, not of its members"
_REPEATS = "repeats what is exported elsewhere"
_DECIDED = "what was decided outlives the person: an id, a reason, never what they wrote to others"

TABLES: dict[str, Table] = {
    "audit": Table("site_id n created_at actor act about detail hash", NOTHING, "", _DECIDED),
    "audit_heads": Table("site_id n hash", NOTHING, "", _OF_PROGRAM),
    "bans": Table("site_id user_id until_ms reason actor created_at", NOTHING, "", _DECIDED),
    "api_keys": Table("site_id key_id hash label created_at used_at", NOTHING, "", "the site's own server's"),
    "blocks": Table(
        "site_id user_id other_id blocks blocked created_at", DELETED, "block", "both directions go"
    ),
    "bots": Table("site_id user_id created_at", DELETED, "", "who is no member but a program of the site"),
    "conversations": Table(
        "site_id conversation_id kind last_seq last_at created_at trimmed_seq",
        DISOWNED,
        "conversation",
        "a conversation of two gets another id, as its id follows from who they are; it goes with the second",
    ),
    "file_usage": Table("site_id user_id bytes", DELETED, "", "follows from the files"),
    "files": Table(
        "site_id file_id user_id conversation_id seq is_ready place thumb_place thumb_bytes stored_bytes "
        "about due_at created_at",
        DISOWNED,
        "file",
        "unreachable at once, bytes and row with the sweep; a group's picture stays, without its name",
    ),
    "held": Table(
        "site_id held_id sender_id client_id conversation_id body dressing reason state created_at",
        DELETED,
        "",
        "what waits for a moderator, for days",
    ),
    "house_rules": Table("site_id body changed_at", NOTHING, "", "the owner's"),
    "friend_pulls": Table(
        "site_id user_id etag pulled_at due_at tries status error",
        DELETED,
        "",
        "when the host was asked for their friends; those are exported",
    ),
    "imports": Table(
        "site_id import_id kind at_bytes at_line taken fresh refused refused_bytes is_done changed_at",
        NOTHING,
        "",
        "numbers of a file",
    ),
    "inbox": Table(
        "site_id user_id useq tag kind conversation_id seq payload created_at",
        DELETED,
        "",
        "theirs go; others' streams that name them are reset; repeats the messages",
    ),
    "installation": Table("name secret created_at", NOTHING, "", "secrets of the installation"),
    "invitations": Table(
        "site_id user_id conversation_id inviter_id created_at",
        DELETED,
        "invitation",
        "those they made go, too",
    ),
    "leases": Table("site_id user_id worker_id", DELETED, "", "who is connected where, for seconds"),
    "mail_people": Table("site_id user_id due_at told_at tries step claim", DELETED, "", "when mail is due"),
    "mail_watches": Table(
        "site_id conversation_id due_at", DELETED, "", "of conversations of two, as they get another id"
    ),
    "members": Table("site_id conversation_id user_id is_offline name_folded", DELETED, "", _REPEATS),
    "messages": Table(
        "site_id conversation_id seq sender_id client_id body created_at extra version",
        DISOWNED,
        "message",
        "the text goes, or stays if the site's rule is to keep texts; so does what others name beside it",
    ),
    "name_words": Table("site_id word user_id", DELETED, "", _REPEATS),
    "newcomers": Table("site_id user_id sent recent talks", DELETED, "", "when they have sent, for a day"),
    "owner_codes": Table("owner_id code_id", NOTHING, "", _OF_CONSOLE),
    "owner_links": Table("site_id link_id email role made_by expires_at", NOTHING, "", _OF_CONSOLE),
    "owner_roles": Table("site_id owner_id role created_at", NOTHING, "", _OF_CONSOLE),
    "owner_sessions": Table(
        "session_id owner_id stage agent address created_at seen_at expires_at", NOTHING, "", _OF_CONSOLE
    ),
    "owners": Table("owner_id email name password admin totp totp_step created_at", NOTHING, "", _OF_CONSOLE),
    "participants": Table(
        "site_id conversation_id user_id read_seq joined_at role delivered_seq mentioned_seq muted_until "
        "unread_mark request hides told_seq by_site",
        DISOWNED,
        "conversation",
        "in conversations of two a former member stays; groups and rooms are left",
    ),
    "pins": Table(
        "site_id conversation_id seq user_id created_at",
        DISOWNED,
        "message",
        "the message says that it is pinned",
    ),
    "preferences": Table(
        "site_id user_id receipts typing presence settings", DELETED, "settings", "their own settings"
    ),
    "presence": Table(
        "site_id user_id chosen status_text connected shown listed changed_at name_folded private",
        DELETED,
        "presence",
        "what they chose to be seen as",
    ),
    "reactions": Table(
        "site_id conversation_id seq emoji user_id created_at", DELETED, "reaction", "counts are made anew"
    ),
    "reports": Table(
        "site_id report_id reporter_id user_id conversation_id seq body sent_at reason note state created_at "
        "decided_at decided_by outcome",
        DISOWNED,
        "report",
        "that there was one stays; what they wrote in it goes, and so does their message in it",
    ),
    "room_bans": Table(
        "site_id conversation_id user_id by_id created_at", DISOWNED, "", "theirs go; those they made stay"
    ),
    "room_sends": Table("site_id conversation_id user_id sent_at", DELETED, "", "slow mode, for seconds"),
    "room_words": Table("site_id word conversation_id", NOTHING, "", "names of rooms"),
    "rooms": Table(
        "site_id conversation_id name name_folded topic picture page slow_seconds is_public is_listed "
        "members",
        NOTHING,
        "conversation",
        "what a group is called belongs to all of it",
    ),
    "roster": Table(
        "site_id user_id friend_id created_at name_folded", DELETED, "friend", "both directions go"
    ),
    "schema_migrations": Table("version name checksum applied_at", NOTHING, "", _OF_PROGRAM),
    "search_marks": Table("site_id conversation_id indexed_seq", NOTHING, "", _OF_PROGRAM),
    "search_terms": Table(
        "site_id conversation_id term block bits", DELETED, "", "words that no message has any more"
    ),
    "sessions": Table(
        "site_id session_id user_id origin created_at expires_at revoked_at guest",
        DELETED,
        "session",
        "ended at once; since when and where is exported, never the proof",
    ),
    "site_keys": Table("site_id kid secret created_at", NOTHING, "", "the host's"),
    "site_budgets": Table("site_id day messages spent_until", NOTHING, "", "what a site has sent, in all"),
    "sites": Table(
        "site_id name origins created_at rules suspended_at concerns_sends", NOTHING, "", "the owner's"
    ),
    "streams": Table("site_id user_id head head_tag floor", DELETED, "", _OF_PROGRAM),
    "tickets": Table("site_id ticket_id session_id expires_at", DELETED, "", "with their sessions"),
    "used_tokens": Table("site_id token_id expires_at", NOTHING, "", "digests, for an hour"),
    "turns": Table("name holder until_ms", NOTHING, "", _OF_PROGRAM),
    "user_groups": Table("site_id user_id group_name", DELETED, "", "as the next token says again"),
    "usage_hours": Table(
        "site_id hour messages sign_ins online_peak errors cache_hits cache_misses server_calls "
        "hooks_taken hooks_failed",
        NOTHING,
        "",
        "sums",
    ),
    "users": Table(
        "site_id user_id name name_folded avatar url roles version created_at seen_at guest email joined "
        "moderator banned_until posts trust bot",
        DELETED,
        "profile",
        "goes last",
    ),
    "warnings": Table(
        "site_id user_id warning_id body created_at",
        DELETED,
        "warning",
        "that it was said stays on the record",
    ),
    "webhook_heads": Table("site_id last_number", NOTHING, "", "a number"),
    "webhook_log": Table(
        "site_id number type stream place version created_at",
        DELETED,
        "",
        "what was told of them; events of conversations hold no more than places",
    ),
    "webhook_outbox": Table(
        "site_id stream place version type created_at", DELETED, "", "as webhook_log, for moments"
    ),
    "webhook_posts": Table(
        "site_id webhook_id post_number kind first_number last_number events_count status error took_ms "
        "created_at",
        NOTHING,
        "",
        "how requests to the site's own server went",
    ),
    "webhooks": Table(
        "site_id webhook_id url events secret enabled reason delivered tries due_at failing_since posts "
        "created_at",
        NOTHING,
        "",
        "the site's",
    ),
    "workers": Table("worker_id beat_at", NOTHING, "", _OF_PROGRAM),
}
# In the order in which a site is emptied: whatever lets people in goes first, the site itself last.
_FIRST, _LAST = ("site_keys", "api_keys", "tickets", "sessions"), ("sites",)
SITE_TABLES: tuple[str, ...] = (
    *_FIRST,
    *sorted(name for name, table in TABLES.items() if table.is_of_a_site and name not in (*_FIRST, *_LAST)),
    *_LAST,
)
