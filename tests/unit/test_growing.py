"""Members who are here and follow no room of theirs are told how far it has come, and not too often."""

from collections.abc import Iterator, Sequence

import msgspec
import pytest

from imserver.router import Letter, Router
from imserver.services.growing import GATHER_SECONDS, PAUSE_SECONDS, TOLD_PER_SECOND, Growing
from imserver.store.growth import Growth
from imserver.store.values import room_stream
from tests.unit.poll_desk import Clock

ROOM = ("demo", room_stream("r1"))


class FakeGrowth:
    """A room in memory."""

    def __init__(self) -> None:
        self.growth: Growth | None = Growth(7, 1_000, 3)
        self.members = {"ada", "bob"}
        self.asked: list[list[str]] = []

    def find(self, site_id: str, room: str) -> Growth | None:
        assert (site_id, room) == ("demo", "r1")
        return self.growth

    def members_among(
        self, site_id: str, room: str, user_ids: Sequence[str], *, members: int
    ) -> Iterator[list[str]]:
        self.asked.append(sorted(user_ids))
        yield [user_id for user_id in user_ids if user_id in self.members]


class FakeRouter(Router):
    """Everybody of ``here`` waits; what they are sent is kept."""

    def __init__(self) -> None:
        super().__init__(linger_seconds=45, clock=Clock())
        self.here = [("demo", "ada"), ("demo", "cyd"), ("other", "bob")]
        self.told: list[tuple[tuple[str, str], dict[str, object]]] = []

    def waiting_users(self) -> list[tuple[str, str]]:
        return self.here

    def send(self, user: tuple[str, str], letter: Letter) -> int:
        self.told.append((user, msgspec.json.decode(letter.event)))
        return 1


class Desk:
    def __init__(self) -> None:
        self.clock, self.growth, self.router = Clock(), FakeGrowth(), FakeRouter()
        self.growing = Growing(self.router, self.growth, clock=self.clock)  # type: ignore[arg-type]

    def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds
        self.growing.tell_due(self.clock.now)

    def say(self) -> None:
        assert self.growth.growth is not None
        self.growth.growth = self.growth.growth._replace(last_seq=self.growth.growth.last_seq + 1)
        self.growing.note(ROOM)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_only_members_of_the_site_who_are_here_are_told_and_once_for_many_messages(desk: Desk) -> None:
    desk.say()
    desk.say()
    desk.pass_time(GATHER_SECONDS)
    told = {"type": "conversation.grown", "conversation_id": "r1", "last_seq": 9, "last_at": 1_000}
    assert desk.router.told == [(("demo", "ada"), told)]
    assert desk.growth.asked == [["ada", "cyd"]]
    desk.pass_time(PAUSE_SECONDS)
    assert len(desk.router.told) == 1


def test_a_busy_room_is_told_of_after_a_pause_and_then_whole(desk: Desk) -> None:
    desk.say()
    desk.pass_time(GATHER_SECONDS)
    for _ in range(5):
        desk.say()
        desk.pass_time(1)
    assert len(desk.router.told) == 1
    desk.pass_time(PAUSE_SECONDS)
    assert [event["last_seq"] for _, event in desk.router.told] == [8, 13]


def test_the_more_are_told_the_longer_is_the_pause(desk: Desk) -> None:
    crowd = [f"u{number}" for number in range(20 * int(PAUSE_SECONDS) * TOLD_PER_SECOND)]
    desk.growth.members = set(crowd)
    desk.router.here = [("demo", user_id) for user_id in crowd]
    desk.say()
    desk.pass_time(GATHER_SECONDS)
    desk.say()
    desk.pass_time(19 * PAUSE_SECONDS)
    assert len(desk.router.told) == len(crowd)
    desk.pass_time(PAUSE_SECONDS)
    assert len(desk.router.told) == 2 * len(crowd)


def test_what_is_no_longer_than_it_was_is_told_to_nobody(desk: Desk) -> None:
    desk.say()
    desk.pass_time(GATHER_SECONDS)
    desk.growing.note(ROOM)
    desk.pass_time(PAUSE_SECONDS)
    assert len(desk.router.told) == 1


def test_a_room_that_is_gone_is_passed_over(desk: Desk) -> None:
    desk.growing.note(ROOM)
    desk.growth.growth = None
    desk.pass_time(GATHER_SECONDS)
    assert desk.router.told == []
