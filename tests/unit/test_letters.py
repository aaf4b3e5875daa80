"""Mails are safe whatever names say, in every language; quiet hours and links end when they should."""

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imserver.errors import LinkExpired, NotFound
from imserver.protocol.types import UserSettings
from imserver.services.letter_words import words_for
from imserver.services.letters import Letter, Section, compose
from imserver.services.links import Link, Links
from imserver.services.mail import quiet_until
from imserver.smtp import MailServer
from tests.mailbox import body_of

HEADERS = [
    "Subject",
    "From",
    "To",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
]
NASTY = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [
        "Bob\r\nBcc: eve@example.org",
        "\u202egnp.exe",
        "a\n\nb",
        "<script>alert(1)</script>",
        '"><img src=x>',
        "\x00\x85\u2028",
    ]
)


def letter(name: str = "Ada", *, text: str = "hello", locale: str = "en") -> Letter:
    section = Section(name, ((name, text),), 1, "https://im.example/mail/reply?t=abc&x=1")
    return Letter(
        to="ada@example.org",
        to_name=name,
        sender="Seed Club <no-reply@example.org>",
        message_id="<1@example.org>",
        date="Sat, 21 Nov 2026 08:00:00 +0000",
        site_name=name,
        site_url="https://club.example",
        sections=(section,),
        unsubscribe_url="https://im.example/mail/stop?t=abc",
        locale=locale,
    )


def parse(data: bytes) -> EmailMessage:
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@given(NASTY, NASTY)
def test_no_name_and_no_text_adds_a_header_a_line_or_markup(name: str, text: str) -> None:
    message = parse(compose(letter(name, text=text)))
    assert sorted(set(message.keys()) - {"MIME-Version", "Content-Type"}) == sorted(HEADERS)
    assert message["To"].addresses[0].addr_spec == "ada@example.org"
    assert len(message["To"].addresses) == 1
    page = body_of(message, "html")
    assert "<script" not in page
    assert "<img" not in page
    assert "<script" in body_of(message) or "<script" not in text + name


@pytest.mark.parametrize(
    "locale", ["en", "de-AT", "fr", "es", "ro", "ar", "he-IL", "ja", "zh-Hans-CN", "xx", ""]
)
def test_a_mail_says_the_same_as_text_and_as_html_in_each_language(locale: str) -> None:
    message = parse(compose(letter(text="a < b", locale=locale)))
    words = words_for(locale)
    text, page = body_of(message), body_of(message, "html")
    for part in (words.greeting("Ada"), words.reply, words.stop, words.heading(1, name="Ada")):
        assert part in text.replace("\r\n", "\n")
    assert "Ada: a < b" in text
    assert "<b>Ada</b>: a &lt; b" in page
    assert 'href="https://im.example/mail/reply?t=abc&amp;x=1"' in page
    assert f'dir="{words.direction}"' in page
    assert message["List-Unsubscribe"] == "<https://im.example/mail/stop?t=abc>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("quiet", "hour", "until"),
    [
        (("22:00", "07:00"), 23, 31),
        (("22:00", "07:00"), 6, 7),
        (("22:00", "07:00"), 7, 0),
        (("22:00", "07:00"), 21, 0),
        (("09:00", "17:00"), 12, 17),
        (("09:00", "17:00"), 17, 0),
        (("", "07:00"), 3, 0),
        (("08:00", "08:00"), 8, 0),
    ],
)
def test_quiet_hours_end_in_the_persons_own_time(quiet: tuple[str, str], hour: int, until: int) -> None:
    # 2026-11-20 23:00 UTC is midnight in Berlin.
    midnight = 1_795_215_600_000 + 0
    for zone, shift in (("Europe/Berlin", 0), ("UTC", 1), ("No/Where", 1)):
        settings = UserSettings(quiet_from=quiet[0], quiet_to=quiet[1], time_zone=zone)
        start = midnight + shift * 3_600_000
        expected = start + until * 3_600_000 if until else 0
        assert quiet_until(settings, start + hour * 3_600_000) == expected


def test_a_link_is_good_for_one_purpose_and_a_time() -> None:
    now = [1_000]
    links = Links(lambda: b"k" * 32, now_ms=lambda: now[0])
    link = Link("reply", "s1", "ada", "d1", 2_000)
    text = links.seal(link)
    assert links.open(text, purpose="reply") == link
    with pytest.raises(NotFound):
        links.open(text, purpose="stop")
    with pytest.raises(NotFound):
        Links(lambda: b"x" * 32, now_ms=lambda: 0).open(text, purpose="reply")
    for at in range(len(text)):
        with pytest.raises(NotFound):
            links.open(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :], purpose="reply")
    for other in ("", "%%", "a" * 1_000, text + "=" * 3, "ä"):
        with pytest.raises(NotFound):
            links.open(other, purpose="reply")
    now[0] = 2_000
    with pytest.raises(LinkExpired):
        links.open(text, purpose="reply")


def test_a_mail_server_is_read_from_its_address() -> None:
    server = MailServer.parse("smtps://im%40club:s%2Fcret@mail.example.org")
    assert (server.scheme, server.host, server.port, server.user, server.password) == (
        "smtps", "mail.example.org", 465, "im@club", "s/cret",
    )  # fmt: skip
    assert "cret" not in repr(server)
    assert MailServer.parse("starttls://h").port == 587
    for wrong in ("http://h", "smtp://", "smtp://h/x", "h:25"):
        with pytest.raises(ValueError, match=r".+"):
            MailServer.parse(wrong)
