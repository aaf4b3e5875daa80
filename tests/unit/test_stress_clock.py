"""The wrong clocks of the stress program."""

import time

import pytest

from tests.stress.bad_clock import spoil_clock


def test_each_worker_has_another_wrong_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    right, offsets = time.time, []
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    monkeypatch.setattr(time, "time", right)
    for worker in range(3):
        with monkeypatch.context() as patch:
            patch.setattr(time, "time_ns", time.time_ns)
            spoil_clock("3600,-3600,0", worker=worker)
            offsets.append(round(time.time() - right(), -2))
            time.time = right
    assert offsets == [3600, -3600, 0]
