"""The benchmark's page names its command and its figures, and takes the place of the one before."""

import re
from typing import Any

import pytest

from imserver.commands.bench.machine import machine_line
from imserver.commands.bench.main import STEPS, command_of, profile_of
from imserver.commands.bench.main import _parser as parser
from imserver.commands.bench.report import best, pictures_of, put_section, section
from imserver.commands.bench.rows import ROWS, Profile, slope_percent

PROFILE = Profile(engine="mariadb", steps=STEPS)


def cost(transport: str, each_kb: float, *, variant: str = "parked") -> dict[str, Any]:
    extra = {"from_zero_kb": 1.0, "kernel_each_kb": 9.4, "client_each_kb": 0.5}
    return {"transport": transport, "variant": variant, "users": 10_000, "each_kb": each_kb, **extra}


def step(rate: float, *, is_clean: bool) -> dict[str, Any]:
    names = ("lost", "server_cpu_percent", "database_cpu_percent", "client_cpu_percent")
    latency = {"p50_ms": 1.0, "p95_ms": 2.0, "p99_ms": 3.0 if is_clean else 300.0, "max_ms": 9.0}
    return dict.fromkeys(names, 0) | {
        "rate": rate,
        "is_clean": is_clean,
        "send_to_delivery": latency,
        "client_us_per_frame": 8.0,
        "deliveries_per_second": rate,
    }


MEMORY = [[cost("poll", kb), cost("poll", 10 * kb, variant="blocking")] for kb in (1.0, 2.0, 3.0)]
CLIMB = [
    [step(100, is_clean=True), step(200, is_clean=top), step(400, is_clean=False)] for top in (True, False)
]


def test_memory_is_told_in_medians_beside_the_naive_variant() -> None:
    page = section("memory", MEMORY, profile=PROFILE, command="bin/bench --rows memory")
    assert page.startswith("## Memory of an idle user\n\n`bin/bench --rows memory`: ")
    assert "| long poll, parked (ours) | 2.00 | 1.00 | 9.40 | 0.50 |" in page
    assert "10.0 times as much" in page
    assert "img/figures-memory.svg" in page


def test_a_row_says_how_fast_its_machine_was() -> None:
    assert re.search(r"a million squares in [1-9]\d* ms, .* take [1-9]\d*\), Python 3", machine_line())


def test_the_highest_clean_rate_is_the_median_of_the_runs() -> None:
    assert best(CLIMB) == 150
    page = section("durable-ws", CLIMB, profile=PROFILE, command="bin/bench")
    assert "median of 2 runs: **150 a second**" in page
    assert "ours, durable" in pictures_of("durable-ws", CLIMB, PROFILE)
    assert best([[step(5, is_clean=False)]]) == 0


def test_a_step_is_told_in_medians_and_a_run_that_ended_below_it_was_not_clean_there() -> None:
    runs = [[step(100, is_clean=True), step(200, is_clean=True)], [step(100, is_clean=False)]]
    page = section("durable-ws", runs, profile=PROFILE, command="bin/bench")
    assert "| 100 | 100 | 1 | 152 | 0 | 0 | 0 | 0 | 8 | 1 of 2 runs |" in page
    assert "| 200 | 200 | 1 | 3 | 0 | 0 | 0 | 0 | 8 | 1 of 2 runs |" in page
    alone = section("durable-ws", runs[1:], profile=PROFILE, command="bin/bench")
    assert "| 8 | no |" in alone
    assert "median of" not in alone


def test_a_section_takes_the_place_of_its_older_self_and_of_nothing_else() -> None:
    older = section("memory", MEMORY[:1], profile=PROFILE, command="bin/bench")
    text = f"# Figures\n\nIntro.\n\n{older}\n## Memory of an idle user (SQLite)\n\nKept.\n"
    newer = put_section(text, section("memory", MEMORY, profile=PROFILE, command="bin/bench"))
    assert newer.count("## Memory of an idle user\n") == 1
    assert "| 1.00 | 1.00 |" not in newer
    assert newer.startswith("# Figures\n\nIntro.\n")
    assert newer.endswith("## Memory of an idle user (SQLite)\n\nKept.\n")
    assert put_section("# Figures\n", older) == f"# Figures\n\n{older}"


def test_the_command_on_the_page_gives_the_row_again() -> None:
    options = parser().parse_args(
        [
            "--rows",
            "typing,room",
            "--engine",
            "sqlite",
            "--users",
            "500",
            "--runs",
            "3",
            "--step-seconds",
            "6",
        ]
    )
    words = command_of(options, "typing").split()
    again = parser().parse_args(words[1:])
    assert again.rows == ["typing"]
    assert profile_of(again) == profile_of(options)
    assert again.write


def test_every_row_that_climbs_has_steps_in_both_profiles() -> None:
    for words in ([], ["--quick"]):
        profile = profile_of(parser().parse_args(words))
        assert set(profile.steps) < set(ROWS)
        assert all(list(rates) == sorted(rates) for rates in profile.steps.values())


def test_a_slope_is_per_ten_minutes_of_what_there_is() -> None:
    assert slope_percent([(second, 1_000.0) for second in range(100)]) == 0
    grown = [(second, 1_000 + second / 60) for second in range(600)]
    assert slope_percent(grown) == pytest.approx(1.0, abs=0.02)
    assert slope_percent([(0, 1.0)]) == 0
