"""What the sites of a batch may still send, where their owners or plans say so; judged where it is stored.

design: the counts of a site are one row, changed under its lock in the transaction of the messages: many
workers and boxes count as one, a rollback counts nothing, and sites without such rules have no row and cost
one look per batch. The rate is a time, not a number of tokens: until when all that was sent would have taken
at the rate. Whoever is more than a second ahead of the clock waits.
"""

from collections.abc import Iterator, Sequence

import msgspec

from imserver.errors import SiteLimit, SiteSuspended, SwitchedOff
from imserver.store.database import Call, Row, Transaction
from imserver.store.values import SiteRules

DAY_MS = 24 * 3600 * 1000
# What a site may send at once after a pause: a second's worth.
BURST_US = 1_000_000
# A client that was told of midnight is asked to come sooner: the plan may be larger by then.
LONGEST_WAIT_SECONDS = 3_600.0
FULL_DAY = "This site has sent as many messages today as its plan holds; it begins anew at midnight UTC."
TOO_FAST = "This site sends more messages a second than its plan holds; try again in a moment."


class _Budget:
    """One site's: ``day`` is the number of the UTC day that ``messages`` counts."""

    __slots__ = ("day", "messages", "rules", "spent_until")

    def __init__(self, rules: SiteRules) -> None:
        self.rules = rules
        self.day = self.messages = self.spent_until = 0

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.day, self.messages, self.spent_until


class SiteBudgets:
    """For one transaction; ``rows`` are (site_id, suspended_at, rules). Without any it asks nothing."""

    def __init__(self, tx: Transaction, rows: Sequence[Row], *, now: int) -> None:
        self._now = now
        self._day = now // DAY_MS
        self._suspended = {row[0] for row in rows if row[1]}
        self._budgets = {
            site_id: _Budget(msgspec.json.decode(rules, type=SiteRules)) for site_id, _, rules in rows
        }
        self._stored: dict[str, tuple[int, int, int]] = {}
        counted = sorted(site_id for site_id, budget in self._budgets.items() if _is_counted(budget.rules))
        if counted:
            self._load(tx, counted)
        self.forget()

    def __len__(self) -> int:
        return len(self._budgets)

    def concerns(self, site_id: str) -> bool:
        """Tell whether anything may stand in the way of the site's sends."""
        return site_id in self._budgets

    def check(self, site_id: str, *, count: int, is_room: bool) -> None:
        """Raise what stands in the way of ``count`` messages that were not stored before."""
        budget = self._budgets.get(site_id)
        if budget is None or not count:
            return
        if site_id in self._suspended:
            raise SiteSuspended
        if is_room and not budget.rules.rooms:
            raise SwitchedOff
        limits = budget.rules.limits
        if limits.messages_per_day and budget.messages + count > limits.messages_per_day:
            raise SiteLimit(FULL_DAY, retry_after=self._until_midnight())
        if limits.sends_per_second:
            ahead = self._spent(budget, count) - self._now * 1000 - BURST_US
            # More than a second holds at once is let through when nothing is owed, or it could never be sent.
            if ahead > 0 and budget.spent_until > self._now * 1000:
                raise SiteLimit(TOO_FAST, retry_after=max(0.1, round(ahead / 1e6, 1)))

    def spend(self, site_id: str, *, count: int) -> None:
        """Plan that the site sends ``count`` messages, which ``check`` has let pass."""
        budget = self._budgets.get(site_id)
        if budget is None or not count:
            return
        budget.messages += count
        if budget.rules.limits.sends_per_second:
            budget.spent_until = self._spent(budget, count)

    def forget(self) -> None:
        """Forget what was planned."""
        for site_id, budget in self._budgets.items():
            budget.day, budget.messages, budget.spent_until = self._stored.get(site_id, (0, 0, 0))

    def calls(self) -> Iterator[Call]:
        """Yield the statement that writes what was planned."""
        rows = [
            (site_id, *budget.counts)
            for site_id, budget in sorted(self._budgets.items())
            if site_id in self._stored and budget.counts != self._stored[site_id]
        ]
        if rows:
            yield "save_budgets", {"rows": rows}

    def _load(self, tx: Transaction, site_ids: list[str]) -> None:
        tx.run("open_budgets", rows=[(site_id, self._day, 0, 0) for site_id in site_ids])
        for site_id, day, messages, spent_until in tx.rows("lock_budgets", site_ids=site_ids):
            # A worker whose clock is behind goes on with the day that another has begun.
            is_over = day < self._day
            self._stored[site_id] = (self._day, 0, spent_until) if is_over else (day, messages, spent_until)

    def _spent(self, budget: _Budget, count: int) -> int:
        each_us = 1_000_000 // budget.rules.limits.sends_per_second
        return max(budget.spent_until, self._now * 1000) + count * each_us

    def _until_midnight(self) -> float:
        left_ms = DAY_MS - self._now % DAY_MS
        return min(LONGEST_WAIT_SECONDS, round(left_ms / 1000, 1))


def _is_counted(rules: SiteRules) -> bool:
    return bool(rules.limits.messages_per_day or rules.limits.sends_per_second)
