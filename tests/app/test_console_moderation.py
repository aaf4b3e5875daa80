"""The pages for moderators: what they show, what they never show, what they record."""

import re
from dataclasses import dataclass

import pytest
from flask import Flask

from imserver.handlers.console import blueprint  # noqa: F401 - declares the pages
from imserver.store import Store
from imserver.store.erasing import FORMER_NAME
from imserver.store.people import FORMER_ID, save_people
from imserver.store.values import Person
from tests.app.conftest import new_host
from tests.app.member import Host, Member, client_id, engine_of, outcome
from tests.app.owner import Browser, make_owner, signed_in


@dataclass(frozen=True, slots=True)
class Desk:
    """A moderator at the console, and two members who talk."""

    host: Host
    store: Store
    browser: Browser
    owner: Browser
    ada: Member
    bob: Member
    talk: str

    @property
    def site(self) -> str:
        return self.host.site.site_id

    def path(self, rest: str) -> str:
        return f"/console/sites/{self.site}/{rest}"

    def page(self, rest: str) -> str:
        response = self.browser.get(self.path(rest))
        assert response.status_code == 200, response.text[:500]
        return response.text

    def send(self, rest: str, **fields: str) -> str:
        """Send a form; return the page behind it."""
        response = self.browser.post(self.path(rest), fields)
        if response.status_code == 303:
            response = self.browser.get(response.headers["Location"])
        assert response.status_code == 200, response.text[:500]
        return response.text

    def acts(self) -> list[tuple[str, str]]:
        return [(entry.act, entry.about) for entry in self.store.audit.page(self.site)]

    def report(self, seq: int) -> str:
        body = {"reason": "abuse", "note": "look", "conversation_id": self.talk, "seq": seq}
        response = self.ada.call("POST", "/v1/reports", body)
        assert response.status_code == 201
        return str(response.json["id"])


@pytest.fixture
def desk(app: Flask) -> Desk:
    host = new_host(app)
    site = host.site.site_id
    for role in ("moderator", "owner"):
        make_owner(app, f"{role}@{site}.example", site_id=site, role=role)
    ada, bob = host.visit("ada", name="Ada"), host.visit("bob", name="Bob <b>")
    talk = bob.open("ada")
    bob.send(talk, *(f"word{n}" for n in range(1, 9)), "<i>the bad one</i>", "word10")
    browsers = [signed_in(app, f"{role}@{site}.example") for role in ("moderator", "owner")]
    return Desk(host, engine_of(app).store, browsers[0], browsers[1], ada, bob, talk)


def test_members_and_conversations_are_shown_without_a_word_of_them(desk: Desk) -> None:
    pages = [
        desk.page("members"),
        desk.page("members?q=bob"),
        desk.page("members/bob"),
        desk.page("conversations"),
        desk.page("conversations?member=bob"),
        desk.page(f"conversations/{desk.talk}"),
    ]
    assert "Bob &lt;b&gt;" in pages[0]
    assert "Ada" not in pages[1].split("<main")[1]
    assert ">10<" in pages[2].replace("\n", "")
    for page in pages:
        assert not re.search(r"word\d|bad one", page)
    assert desk.acts() == []


def test_a_report_is_sealed_until_it_is_opened_and_that_is_recorded(desk: Desk) -> None:
    report_id = desk.report(9)
    for page in (desk.page("reports"), desk.page(f"reports/{report_id}")):
        assert "bad one" not in page
        assert "word" not in page.split("<main")[1].replace("keyword", "")
    assert desk.acts() == []
    opened = desk.send(f"reports/{report_id}/open")
    assert "&lt;i&gt;the bad one&lt;/i&gt;" in opened
    assert re.findall(r"word\d+", opened) == ["word4", "word5", "word6", "word7", "word8", "word10"]
    assert desk.acts() == [("report.viewed", "bob")]
    again = desk.browser.get(desk.path(f"reports/{report_id}/open"))
    assert again.status_code in (404, 405)


def test_the_reported_message_is_deleted(desk: Desk) -> None:
    report_id = desk.report(9)
    assert desk.page("members").count("> waiting<") == 2, "in both menus"
    assert "deleted for everybody" in desk.send(f"reports/{report_id}/delete")
    assert "> waiting<" not in desk.page("members")
    history = desk.ada.ask("GET", f"/v1/conversations/{desk.talk}/messages")["data"]
    assert (history[8]["text"], history[8]["deleted"]) == ("", True)
    assert "message deleted" in desk.page("reports?state=closed")
    assert "Nothing to look at" in desk.page("reports")
    response = desk.browser.post(desk.path(f"reports/{report_id}/dismiss"))
    assert response.status_code == 409
    assert "decided this report already" in response.text


def test_who_was_reported_is_warned_or_banned(desk: Desk) -> None:
    cursor = desk.bob.state()["cursor"]
    desk.send(f"reports/{desk.report(9)}/warn", warning="Be kind.")
    assert [event["type"] for event in desk.bob.events(cursor)["events"]] == ["moderation.warned"]
    report_id = desk.report(10)
    assert desk.browser.post(desk.path(f"reports/{report_id}/warn"), {"warning": ""}).status_code == 400
    desk.send(f"reports/{report_id}/ban", span="week", reason="abuse")
    assert outcome(desk.host.sign_in(desk.host.sign("bob"))) == (403, "banned")
    ban = desk.store.bans.find(desk.site, "bob")
    assert ban is not None
    assert ban.actor.startswith("owner:moderator@")
    assert [act for act, _ in desk.acts()] == [
        "report.decided",
        "ban.added",
        "report.decided",
        "member.warned",
    ]


def test_a_member_is_banned_and_let_in_again(desk: Desk) -> None:
    page = desk.send("members/bob/ban", span="ever", reason="spam")
    assert "for ever" in page.lower()
    assert "Bob" in desk.page("bans")
    assert outcome(desk.bob.call("GET", "/v1/state")) == (401, "session_ended")
    desk.send("bans/lift", user_id="bob")
    assert desk.host.sign_in(desk.host.sign("bob")).status_code == 201
    desk.send("bans/add", user_id="bob", span="hour")
    assert desk.browser.post(desk.path("bans/add"), {"user_id": "nobody"}).status_code == 400
    desk.send("members/bob/lift")
    assert desk.store.bans.find(desk.site, "bob") is None


def test_an_id_that_is_nobodys_is_said_where_it_was_typed(desk: Desk) -> None:
    response = desk.browser.post(desk.path("bans/add"), {"user_id": "nobody", "span": "day"})
    assert response.status_code == 400
    assert "No member has the id nobody." in response.text
    assert "Ban somebody" in response.text


def test_what_erased_members_left_is_no_member_and_a_bot_is_called_one(desk: Desk) -> None:
    site_id = desk.host.site.site_id
    former = Person(site_id, FORMER_ID, FORMER_NAME)
    desk.store.database.write(lambda tx: save_people(tx, [former], now=1))
    desk.store.bots.save(Person(site_id, "quiz", "Quiz"))
    for page in (desk.page("members"), desk.page("members?q=former")):
        assert FORMER_NAME not in page
    assert 'accent">bot<' in desk.page("members?q=quiz")
    assert re.search(r'aria-current="page">Members', desk.page("members/quiz"))


def test_words_are_tried_before_they_hold(desk: Desk) -> None:
    lists = {"refuse": "casino\nbuy now", "hold": "", "mask": "darn"}
    tried = desk.send("words", **lists, sample="well, darn it", **{"try": "1"})
    assert "well, **** it" in tried
    assert "refused" in desk.send("words", **lists, sample="c a s i n o", **{"try": "1"})
    assert "passes" in desk.send("words", **lists, sample="hello", **{"try": "1"})
    assert desk.store.houses.load(desk.site).words == ()
    desk.send("words", **lists)
    body = {"messages": [{"client_id": client_id(), "text": "Buy now!"}]}
    path = f"/v1/conversations/{desk.talk}/messages"
    assert outcome(desk.bob.call("POST", path, body)) == (403, "message_refused")
    assert "buy now" in desk.page("words")
    bad = desk.browser.post(desk.path("words"), {"refuse": "*", "mask": "kept as typed"})
    assert bad.status_code == 400
    assert "kept as typed" in bad.text
    assert len(desk.store.houses.load(desk.site).words) == 3


def test_limits_for_newcomers_are_tried_on_what_was_sent(desk: Desk) -> None:
    rules = desk.store.houses.load(desk.site).newcomers
    fields = {name: str(getattr(rules, name)) for name in rules.__struct_fields__} | {"days": "3"}
    tried = desk.send("newcomers", **fields, **{"try": "1"})
    assert "too many at a time 8" in tried
    assert desk.store.houses.load(desk.site).newcomers == rules
    desk.send("newcomers", **fields)
    assert desk.store.houses.load(desk.site).newcomers.days == 3
    assert desk.browser.post(desk.path("newcomers"), fields | {"days": "-1"}).status_code == 400


def test_held_messages_are_read_and_decided(desk: Desk) -> None:
    desk.send("words", hold="meet me")
    for text in ("meet me here", "meet me there"):
        desk.bob.send(desk.talk, text)
    page = desk.page("held")
    assert "meet me" not in page
    first, second = dict.fromkeys(re.findall(r"held/(h\w+)/open", page))
    assert "meet me here" in desk.send(f"held/{first}/open")
    desk.send(f"held/{first}/approve")
    desk.send(f"held/{second}/refuse")
    assert "Nothing waits" in desk.page("held")
    history = desk.ada.ask("GET", f"/v1/conversations/{desk.talk}/messages")["data"]
    assert history[-1]["text"] == "meet me here"
    acts = [act for act, _ in desk.acts()]
    assert acts == ["held.refused", "held.approved", "held.viewed", "rules.changed"]


def test_the_record_is_read_and_verified(desk: Desk) -> None:
    desk.send("members/bob/ban", span="day", reason="<script>alert(1)</script>")
    page = desk.page("audit")
    assert "ban.added" in page
    assert "<script>alert" not in page
    assert "All 1 entries are as they were written" in desk.send("audit/verify")
    desk.store.database.write(
        lambda tx: tx.script(f"UPDATE audit SET about = 'x' WHERE site_id = '{desk.site}'")
    )
    assert "Entry 1 was changed" in desk.send("audit/verify")


def test_owners_export_and_erase_and_moderators_do_not(desk: Desk) -> None:
    for act in ("export", "erase"):
        assert desk.browser.post(desk.path(f"members/bob/{act}")).status_code == 404
    assert "Their data" not in desk.page("members/bob")
    response = desk.owner.post(desk.path("members/bob/export"))
    assert response.mimetype == "application/x-ndjson"
    assert '"kind":"profile"' in response.text
    assert "the bad one" in response.text
    assert desk.owner.post(desk.path("members/bob/erase")).status_code == 303
    assert desk.browser.get(desk.path("members/bob")).status_code == 404
    assert [act for act, _ in desk.acts()] == ["member.erased", "member.exported"]


def test_sessions_are_ended_and_somebody_is_warned(desk: Desk) -> None:
    assert "Devices signed in" in desk.page("members/bob")
    desk.send("members/bob/warn", warning="Be kind.")
    assert "Be kind." in desk.page("members/bob")
    assert "Not closed yet" in desk.page("members/bob")
    (warning,) = desk.bob.state()["warnings"]
    desk.bob.call("DELETE", f"/v1/warnings/{warning['id']}")
    assert "Not closed yet" not in desk.page("members/bob")
    desk.send("members/bob/sessions")
    assert outcome(desk.bob.call("GET", "/v1/state")) == (401, "session_ended")
    assert desk.host.sign_in(desk.host.sign("bob")).status_code == 201
