"""The links of a mail, from a real one: reply and no more mails, without a session and without a script."""

import html
import re
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from imserver.sections import MailSettings, ServerSettings
from tests.app.conftest import MakeApp, new_host
from tests.app.member import Host, Member, engine_of
from tests.mailbox import Mailbox, body_of
from tests.services import wait_until

PUBLIC_URL = "https://im.example"


@pytest.fixture(scope="module")
def app(make_app: MakeApp, mail_server: Mailbox) -> Flask:
    mail_server.start()
    return make_app(
        mail=MailSettings(url=mail_server.url, sender="Club <im@club.example>", delay_minutes=0.01),
        server=ServerSettings(public_url=PUBLIC_URL),
    )


@pytest.fixture
def club(app: Flask) -> Host:
    return new_host(app)


@pytest.fixture
def bob(club: Host) -> Member:
    club.visit("ada", name="Ada <i>&", email="ada@club.example")
    return club.visit("bob", name="Bob <b>Bold</b>")


@pytest.fixture
def links(bob: Member, app: Flask, mailbox: Mailbox) -> Callable[[str], str]:
    """Give a function that returns a link of the mail that ada got, by its purpose."""
    bob.send(bob.open("ada"), "are you there?")
    work = engine_of(app).mail.work
    wait_until(lambda: work() or mailbox.mails)
    (mail,) = mailbox.mails

    def find(purpose: str) -> str:
        found = re.search(rf"{PUBLIC_URL}(/mail/{purpose}\?t=[\w-]+)", body_of(mail))
        assert found, body_of(mail)
        return found[1]

    return find


def page(response: TestResponse, *, status: int = 200) -> str:
    """Return the text of a page that nobody may keep, frame or script."""
    assert response.status_code == status, response.data
    assert response.mimetype == "text/html"
    csp = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in csp
    assert "script" not in csp
    assert "frame-ancestors 'none'" in csp
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    assert "<script" not in response.text
    return response.text


def post(app: Flask, path: str, **fields: str) -> TestResponse:
    return app.test_client().post(path, data=fields)


def said(member: Member, peer: str) -> list[str]:
    path = f"/v1/conversations/{member.open(peer)}/messages"
    return [message["text"] for message in member.ask("GET", path)["data"]]


def test_a_reply_goes_to_its_conversation_once(app: Flask, bob: Member, links: Callable[[str], str]) -> None:
    shown = page(app.test_client().get(links("reply")))
    assert "Your reply to Bob &lt;b&gt;Bold&lt;/b&gt;" in shown
    action = re.search(r'action="([^"]+)"', shown)
    client_id = re.search(r'name="id" value="([0-9a-f]{32})"', shown)
    assert action
    assert client_id
    for _ in range(2):
        done = post(app, html.unescape(action[1]), id=client_id[1], text="I am\r\nhere <3")
        assert "Your reply was sent." in page(done)
    assert said(bob, "ada") == ["are you there?", "I am\nhere <3"]


@pytest.mark.parametrize("text", ["", "  \r\n ", "x" * 4_001, "a\x00b"])
def test_what_is_no_message_is_asked_for_again(
    app: Flask, bob: Member, links: Callable[[str], str], text: str
) -> None:
    path = links("reply")
    shown = page(post(app, path, id="0" * 32, text=text), status=400)
    assert "could not be sent" in shown
    assert said(bob, "ada") == ["are you there?"]


def test_a_link_is_good_for_nothing_else(app: Flask, links: Callable[[str], str]) -> None:
    reply, stop = links("reply"), links("stop")
    swapped = [
        reply.replace("reply", "stop"),
        stop.replace("stop", "reply"),
        reply[:-1] + "_",
        "/mail/stop?t=a",
    ]
    for path in swapped:
        for response in (app.test_client().get(path), post(app, path, id="0" * 32, text="hi")):
            assert "no longer valid" in page(response, status=404)
    assert app.test_client().get("/mail/reply").status_code == 400
    german = app.test_client().get("/mail/stop?t=a", headers={"Accept-Language": "de-AT,de;q=0.9"})
    assert "Dieser Link gilt nicht mehr" in page(german, status=404)


def test_a_link_ends_with_its_time_and_with_the_membership(
    app: Flask, links: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = engine_of(app).mail
    path = links("reply")
    now = mail._now_ms()
    monkeypatch.setattr(mail._links, "_now_ms", lambda: now + 15 * 86_400_000)
    assert "no longer valid" in page(app.test_client().get(path), status=410)


def test_looking_at_the_link_stops_nothing_and_one_click_does(
    app: Flask, bob: Member, mailbox: Mailbox, links: Callable[[str], str]
) -> None:
    path = links("stop")
    assert "Shall we stop" in page(app.test_client().get(path))
    mailbox.forget()
    bob.send(bob.open("ada"), "again")
    work = engine_of(app).mail.work
    wait_until(lambda: work() or mailbox.mails)
    # As a mail program does it, RFC 8058.
    done = app.test_client().post(path, data={"List-Unsubscribe": "One-Click"})
    assert "no more mails" in page(done)
    mailbox.forget()
    bob.send(bob.open("ada"), "and again")
    queue = engine_of(app).store.mail
    queue.watch_noted()
    wait_until(lambda: queue.look_at_due() or not queue._fresh)
    assert work() == 0
    assert mailbox.mails == []
