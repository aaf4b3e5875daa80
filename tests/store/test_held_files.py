"""Files of messages that wait for a moderator: they wait, too."""

import secrets

import pytest

from imserver.errors import NotFound
from imserver.protocol.types import File, NewMessage
from imserver.store.files import StoredFile
from imserver.store.held import HeldLine
from imserver.store.house import HouseRules
from imserver.store.wordlist import WordAction, WordRule
from tests.store.town import Clock, Town, new

LONG_SECONDS = 30 * 86_400


@pytest.fixture
def talk(town: Town) -> str:
    rules = HouseRules((WordRule("meet me", WordAction.HOLD),))
    town.store.houses.change(town.site_id, rules, actor="owner:eve")
    return town.open("bob", "ada").id


def keep(town: Town, talk: str) -> str:
    """Upload a file of bob's; return its id."""
    file = File(id="f" + secrets.token_hex(12), name="map.png", type="image/png", size=7)
    stored = StoredFile(
        site_id=town.site_id,
        user_id="bob",
        conversation_id=talk,
        place=secrets.token_hex(20),
        thumb_place="",
        thumb_bytes=0,
        file=file,
    )
    town.store.files.reserve(stored, person_bytes=0, site_bytes=0)
    town.store.files.mark_ready(*stored.key)
    return file.id


def swept(town: Town) -> list[str]:
    return [due.file_id for due in town.store.files.take_due()]


def hold(town: Town, talk: str, *file_ids: str) -> tuple[NewMessage, HeldLine]:
    """Send what has to wait, twice; return it, and its line in the moderators' list."""
    message = new("meet me here", files=file_ids)
    for _ in range(2):
        assert town.post("bob", talk, message).messages[0].held
    (line,) = town.store.held.page(town.site_id)
    return message, line


def approve(town: Town, held: HeldLine) -> None:
    message = town.store.held.require(town.site_id, held.held_id).message
    town.store.writer.send_approved(town.site_id, held.sender_id, held.conversation_id, message)
    town.store.held.approve(town.site_id, held.held_id, actor="owner:eve")


def test_files_are_there_when_the_message_passes_however_late(town: Town, clock: Clock, talk: str) -> None:
    kept, unsent = keep(town, talk), keep(town, talk)
    message, held = hold(town, talk, kept)
    clock.pass_seconds(LONG_SECONDS)
    assert swept(town) == [unsent]
    approve(town, held)
    clock.pass_seconds(LONG_SECONDS)
    assert kept not in swept(town)
    (shown,) = town.history("ada", talk)
    assert ([file.id for file in shown.files], shown.text) == ([kept], "meet me here")
    assert town.post("bob", talk, message).messages[0].duplicate


def test_nobody_else_reads_them_while_they_wait(town: Town, talk: str) -> None:
    kept = keep(town, talk)
    hold(town, talk, kept)
    readable = town.store.files.load_readable
    assert readable(town.site_id, "ada", talk, [kept]) == {}
    assert list(readable(town.site_id, "bob", talk, [kept])) == [kept]


def test_files_of_a_refused_message_go(town: Town, clock: Clock, talk: str) -> None:
    kept = keep(town, talk)
    _, held = hold(town, talk, kept)
    town.store.held.refuse(town.site_id, held.held_id, actor="owner:eve")
    with pytest.raises(NotFound):
        town.post("bob", talk, new("another", files=(kept,)))
    clock.pass_seconds(1)
    assert kept in swept(town)


def test_a_file_that_another_message_has_taken_since_stays_that_ones(
    town: Town, clock: Clock, talk: str
) -> None:
    kept = keep(town, talk)
    _, held = hold(town, talk, kept)
    town.post("bob", talk, new("here it is", files=(kept,)))
    town.store.held.refuse(town.site_id, held.held_id, actor="owner:eve")
    clock.pass_seconds(LONG_SECONDS)
    assert kept not in swept(town)
    (shown,) = town.history("ada", talk)
    assert [file.id for file in shown.files] == [kept]
