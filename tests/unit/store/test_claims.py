"""What batches under way write, and whom one beside them leaves alone."""

from imserver.store.claims import PLACES, Claims
from imserver.store.jobs import NewText, Pair, Read, Send

TEXT = (NewText(bytes(16), "hello"),)


def send(user_id: str, talk: str) -> Send:
    return Send(("s", talk), user_id, TEXT)


def people(*user_ids: str) -> list[Pair]:
    return [("s", user_id) for user_id in user_ids]


def test_a_conversation_and_its_sender_are_claimed_until_they_are_given_back() -> None:
    claims = Claims()
    claimed = claims.claim([send("ada", "ab")])
    assert not claims.is_free(send("bob", "ab"))
    assert not claims.is_free(send("ada", "ac"))
    assert claims.is_free(send("cyd", "cd"))
    claims.give_back(claimed)
    assert claims.is_free(send("bob", "ab"))


def test_of_a_conversation_that_is_known_both_are_claimed() -> None:
    claims = Claims()
    claims.learn({("s", "ab"): people("ada", "bob"), ("s", "bc"): people("bob", "cyd")})
    claims.claim([send("ada", "ab")])
    assert not claims.is_free(send("cyd", "bc")), "bob's stream is written by both"
    assert not claims.is_free(Read(("s", "bc"), "cyd", 1))


def test_what_two_batches_claim_is_free_when_both_are_done() -> None:
    claims = Claims()
    first, second = claims.claim([send("ada", "ab")]), claims.claim([send("ada", "ac"), send("ada", "ac")])
    claims.give_back(first)
    assert not claims.is_free(send("ada", "ad"))
    claims.give_back(second)
    assert claims.is_free(send("ada", "ad"))


def test_of_larger_conversations_nothing_is_remembered() -> None:
    claims = Claims()
    claims.learn({("s", "room"): people("ada", "bob", "cyd")})
    claims.claim([send("ada", "room")])
    assert claims.is_free(send("cyd", "cd"))


def test_a_conversation_is_not_taken_for_another_one_at_its_place() -> None:
    claims = Claims()
    known: Pair = ("s", "known")
    claims.learn({known: people("ada", "bob")})
    names = (("s", f"talk{n}") for n in range(100 * PLACES))
    other = next(name for name in names if hash(name) % PLACES == hash(known) % PLACES)
    claims.claim([send("eve", other[1])])
    assert claims.is_free(send("ada", "ax")), "eve's is not the talk of ada and bob"
