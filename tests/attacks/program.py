"""``bin/attack``: attack servers of its own as docs/security.md says; 1 when something came through."""

import argparse
import json
import sys
import time
from collections.abc import Sequence

from tests.attacks import addresses, endings, enumeration, floods, frames, origins, replays, smuggling, tokens
from tests.attacks.attack import Attack, Report, run_attack

ATTACKS: tuple[type[Attack], ...] = (
    smuggling.Smuggling,
    smuggling.TakenOver,
    frames.Frames,
    tokens.Tokens,
    floods.Floods,
    origins.Origins,
    replays.Replays,
    addresses.Addresses,
    enumeration.Enumeration,
    endings.Endings,
)


def main(arguments: Sequence[str]) -> int:
    """Return the exit code."""
    options = parse(arguments)
    if options.list:
        for attack in ATTACKS:
            print(f"{attack.attack_id:5}{attack.full:8} {attack.title}")
        return 0
    reports = [perform(attack(), options) for attack in chosen(options.attacks)]
    if options.json:
        print(json.dumps([report.as_json() for report in reports], indent=1))
    else:
        for report in reports:
            show(report)
    return 0 if all(report.passed for report in reports) else 1


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/attack", description=__doc__, allow_abbrev=False)
    parser.add_argument("attacks", nargs="*", metavar="A4", help="only these; all without any")
    parser.add_argument("--short", action="store_true", help="as many attempts as the tests make")
    parser.add_argument("--count", type=int, metavar="N", help="attempts, instead of the table's")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the random choices")
    parser.add_argument("--list", action="store_true", help="list the attacks and end")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    return parser.parse_args(arguments)


def chosen(names: Sequence[str]) -> list[type[Attack]]:
    """Return the attacks of these ids; exit when one is unknown."""
    if unknown := set(names) - {attack.attack_id for attack in ATTACKS}:
        sys.exit(f"attack: there is no {', '.join(sorted(unknown))}; see bin/attack --list")
    return [attack for attack in ATTACKS if not names or attack.attack_id in names]


def perform(attack: Attack, options: argparse.Namespace) -> Report:
    count = options.count or (attack.short if options.short else attack.full)
    print(f"attack {time.strftime('%H:%M:%S')} {attack.attack_id} {attack.title} ...", file=sys.stderr)
    return run_attack(attack, count=count, seed=options.seed)


def show(report: Report) -> None:
    verdict = "withstood" if report.passed else "SUCCEEDED"
    print(f"{report.attack_id:5}{verdict:10} {report.tried:7} tried in {report.took:6.1f} s  {report.title}")
    for line in report.why:
        print(f"      {line}")
    for line in report.notes:
        print(f"      {line}")
