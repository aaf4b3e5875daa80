"""Addresses of pages: many forms, one room; and what is no address of the site's."""

import pytest

from imserver.errors import InvalidRequest, WrongOrigin
from imserver.services.pages import normal_page, page_name

ORIGINS = ("https://forum.example", "http://localhost:8080", "https://[::1]")


def normal(address: str) -> str:
    return normal_page(address, origins=ORIGINS)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://forum.example", "https://forum.example/"),
        ("https://FORUM.example:443/", "https://forum.example/"),
        ("https://forum.example/t?id=7#post-3", "https://forum.example/t?id=7"),
        ("https://forum.example/t?utm_source=x&id=7&UTM_medium=y", "https://forum.example/t?id=7"),
        ("https://forum.example/t?fbclid=abc", "https://forum.example/t"),
        ("https://forum.example/t?a=%20&b", "https://forum.example/t?a=%20&b"),
        ("http://localhost:8080/a/../b", "http://localhost:8080/a/../b"),
        ("https://[::1]/x", "https://[::1]/x"),
    ],
)
def test_the_forms_of_an_address_are_one(address: str, expected: str) -> None:
    assert normal(address) == expected
    assert normal(expected) == expected


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "http://forum.example/",
        "https://forum.example:8443/",
        "https://forum.example.evil.example/",
        "https://sub.forum.example/",
    ],
)
def test_a_page_of_another_origin_has_no_room(address: str) -> None:
    with pytest.raises(WrongOrigin):
        normal(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "forum.example",
        "//forum.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://",
        "https://user@forum.example/",
        "https://forum.example@evil.example/",
        "https://evil.example\\@forum.example/",
        "https://forum.example:x/",
        "https://forum.example:99999/",
        "https://[::1/",
        "https://forum.example/\u202e",
        "https://forum.example/a b",
        "https://forum.example/\n",
        "https://forum\u2024example/",
    ],
)
def test_what_is_no_address_of_a_page_is_refused(address: str) -> None:
    with pytest.raises((InvalidRequest, WrongOrigin)) as refused:
        normal(address)
    assert refused.value.status in (400, 403)


def test_a_room_of_a_page_is_called_as_its_address() -> None:
    assert page_name("https://forum.example/t?id=7") == "forum.example/t?id=7"
    assert page_name("https://forum.example/") == "forum.example"
    assert len(page_name("https://forum.example/" + "x" * 500)) == 80
