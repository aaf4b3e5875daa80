"""Names that somebody chose to do harm, or that a broken host sends; the same ones in every run."""

import random
from collections.abc import Iterator
from itertools import islice

FRAGMENTS = (
    "' OR '1'='1",
    "'; DROP TABLE messages; --",
    '" OR ""="',
    "\\' OR 1=1 #",
    "%' AND SLEEP(5) AND '%",
    "1) UNION SELECT secret FROM site_keys --",
    "%s%s%s%n",
    "%(user_id)s",
    ":user_id",
    "?",
    "{{base}}{0.__class__}",
    "${jndi:ldap://x/a}",
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "/",
    "//",
    ".",
    "..",
    "\x00",
    "a\x00b",
    "ada\x00",
    "ada ",
    " ada",
    "ADA",
    "\r\nSet-Cookie: a=b",
    "a\tb",
    "\x7f\x1b[31m",
    "\u202egnp.exe",
    "\u200b",
    "\ufeffada",
    "\u0430da",
    "ada\u0301",
    "😀",
    "👩‍👩‍👧‍👦",
    "\U0001d4b6\U0001d4b9\U0001d4b6",
    "ﷺ" * 20,
    "İ" * 40,
    "ß" * 60,
    "\ud7ff\ue000\ufffd\uffff",
    "\U0010ffff",
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    "__proto__",
    "null",
    "undefined",
    "NaN",
    "-1",
    "1e400",
    "9" * 200,
    "get \r\nVALUE im 0 1",
)
ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "'\"\\`;%_-#/*() ",
    "\x00\x01\x07\x08\t\n\r\x1b\x7f\x85",
    "\u200b\u200e\u202d\u202e\u2066\u2069\ufeff\u00ad",
    "😀🏳️‍🌈👍🏽\U0001f1e9\U0001f1ea",
    "אבגדשםابتثج",
    "äöüßéÅﬁ㎏①Ⅷ",
    "../\\:?&=+@",
)
LONGEST_BYTES = 200


def hostile_names(count: int, *, seed: int = 1) -> list[str]:
    """Return ``count`` different names of 1 to 200 bytes: the fragments, alone and in mixtures."""
    names: dict[str, None] = dict.fromkeys(FRAGMENTS)
    for name in _mixtures(random.Random(seed)):
        names.setdefault(name)
        if len(names) >= count:
            break
    return list(islice(names, count))


def _mixtures(chance: random.Random) -> Iterator[str]:
    while True:
        length = chance.choice((1, 2, 5, 20, 80, LONGEST_BYTES))
        alphabets = chance.choices(ALPHABETS, k=chance.choice((1, 1, 2, 4)))
        text = "".join(chance.choice(chance.choice(alphabets)) for _ in range(length))
        if chance.random() < 0.3:
            text = chance.choice(FRAGMENTS) + text
        cut = text.encode()[:LONGEST_BYTES].decode(errors="ignore")
        if cut:
            yield cut
