"""Dialogs and the controls in them: seen and clicked, walked by keyboard, and gone without a trace."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Frame, Locator, expect

from tests.browser.person import DEVICES, Person, Window

Sit = Callable[..., Person]
OPEN = """async () => {
  const base = document.querySelector('script[src$="main.js"]').src.replace('main.js', '');
  const load = (name) => import(base + name);
  const names = ['dialog.js', 'controls.js', 'dom.js'];
  const [{openDialog, ask}, {switchRow, field, tabs}, {h}] = await Promise.all(names.map(load));
  window.said = [];
  window.ask = ask;
  const panel = (text) => () => h('p', {}, text);
  openDialog({
    label: 'Settings of the club',
    body: [
      tabs({label: 'Parts', tabs: [
        {name: 'one', label: 'One', draw: panel('first')}, {name: 'two', label: 'Two', draw: panel('second')},
      ]}).element,
      switchRow({label: 'Receipts', hint: 'What you read', on: true, onChange: (on) => said.push(on)}),
      field({label: 'Name', value: 'Ada', hint: 'As others see it'}).element,
    ],
    actions: [
      {label: 'Cancel'}, {label: 'Stay', run: () => false},
      {label: 'Save', kind: 'main', run: () => { said.push('saved'); }},
    ],
    onClose: () => said.push('closed'),
  });
}"""
FOCUSED = "document.activeElement.textContent || document.activeElement.labels?.[0]?.textContent || ''"


def frame_of(window: Window) -> Frame:
    """The messenger, for looking inside."""
    return next(frame for frame in window.page.frames if "/frame?" in frame.url)


def shown(window: Window) -> Locator:
    return window.frame.get_by_role("dialog", name="Settings of the club")


@pytest.fixture(params=list(DEVICES))
def window(sit_down: Sit, request: pytest.FixtureRequest) -> Window:
    ada = sit_down("ada", **DEVICES[request.param]).window
    ada.open_panel()
    ada.frame.get_by_role("searchbox", name="Search people").focus()
    frame_of(ada).evaluate(OPEN)
    expect(shown(ada)).to_be_visible()
    return ada


def said(window: Window) -> list[Any]:
    answer: list[Any] = frame_of(window).evaluate("window.said")
    return answer


def test_the_focus_stays_inside_and_returns(window: Window) -> None:
    passed = []
    for _ in range(16):
        window.page.keyboard.press("Tab")
        passed.append(frame_of(window).evaluate(FOCUSED))
        assert frame_of(window).evaluate("!!document.activeElement.closest('dialog')")
    assert {"One", "Name", "Cancel", "Save"} <= set(passed)
    window.page.keyboard.press("Escape")
    expect(shown(window)).to_have_count(0)
    expect(window.frame.get_by_role("searchbox", name="Search people")).to_be_focused()
    assert said(window) == ["closed"]


def test_it_is_clicked_and_the_host_page_is_not(window: Window) -> None:
    shown(window).get_by_role("button", name="Stay").click()
    shown(window).get_by_role("switch", name="Receipts").click()
    shown(window).get_by_role("button", name="Save").click()
    expect(shown(window)).to_have_count(0)
    assert said(window) == [False, "saved", "closed"]


def test_arrow_keys_choose_a_tab(window: Window) -> None:
    shown(window).get_by_role("tab", name="One").focus()
    window.page.keyboard.press("ArrowRight")
    expect(shown(window).get_by_role("tab", name="Two")).to_be_focused()
    expect(shown(window).get_by_role("tabpanel", name="Two")).to_have_text("second")
    expect(shown(window).get_by_role("tabpanel", name="One")).to_be_hidden()


def test_a_question_is_answered_over_a_dialog(window: Window) -> None:
    frame_of(window).evaluate(
        "() => { ask({label: 'Leave?', text: 'For good.', yes: 'Leave'}).then((yes) => said.push(yes)); }"
    )
    question = window.frame.get_by_role("dialog", name="Leave?")
    expect(question).to_contain_text("For good.")
    question.get_by_role("button", name="Leave").click()
    expect(question).to_have_count(0)
    expect(shown(window)).to_be_visible()
    assert said(window) == [True]


def test_a_press_beside_it_closes_it(sit_down: Sit) -> None:
    ada = sit_down("ada").window
    expect(ada.bar).to_be_visible()
    frame_of(ada).evaluate(OPEN)
    expect(shown(ada)).to_be_visible()
    ada.expect_covered()
    ada.page.mouse.click(20, 20)
    expect(shown(ada)).to_have_count(0)
    ada.expect_uncovered()
