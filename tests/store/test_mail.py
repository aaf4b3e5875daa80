"""Mail about missed messages, handed to a real mail server: to whom, when, and never twice."""

from collections.abc import Callable

import gevent
import pytest

from imserver.protocol.types import SetSettings
from imserver.services.conversations import Conversations
from imserver.services.mail import Mail
from imserver.smtp import MailServer
from imserver.store import Store
from imserver.store.mail import CLAIM_MS
from imserver.store.values import Person
from tests.certificates import Authority
from tests.mailbox import Mailbox, body_of
from tests.services import make_folder
from tests.store.town import Clock, Town

MINUTE = 60
DELAY_MS = 30 * MINUTE * 1000


def mail_of(store: Store, mailbox: Mailbox, clock: Clock) -> Mail:
    store.mail.delay_ms = DELAY_MS
    return Mail(
        store,
        Conversations(store),
        server=MailServer.parse(mailbox.url),
        sender="Town <no-reply@town.example>",
        public_url="https://im.example",
        delay_ms=DELAY_MS,
        link_days=14,
        now_ms=clock,
    )


@pytest.fixture
def mail(town: Town, store: Store, mailbox: Mailbox, clock: Clock) -> Mail:
    """Give who writes mails in the town, where everybody has an address."""
    for user_id in ("ada", "bob", "cyd"):
        store.people.save_person(
            Person(town.site_id, user_id, user_id.title(), email=f"{user_id}@town.example")
        )
    return mail_of(store, mailbox, clock)


@pytest.fixture
def later(mail: Mail, clock: Clock) -> Callable[[float], int]:
    """Give a function that lets minutes pass, and returns how many mails that made."""

    def pass_minutes(minutes: float) -> int:
        mail._store.mail.watch_noted()
        clock.pass_seconds(minutes * MINUTE)
        return mail.work()

    return pass_minutes


def test_what_was_missed_comes_in_one_mail_after_the_delay(
    town: Town, mailbox: Mailbox, clock: Clock, later: Callable[[float], int]
) -> None:
    with_bob, with_cyd = town.open("ada", "bob").id, town.open("ada", "cyd").id
    town.say("ada", with_bob, "mine")
    town.say("bob", with_bob, "one", "two", "three", "four")
    clock.pass_seconds(-1)
    town.say("cyd", with_cyd, "and <b>me</b>")
    clock.pass_seconds(1)
    assert later(29) == 0
    assert later(1) == 1, "bob's own answer says that he has read ada's"
    (mine,) = mailbox.mails
    assert mine["To"] == "Ada <ada@town.example>"
    assert "4 unread messages from Bob" in body_of(mine)
    assert "1 unread message from Cyd" in body_of(mine)
    assert "two" in body_of(mine)
    assert "mine" not in body_of(mine)
    assert "one" not in body_of(mine).split(), "only the last three"
    assert "and &lt;b&gt;me&lt;/b&gt;" in body_of(mine, "html")
    assert mine["Subject"] == "5 unread messages from Bob, Cyd · Town"
    assert later(60) == 0


def test_nobody_is_told_of_what_they_have_read(
    town: Town, mailbox: Mailbox, later: Callable[[float], int]
) -> None:
    chat = town.open("ada", "bob").id
    sent = town.say("bob", chat, "one").messages[0]
    town.store.writer.mark_read(town.site_id, "ada", chat, sent.seq)
    assert later(31) == 0
    assert mailbox.mails == []


def test_there_is_one_mail_per_delay_and_each_tells_what_is_new(
    town: Town, mailbox: Mailbox, later: Callable[[float], int]
) -> None:
    chat = town.open("ada", "bob").id
    town.say("bob", chat, "first")
    assert later(30) == 1
    for minute in range(5):
        town.say("bob", chat, f"more {minute}")
        assert later(5) == 0
    assert later(5) == 1
    text = body_of(mailbox.mails[1])
    assert "5 unread messages" in text
    assert "first" not in text


@pytest.mark.parametrize("why", ["no address", "wants none", "muted", "guest", "blocked", "stranger"])
def test_some_get_no_mail(
    town: Town, store: Store, mailbox: Mailbox, later: Callable[[float], int], why: str
) -> None:
    chat = town.open("ada", "bob").id
    ada = {"no address": {}, "guest": {"email": "ada@town.example", "guest": True}}.get(why)
    if ada is not None:
        store.people.save_person(Person(town.site_id, "ada", "Ada", **ada))  # type: ignore[arg-type]
    if why == "wants none":
        store.preferences.change(town.site_id, "ada", SetSettings(email=False))
    column = {
        "muted": "muted_until = 9007199254740992",
        "blocked": "hides = 1",
        "stranger": "request = 1",
    }.get(why)
    if column:
        store.database.write(lambda tx: tx.script(f"UPDATE participants SET {column} WHERE user_id = 'ada'"))
    town.say("bob", chat, "hello")
    assert later(31) == later(31) == 0
    assert mailbox.mails == []


def test_whoever_is_here_is_looked_at_later(
    town: Town, store: Store, mailbox: Mailbox, later: Callable[[float], int], clock: Clock
) -> None:
    chat = town.open("ada", "bob").id
    store.presence.beat("w1", clock())
    store.presence.arrive("w1", [(town.site_id, "ada")], now=clock())
    town.say("bob", chat, "hello")
    assert later(31) == 0
    store.presence.leave("w1", [(town.site_id, "ada")], now=clock())
    assert later(29) == 0
    assert later(2) == 1


def test_nobody_is_woken_in_quiet_hours(
    town: Town, store: Store, mailbox: Mailbox, later: Callable[[float], int]
) -> None:
    # The clock of the tests stands at 22:13 UTC.
    store.preferences.change(town.site_id, "ada", SetSettings(quiet_from="22:00", quiet_to="06:00"))
    town.say("bob", town.open("ada", "bob").id, "hello")
    assert later(31) == 0
    assert later(7 * 60) == 0
    assert later(30) == 1


def test_a_server_that_is_down_is_asked_again_and_again(
    town: Town, mailbox: Mailbox, later: Callable[[float], int]
) -> None:
    town.say("bob", town.open("ada", "bob").id, "hello")
    mailbox.stop()
    assert later(30) == 0
    assert later(1) == 0
    mailbox.start()
    mailbox.be_busy(True)
    assert later(2) == 0
    mailbox.be_busy(False)
    assert later(3.9) == 0
    assert later(0.2) == 1
    assert len(mailbox.mails) == 1


def test_a_refused_address_is_not_tried_again(
    town: Town, store: Store, mailbox: Mailbox, later: Callable[[float], int]
) -> None:
    for number, address in enumerate(("refused@town.example", "ä@town.example", "a b@town.example")):
        store.people.save_person(Person(town.site_id, "ada", "Ada", email=address))
        town.say("bob", town.open("ada", "bob").id, f"hello {number}")
        assert later(31) == later(120) == 0
    assert mailbox.mails == []


def test_two_workers_send_one_mail(
    town: Town, mail: Mail, second_store: Store, mailbox: Mailbox, clock: Clock
) -> None:
    for user_id in ("ada", "cyd"):
        town.say("bob", town.open(user_id, "bob").id, "hello")
    mail._store.mail.watch_noted()
    clock.pass_seconds(31 * MINUTE)
    workers = [gevent.spawn(one.work) for one in (mail, mail_of(second_store, mailbox, clock))]
    gevent.joinall(workers, raise_error=True)
    assert sum(worker.value for worker in workers) == 2
    assert sorted(m["To"] for m in mailbox.mails) == ["Ada <ada@town.example>", "Cyd <cyd@town.example>"]


@pytest.mark.parametrize(("step", "mails"), [("claimed", 1), ("handing", 0)])
def test_a_dead_workers_mail_is_sent_unless_it_was_going_out(
    town: Town,
    mail: Mail,
    mailbox: Mailbox,
    clock: Clock,
    later: Callable[[float], int],
    step: str,
    mails: int,
) -> None:
    town.say("bob", town.open("ada", "bob").id, "hello")
    queue = mail._store.mail
    queue.watch_noted()
    clock.pass_seconds(31 * MINUTE)
    queue.look_at_due()
    claim = queue.claim_one()
    assert claim is not None
    if step == "handing":
        assert queue.begin_handing(claim)
    assert mail.work() == 0, "the claim is good for a while"
    assert later(CLAIM_MS / 1000 / MINUTE + 1) == mails
    assert not queue.begin_handing(claim), "which the dead one cannot use any more"
    assert len(mailbox.mails) == mails


def test_what_is_hidden_is_not_told_by_mail(
    town: Town, store: Store, mailbox: Mailbox, later: Callable[[float], int]
) -> None:
    chat = town.open("ada", "bob").id

    def hide(hides: int) -> None:
        store.database.write(
            lambda tx: tx.script(f"UPDATE participants SET hides = {hides} WHERE user_id = 'ada'")
        )

    hide(1)
    town.say("bob", chat, "unheard")
    hide(0)
    assert later(31) == 0
    town.say("bob", chat, "heard")
    assert later(31) == 1
    assert "unheard" not in body_of(mailbox.mails[0])


def test_a_mail_waits_until_the_server_has_a_certificate_that_is_believed(
    town: Town,
    mail: Mail,
    later: Callable[[float], int],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority = Authority.create(make_folder())
    options = ("--certificate", str(authority.sign("localhost")), "--starttls", "--login", "im:secret")
    encrypted = Mailbox(make_folder(), options=options)
    encrypted.start()
    try:
        mail._server = MailServer.parse(f"starttls://im:secret@localhost:{encrypted.port}")
        town.say("bob", town.open("ada", "bob").id, "are you there?")
        assert later(31) == 0
        assert "mail waits, certificate_refused: " in caplog.text
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
        assert later(2) == 1
        assert [letter["To"] for letter in encrypted.mails] == ["Ada <ada@town.example>"]
        assert "secret" not in caplog.text
    finally:
        encrypted.stop()
