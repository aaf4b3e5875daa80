"""Other programs' private messages, friends and blocks become ours: the same whichever program it was."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from imserver.commands.forums.command import FORUMS
from imserver.commands.forums.loading import Counts, Loading, Refusals
from imserver.commands.forums.readers import Buddypress, Mybb, Phpbb
from imserver.errors import InvalidRequest
from imserver.store.people import FORMER_ID
from imserver.store.store import mysql_address
from tests.services import MariaDB
from tests.store.moving.forum_tables import execute, install
from tests.store.town import Town


class Moved(NamedTuple):
    """A site after the import, and how to import once more."""

    name: str
    town: Town
    again: Callable[[], Counts]
    refusals: Refusals
    first: Counts

    def talk(self, user_id: str, other_id: str) -> list[tuple[str, str]]:
        page = self.town.store.conversations.page_conversations(self.town.site_id, user_id).data
        (conversation,) = [c for c in page if c.peer is not None and c.peer.id == other_id]
        return [(m.sender_id, m.text) for m in self.town.history(user_id, conversation.id)]

    def unread(self, user_id: str) -> int:
        return self.town.store.state(self.town.site_id, user_id, 20).unread_total


@pytest.fixture(params=list(FORUMS))
def moved(
    request: pytest.FixtureRequest, town: Town, mariadb_server: MariaDB, tmp_path: Path
) -> Iterator[Moved]:
    url = mariadb_server.create_database()
    install(url, request.param)
    forum = FORUMS[request.param]
    refusals = Refusals(tmp_path / "refused.ndjson")

    def run() -> Counts:
        loading = Loading(
            town.store,
            town.site_id,
            refusals=refusals,
            page_of=lambda account: f"/{forum.page.format(user_id=account.user_id, slug=account.slug)}",
            now_ms=town.clock,
            show=lambda counts: None,
        )
        return loading.load(forum.open(mysql_address(url), forum.prefix))

    yield Moved(request.param, town, run, refusals, run())
    mariadb_server.drop_database(url)


def test_everything_has_moved_in(moved: Moved) -> None:
    town, store = moved.town, moved.town.store
    people = store.people.fetch_people(town.site_id, ["1", "2", "3", "4", "9"])
    assert {user_id: person.name for user_id, person in people.items()} == {
        "2": "Ada & Co",
        "3": "Bob",
        "4": "Cyd",
    }
    assert (people["2"].email, people["2"].joined) == ("ada@example.org", 1_500_000_000_000)
    assert people["2"].url in (
        "/memberlist.php?mode=viewprofile&u=2",
        "/member.php?action=profile&uid=2",
        "/members/ada/",
    )
    assert moved.talk("2", "3")[:2] == [("2", "A picnic\nWhen?"), ("3", "Tomorrow & rain\nor not")]
    assert moved.talk("2", FORMER_ID) == [(FORMER_ID, "From the past\nI am gone")]
    groups = [c for c in store.conversations.page_conversations(town.site_id, "4").data if c.kind == "group"]
    assert [c.members for c in groups] == [3]
    assert [m.text for m in town.history("4", groups[0].id)] == ["All of you\ncome"]
    times = [m.created_at for m in town.history("4", groups[0].id)]
    assert times == [1_600_000_120_000]
    friends = store.state(town.site_id, "2", 20).friends_total
    assert friends == 1
    everything = msgspec.json.encode(store.conversations.page_conversations(town.site_id, "2"))
    assert b"oops" not in everything
    assert b"draft" not in everything


def test_what_was_unread_is_unread(moved: Moved) -> None:
    assert moved.unread("4") == 1
    # Whoever has read a later one has read those before it; only BuddyPress' sample has no later one.
    assert moved.unread("2") == (1 if moved.name == "buddypress" else 0)
    assert moved.unread("3") == 0


def test_a_blind_copy_stays_between_two(moved: Moved) -> None:
    if moved.name == "buddypress":
        return  # it knows none
    assert moved.talk("4", "3") == [("3", "Secret\nhush")]
    assert moved.talk("2", "3")[2:] == [("3", "Secret\nhush")]


def test_blocks_are_kept(moved: Moved) -> None:
    page = moved.town.store.blocks.page(moved.town.site_id, "3", cursor=None, limit=10)
    assert [blocked.user.id for blocked in page.data] == ([] if moved.name == "buddypress" else ["4"])
    assert moved.refusals.count == (0 if moved.name == "buddypress" else 1)
    assert moved.first.fresh.get("blocks", 0) == len(page.data)


def test_once_more_brings_nothing_new(moved: Moved) -> None:
    before = moved.talk("2", "3")
    counts = moved.again()
    assert {what: fresh for what, fresh in counts.fresh.items() if fresh} == {}
    assert moved.talk("2", "3") == before


@pytest.fixture
def forum_url(mariadb_server: MariaDB) -> Iterator[str]:
    url = mariadb_server.create_database()
    yield url
    mariadb_server.drop_database(url)


def test_the_same_words_to_each_of_many_stay_between_two(forum_url: str) -> None:
    install(forum_url, "mybb")
    copy = """(%s, %s, 2, 'a:1:{s:2:"to";a:1:{i:0;s:1:"%s";}}', 1, 'Rules', 'read them', 1600000300, 1)"""
    rows = ", ".join(copy % (uid, uid, uid) for uid in (3, 4))
    columns = "uid, toid, fromid, recipients, folder, subject, message, dateline, status"
    execute(forum_url, f"INSERT INTO mybb_privatemessages ({columns}) VALUES {rows}")
    messages = [m for m in Mybb(mysql_address(forum_url), prefix="mybb_").messages() if "Rules" in m.text]
    assert [m.people for m in messages] == [("2", "3"), ("2", "4")]
    assert len({m.message_id for m in messages}) == 2


def test_what_buddyboss_keeps_though_it_was_deleted_stays_there(forum_url: str) -> None:
    install(forum_url, "buddypress")
    reader = Buddypress(mysql_address(forum_url), prefix="wp_")
    before = [m.message_id for m in reader.messages()]
    execute(
        forum_url,
        "ALTER TABLE wp_bp_messages_messages ADD is_deleted tinyint(1) NOT NULL DEFAULT 0;\n"
        "UPDATE wp_bp_messages_messages SET is_deleted = 1 WHERE id = 13;\n",
    )
    assert [m.message_id for m in reader.messages()] == [name for name in before if name != "buddypress-13"]


def test_what_is_to_oneself_or_without_a_word_is_not_taken_silently(forum_url: str) -> None:
    install(forum_url, "phpbb")
    execute(
        forum_url,
        "INSERT INTO phpbb_privmsgs (msg_id, author_id, message_time, message_text, to_address, bcc_address) "
        "VALUES (31, 2, 1600000400, '<t>note</t>', 'u_2', ''), (32, 2, 1600000401, '<t></t>', 'u_3', '');\n"
        "INSERT INTO phpbb_privmsgs_to (msg_id, user_id, author_id) VALUES (31, 2, 2), (32, 2, 2);\n",
    )
    found = {m.message_id: m for m in Phpbb(mysql_address(forum_url), prefix="phpbb_").messages()}
    assert found["phpbb-31"].people == ("2",)
    assert (found["phpbb-32"].people, found["phpbb-32"].text) == (("2", "3"), "")


def test_other_tables_are_told_in_a_line(mariadb_server: MariaDB) -> None:
    url = mariadb_server.create_database()
    with pytest.raises(InvalidRequest, match="these are not the tables of phpbb"):
        list(Phpbb(mysql_address(url), prefix="phpbb_").people())
    with pytest.raises(InvalidRequest, match="letters, digits and _"):
        Phpbb(mysql_address(url), prefix="x; DROP TABLE users")
    mariadb_server.drop_database(url)
