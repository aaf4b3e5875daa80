"""The benchmark's page gives medians and a ratio, and takes the place of the one before."""

from imserver.commands.bench import Cost, put_section, report


def cost(variant: str, each_kb: float) -> Cost:
    return Cost(variant=variant, users=1_000, base_kb=50_000, first_kb=4.0, each_kb=each_kb)


COSTS = [cost("parked", 1.0), cost("blocking", 20.0), cost("parked", 3.0), cost("blocking", 20.0)]


def test_the_page_names_its_command_the_medians_and_the_ratio() -> None:
    page = report(COSTS)
    assert "bin/bench --users 1000 --runs 2 --write" in page
    assert "| parked (ours) | 2.00 | 1.00, 3.00 |" in page
    assert "10.0 times as much" in page


def test_a_section_takes_the_place_of_its_older_self_and_of_nothing_else() -> None:
    older = report(COSTS[:2])
    text = f"# Figures\n\nIntro.\n\n{older}\n## Another\n\nKept.\n"
    newer = put_section(text, report(COSTS))
    assert newer.count("## Memory of a parked poll") == 1
    assert "| 1.00 | 1.00 |" not in newer
    assert newer.startswith("# Figures\n\nIntro.\n")
    assert newer.endswith("## Another\n\nKept.\n")
    assert put_section(newer, report(COSTS)) == newer


def test_the_first_section_goes_to_the_end() -> None:
    assert put_section("# Figures\n", report(COSTS)) == f"# Figures\n\n{report(COSTS)}"
