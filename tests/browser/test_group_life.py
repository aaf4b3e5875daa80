"""What people in a group see of each other: the picture, who has read, who writes."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person, Window, wait_until_kept
from tests.browser.test_files import expect_drawn, picture
from tests.browser.test_groups import NAME, accept, make_group, open_info, sit

Sit = Callable[..., Person]
Crew = dict[str, Window]


@pytest.fixture
def crew(sit_down: Sit, everywhere: dict[str, Any]) -> Crew:
    """Ada, Bob and Cyd in a group, each with its window open."""
    windows = {user: sit(sit_down, user, **everywhere) for user in ("bob", "cyd", "ada")}
    make_group(windows["ada"], "Bob", "Cyd")
    for user in ("bob", "cyd"):
        accept(windows[user])
        expect(windows[user].box(NAME)).to_be_visible()
    return windows


def test_a_picture_of_the_group_is_chosen_and_everybody_has_it(crew: Crew) -> None:
    ada, bob = crew["ada"], crew["bob"]
    info = open_info(ada)
    with ada.page.expect_file_chooser() as chooser:
        info.get_by_role("button", name="Change the picture").click()
    chooser.value.set_files([picture("crew.png", size=(900, 500))])
    expect_drawn(info.locator(".place img").first)
    expect_drawn(bob.chat(NAME).locator(".head img").first)
    expect(bob.log(NAME).get_by_text("changed the picture")).to_be_visible()
    bob.open_panel()
    face = bob.row("Conversations", NAME).locator("img")
    expect_drawn(face.first)
    # What is shown is small, square and drawn anew.
    width, height = face.first.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert max(width, height) <= 512
    bob.page.reload()
    bob.open_panel()
    expect_drawn(bob.row("Conversations", NAME).locator("img").first)
    assert bob.complaints == []


def test_who_has_read_is_counted_and_still_known_on_the_next_page(crew: Crew) -> None:
    ada = crew["ada"]
    ada.say(NAME, "welcome")
    mark = ada.log(NAME).locator("[data-mark=read] .state")
    expect(mark).to_have_text("Read by 2")
    expect(mark).to_have_attribute("title", re.compile("^(Bob\nCyd|Cyd\nBob)$"))
    seq = ada.log(NAME).locator("[data-mark=read]").get_attribute("data-seq")
    for user in ("bob", "cyd"):
        wait_until_kept(ada, "/snapshot", f'"user_id":"{user}","read_seq":{seq}')
    ada.page.reload()
    ada.connected()
    ada.open_panel()
    ada.row("Conversations", NAME).click()
    expect(mark).to_have_text("Read by 2")


def test_several_who_write_at_once_are_named_and_then_counted(crew: Crew) -> None:
    ada, bob, cyd = crew["ada"], crew["bob"], crew["cyd"]
    line = ada.chat(NAME).locator(".head .line.typing")
    bob.box(NAME).press_sequentially("h")
    expect(line).to_have_text("\u2068Bob\u2069 is typing…")
    cyd.box(NAME).press_sequentially("h")
    expect(line).to_have_text("\u2068Bob\u2069 and \u2068Cyd\u2069 are typing…")
    bob.say(NAME, "here first")
    expect(line).to_have_text("\u2068Cyd\u2069 is typing…")
    cyd.box(NAME).fill("")
    expect(line).to_have_count(0)
