"""An example community and its messenger, in a browser: signing out of the one is signing out of both."""

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.messenger import ROOT, Messenger, free_port
from tests.browser.person import Window
from tests.browser.quickstart import PRINTED
from tests.integrations.community import serving
from tests.services import make_folder

FLASK = ROOT / "integrations" / "examples" / "flask"
KEPT = "() => Object.keys(localStorage).filter((key) => /session|snapshot|log/.test(key)).length"


@pytest.fixture
def community(messenger: Messenger) -> Iterator[str]:
    """The address of a community whose site has been added as an admin would."""
    port = free_port()
    url = f"http://localhost:{port}"
    printed = messenger.run(ROOT / "bin" / "im.py", "site", "add", "Lantern Hill", "--origin", url)
    values = dict(PRINTED.findall(printed))
    environ = {
        "MESSENGER_URL": messenger.url,
        "MESSENGER_SITE": values["site"],
        "MESSENGER_KEY_ID": values["key id"],
        "MESSENGER_SECRET": values["secret"],
    }
    log = make_folder() / "log"
    with serving([sys.executable, str(FLASK / "app.py")], folder=FLASK, port=port, log=log, **environ):
        yield url


def test_signing_in_and_out_of_a_community_is_signing_in_and_out_of_its_messenger(
    browser: Browser, community: str
) -> None:
    ada = Window(browser.new_context(reduced_motion="reduce").new_page())
    ada.page.goto(community)
    with ada.page.expect_navigation():
        ada.page.get_by_role("button", name="Sign in as Ada").click()
    ada.connected()
    assert ada.page.evaluate(KEPT) > 0
    ada.page.get_by_role("button", name="Sign out").click()
    expect(ada.page.get_by_role("button", name="Sign in as Ada")).to_be_visible()
    assert ada.page.evaluate(KEPT) == 0
    expect(ada.page.locator("iframe[title=Messenger]")).to_have_count(0)
    # The page's own policy is as strict as it can be. Bob, whom it names, has never signed in.
    assert [each for each in ada.complaints if "/v1/users/2" not in each] == []
    ada.page.context.close()
