"""A backup made while people write has, restored elsewhere, every message acknowledged before its cut."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import gevent
import pytest

from imserver.commands.backup import Manifest, erase_again, load_manifest, read_backup, write_backup
from imserver.commands.leaving import erasure, storage_of
from imserver.errors import Conflict, InvalidRequest, SessionEnded
from imserver.files.disk import NOTES
from imserver.protocol.cursor import Cursor
from imserver.settings import FilesSettings, Settings, StoreSettings
from imserver.store import Store, open_store
from imserver.store.store import wall_clock_ms
from imserver.store.values import Backlog, Person, Reset
from tests.app.tables import read_rows
from tests.services import MariaDB, make_folder, wait_until
from tests.store.town import Town

T = TypeVar("T")


class Elsewhere:
    """Settings of the installation that is copied, and of an empty one."""

    def __init__(self, here: str, there: str, folder: Path) -> None:
        self.here = _settings(here, folder / "here")
        self.there = _settings(there, folder / "there")
        self.copy = folder / "copy"


def _settings(url: str, folder: Path) -> Settings:
    return Settings(store=StoreSettings(url=url), files=FilesSettings(folder=str(folder)))


@pytest.fixture
def elsewhere(engine: str, store_url: str, request: pytest.FixtureRequest) -> Iterator[Elsewhere]:
    folder = make_folder()
    if engine == "sqlite":
        yield Elsewhere(store_url, f"sqlite:///{folder}/there.db", folder)
        return
    mariadb: MariaDB = request.getfixturevalue("mariadb_server")
    url = mariadb.create_database()
    yield Elsewhere(store_url, url, folder)
    mariadb.drop_database(url)


def aside(engine: str, work: Callable[[], T]) -> T:
    """Run what would stop the hub, as SQLite's copy does, where it stops nobody."""
    if engine == "sqlite":
        outcome: T = gevent.get_hub().threadpool.apply(work)
        return outcome
    return work()


def test_nothing_that_was_acknowledged_before_the_cut_is_missing(
    town: Town, store: Store, engine: str, elsewhere: Elsewhere
) -> None:
    conversation_id = town.open("ada", "bob").id
    acknowledged: list[tuple[int, int]] = []
    going = True

    def talk() -> None:
        while going:
            (sent,) = town.say("ada", conversation_id, "hello").messages
            acknowledged.append((wall_clock_ms(), sent.seq))
            gevent.sleep(0)

    talker = gevent.spawn(talk)
    # What was acknowledged in the very millisecond of the cut may be on either side of it.
    wait_until(lambda: len(acknowledged) > 20 and wall_clock_ms() > acknowledged[20][0])
    manifest = aside(engine, lambda: write_backup(elsewhere.here, elsewhere.copy, with_files=False))
    count = len(acknowledged)
    wait_until(lambda: len(acknowledged) > count)
    going = False
    talker.join()
    restored = read_backup(elsewhere.there, elsewhere.copy)
    assert restored == manifest
    there = open_store(store_url=elsewhere.there.store.url)
    try:
        before = {seq for at, seq in acknowledged if at < manifest.cut.at}
        last = there.conversations.require_conversation(town.site_id, "bob", conversation_id).last_seq
        assert len(before) > 20
        assert max(before) <= last < acknowledged[-1][1]
        page = there.history.page(town.site_id, "bob", conversation_id, limit=100).data
        assert [message.seq for message in page] == list(range(last - len(page) + 1, last + 1))
    finally:
        there.close()


def test_who_knows_more_than_the_copy_reads_the_state_again(
    town: Town, store: Store, engine: str, elsewhere: Elsewhere
) -> None:
    conversation_id = town.open("ada", "bob").id
    town.say("ada", conversation_id, "kept")
    kept = Cursor.parse(store.state(town.site_id, "bob", 10).cursor)
    aside(engine, lambda: write_backup(elsewhere.here, elsewhere.copy, with_files=False))
    town.say("ada", conversation_id, "lost")
    lost = Cursor.parse(store.state(town.site_id, "bob", 10).cursor)
    read_backup(elsewhere.there, elsewhere.copy)
    there = open_store(store_url=elsewhere.there.store.url)
    try:
        assert isinstance(there.log.read_backlog(town.site_id, "bob", kept), Backlog)
        assert isinstance(there.log.read_backlog(town.site_id, "bob", lost), Reset)
        other = Town.__new__(Town)
        other.store, other.site_id = there, town.site_id
        other.say("ada", conversation_id, "something else")
        assert isinstance(there.log.read_backlog(town.site_id, "bob", lost), Reset)
    finally:
        there.close()


def test_nobody_is_signed_in_after_a_restore(
    town: Town, store: Store, engine: str, elsewhere: Elsewhere
) -> None:
    who = Person(town.site_id, "ada", "Ada")
    secret, session = store.sign_ins.sign_in(who, origin="https://town.example", lifetime_ms=10**12)
    store.tickets.insert(session)
    aside(engine, lambda: write_backup(elsewhere.here, elsewhere.copy, with_files=False))
    read_backup(elsewhere.there, elsewhere.copy)
    there = open_store(store_url=elsewhere.there.store.url)
    try:
        with pytest.raises(SessionEnded):
            there.sessions.require_session(secret)
        assert there.people.require_person(town.site_id, "ada") == who
        assert read_rows(elsewhere.there.store.url, "SELECT * FROM tickets") == []
    finally:
        there.close()


def test_who_was_erased_after_the_copy_does_not_come_back(
    town: Town, store: Store, engine: str, elsewhere: Elsewhere
) -> None:
    for user_id in ("gone", "kept"):
        town.add(user_id)
        town.say(user_id, town.open(user_id, "ada").id, "hello")
    manifest = aside(engine, lambda: write_backup(elsewhere.here, elsewhere.copy, with_files=True))
    erasure(store, storage_of(elsewhere.here)).erase_member(town.site_id, "gone")
    there = elsewhere.there
    Path(there.files.folder).mkdir(parents=True)
    shutil.copy(Path(elsewhere.here.files.folder) / NOTES, there.files.folder)
    read_backup(there, elsewhere.copy)
    assert erase_again(there, [], since_ms=manifest.cut.at) == [(town.site_id, "gone")]
    wanted = f"SELECT user_id FROM users WHERE site_id = '{town.site_id}'"
    assert {"ada", "kept"} < {row[0] for row in read_rows(there.store.url, wanted)}
    assert "gone" not in {row[0] for row in read_rows(there.store.url, wanted)}


def test_what_is_there_already_is_left_alone(store: Store, engine: str, elsewhere: Elsewhere) -> None:
    aside(engine, lambda: write_backup(elsewhere.here, elsewhere.copy, with_files=False))
    with pytest.raises(Conflict):
        aside(engine, lambda: write_backup(elsewhere.here, elsewhere.copy, with_files=False))
    read_backup(elsewhere.there, elsewhere.copy)
    with pytest.raises(Conflict, match="empty"):
        read_backup(elsewhere.there, elsewhere.copy)


def test_a_copy_of_another_engine_or_of_a_newer_version_is_refused(
    store: Store, engine: str, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside(engine, lambda: write_backup(elsewhere.here, elsewhere.copy, with_files=False))
    path = elsewhere.copy / "manifest.json"
    text = path.read_text()
    for old, new, said in (
        (f'"{engine}"', '"oracle"', "is a backup of oracle"),
        ('"0001_sites"', '"9999_future"', "newer version"),
        ('"format": 1', '"format": 2', "format 2"),
    ):
        path.write_text(text.replace(old, new))
        with pytest.raises(InvalidRequest, match=said):
            read_backup(elsewhere.there, elsewhere.copy)
    path.write_text(text)
    assert isinstance(load_manifest(elsewhere.copy), Manifest)
