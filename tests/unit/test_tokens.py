"""A token vouches for a person only if everything about it is right; each wrong has a name of its own."""

import base64
import json
from typing import Any

import jwt
import pytest

from imserver.errors import TokenExpired, TokenForged, TokenMalformed, TokenNotYetValid, TokenWrongSite
from imserver.services.tokens import find_once, read_token, sign_token
from imserver.store.values import Person

NOW = 1_800_000_000
KEYS = {"k1": b"1" * 32, "k2": b"2" * 32}


def signed(*, key: bytes = KEYS["k1"], header: dict[str, Any] | None = None, **changes: Any) -> str:
    claims = {"iss": "demo", "sub": "ada", "name": "Ada", "exp": NOW + 600} | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm="HS256", headers=header)


def read(token: str) -> Person:
    return read_token(token, site_id="demo", keys=KEYS, now_seconds=NOW, skew_seconds=30)


def unsigned(header: object, claims: object) -> str:
    def part(value: object) -> str:
        raw = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    return f"{part(header)}.{part(claims)}.AAAA"


def test_a_good_token_names_the_person():
    token = signed(avatar="https://host.example/a.png", url="https://host.example/ada", roles=["admin"])
    person = read(token)
    assert person == Person(
        "demo", "ada", "Ada", "https://host.example/a.png", "https://host.example/ada", ("admin",)
    )


@pytest.mark.parametrize("moderator", [False, True])
def test_what_we_sign_we_read(moderator):
    person = Person("demo", "ada", "Ada", moderator=moderator)
    assert read(sign_token(person, keys=KEYS, now_seconds=NOW)) == person


def test_either_live_key_will_do_with_and_without_a_kid():
    for kid, key in KEYS.items():
        assert read(signed(key=key)).user_id == "ada"
        assert read(signed(key=key, header={"kid": kid})).user_id == "ada"


@pytest.mark.parametrize("claim", ["guest", "moderator"])
@pytest.mark.parametrize("value", ["true", 1, None, []])
def test_only_true_makes_anybody_more_or_less_than_a_member(claim, value):
    if value is None:
        assert getattr(read(signed(**{claim: value})), claim) is False
        return
    with pytest.raises(TokenMalformed):
        read(signed(**{claim: value}))


def test_a_person_without_a_name_is_called_by_the_id():
    assert read(signed(name=None)).name == "ada"


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "....", "é.é.é", "e30.e30.", "W10.W10.AAAA"])
def test_what_is_no_token_is_malformed(token):
    with pytest.raises(TokenMalformed):
        read(token)


def test_a_signature_of_another_key_is_forged():
    with pytest.raises(TokenForged):
        read(signed(key=b"3" * 32))
    with pytest.raises(TokenForged):
        read(signed(key=KEYS["k1"], header={"kid": "k2"}))
    with pytest.raises(TokenForged):
        read(signed(header={"kid": "unknown"}))


@pytest.mark.parametrize("alg", ["none", "None", "HS512", "RS256", "", None, 5])
def test_the_header_does_not_choose_the_algorithm(alg):
    with pytest.raises(TokenMalformed):
        read(unsigned({"alg": alg}, {"iss": "demo", "sub": "ada", "exp": NOW + 60}))


def test_a_good_signature_under_another_algorithm_is_refused():
    token = jwt.encode({"iss": "demo", "sub": "ada", "exp": NOW + 60}, b"1" * 64, algorithm="HS512")
    with pytest.raises(TokenMalformed):
        read_token(token, site_id="demo", keys={"k": b"1" * 64}, now_seconds=NOW, skew_seconds=30)


def test_a_token_of_another_site_is_told_apart():
    with pytest.raises(TokenWrongSite):
        read(signed(iss="other"))
    with pytest.raises(TokenWrongSite):
        read(signed(iss=None))


def test_time_has_an_end_and_a_tolerance():
    assert read(signed(exp=NOW - 29)).user_id == "ada"
    with pytest.raises(TokenExpired):
        read(signed(exp=NOW - 31))


def test_a_host_whose_clock_is_ahead_is_told_so():
    assert read(signed(iat=NOW + 29)).user_id == "ada"
    with pytest.raises(TokenNotYetValid):
        read(signed(iat=NOW + 31))
    with pytest.raises(TokenNotYetValid):
        read(signed(nbf=NOW + 31))


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": NOW + 3_600 + 31},
        {"exp": "tomorrow"},
        {"exp": True},
        {"sub": None},
        {"sub": ""},
        {"sub": 42},
        {"sub": "é" * 65},
        {"sub": "a\x00b"},
        {"name": "a\nb"},
        {"name": "\u202eada"},
        {"name": "x" * 81},
        {"name": ["Ada"]},
        {"avatar": "javascript:alert(1)"},
        {"avatar": "data:image/png;base64,AAAA"},
        {"avatar": "https://[broken"},
        {"url": "//host.example"},
        {"url": "https://host.example/" + "x" * 500},
        {"roles": "admin"},
        {"roles": [1]},
        {"roles": ["r"] * 17},
    ],
    ids=str,
)
def test_a_claim_that_is_wrong_is_refused(changes):
    claims = {"iss": "demo", "sub": "ada", "exp": NOW + 600} | changes
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=")
    payload = base64.urlsafe_b64encode(
        json.dumps({k: v for k, v in claims.items() if v is not None}).encode()
    ).rstrip(b"=")
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        header + b"." + payload, KEYS["k1"]
    )
    token = b".".join([header, payload, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()
    with pytest.raises(TokenMalformed):
        read(token)


def test_a_key_that_comes_twice_is_refused():
    claims = f'{{"iss":"demo","sub":"eve","sub":"ada","exp":{NOW + 60}}}'
    with pytest.raises(TokenMalformed):
        read(unsigned({"alg": "HS256"}, claims))


def test_no_mutation_of_a_good_token_is_accepted():
    token = signed()
    for index in range(len(token)):
        for letter in ("A", "_", "."):
            mutant = token[:index] + letter + token[index + 1 :]
            if mutant == token:
                continue
            with pytest.raises((TokenMalformed, TokenForged, TokenWrongSite)):
                read(mutant)


@pytest.mark.parametrize(
    "respell",
    [
        lambda token: token + "=",
        lambda token: token + "\n",
        lambda token: token[:-5] + "!" + token[-5:],
        lambda token: token[:-5] + " " + token[-5:],
        lambda token: token[:-1] + chr(ord(token[-1]) + 1),
        lambda token: token.replace(".", "=.", 1),
    ],
)
def test_a_token_has_one_spelling(respell):
    # The signature's last letter has two bits that mean nothing; the library reads all four spellings of it.
    token = signed()
    assert read(token).user_id == "ada"
    with pytest.raises(TokenMalformed):
        read(respell(token))


def test_a_token_with_an_id_is_remembered_by_it_until_it_could_not_be_shown_again():
    once = find_once(signed(jti="one"), skew_seconds=30)
    assert once is not None
    assert once == find_once(signed(jti="one", name="Another"), skew_seconds=30)
    assert once.token_id != find_once(signed(jti="two"), skew_seconds=30).token_id
    assert once.expires_at > (NOW + 600 + 30) * 1000
    with pytest.raises(TokenExpired):
        read_token(
            signed(jti="one"), site_id="demo", keys=KEYS, now_seconds=once.expires_at / 1000, skew_seconds=30
        )
    assert find_once(signed(), skew_seconds=30) is None


@pytest.mark.parametrize("jti", ["", 7, True, ["a"], "a\nb", "x" * 129])
def test_an_id_that_is_none_is_refused(jti):
    with pytest.raises(TokenMalformed):
        find_once(signed(jti=jti), skew_seconds=30)
