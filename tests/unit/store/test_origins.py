"""The origins of all sites: read once for everybody, kept for a while, and kept while nobody answers."""

from collections.abc import Callable
from typing import Any

import pytest

from imserver.errors import Unavailable
from imserver.store.origins import KEPT_SECONDS, Origins


class FakeDatabase:
    """Has one site's list; ``is_away`` when it does not answer."""

    def __init__(self) -> None:
        self.list = '["https://a.example"]'
        self.is_away = False
        self.reads_count = 0

    def read(self, work: Callable[[Any], Any]) -> Any:
        self.reads_count += 1
        if self.is_away:
            raise Unavailable
        return work(self)

    def rows(self, name: str) -> list[tuple[str]]:
        assert name == "list_origins"
        return [("[]",), (self.list,)]


def test_the_lists_are_read_again_after_a_while_or_when_they_were_written() -> None:
    database, now = FakeDatabase(), [0.0]
    origins = Origins(database, clock=lambda: now[0])  # type: ignore[arg-type]
    assert origins.is_registered("https://a.example")
    assert not origins.is_registered("https://b.example")
    database.list = '["https://b.example"]'
    assert not origins.is_registered("https://b.example")
    assert database.reads_count == 1
    now[0] = KEPT_SECONDS
    assert origins.is_registered("https://b.example")
    database.list = "[]"
    origins.forget()
    assert not origins.is_registered("https://b.example")
    assert database.reads_count == 3


def test_a_database_that_is_away_is_asked_once_in_a_while_and_what_was_known_counts() -> None:
    database, now = FakeDatabase(), [0.0]
    origins = Origins(database, clock=lambda: now[0])  # type: ignore[arg-type]
    assert origins.is_registered("https://a.example")
    now[0], database.is_away = KEPT_SECONDS, True
    with pytest.raises(Unavailable):
        origins.is_registered("https://a.example")
    assert origins.is_registered("https://a.example")
    assert database.reads_count == 2
