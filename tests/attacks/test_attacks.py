"""Each attack of ``bin/attack``, with few attempts: nothing comes through, and something was attempted."""

import pytest

from tests.attacks.attack import Attack, run_attack
from tests.attacks.program import ATTACKS


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.attack_id} {attack.title}")
def test_an_attack_is_withstood(attack: type[Attack]) -> None:
    report = run_attack(attack(), count=attack.short, seed=1)
    assert report.why == []
    assert report.passed
    assert report.tried >= attack.short
