"""A signed address is good for what it was made for, and for a while."""

from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from imserver.errors import NotFound
from imserver.files.links import Link, Links

NOW = 1_700_000_000
LINK = Link(
    site_id="site", conversation_id="dabc", file_id="f1", name="a ü+%.jpg", part="file", expires_at=NOW + 10
)


def signature(link: Link, links: Links) -> str:
    return parse_qs(urlsplit(links.address(link)).query)["s"][0]


def test_an_address_is_believed_until_it_expires() -> None:
    links = Links(b"k" * 32, life_seconds=900)
    links.check(LINK, signature(LINK, links), now_seconds=NOW)
    with pytest.raises(NotFound):
        links.check(LINK, signature(LINK, links), now_seconds=NOW + 10)


@pytest.mark.parametrize(
    "changed",
    [
        {"site_id": "other"},
        {"conversation_id": "dxyz"},
        {"file_id": "f2"},
        {"name": "a.html"},
        {"part": "thumb"},
        {"expires_at": NOW + 11},
        {"site_id": "sited", "conversation_id": "abc"},
    ],
)
def test_an_address_is_bound_to_all_that_it_names(changed: dict[str, str | int]) -> None:
    links = Links(b"k" * 32, life_seconds=900)
    with pytest.raises(NotFound):
        links.check(replace(LINK, **changed), signature(LINK, links), now_seconds=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["", "x", "\udcff", "é" * 43])
def test_what_is_no_signature_is_refused(wrong: str) -> None:
    with pytest.raises(NotFound):
        Links(b"k" * 32, life_seconds=900).check(LINK, wrong, now_seconds=NOW)
    foreign = signature(LINK, Links(b"other" * 8, life_seconds=900))
    with pytest.raises(NotFound):
        Links(b"k" * 32, life_seconds=900).check(LINK, foreign, now_seconds=NOW)


def test_addresses_stay_the_same_for_a_while_and_never_live_longer_than_allowed() -> None:
    links = Links(b"k" * 32, life_seconds=900)
    ends = [links.end_of_life(NOW + second) for second in range(2_000)]
    assert len(set(ends)) <= 6
    lives = [end - NOW - second for second, end in enumerate(ends)]
    assert min(lives) >= 450
    assert max(lives) <= 900


def test_a_name_survives_the_address() -> None:
    path = urlsplit(Links(b"k" * 32, life_seconds=900).address(LINK)).path
    assert unquote(path.rpartition("/")[2]) == LINK.name
    assert path.isascii()
