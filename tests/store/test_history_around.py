"""A page of history with a place in its middle."""

import pytest

from imserver.errors import InvalidRequest, NotFound
from tests.store.town import Town


@pytest.fixture
def talk(town: Town) -> str:
    """Give a conversation of 30 messages."""
    talk = town.open("ada", "bob").id
    for start in (0, 15):
        town.say("ada", talk, *(f"{start + n + 1}" for n in range(15)))
    return talk


@pytest.mark.parametrize(
    ("seq", "limit", "first", "last"),
    [
        (15, 10, 10, 19),
        (15, 1, 15, 15),
        (15, 2, 14, 15),
        (1, 10, 1, 10),
        (0, 10, 1, 10),
        (3, 10, 1, 10),
        (30, 10, 21, 30),
        (29, 10, 21, 30),
        (31, 10, 21, 30),
        (2**53, 10, 21, 30),
        (15, 100, 1, 30),
    ],
)
def test_the_place_is_in_the_middle_where_it_can_be(
    town: Town, talk: str, seq: int, limit: int, first: int, last: int
) -> None:
    page = town.store.history.page(town.site_id, "bob", talk, around_seq=seq, limit=limit)
    assert [message.seq for message in page.data] == list(range(first, last + 1))
    assert (page.has_before, page.has_after) == (first > 1, last < 30)
    assert page.has_more == (page.has_before or page.has_after)


def test_one_place_is_enough_and_an_outsider_has_none(town: Town, talk: str) -> None:
    page = town.store.history.page
    for places in ({"before_seq": 2, "around_seq": 2}, {"after_seq": 2, "around_seq": 2}):
        with pytest.raises(InvalidRequest):
            page(town.site_id, "bob", talk, **places)
    with pytest.raises(NotFound):
        page(town.site_id, "cyd", talk, around_seq=2)
