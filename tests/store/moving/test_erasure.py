"""A member who is erased: nothing says who they were, in any table, and others keep their places."""

import secrets
from pathlib import Path

import gevent
import msgspec
import pytest

from imserver.errors import InvalidRequest, NotFound, ServiceError
from imserver.files.disk import NOTES, Disk
from imserver.protocol.cursor import Cursor
from imserver.protocol.types import File, NewReport, ReportReason, SetSettings
from imserver.services.erasure import FORMER_ID, Erasure, read_notes
from imserver.services.export import Export
from imserver.store import Store
from imserver.store.database import Transaction
from imserver.store.files import StoredFile
from imserver.store.personal import SITE_TABLES, TABLES, Fate
from imserver.store.values import Person, Reset, SiteRules
from tests.app.tables import list_columns, read_rows
from tests.services import make_folder
from tests.store.town import Town, new

# A name, an id and words that occur nowhere else.
WHO, NAME, WORDS = "zenobia-4711", "Zenobia Quux", "xylophone quagmire"
TRACES = (WHO, "Zenobia", "zenobia", "Quux", "xylophone", "quagmire", "zenobia@example.org", "zeno.png")


class Quarter:
    """A town with somebody who has left a trace wherever that is possible."""

    def __init__(self, town: Town, folder: Path) -> None:
        self.town = town
        self.store = town.store
        self.site_id = town.site_id
        self.disk = Disk(folder)
        self.folder = folder
        self.ended: list[bytes] = []
        self.erasure = Erasure(town.store, self.disk, session_ended=self.ended.append, now_ms=town.clock)
        self.export = Export(town.store, self.disk)
        self.move_in()

    def move_in(self) -> None:
        store, site_id = self.store, self.site_id
        who = Person(site_id, WHO, NAME, url="/u/zenobia", email="zenobia@example.org", roles=("zenobia",))
        store.sign_ins.sign_in(who, origin="https://town.example", lifetime_ms=3_600_000)
        store.roster.add_friends(site_id, WHO, ["ada", "ghost"])
        store.roster.add_friends(site_id, "ada", [WHO, "bob"])
        self.chat = self.town.open(WHO, "ada").id
        self.town.say("ada", self.chat, "one")
        self.town.say(WHO, self.chat, WORDS)
        self.town.say("ada", self.chat, "three")
        self.group = store.groups.create_group(site_id, WHO, name="The group", invited=["ada", "bob"])
        for user_id in ("ada", "bob"):
            store.groups.join(site_id, user_id, self.group)
        self.town.say("ada", self.group, "first")
        seq = self.town.say(WHO, self.group, WORDS).messages[0].seq
        self.town.post("ada", self.group, new("reply", reply_to=seq, mentions=(WHO, "bob")))
        last = self.town.history("ada", self.group)[-1].seq
        store.reactions.react(site_id, WHO, self.group, seq=last, emoji="\U0001f600", on=True)
        store.reactions.react(site_id, "bob", self.group, seq=last, emoji="\U0001f600", on=True)
        store.reactions.react(site_id, "bob", self.group, seq=seq, emoji="\U0001f600", on=True)
        store.pins.pin(site_id, WHO, self.group, seq=last)
        self.room = store.groups.create_room(site_id, WHO, name="A room")
        store.groups.join(site_id, "ada", self.room)
        self.town.say(WHO, self.room, WORDS)
        store.blocks.block(site_id, WHO, "cyd")
        store.preferences.change(site_id, WHO, SetSettings(typing=False))
        store.reports.insert(site_id, WHO, NewReport(user_id="bob", reason=ReportReason.SPAM, note=WORDS))
        store.reports.insert(
            site_id, "ada", NewReport(conversation_id=self.chat, seq=2, reason=ReportReason.SPAM)
        )
        self.send_file()
        store.database.write(self.leave_rows)
        store.search_index.catch_up()
        for pair in ((site_id, self.chat), (site_id, self.group), (site_id, self.room)):
            store.search_index.take_in(pair)

    def leave_rows(self, tx: Transaction) -> None:
        """What they leave only on some sites, or for seconds."""
        site, site_id = {"site_id": self.site_id}, self.site_id
        tx.run("insert_bot", **site, user_id=WHO, now=1)
        tx.run("insert_friend_pulls", rows=[(site_id, WHO, 1)])
        held = (site_id, secrets.token_hex(11), WHO, b"h" * 16, self.chat, WORDS, "{}", "word", "waits", 1)
        tx.run("insert_held", rows=[held])
        invitations = [("bob", WHO), (WHO, "bob")]
        rows = [(site_id, who, self.group, inviter, 1) for who, inviter in invitations]
        tx.run("insert_invitations", rows=rows)
        tx.run("insert_leases", rows=[(site_id, WHO, "worker")])
        tx.run("insert_mail_people", rows=[(site_id, WHO, 1)])
        tx.run("begin_newcomers", rows=[(site_id, WHO, 1, "[]", "[]")])
        for user_id, by_id in ((WHO, "bob"), ("cyd", WHO)):
            tx.run("insert_ban", **site, conversation_id=self.room, user_id=user_id, by_id=by_id, now=1)
        tx.run("save_room_sends", rows=[(site_id, self.room, WHO, 1)])
        tx.run("insert_user_groups", rows=[(site_id, WHO, "zenobia")])
        tx.run("insert_webhook_log", rows=[(site_id, 1, "user.created", WHO, 1, 1, 1)])
        tx.run("save_webhook_events", rows=[(site_id, WHO, 1, 1, "user.created", 1)])
        # Without the line of the record, which stays.
        tx.run("insert_warning", **site, user_id=WHO, warning_id="w1", body=WORDS, now=1)

    def send_file(self) -> None:
        place = secrets.token_hex(20)
        path = self.folder / "incoming"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")
        file = File(id="f" + secrets.token_hex(12), name="zeno.png", type="image/png", size=7)
        stored = StoredFile(
            site_id=self.site_id,
            user_id=WHO,
            conversation_id=self.chat,
            place=place,
            thumb_place="",
            thumb_bytes=0,
            file=file,
        )
        self.store.files.reserve(stored, person_bytes=0, site_bytes=0)
        self.disk.put(place, path)
        self.store.files.mark_ready(*stored.key)
        self.town.post(WHO, self.chat, new("", files=(file.id,)))
        self.town.say("ada", self.chat, "five")

    def bytes_kept(self) -> list[str]:
        return [path.name for path in self.folder.rglob("*") if path.is_file() and path.name != NOTES]


@pytest.fixture
def quarter(town: Town) -> Quarter:
    return Quarter(town, make_folder())


def traces(quarter: Quarter, store_url: str) -> list[tuple[str, str]]:
    """Return every column of every table in which something says who it was; of sites, this one."""
    found = []
    for table, columns in list_columns(store_url).items():
        where = f" WHERE site_id = '{quarter.site_id}'" if "site_id" in columns else ""
        for row in read_rows(store_url, f"SELECT {', '.join(columns)} FROM {table}{where}"):
            found += [
                (f"{table}.{column}", str(cell))
                for column, cell in zip(columns, row, strict=True)
                if any(trace in str(cell) for trace in TRACES)
            ]
    return found


def test_every_table_and_column_has_a_fate(store: Store, store_url: str) -> None:
    there = {table: set(columns) for table, columns in list_columns(store_url).items()}
    declared = {name: set(table.columns.split()) for name, table in TABLES.items()}
    assert there == declared
    assert all(table.why for table in TABLES.values())


def test_every_table_of_a_site_can_be_emptied(store: Store) -> None:
    for table in SITE_TABLES:
        assert store.erasing.empty_table("no such site", table) == 0


# By the ids of conversations and sessions, in which nobody can be recognised.
NAMELESS = {"conversations", "mail_watches", "tickets"}


def test_there_is_something_to_erase_in_every_table_that_has_a_fate(quarter: Quarter, store_url: str) -> None:
    """So that the tests below look at each of them, also at one that comes next year."""
    touched = {name.partition(".")[0] for name, _ in traces(quarter, store_url)}
    fated = {name for name, table in TABLES.items() if table.fate is not Fate.NOTHING}
    assert fated - touched - NAMELESS == set()


def test_nothing_says_who_it_was(quarter: Quarter, store_url: str) -> None:
    before = {name for name, _ in traces(quarter, store_url)}
    assert {"users.name", "messages.body", "messages.extra", "roster.friend_id", "inbox.payload"} <= before
    assert {"files.about", "reports.note", "search_terms.term", "name_words.word"} <= before
    quarter.erasure.erase_member(quarter.site_id, WHO)
    assert traces(quarter, store_url) == []


def test_others_keep_their_messages_in_their_places(quarter: Quarter) -> None:
    before = quarter.town.history("ada", quarter.group)
    quarter.erasure.erase_member(quarter.site_id, WHO)
    after = quarter.town.history("ada", quarter.group)
    assert [m.seq for m in after] == list(range(1, len(after) + 1))
    assert [(m.seq, m.text) for m in after if m.sender_id in ("ada", "bob")][:2] == [
        (m.seq, m.text) for m in before if m.sender_id in ("ada", "bob")
    ][:2]
    theirs = [m for m in after if m.sender_id == FORMER_ID and m.line is msgspec.UNSET]
    assert [(m.text, m.deleted) for m in theirs] == [("", True)]
    reply = next(m for m in after if m.text == "reply")
    assert reply.mentions == ("bob",)
    assert [(r.count, r.user_ids) for r in reply.reactions] == [(1, ("bob",))]


def test_a_conversation_of_two_stays_with_the_other(quarter: Quarter) -> None:
    quarter.erasure.erase_member(quarter.site_id, WHO)
    page = quarter.store.conversations.page_conversations(quarter.site_id, "ada")
    (direct,) = [c for c in page.data if c.kind == "direct"]
    assert direct.id != quarter.chat
    assert direct.peer is not None
    assert (direct.peer.id, direct.peer.name) == (FORMER_ID, "Former member")
    messages = quarter.town.history("ada", direct.id)
    assert [(m.seq, m.text) for m in messages] == [(1, "one"), (2, ""), (3, "three"), (4, ""), (5, "five")]
    assert quarter.town.say("ada", direct.id, "six").messages[0].seq == 6


def test_a_site_may_keep_the_texts(quarter: Quarter, store_url: str) -> None:
    quarter.store.sites.set_rules(quarter.site_id, SiteRules(erased_texts="keep"))
    quarter.erasure.erase_member(quarter.site_id, WHO)
    left = {name for name, _ in traces(quarter, store_url)}
    assert left <= {"messages.body", "search_terms.term"}
    texts = [m.text for m in quarter.town.history("ada", quarter.group) if m.sender_id == FORMER_ID]
    assert WORDS in texts


def test_sessions_end_and_files_go_from_the_storage(quarter: Quarter) -> None:
    assert len(quarter.bytes_kept()) == 1
    quarter.erasure.erase_member(quarter.site_id, WHO)
    assert quarter.bytes_kept() == []
    assert len(quarter.ended) == 1
    assert quarter.store.sessions.live_sessions([(quarter.site_id, quarter.ended[0])]) == set()


def test_who_looks_on_reads_the_state_again(quarter: Quarter) -> None:
    cursor = Cursor.parse(quarter.store.state(quarter.site_id, "ada", 10).cursor)
    quarter.erasure.erase_member(quarter.site_id, WHO)
    assert isinstance(quarter.store.log.read_backlog(quarter.site_id, "ada", cursor), Reset)


def test_who_comes_again_is_somebody_new(quarter: Quarter) -> None:
    quarter.erasure.erase_member(quarter.site_id, WHO)
    with pytest.raises(NotFound):
        quarter.erasure.erase_member(quarter.site_id, WHO)
    quarter.town.add(WHO)
    assert quarter.store.state(quarter.site_id, WHO, 10).conversations.data == []
    fresh = quarter.town.open(WHO, "ada")
    assert quarter.town.say(WHO, fresh.id, "hello").messages[0].seq == 1


def test_whom_an_older_copy_brings_back_is_erased_again(quarter: Quarter, store_url: str) -> None:
    cut = quarter.town.clock()
    quarter.town.clock.pass_seconds(60)
    with pytest.raises(NotFound):
        quarter.erasure.erase_member(quarter.site_id, "nobody")
    quarter.erasure.erase_member(quarter.site_id, WHO)
    notes = read_notes(quarter.disk.notes())
    assert {(note.site_id, note.user_id) for note in notes} == {(quarter.site_id, WHO)}
    # As if a copy had been restored: they are here once more, and so is what they left.
    quarter.move_in()
    assert quarter.erasure.repeat(notes, since_ms=cut + 120_000) == []
    assert quarter.erasure.repeat(notes, since_ms=cut) == [(quarter.site_id, WHO)]
    assert traces(quarter, store_url) == []
    assert quarter.erasure.repeat(notes, since_ms=cut) == []


def test_an_erased_site_is_erased_again(quarter: Quarter) -> None:
    quarter.erasure.erase_site(quarter.site_id)
    notes = read_notes(quarter.disk.notes())
    quarter.store.sites.insert_site(site_id=quarter.site_id, name="Back", origins=())
    assert quarter.erasure.repeat(notes, since_ms=0) == [(quarter.site_id, "")]


def test_a_list_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no list of erasures"):
        read_notes([b'{"at": 1, "site_id": "s"}', b'{"site": 2}'])


def test_when_both_have_gone_nothing_is_left_of_the_two(quarter: Quarter, store_url: str) -> None:
    quarter.erasure.erase_member(quarter.site_id, WHO)
    quarter.erasure.erase_member(quarter.site_id, "ada")
    rows = read_rows(store_url, f"SELECT kind FROM conversations WHERE site_id = '{quarter.site_id}'")
    assert "direct" not in {row[0] for row in rows}


def test_what_was_cut_off_is_gone_through_again(
    quarter: Quarter, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise ServiceError("cut off")

    with monkeypatch.context() as patched:
        patched.setattr(quarter.store.erasing, "take_back_reactions", fail)
        with pytest.raises(ServiceError):
            quarter.erasure.erase_member(quarter.site_id, WHO)
    quarter.erasure.erase_member(quarter.site_id, WHO)
    assert traces(quarter, store_url) == []


def test_under_traffic_every_number_stays_dense(quarter: Quarter, store_url: str) -> None:
    going = True
    stored: dict[str, list[int]] = {}

    def talk(user_id: str, conversation_id: str) -> None:
        while going:
            try:
                answer = quarter.town.say(user_id, conversation_id, f"{user_id} talks")
                stored.setdefault(f"{user_id} {conversation_id}", []).append(answer.messages[0].seq)
            except NotFound:
                return
            gevent.sleep(0)

    talkers = [
        gevent.spawn(talk, user_id, conversation_id)
        for user_id, conversation_id in (
            ("ada", quarter.group),
            ("bob", quarter.group),
            (WHO, quarter.group),
            (WHO, quarter.chat),
            ("ada", quarter.room),
        )
    ]
    while len(stored) < len(talkers):
        gevent.sleep(0.01)
    quarter.erasure.erase_member(quarter.site_id, WHO)
    going = False
    gevent.joinall(talkers, raise_error=True)
    assert traces(quarter, store_url) == []
    rows = read_rows(
        store_url,
        "SELECT c.last_seq, COUNT(*), MIN(m.seq), MAX(m.seq) FROM conversations c "
        "JOIN messages m ON m.site_id = c.site_id AND m.conversation_id = c.conversation_id "
        f"WHERE c.site_id = '{quarter.site_id}' GROUP BY c.conversation_id, c.last_seq",
    )
    assert len(rows) == 3
    assert all(row == (row[0], row[0], 1, row[0]) for row in rows)
    for sender in ("ada", "bob"):
        mine = stored[f"{sender} {quarter.group}"]
        seen = read_rows(
            store_url,
            f"SELECT seq FROM messages WHERE site_id = '{quarter.site_id}' AND sender_id = '{sender}' "
            f"AND conversation_id = '{quarter.group}' AND body = '{sender} talks' ORDER BY seq",
        )
        assert [row[0] for row in seen] == mine


def test_an_export_holds_what_is_theirs_and_no_proof_of_it(quarter: Quarter, store_url: str) -> None:
    lines = [msgspec.json.decode(line) for line in quarter.export.export_member(quarter.site_id, WHO)]
    kinds = {line["kind"] for line in lines}
    wanted = {kind for table in TABLES.values() for kind in table.exported.split()}
    assert kinds == wanted | {"export"}
    texts = [line["data"]["text"] for line in lines if line["kind"] == "message"]
    assert {"one", WORDS, "three", "reply"} <= set(texts)
    (profile,) = [line["data"] for line in lines if line["kind"] == "profile"]
    assert profile["email"] == "zenobia@example.org"
    (file,) = quarter.export.member_files(quarter.site_id, WHO)
    assert b"".join(quarter.export.read(file)) == b"picture"
    secret = read_rows(store_url, f"SELECT session_id FROM sessions WHERE site_id = '{quarter.site_id}'")
    assert str(secret[0][0]) not in str(lines)


def test_an_export_of_somebody_unknown_is_refused(quarter: Quarter) -> None:
    with pytest.raises(NotFound):
        quarter.export.export_member(quarter.site_id, "nobody")


def test_a_site_is_exported_without_its_keys(quarter: Quarter) -> None:
    data = b"".join(quarter.export.export_site(quarter.site_id))
    lines = [msgspec.json.decode(line) for line in data.splitlines()]
    assert {line["data"]["user_id"] for line in lines if line["kind"] == "users"} == {
        "ada",
        "bob",
        "cyd",
        WHO,
    }
    assert WORDS in {line["data"]["body"] for line in lines if line["kind"] == "messages"}
    (secret,) = quarter.store.sites.require_site(quarter.site_id).keys.values()
    assert secret not in data


def test_a_site_goes_and_another_stays(quarter: Quarter, store_url: str) -> None:
    other = Town(quarter.store, quarter.town.clock)
    other.add("ada")
    others = _rows_of(store_url, other.site_id)
    quarter.erasure.erase_site(quarter.site_id)
    assert _rows_of(store_url, quarter.site_id) == {}
    assert _rows_of(store_url, other.site_id) == others
    assert quarter.bytes_kept() == []
    with pytest.raises(NotFound):
        quarter.store.sites.require_site(quarter.site_id)


def _rows_of(store_url: str, site_id: str) -> dict[str, int]:
    counts = {
        table: int(read_rows(store_url, f"SELECT COUNT(*) FROM {table} WHERE site_id = '{site_id}'")[0][0])
        for table in SITE_TABLES
    }
    return {table: count for table, count in counts.items() if count}


def test_fates_are_true(quarter: Quarter, store_url: str) -> None:
    """Of a table whose rows are deleted, none is left under the id of a former member."""
    quarter.erasure.erase_member(quarter.site_id, WHO)
    columns = list_columns(store_url)
    # A former member is a person of the site as any other.
    own = {"users", "presence", "streams", "name_words", "file_usage", "inbox"}
    for name, table in TABLES.items():
        if table.fate is Fate.DELETED and name not in own:
            where = f" WHERE site_id = '{quarter.site_id}'" if table.is_of_a_site else ""
            rows = read_rows(store_url, f"SELECT {', '.join(columns[name])} FROM {name}{where}")
            assert not any(FORMER_ID in map(str, row) for row in rows), name
