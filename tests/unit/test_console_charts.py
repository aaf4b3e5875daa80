"""Pictures of usage: round scales, bars as long as their numbers, words for who sees none."""

import re

import pytest

from imserver.handlers.console.charts import HEIGHT, bars, ceiling
from imserver.services import second_step

BAR = re.compile(r'<rect class="bar( second)?" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"')


@pytest.mark.parametrize(
    ("number", "top"),
    [
        (0, 4),
        (4, 4),
        (5, 8),
        (13, 20),
        (61, 80),
        (100, 100),
        (101, 120),
        (999, 1_000),
        (1_001, 1_200),
        (10**8, 12 * 10**7),
    ],
)
def test_the_top_of_a_scale_is_round_and_not_below(number: int, top: int) -> None:
    assert ceiling(number) == top
    assert top % 4 == 0


def test_a_bar_is_as_long_as_its_number() -> None:
    found = BAR.findall(bars("m", ["a", "b", "c"], [10, 20, 0], describes="Messages"))
    heights = [float(height) for _, _, height in found]
    assert len(heights) == 2, "nothing has no bar"
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2)


def test_a_second_kind_stands_on_the_first() -> None:
    (first, second) = BAR.findall(bars("c", ["a"], [3], more=[1], describes="Cache"))
    assert float(second[1]) + float(second[2]) == pytest.approx(float(first[1]), abs=0.2)
    assert float(first[1]) + float(first[2]) < HEIGHT


def test_words_stand_in_for_the_picture_and_nothing_is_markup() -> None:
    svg = bars("m", ["<b>", "12"], [3, 7], describes="Messages & more")
    assert '<title id="m-title">Messages &amp; more</title>' in svg
    assert "Highest: 7 at 12. Newest: 7." in svg
    assert "<b>" not in svg
    assert "style=" not in svg


def test_a_code_is_good_for_its_half_minute_and_those_beside_it() -> None:
    totp, now = second_step.fresh_totp(), 1_700_000_010.0
    step = int(now) // 30
    import pyotp

    machine = pyotp.TOTP(totp)
    for drift, expected in ((-2, None), (-1, step - 1), (0, step), (1, step + 1), (2, None)):
        code = machine.at((step + drift) * 30)
        assert second_step.find_step(totp, code, now_seconds=now) == expected
    for wrong in ("", "12345", "1234567", "abcdef", "١٢٣٤٥٦"):
        assert second_step.find_step(totp, wrong, now_seconds=now) is None


def test_a_picture_of_nothing_has_no_scale() -> None:
    svg = bars("none", ["1", "2"], [0, 0], describes="Nothing")
    assert "Nothing in this time</text>" in svg
    assert svg.count("<line") == 1


def test_a_recovery_code_is_the_same_however_it_is_typed() -> None:
    code = second_step.fresh_codes()[0]
    assert second_step.code_id(code) == second_step.code_id(f" {code.upper().replace('-', ' ')} ")
    assert len(set(second_step.fresh_codes())) == second_step.CODES


def test_the_picture_has_no_style_of_its_own() -> None:
    svg = second_step.picture(second_step.fresh_totp(), email="ada@example.org", issuer="imserver")
    assert svg.startswith("<svg")
    assert "style=" not in svg
    assert "<script" not in svg
    # It fits its place however long the address in it is: cut at an edge, no app could read it.
    assert "viewBox" in svg
    assert "width=" not in svg
