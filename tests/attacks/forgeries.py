"""What tokens are forged of, and tokens that even the site's own secret does not make good."""

import base64
import hashlib
import hmac
import json
from typing import Any

NOW = 1_800_000_000
SITE = "demo"
KEYS = {"k1": b"1" * 32, "k2": b"2" * 32}
RETIRED = b"3" * 32
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
STRANGE = (
    "=",
    "==",
    "+",
    "/",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\x00",
    "\v",
    "\u00a0",
    "\u200b",
    "\ufeff",
    ".",
    "..",
    "%2e",
    "\u0661",
    "\uff11",
    "\u0410",
    "!",
    "~",
    "\\u0041",
    "\x7f",
    "\ud800",
)
HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
OTHER_ALGORITHMS = (
    "none",
    "None",
    "NONE",
    "",
    "hs256",
    "HS256 ",
    "HS384",
    "HS512",
    "RS256",
    "ES256",
    "EdDSA",
    "PS256",
    "dir",
)
NO_SECRETS = (
    b"",
    b"\x00" * 32,
    b"secret",
    SITE.encode(),
    b"k1",
    b"1" * 31,
    b"1" * 33,
    RETIRED,
    b"null",
    b"undefined",
)


def spell(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign(header: bytes, claims: bytes, *, key: bytes = KEYS["k1"], algorithm: str = "HS256") -> str:
    """Return a token of these very bytes."""
    said = f"{spell(header)}.{spell(claims)}"
    return f"{said}.{spell(hmac.new(key, said.encode(), HASHES[algorithm]).digest())}"


def dump(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


HEADER = {"alg": "HS256", "typ": "JWT", "kid": "k1"}
CLAIMS: dict[str, Any] = {"iss": SITE, "sub": "ada", "name": "Ada", "exp": NOW + 600}
GOOD = sign(dump(HEADER), dump(CLAIMS))

# -- what the site's own secret must not make good: (header, claims), as they are on the wire
STRANGE_SITES = (None, "", "other", "Demo", "demo ", ["demo"], {"demo": 1}, 0, True)
STRANGE_PEOPLE = (None, "", 42, 1.5, True, ["ada"], {"id": "ada"}, "a\x00b", "\u202eada", "a" * 129)
STRANGE_ALGORITHMS = (None, 5, ["HS256"], {"HS256": 1}, "HS256\x00")
STRANGE_KIDS = ("k2", "K1", "k1 ", "", "../k1", "k1' OR '1'='1", 1, True, ["k1"], {"k1": 1})
EXTRAS: tuple[dict[str, Any], ...] = ({"crit": []}, {"crit": ["exp"]}, {"crit": None}, {"b64": False})
_EXP = b'{"iss":"demo","sub":"ada","exp":%b}'
SIGNED_AND_WRONG: tuple[tuple[bytes, bytes], ...] = (
    *(
        (dump(HEADER), _EXP % exp)
        for exp in (
            b"NaN",
            b"Infinity",
            b"-Infinity",
            b"1e400",
            b"-1",
            b"0",
            b"null",
            b"true",
            b'"1800000600"',
            b"[1800000600]",
            b'{"$gt":0}',
            b"1800009999",
            b"99999999999999999999",
            b"1800000600000",
            b"9" * 5_000,
            b"1_800_000_600",
            b"+1800000600",
            b"01800000600",
            b"0x6B49D458",
            b"1799999900",
            b"\xd9\xa1",
            b"",
        )
    ),
    *((dump(HEADER), dump(CLAIMS | {"iss": iss})) for iss in STRANGE_SITES),
    *((dump(HEADER), dump(CLAIMS | {"sub": sub})) for sub in STRANGE_PEOPLE),
    *((dump(HEADER), dump(CLAIMS | {"nbf": value})) for value in (NOW + 60, "now", True, [], 1e300)),
    *((dump(HEADER), dump(CLAIMS | {"iat": value})) for value in (NOW + 60, "now", True, {})),
    *((dump(HEADER | {"alg": alg}), dump(CLAIMS)) for alg in (*OTHER_ALGORITHMS, *STRANGE_ALGORITHMS)),
    *((dump(HEADER | {"kid": kid}), dump(CLAIMS)) for kid in STRANGE_KIDS),
    *((dump(HEADER | extra), dump(CLAIMS)) for extra in EXTRAS),
    (b'{"alg":"none","alg":"HS256"}', dump(CLAIMS)),
    (b'{"alg":"HS256","kid":"k2","kid":"k1"}', dump(CLAIMS)),
    (dump(HEADER), b'{"iss":"demo","sub":"eve","sub":"ada","exp":1800000600}'),
    (dump(HEADER), b'{"iss":"other","iss":"demo","sub":"ada","exp":1800000600}'),
    (dump(HEADER), b'{"iss":"demo","sub":"ada","exp":1,"exp":1800000600}'),
    (dump(HEADER), b'{"iss":"demo","sub":"ada","exp":1800000600,"roles":[{"a":1,"a":2}]}'),
    (dump(HEADER), b"\xef\xbb\xbf" + dump(CLAIMS)),
    (dump(HEADER), dump(CLAIMS).decode().encode("utf-16")),
    (dump(HEADER), dump(CLAIMS) + b"\x00"),
    (dump(HEADER), dump(CLAIMS) + dump(CLAIMS)),
    (dump(HEADER), b"[" + dump(CLAIMS) + b"]"),
    (dump(HEADER), dump(GOOD)),
    (dump(HEADER | {"cty": "JWT"}), GOOD.encode()),
    (dump(HEADER), b"[" * 20_000 + b"]" * 20_000),
    (dump(HEADER), b'{"a":' * 20_000 + b"1" + b"}" * 20_000),
    (dump(HEADER), b"null"),
    (dump(HEADER), b""),
    (b"", dump(CLAIMS)),
    (b"null", dump(CLAIMS)),
    (dump([HEADER]), dump(CLAIMS)),
)
