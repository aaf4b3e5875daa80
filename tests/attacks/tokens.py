"""A7: tokens that somebody has changed, or made, without the site's secret. None of them is accepted."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from imserver.errors import Unauthenticated
from imserver.services.tokens import read_token
from tests.attacks.attack import Attack, Report
from tests.attacks.forgeries import (
    CLAIMS,
    GOOD,
    HEADER,
    KEYS,
    LETTERS,
    NO_SECRETS,
    NOW,
    OTHER_ALGORITHMS,
    RETIRED,
    SIGNED_AND_WRONG,
    SITE,
    STRANGE,
    dump,
    sign,
    spell,
)

CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {"sub": "admin"},
    {"moderator": True},
    {"exp": NOW + 3_000},
    {"iss": "other"},
    {"roles": ["admin"]},
)


class TokenMill:
    """Makes tokens that nobody should take; the list of what is signed and wrong first, and then chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._makers: tuple[Callable[[], str], ...] = (
            self._respelled,
            self._respelled,
            self._other_key,
            self._other_algorithm,
            self._other_claims,
            self._other_shape,
            self._foreign_kid,
        )

    def __iter__(self) -> Iterator[str]:
        for header, claims in SIGNED_AND_WRONG:
            yield sign(header, claims)
        while True:
            token = self._chance.choice(self._makers)()
            if token != GOOD:
                yield token

    def _respelled(self) -> str:
        """Return a good token with a letter or three changed, lost, doubled, moved or put in."""
        text = list(GOOD)
        for _ in range(self._chance.choice((1, 1, 1, 2, 3))):
            at, act = self._chance.randrange(len(text)), self._chance.randrange(6)
            if act == 0:
                text[at] = self._chance.choice(LETTERS)
            elif act == 1:
                text.insert(at, self._chance.choice(STRANGE))
            elif act == 2:
                text.append(self._chance.choice(STRANGE))
            elif act == 3:
                del text[at:]
                text.append(self._chance.choice(("", ".", "=")))
            elif act == 4:
                text[at] = text[at].swapcase()
            else:
                text.insert(self._chance.choice((0, at)), self._chance.choice(LETTERS))
        return "".join(text)

    def _other_key(self) -> str:
        key = self._chance.choice((*NO_SECRETS, self._chance.randbytes(self._chance.choice((1, 32, 64)))))
        header = {name: HEADER[name] for name in self._chance.sample(list(HEADER), 2)} | {"alg": "HS256"}
        return sign(dump(header), dump(self._claims()), key=key)

    def _other_algorithm(self) -> str:
        algorithm = self._chance.choice(("HS384", "HS512"))
        named = self._chance.choice((algorithm, *OTHER_ALGORITHMS))
        key = self._chance.choice((*NO_SECRETS, KEYS["k1"]))
        return sign(dump(HEADER | {"alg": named}), dump(self._claims()), key=key, algorithm=algorithm)

    def _other_claims(self) -> str:
        """Return other claims under a signature that was made for the good ones."""
        header, _, signature = GOOD.split(".")
        return f"{header}.{spell(dump(self._claims() | {'nonce': self._chance.random()}))}.{signature}"

    def _other_shape(self) -> str:
        header, claims, signature = GOOD.split(".")
        shapes = (
            f"{header}.{claims}.",
            f"{header}.{claims}",
            f"{header}..{signature}",
            f".{claims}.{signature}",
            f"{claims}.{header}.{signature}",
            f"{header}.{claims}.{signature}.{signature}",
            f"{GOOD}.{GOOD}",
            f"{header}.{claims}.{signature}{signature}",
            f"{header}.{claims}.{signature}==",
            f"Bearer {GOOD}",
            f"{header}..{signature}.{claims}.",
            f"{header}.{claims}.{signature[:-1]}",
            f"{GOOD}\n",
            f" {GOOD}",
            json.dumps({"protected": header, "payload": claims, "signature": signature}),
            "." * 10_000,
            f"{header}.{claims}.{signature.replace('-', '+').replace('_', '/')}=",
            f"{GOOD}#",
            f"{GOOD}?",
            f"{header}.{claims}.{'A' * self._chance.randrange(100)}",
            GOOD * self._chance.randrange(2, 50),
        )
        return self._chance.choice(shapes)

    def _foreign_kid(self) -> str:
        kid = self._chance.choice(
            ("k2", "k3", "", None, 0, "k1\x00", ["k1"], "__proto__", "k1/../k2", "a" * 5_000)
        )
        jwk = {"kty": "oct", "k": spell(b"x" * 32)}
        extra: dict[str, Any] = self._chance.choice(
            ({}, {"jwk": jwk}, {"jku": "https://evil.example/keys"}, {"x5u": "https://evil.example"})
        )
        key = self._chance.choice((b"x" * 32, RETIRED))
        return sign(dump(HEADER | {"kid": kid} | extra), dump(self._claims()), key=key)

    def _claims(self) -> dict[str, Any]:
        return CLAIMS | self._chance.choice(CHANGES)


class Tokens(Attack):
    """Every refusal is a typed 401; the one good token, with either key, is still taken at the end."""

    attack_id, title = "A7", "mutated and forged tokens"
    full, short = 50_000, 4_000

    def perform(self, report: Report, *, count: int, seed: int) -> None:
        mill = TokenMill(random.Random(seed))
        for token, _ in zip(mill, range(count), strict=False):
            report.tried += 1
            try:
                self._read(token)
            except Unauthenticated:
                continue
            except Exception as error:  # noqa: BLE001 - any other error is a 500
                report.complain(f"raises {type(error).__name__}", ascii(token)[:300])
            else:
                report.complain("accepted", ascii(token)[:300])
        assert self._read(GOOD) == "ada"
        assert self._read(sign(dump({"alg": "HS256"}), dump(CLAIMS), key=KEYS["k2"])) == "ada"

    def _read(self, token: str) -> str:
        return read_token(token, site_id=SITE, keys=KEYS, now_seconds=NOW, skew_seconds=30).user_id
