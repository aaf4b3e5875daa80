"""What the snippets sign, the messenger reads: the same person, whatever the language and the name."""

import base64
import json
import random
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from imserver.errors import TokenExpired, TokenMalformed
from imserver.services.signing import signature as sign
from imserver.services.tokens import read_token
from imserver.store.values import Person
from tests.integrations.languages import LANGUAGES, NODE, PHP, PYTHON, RUBY, Json, Language

NOW = 1_800_000_000
SECRET = "9f3b" * 10
SITE = {"url": "https://im.example.com", "id": "s_9f2", "key_id": "k2", "secret": SECRET}
KEYS = {"k1": b"0" * 40, "k2": SECRET.encode()}
ADA = Person("s_9f2", "42", "Ada")
# Families, flags, direction, full width, quotes: whatever people call themselves.
NAMES = [
    'O\'Brien "Bob" \\ <b>&amp;</b>',
    "</script><script>alert(1)</script>",
    "👩‍👩‍👧 🇷🇴 é",
    "عليّ ユキ \uff21",
    "{{7*7}} ${x} %s %00 \\u0000",
    "\u2028line\u2029",
]
MEMBERS: list[tuple[Json, Person]] = [
    ({"id": 42, "name": "Ada"}, ADA),
    ({"id": "42", "name": "Ada", "avatar": None, "url": None}, ADA),
    *[({"id": 42, "name": name}, replace(ADA, name=name.strip())) for name in NAMES],
    ({"id": 42, "name": "x" * 200}, replace(ADA, name="x" * 80)),
    ({"id": 42, "name": "🦉" * 81}, replace(ADA, name="🦉" * 80)),
    ({"id": 42, "name": " \tAda\r\n\x00\x9f\u202eLovelace\u2066 "}, replace(ADA, name="Ada Lovelace")),
    ({"id": 42}, replace(ADA, name="42")),
    ({"id": 42, "name": "\n"}, replace(ADA, name="42")),
    ({"id": 0, "name": "Ada"}, replace(ADA, user_id="0")),
    ({"id": "a b'\"<\\é", "name": "Ada"}, replace(ADA, user_id="a b'\"<\\é")),
    ({"id": "é" * 64, "name": "Ada"}, replace(ADA, user_id="é" * 64)),
    (
        {
            "id": 42,
            "name": "Ada",
            "roles": ["editor"],
            "moderator": True,
            "joined": 1,
            "email": "a@b.example",
        },
        replace(ADA, roles=("editor",), moderator=True, joined=1000, email="a@b.example"),
    ),
    ({"id": 42, "name": "Ada", "iss": "other", "sub": "7", "exp": 1}, ADA),
]
PICTURES = [
    "https://a.example/é/1.png?s=80&d=%22#x",
    "http://a.example:8080",
    "https://xn--bcher-kva.example/",
]
NO_PICTURES = [
    "/avatars/42.png",
    "//a.example/42.png",
    "javascript:alert(1)",
    "data:image/png;base64,AA",
    "http://[::1",
    "https://",
    "https://a.example/" + "x" * 500,
    "https://a.example/\n.png",
    "https://a.example/\u202e.png",
    "https://a.example\uff0f@evil.example/",
]
REFUSED: list[tuple[Json, Json, str]] = [
    ({"name": "Ada"}, {}, "1 to 128 bytes"),
    ({"id": "", "name": "Ada"}, {}, "1 to 128 bytes"),
    ({"id": None, "name": "Ada"}, {}, "1 to 128 bytes"),
    ({"id": "é" * 65, "name": "Ada"}, {}, "1 to 128 bytes"),
    ({"id": "4\n2", "name": "Ada"}, {}, "1 to 128 bytes"),
    ({"id": 42}, {"secret": ""}, "bin/im site add"),
    ({"id": 42}, {"secret": "short"}, "bin/im site add"),
    ({"id": 42}, {"id": ""}, "bin/im site add"),
    ({"id": 42}, {"key_id": ""}, "bin/im site add"),
]
everywhere = pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)


def signing(member: Json, *, now: int = NOW, **more: Any) -> Json:
    return {"call": "token", "member": member, "site": SITE, "now": now, **more}


def read(said: Json) -> Person:
    return read_token(said["value"], site_id="s_9f2", keys=KEYS, now_seconds=NOW, skew_seconds=30)


class Tags(HTMLParser):
    """The start tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


@everywhere
def test_the_messenger_reads_the_member_who_was_signed(language: Language) -> None:
    said = language.carry_out([signing(member) for member, _ in MEMBERS])
    assert [read(one) for one in said] == [person for _, person in MEMBERS]


@everywhere
def test_a_picture_and_a_page_are_addresses_or_left_out(language: Language) -> None:
    urls = [*PICTURES, *NO_PICTURES]
    calls = [signing({"id": 42, "name": "Ada", "avatar": url, "url": url}) for url in urls]
    people = [read(one) for one in language.carry_out(calls)]
    assert [person.avatar for person in people] == [*PICTURES, *[""] * len(NO_PICTURES)]
    assert [person.url for person in people] == [person.avatar for person in people]
    assert {person.name for person in people} == {"Ada"}


@everywhere
def test_no_name_and_no_picture_makes_a_token_that_is_refused(language: Language) -> None:
    choose = random.Random(7)
    alphabet = "a é🦉\"'<\\/\x00\x1f\x7f\x85\u00ad\u200d\u202a\u2066\ufeff\ufffd\U0010ffff"
    texts = ["".join(choose.choices(alphabet, k=choose.randrange(1, 120))) for _ in range(300)]
    calls = [signing({"id": 42, "name": text, "avatar": f"https://a.example/{text}"}) for text in texts]
    people = [read(one) for one in language.carry_out(calls)]
    assert len(people) == len(texts)
    assert max(len(person.name) for person in people) == 80


@everywhere
def test_what_is_not_complete_is_refused_with_what_to_do(language: Language) -> None:
    calls = [signing(member) | {"site": SITE | site} for member, site, _ in REFUSED]
    for one, (member, site, words) in zip(language.carry_out(calls), REFUSED, strict=True):
        assert words in one.get("refused", ""), (member, site, one)
        assert "short" not in one["refused"]


@everywhere
def test_a_host_whose_clock_is_off_is_let_in_or_told_so(language: Language) -> None:
    def signed_at(minutes: float) -> Json:
        return signing({"id": 42, "name": "Ada"}, now=NOW + int(60 * minutes))

    good, slow, fast = [-9, 0, 49], [-11, -60], [60]
    said = language.carry_out([signed_at(minutes) for minutes in [*good, *slow, *fast]])
    assert [read(one) for one in said[: len(good)]] == [ADA] * len(good)
    for one in said[len(good) : -len(fast)]:
        with pytest.raises(TokenExpired):
            read(one)
    with pytest.raises(TokenMalformed, match="one hour"):
        read(said[-1])


@everywhere
def test_the_tag_says_what_it_should_and_nothing_can_leave_its_quotes(language: Language) -> None:
    hostile = "\"'><script>alert(1)</script>"
    calls = [
        {"call": "tag", "member": {"id": 42, "name": hostile}, "site": SITE, "data": {"token-url": hostile}},
        {"call": "tag", "member": None, "site": SITE, "data": {}},
    ]
    page, nothing = (one["value"] for one in language.carry_out(calls))
    assert nothing == ""
    ((name, values),) = Tags(page).seen
    token = values.pop("data-token")
    assert name == "script"
    assert values == {
        "async": None,
        "src": "https://im.example.com/im.js",
        "data-site": "s_9f2",
        "data-token-url": hostile,
    }
    claims = json.loads(base64.urlsafe_b64decode(str(token).split(".")[1] + "=="))
    assert claims["name"] == hostile
    assert claims.keys() == {"iss", "sub", "exp", "name"}


# PHP's answer is that of a web server: test_examples.py asks it there.
@pytest.mark.parametrize("language", [PYTHON, NODE, RUBY], ids=lambda language: language.name)
def test_the_token_address_answers_who_is_signed_in_and_nobody_else(language: Language) -> None:
    member = {"id": 42, "name": "Ada"}
    asked = [(member, "same-origin"), (member, ""), (None, "same-origin"), (member, "cross-site")]
    answers = [
        one["value"]
        for one in language.carry_out(
            [{"call": "answer", "member": who, "site": SITE, "from": place} for who, place in asked]
        )
    ]
    assert [answer["status"] for answer in answers] == [200, 200, 401, 403]
    for answer in answers:
        headers = {name.lower(): value for name, value in answer["headers"].items()}
        assert headers["cache-control"] == "no-store"
        assert headers["content-type"] == "application/json"
        assert ("token" in json.loads(answer["body"])) == (answer["status"] == 200)
        assert SECRET not in answer["body"]


@pytest.mark.parametrize("language", [PHP, RUBY], ids=lambda language: language.name)
def test_bytes_that_are_no_text_become_a_mark(language: Language) -> None:
    raw = [b"Ren\xe9", b"\xff\xfe", b"A\xc0\x80da", b"\xed\xa0\x80"]
    calls = [signing({"id": 42}, name_base64=base64.b64encode(name).decode()) for name in raw]
    names = [read(one).name for one in language.carry_out(calls)]
    assert names[0] == "Ren\ufffd"
    assert all("\ufffd" in name for name in names)


@pytest.mark.parametrize("language", [PYTHON, NODE], ids=lambda language: language.name)
def test_half_a_character_goes(language: Language) -> None:
    (said,) = language.carry_out([signing({"id": 42, "name": "Ada \ud83e"})])
    assert read(said) == ADA
    (said,) = language.carry_out([signing({"id": "a\ud83e", "name": "Ada"})])
    assert "1 to 128 bytes" in said["refused"]


@everywhere
def test_only_the_messengers_own_question_for_friends_is_believed(language: Language) -> None:
    right = sign_question(NOW, "42")
    old = sign_question(NOW - 301, "42")
    asked = [
        (f"t={NOW},v1={right}", "42", True),
        (f"t={NOW},v1={'0' * 64},v1={right}", "42", True),
        (f"t={NOW - 300},v1={sign_question(NOW - 300, '42')}", "42", True),
        (f"t={NOW},v1={right}", "43", False),
        (f"t={NOW - 1},v1={right}", "42", False),
        (f"t={NOW - 301},v1={old}", "42", False),
        (f"t={NOW + 301},v1={sign_question(NOW + 301, '42')}", "42", False),
        (f"t={NOW},v1={right.upper()}", "42", False),
        (f"t={NOW},v1={right}\n", "42", False),
        (f"t={NOW},v1=", "42", False),
        (f"t=0x1,v1={right}", "42", False),
        ("", "42", False),
    ]
    calls = [
        {"call": "asked", "signature": signature, "user_id": user, "secret": SECRET, "now": NOW}
        for signature, user, _ in asked
    ]
    assert [one["value"] for one in language.carry_out(calls)] == [expected for *_, expected in asked]


def sign_question(seconds: int, user_id: str) -> str:
    """Return the mark of the messenger's question for somebody's friends."""
    return sign([SECRET.encode()], user_id.encode(), now_seconds=seconds).partition(",v1=")[2]
