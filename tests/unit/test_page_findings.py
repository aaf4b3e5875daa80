"""Pages of owners, and of whomever they name: read for the tag, whatever else is in them."""

import pytest

from imserver.services.page_findings import Page, check_page, find_tag
from imserver.services.policies import blocking
from imserver.store.values import Site

BASE = "https://im.example"
TAG = f'<script async src="{BASE}/im.js" data-site="s_1" data-token="a.b.c"></script>'
# The library's own parser needs minutes to hours for the first of these, and holds the worker meanwhile.
SLOW = {
    "comments without an end": "<!--" * 400_000,
    "comments": "<!---->" * 200_000,
    "tags without an end": "<script " * 200_000,
    "attributes without an end": "<script a='" * 150_000,
    "brackets": "<" * 1_000_000,
    "declarations": "<!" * 500_000,
}


def page(html: str, address: str = "https://forum.example/") -> Page:
    return Page(address=address, html=html)


@pytest.mark.parametrize("name", SLOW)
@pytest.mark.limit(seconds=10)
def test_a_page_that_is_made_to_be_slow_is_read(name: str) -> None:
    tag = find_tag(page(TAG + SLOW[name]))
    assert tag is not None
    assert tag.data == {"site": "s_1", "token": "a.b.c"}


def test_a_tag_in_a_comment_is_none() -> None:
    assert find_tag(page(f"<!-- {TAG} -->")) is None
    assert find_tag(page(f"<!-- {TAG}")) is None
    assert find_tag(page(f"<!-- old -->{TAG}")) is not None


def test_addresses_that_are_none_are_no_error() -> None:
    site = Site("s_1", "A community", ("https://forum.example",), {})
    assert find_tag(page('<script src="http://[bad/im.js"></script>')) is None
    found = check_page(page('<script src="//[/im.js"></script>' + TAG, "https://[bad"), site, base_url=BASE)
    assert found


@pytest.mark.parametrize("port", ["\u00b2", "9" * 5_000, "x", ""])
def test_a_port_that_is_none_is_no_error(port: str) -> None:
    assert blocking(
        f"script-src https://im.example:{port}", "script", f"{BASE}/im.js", page="https://a.example/"
    ) in (
        None,
        "script-src",
    )
