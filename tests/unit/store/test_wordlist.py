"""What the word filter finds, and what it leaves alone."""

# ruff: noqa: RUF001 - letters that look like others are what it is about.

import pytest

from imserver.errors import InvalidRequest
from imserver.store.wordlist import WORDS_LIMIT, WordAction, WordList, WordRule, check_rules


def words(*patterns: str, action: WordAction = WordAction.REFUSE) -> WordList:
    return WordList([WordRule(pattern, action) for pattern in patterns])


@pytest.mark.parametrize(
    "text",
    [
        "casino",
        "The CASINO is open",
        "(casino)",
        "casino's",
        "Cásìnö",
        "ｃａｓｉｎｏ",
        "𝓬𝓪𝓼𝓲𝓷𝓸",
        "ca\u200bsi\u200dno",
        "ca\u00adsino",
        "с\u0430sіn\u043e",  # Cyrillic letters among the Latin ones
        "c a s i n o",
        "c.a.s.i.n.o",
        "c-a-s-i-n-o!",
        "c  a  s  i  n  o",
        "look: C_A_S_I_N_O",
    ],
)
def test_a_word_is_found_in_its_disguises(text: str) -> None:
    assert words("casino").judge(text)[0] is WordAction.REFUSE


@pytest.mark.parametrize(
    "text",
    ["", "casinos", "occasino", "cas ino", "c a s", "a casi no", "i n o c a s", "\u200b", "ca\nsi\nno"],
)
def test_other_words_are_left_alone(text: str) -> None:
    assert words("casino").judge(text) == (None, text)


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [
        ("casino*", "casinos everywhere", True),
        ("*casino", "megacasino", True),
        ("*casino*", "megacasinos", True),
        ("c*o", "casino", True),
        ("c*o", "c a o", False),
        ("c*o", "cargo ship", True),
        ("c*o", "car go", False),
        ("buy now", "Buy -- NOW!", True),
        ("buy now", "buy it now", False),
        ("buy now", "rebuy now", False),
        ("赌场", "去赌场玩", True),
        ("赌场", "赌一场", False),
        ("казино", "Казино онлайн", True),
        ("a.b", "a-b", False),
        ("a.b", "see a.b here", True),
        ("(x+x+)+y", "x" * 200, False),
    ],
)
def test_patterns_match_whole_words(pattern: str, text: str, is_found: bool) -> None:
    assert bool(words(pattern).find(text)) is is_found


def test_what_is_found_is_masked_where_it_stands() -> None:
    list_ = words("casino", "buy now", action=WordAction.MASK)
    assert list_.judge("Ünser Cásino: buy  NOW, ok?") == (WordAction.MASK, "Ünser ******: ********, ok?")
    assert list_.judge("a c a s i n o b") == (WordAction.MASK, "a *********** b")
    assert list_.judge("ﬁne 😀 ca\u200bsino 😀") == (WordAction.MASK, "ﬁne 😀 ******* 😀")


def test_the_strictest_rule_counts_and_only_masked_words_get_stars() -> None:
    list_ = WordList(
        [
            WordRule("darn", WordAction.MASK),
            WordRule("casino", WordAction.HOLD),
            WordRule("viagra", WordAction.REFUSE),
        ]
    )
    assert list_.judge("darn casino viagra")[0] is WordAction.REFUSE
    assert list_.judge("darn casino") == (WordAction.HOLD, "**** casino")
    assert list_.judge("darn!") == (WordAction.MASK, "****!")


@pytest.mark.parametrize("pattern", ["", "a", "*", "a*", "**", "- -", "a*b*c*d", "x" * 61])
def test_what_would_match_nothing_or_nearly_all_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidRequest):
        check_rules([WordRule(pattern, WordAction.MASK)])


def test_a_list_has_an_end() -> None:
    rules = [WordRule(f"word{n}", WordAction.MASK) for n in range(WORDS_LIMIT)]
    check_rules(rules)
    with pytest.raises(InvalidRequest):
        check_rules([*rules, WordRule("one more", WordAction.MASK)])


@pytest.mark.parametrize("hostile", ["a*a*bc", "*a*bc", "a * b*c", "a*の", "の*", "*a*b*"])
def test_a_word_that_would_take_minutes_to_look_for_is_refused_and_passed_over(hostile: str) -> None:
    rules = [WordRule(hostile, WordAction.REFUSE), WordRule("casino", WordAction.REFUSE)]
    with pytest.raises(InvalidRequest):
        check_rules(rules)
    # One that was stored before is not looked for, and keeps no other from being found.
    found = WordList(rules)
    assert found.judge("axaxbc axbxc xaxbc のx") == (None, "axaxbc axbxc xaxbc のx")
    assert found.judge("casino")[0] is WordAction.REFUSE
