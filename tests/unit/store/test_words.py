"""What is searched by: folding, words, pairs of characters, and what a query asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imserver.store.words import TERM_BYTES, TERMS_PER_QUERY, parse_query, terms_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LIVELY = st.text("aÄßé ıİ,-_9 \u0301日本語カがไทย한국हिन्दी שָׁלוֹםمُحَمَّد🎉👍🏽", max_size=40)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Hello, WÖRLD — don't!", {"hello", "world", "don", "t"}),
        ("Straße", {"strasse"}),
        ("ЁЛКА Ελλάδα", {"елка", "ελλαδα"}),
        ("ﬁne \uff21\uff22\uff23", {"fine", "abc"}),
        ("שָׁלוֹם", {"שלום"}),
        ("مُحَمَّد", {"محمد"}),
        ("हिन्दी में", {"हिन्दी", "में"}),
        ("東京都", {"東", "京", "都", "東京", "京都"}),
        ("go東京", {"go", "東", "京", "東京"}),
        ("ไทย", {"ไ", "ท", "ย", "ไท", "ทย"}),
        ("학교", {"학", "교", "학교"}),
        ("party 🎉", {"party", "🎉"}),
        ("…!?", set()),
    ],
)
def test_a_text_is_found_under_its_folded_words_and_pairs(text: str, terms: set[str]) -> None:
    assert terms_of(text) == terms


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("hello wor", "Hello, World", True),
        ("hello wor ", "Hello, World", False),
        ("world hell", "Hello, World", True),
        ("hel world", "Hello, World", False),
        ("h", "hello", False),
        ("h", "plan H it is", True),
        ("hello w", "hello world", True),
        ("hello x", "hello world", False),
        ("東京", "京東", False),
        ("京都", "東京都に行く", True),
        ("東都", "東京都", False),
        ("resume", "my résumé", True),
        ("RÉSUMÉ", "my resume", True),
        ("교에서", "학교에서 만나", True),
        ("🎉", "done 🎉", True),
    ],
)
def test_a_query_asks_for_every_word_and_for_the_beginning_of_the_last(
    query: str, text: str, found: bool
) -> None:
    assert parse_query(query).matches(text) is found


@given(LIVELY, LIVELY)
def test_the_index_names_every_message_that_matches(query: str, text: str) -> None:
    wanted = parse_query(query)
    if wanted.is_empty or not wanted.matches(text):
        return
    terms = terms_of(text)
    assert terms.issuperset(wanted.exact)
    assert not wanted.prefix or any(term.startswith(wanted.prefix) for term in terms)


@given(st.one_of(TEXT, LIVELY))
def test_a_text_with_a_word_finds_itself_and_no_term_is_too_long(text: str) -> None:
    query = parse_query(text)
    assert query.is_empty == (not terms_of(text))
    assert query.is_empty or query.matches(text)
    assert all(len(term.encode()) <= TERM_BYTES for term in (*terms_of(text), *query.exact, query.prefix))
    assert len(query.exact) <= TERMS_PER_QUERY


def test_a_word_that_is_longer_than_a_term_is_told_from_its_like() -> None:
    one, other = "x" * 100 + "a", "x" * 100 + "b"
    query = parse_query(one + " ")
    assert set(query.exact) == terms_of(other)
    assert query.matches(one)
    assert not query.matches(other)
