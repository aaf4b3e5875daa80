"""Imports in bulk on both engines: the same rows as one by one, whatever happens in between."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from imserver.commands.imports import running
from imserver.commands.imports.lines import MessageLine, RosterLine, UserLine, json_reader
from imserver.commands.imports.loaders import Loader, MessageLines, RosterLines, UserLines
from imserver.commands.imports.progress import Progress
from imserver.commands.imports.records import Records
from imserver.commands.imports.refused import Refused
from imserver.commands.imports.running import Run, Work
from imserver.errors import Unavailable
from imserver.protocol.cursor import Cursor
from imserver.store.database import Transaction
from imserver.store.imports import Checkpoint, ImportKey
from imserver.store.values import Backlog, Person, Reset
from tests.app.tables import read_rows
from tests.store.town import Clock, Town

DAY = 86_400


class Importer:
    """Imports lines as the command does, from memory."""

    def __init__(self, town: Town, folder: Path) -> None:
        self.town = town
        self.folder = folder
        self.refused: list[tuple[int, str]] = []

    def run(
        self,
        loader: Loader,
        lines: Sequence[msgspec.Struct | bytes],
        *,
        batch: int = 3,
        dry_run: bool = False,
    ) -> Checkpoint:
        data = b"".join(
            line if isinstance(line, bytes) else msgspec.json.encode(line) + b"\n" for line in lines
        )
        loader.batch_lines = batch
        store, key = (
            self.town.store,
            ImportKey(self.town.site_id, f"{len(lines)}:{loader.kind.__name__}", "x"),
        )
        start = store.imports.find(key) or Checkpoint()
        stream = io.BytesIO(data)
        stream.seek(start.at_bytes)
        refused = Refused(self.folder / "refused", is_csv=False, length=start.refused_bytes)
        run = Run(
            store,
            loader,
            refused=refused,
            progress=Progress(io.StringIO(), total_bytes=len(data)),
            start=start,
        )
        work = Work(
            records=Records(stream, quoted=False, offset=start.at_bytes, line=start.at_line),
            read=json_reader(loader.kind),
            key=None if dry_run else key,
            position=stream.tell,
            dry_run=dry_run,
        )
        try:
            return run.carry_out(work)
        finally:
            refused.close()
            self.refused = self._refused()

    def _refused(self) -> list[tuple[int, str]]:
        path = self.folder / "refused"
        found = (
            [msgspec.json.decode(line) for line in path.read_bytes().splitlines()] if path.exists() else []
        )
        return [(row["line"], row["reason"]) for row in found]

    def roster(self, **options: Any) -> RosterLines:
        options = {"mutual": False, "known_only": False, **options}
        return RosterLines(self.town.store, self.town.site_id, now_ms=self.town.clock, **options)

    def messages(self) -> MessageLines:
        return MessageLines(self.town.store, self.town.site_id, now_ms=self.town.clock)


@pytest.fixture
def importer(town: Town, tmp_path: Path) -> Importer:
    return Importer(town, tmp_path)


def said(town: Town, number: int, sender_id: str, *others: str, **more: Any) -> MessageLine:
    """A message ``number`` days ago, newest last."""
    return MessageLine(
        id=f"pm-{number}",
        sender_id=sender_id,
        participants=others,
        created_at=town.clock.now_ms // 1000 - DAY * (100 - number),
        text=more.pop("text", f"text {number}"),
        **more,
    )


def rows_of(town: Town, store_url: str, table: str) -> list[tuple[Any, ...]]:
    return read_rows(store_url, f"SELECT * FROM {table} WHERE site_id = '{town.site_id}'")


def texts(town: Town, user_id: str, conversation_id: str) -> list[str]:
    return [message.text for message in town.history(user_id, conversation_id)]


def test_a_roster_is_what_the_store_would_have_made(town: Town, importer: Importer, store_url: str) -> None:
    other = Town(town.store, town.clock)
    for user_id in ("ada", "bob", "cyd"):
        other.add(user_id)
    lists = {"ada": ["bob", "cyd", "ghost"], "bob": ["ada"], "nobody": ["ada", "ghost"]}
    for user_id, friend_ids in lists.items():
        other.store.roster.add_friends(other.site_id, user_id, friend_ids)
    lines = [RosterLine(user_id, friend_id) for user_id in lists for friend_id in lists[user_id]]
    place = importer.run(importer.roster(), [*lines, lines[0]])
    assert (place.taken, place.fresh, place.refused, place.is_done) == (7, 6, 0, True)
    wanted = "SELECT user_id, friend_id, created_at, name_folded FROM roster WHERE site_id = '{}'"
    rows = read_rows(store_url, wanted.format(town.site_id))
    assert sorted(rows, key=repr) == sorted(read_rows(store_url, wanted.format(other.site_id)), key=repr)
    assert len(rows) == 6


def test_what_was_imported_is_not_imported_twice(town: Town, importer: Importer) -> None:
    lines = [RosterLine("ada", "bob"), RosterLine("ada", "cyd")]
    importer.run(importer.roster(), lines)
    key = ImportKey(town.site_id, "2:RosterLine", "x")
    town.store.imports.forget(key)
    again = importer.run(importer.roster(), lines)
    assert (again.taken, again.fresh) == (2, 0)
    found = town.store.imports.find(key)
    assert found is not None
    assert found.is_done


def test_lines_that_are_judged_in_turns_come_into_one_batch(
    town: Town, importer: Importer, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LINES_AT_ONCE", 2)
    lines = [RosterLine(f"u{n}", "ada") if n != 4 else RosterLine("ada", "ada") for n in range(11)]
    sizes: list[int] = []

    class Counted(RosterLines):
        def load(self, tx: Transaction, items: Sequence[tuple[str, str, int]]) -> tuple[int, dict[int, str]]:
            sizes.append(len(items))
            return super().load(tx, items)

    counted = Counted(town.store, town.site_id, mutual=False, known_only=False, now_ms=town.clock)
    place = importer.run(counted, lines, batch=5)
    assert (sizes, place.taken, place.fresh, place.at_line) == ([4, 5, 1], 10, 10, 12)
    assert importer.refused == [(5, "nobody is their own friend")]
    assert len(rows_of(town, store_url, "roster")) == 10


def test_mutual_friends_have_each_other(town: Town, importer: Importer, store_url: str) -> None:
    place = importer.run(importer.roster(mutual=True), [RosterLine("ada", "bob"), RosterLine("bob", "ada")])
    assert place.fresh == 2
    rows = read_rows(store_url, f"SELECT user_id, friend_id FROM roster WHERE site_id = '{town.site_id}'")
    assert sorted(rows) == [("ada", "bob"), ("bob", "ada")]


def test_bad_lines_are_refused_with_their_number(town: Town, importer: Importer) -> None:
    lines = [
        RosterLine("ada", "bob"),
        b"\xff\n",
        RosterLine("ada", "ada"),
        RosterLine("x" * 129, "bob"),
        RosterLine("\x1froom", "bob"),
        RosterLine("ada", "stranger"),
        RosterLine("ada", "bob", "long ago"),
        RosterLine("ada", "cyd"),
    ]
    place = importer.run(importer.roster(known_only=True), lines)
    assert (place.taken, place.refused) == (2, 6)
    assert [line for line, _ in importer.refused] == [2, 3, 4, 5, 6, 7]
    reasons = dict(importer.refused)
    assert reasons[3] == "nobody is their own friend"
    assert reasons[6] == "unknown user 'stranger'"


def test_a_dry_run_writes_nothing(town: Town, importer: Importer, store_url: str) -> None:
    place = importer.run(
        importer.roster(), [RosterLine("ada", "bob"), RosterLine("ada", "ada")], dry_run=True
    )
    assert (place.taken, place.fresh, place.refused) == (1, 1, 1)
    assert importer.refused == [(2, "nobody is their own friend")]
    assert rows_of(town, store_url, "roster") == rows_of(town, store_url, "imports") == []


def test_an_import_that_was_cut_off_goes_on_where_it_was(
    town: Town, importer: Importer, store_url: str
) -> None:
    lines = [RosterLine(f"u{n}", "ada") if n % 4 else RosterLine("ada", "ada") for n in range(10)]

    class Cut(RosterLines):
        calls = 0

        def load(self, tx: Transaction, items: Sequence[tuple[str, str, int]]) -> tuple[int, dict[int, str]]:
            Cut.calls += 1
            outcome = super().load(tx, items)
            if Cut.calls == 3:
                raise Unavailable("cut off")
            return outcome

    cut = Cut(town.store, town.site_id, mutual=False, known_only=False, now_ms=town.clock)
    with pytest.raises(Unavailable):
        importer.run(cut, lines)
    assert len(rows_of(town, store_url, "roster")) == 4
    place = importer.run(importer.roster(), lines)
    assert (place.taken, place.fresh, place.refused) == (7, 7, 3)
    assert [line for line, _ in importer.refused] == [1, 5, 9]


def test_people_are_saved_as_they_sign_in(town: Town, importer: Importer) -> None:
    town.store.people.fetch_people(town.site_id, ["bob"])
    loader = UserLines(town.store, town.site_id, now_ms=town.clock)
    lines = [
        UserLine("dee", "Dee", email="dee@example.org", roles=("staff",), joined="2020-01-01"),
        UserLine("bob", "Robert", groups=("garden", "choir")),
        UserLine("eve", "  "),
        UserLine("fay", "F" * 256),
        UserLine("gus", "Gus", groups=("g" * 65,)),
    ]
    place = importer.run(loader, lines)
    assert (place.taken, place.fresh) == (2, 2)
    assert [line for line, _ in importer.refused] == [3, 4, 5]
    assert town.store.site_people.require(town.site_id, "bob").groups == ("choir", "garden")
    people = town.store.people.fetch_people(town.site_id, ["bob", "dee"])
    assert people["bob"].name == "Robert"
    joined = 1_577_836_800_000
    assert people["dee"] == Person(
        town.site_id, "dee", "Dee", roles=("staff",), email="dee@example.org", joined=joined
    )
    assert town.store.state(town.site_id, "dee", 10).own is not None


def test_messages_of_two_come_into_one_conversation(town: Town, importer: Importer) -> None:
    lines = [
        said(town, 1, "ada", "bob", conversation="thread 1"),
        said(town, 2, "bob", "ada", conversation="thread 2"),
        said(town, 3, "bob", "ada", unread_by=("ada",)),
    ]
    place = importer.run(importer.messages(), lines, batch=2)
    assert (place.taken, place.fresh, importer.refused) == (3, 3, [])
    conversation = town.open("ada", "bob")
    assert texts(town, "ada", conversation.id) == ["text 1", "text 2", "text 3"]
    messages = town.history("ada", conversation.id)
    assert [message.seq for message in messages] == [1, 2, 3]
    assert [m.created_at for m in messages] == [int(line.created_at) * 1000 for line in lines]
    assert conversation.unread == 1
    assert town.open("bob", "ada").unread == 0
    assert town.store.state(town.site_id, "ada", 10).unread_total == 1


def test_messages_of_many_become_a_group(town: Town, importer: Importer) -> None:
    lines = [
        said(town, 1, "ada", "bob", "cyd", conversation="t1", name="The picnic"),
        said(town, 2, "bob", "ada", "cyd", conversation="t1"),
        said(town, 3, "cyd", "ada", "bob", conversation="t2"),
    ]
    importer.run(importer.messages(), lines)
    data = town.store.conversations.page_conversations(town.site_id, "ada").data
    assert [(c.name, c.members, c.kind, c.last_seq) for c in data] == [
        ("", 3, "group", 1),
        ("The picnic", 3, "group", 2),
    ]
    page = town.store.members.page(town.site_id, "ada", data[1].id)
    assert [(member.id, member.role) for member in page.data] == [
        ("ada", "owner"),
        ("bob", "member"),
        ("cyd", "member"),
    ]


def test_messages_that_come_again_are_there_once(town: Town, importer: Importer) -> None:
    lines = [said(town, 1, "ada", "bob"), said(town, 2, "bob", "ada")]
    importer.run(importer.messages(), lines)
    place = importer.run(importer.messages(), [*lines, said(town, 3, "ada", "bob")])
    assert (place.taken, place.fresh) == (3, 1)
    assert texts(town, "ada", town.open("ada", "bob").id) == ["text 1", "text 2", "text 3"]


def test_messages_are_refused_that_would_stand_in_the_wrong_place(town: Town, importer: Importer) -> None:
    live = town.open("ada", "bob")
    town.say("ada", live.id, "written here")
    lines = [
        said(town, 5, "ada", "cyd"),
        said(town, 4, "ada", "cyd"),
        said(town, 6, "ada", "bob"),
        said(town, 7, "ada", "stranger"),
        said(town, 8, "ada", "ada"),
        said(town, 9, "ada", "cyd", text="x" * 4_001),
        said(town, 10, "ada", "cyd", text=" \u200b"),
        said(town, 101, "ada", "cyd"),
    ]
    place = importer.run(importer.messages(), lines, batch=20)
    assert (place.taken, place.refused) == (1, 7)
    reasons = dict(importer.refused)
    assert (
        reasons[2] == reasons[3] == "older than the newest message of its conversation; sort the file by time"
    )
    assert reasons[4] == "unknown user 'stranger'; import users first"
    assert reasons[5] == "it is from somebody to themselves"
    assert reasons[6] == "the text has 4,001 characters; at most 4,000"
    assert reasons[8] == "a message was written at some time before now"
    assert texts(town, "ada", live.id) == ["written here"]


def test_imported_messages_are_found(town: Town, importer: Importer) -> None:
    town.clock.pass_seconds(3_600)
    importer.run(importer.messages(), [said(town, n, "ada", "bob", text=f"walrus {n}") for n in range(1, 9)])
    conversation = town.open("ada", "bob")
    found = town.store.search.page_everywhere(town.site_id, "bob", q="walrus", cursor=None, limit=20)
    assert len(found.data) == 8
    mark = town.store.database.read(
        lambda tx: tx.rows("find_search_mark", site_id=town.site_id, conversation_id=conversation.id)
    )
    assert mark == [(8,)]


@pytest.mark.parametrize("events_before", [0, 3])
def test_who_is_connected_reads_the_state_again(town: Town, importer: Importer, events_before: int) -> None:
    conversation = town.open("ada", "cyd")
    town.say("cyd", conversation.id, *[str(n) for n in range(events_before)]) if events_before else None
    cursor = Cursor.parse(town.store.state(town.site_id, "ada", 10).cursor)
    importer.run(importer.messages(), [said(town, 1, "ada", "bob"), said(town, 2, "bob", "ada")], batch=1)
    backlog = town.store.log.read_backlog(town.site_id, "ada", cursor)
    assert isinstance(backlog, Reset)
    fresh = Cursor.parse(town.store.state(town.site_id, "ada", 10).cursor)
    town.say("cyd", conversation.id, "next")
    after = town.store.log.read_backlog(town.site_id, "ada", fresh)
    assert isinstance(after, Backlog)
    assert len(after.events) == 1


def test_sending_goes_on_behind_what_was_imported(town: Town, importer: Importer, clock: Clock) -> None:
    importer.run(importer.messages(), [said(town, 1, "ada", "bob"), said(town, 2, "ada", "bob")])
    conversation = town.open("bob", "ada")
    assert town.say("bob", conversation.id, "here").messages[0].seq == 3
    assert conversation.request is not True
