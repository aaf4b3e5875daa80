"""The stage of one row: a fresh installation, its crowd, the load, the fault, and the judgement."""

import time
from collections.abc import Callable

import gevent

from tests.services import MariaDB, Memcached
from tests.stress.client import Habits, Route
from tests.stress.crowd import Crowd
from tests.stress.http_wire import Pool
from tests.stress.installation import Installation, NotReady
from tests.stress.ledger import Ledger, quantile
from tests.stress.load import Load
from tests.stress.mutants import PLANTS
from tests.stress.profile import Profile
from tests.stress.row import Result, Row
from tests.stress.rows_audit import audit

CONNECT_SECONDS = 60.0
# The oracle looks so long after the faults stopped, also when all is there sooner: late repetitions count.
QUIET_SECONDS = {"full": 10.0, "short": 1.0}
# Whoever has not settled after so long has lost something.
GIVE_UP_SECONDS = {"full": 45.0, "short": 25.0}
# A row that waits for progress looks so many times whether somebody got on since the last look.
LOOKS = 8
# A message that is repeated for so long without an answer is of unknown fate.
OUTBOX_SECONDS = 30.0
FINDINGS_SHOWN = 3


class Scene:
    """Everything that a row may reach for."""

    def __init__(
        self, row: Row, profile: Profile, *, mariadb: MariaDB, memcached: Memcached, mutant: str = ""
    ) -> None:
        self.row = row
        self.profile = profile
        self.mutant = mutant
        self.mariadb = mariadb
        self.ledger = Ledger()
        settings = {"IM_SERVER_WORKERS": str(profile.workers), **dict(profile.settings)}
        settings |= {"STRESS_MUTANT": mutant} if mutant else {}
        self.installation = Installation(
            settings | row.settings(self), mariadb if row.database == "mariadb" else None, memcached
        )
        self.route = Route(self.installation.address)
        self.crowd = Crowd(
            self.ledger, self.route, Habits(), pool=Pool(self.route.address), shares=profile.shares
        )
        self.load = Load(self.crowd, self.ledger, rate=row.rate(self))
        self.result = Result(row.row_id, row.title, mutant, PLANTS[mutant].expected if mutant else ())
        self.closers: list[Callable[[], None]] = []
        self.fault_began_at = self.fault_ended_at = 0.0

    def limit(self, seconds: float) -> float:
        """Return a limit on latency, loosened as the profile says."""
        return seconds * self.profile.latency_factor

    def latencies(self, *, since: float = 0.0, until: float = float("inf")) -> list[float]:
        """Return how long deliveries took of messages that were due in the time."""
        return [took for send, took, _ in self.ledger.deliveries if since <= send.due_at < until]

    def wait_until(self, fact: Callable[[], object], *, seconds: float) -> bool:
        """Tell whether ``fact`` became true in time."""
        deadline = time.monotonic() + seconds
        while not fact():
            if time.monotonic() > deadline:
                return False
            gevent.sleep(0.02)
        return True

    def play(self) -> Result:
        """Let everything happen; always leaves nothing running."""
        began = time.monotonic()
        try:
            self._play()
        except NotReady as error:
            self.result.why.append(str(error))
        finally:
            self._close()
            self.result.took = time.monotonic() - began
        return self.result

    def _play(self) -> None:
        self.installation.prepare()
        store = self.installation.open_store()
        self.crowd.settle_in(store, self.row.clients(self))
        store.close()
        self.row.prepare(self)
        self.installation.start()
        for client in self.crowd.clients:
            client.start()
        waiting = [client for client in self.crowd.clients if client.is_running()]
        if not self.wait_until(lambda: all(c.connection for c in waiting), seconds=CONNECT_SECONDS):
            self.result.why.append("not everybody could connect")
        gevent.sleep(0.5)
        self._harm()
        self._settle()
        self._judge()

    def _harm(self) -> None:
        load = gevent.spawn(self.load.run, self.row.seconds(self))
        self.fault_began_at = time.monotonic()
        self.row.fault(self)
        self.fault_ended_at = time.monotonic()
        load.get()

    def _settle(self) -> None:
        began = time.monotonic()
        self.load.give_up_at = time.monotonic() + OUTBOX_SECONDS
        if not self._wait_for_everybody():
            self.result.why.append(
                f"not settled: {', '.join(self.ledger.missing()) or 'sends without an end'}"
            )
        self.result.settled = self.ledger.longest_delay(since=self.fault_ended_at)
        gevent.sleep(max(0.0, QUIET_SECONDS[self.profile.name] - (time.monotonic() - began)))
        self.load.stop()

    def _wait_for_everybody(self) -> bool:
        """Tell whether all is with everybody before the row gives up."""
        for _ in range(LOOKS if self.row.waits_for_progress else 1):
            before = self.ledger.applied_total
            if self.wait_until(
                lambda: self.load.is_idle() and self.ledger.is_settled(),
                seconds=GIVE_UP_SECONDS[self.profile.name],
            ):
                return True
            if self.ledger.applied_total == before:
                break
        return False

    def _judge(self) -> None:
        result, row = self.result, self.row
        verdict = self.ledger.judge()
        for letter, _ in verdict.findings:
            result.letters[letter] += 1
        result.why += [f"{letter}: {text}" for letter, text in verdict.findings[:FINDINGS_SHOWN]]
        result.why += list(audit(self.installation.store_url, self.ledger))[:FINDINGS_SHOWN]
        result.why += self.load.wrong_profiles[:1]
        self._count()
        if result.settled > row.settle_seconds:
            result.why.append(f"settled after {result.settled:.1f} s, not within {row.settle_seconds:g} s")
        for name, seen, limit in (
            ("p50", result.p50, row.p50_seconds),
            ("p99", result.p99, row.p99_seconds),
        ):
            if limit is not None and seen > self.limit(limit):
                result.why.append(f"{name} {seen * 1000:.0f} ms, not {self.limit(limit) * 1000:.0f} ms")
        refused = [word for word in self.ledger.met if word.startswith("send refused")]
        result.why += [f"{word} x{self.ledger.met[word]}" for word in refused]
        result.why += list(row.check(self, result))
        result.notes += [f"{word} x{count}" for word, count in sorted(self.ledger.met.items())]
        result.why += [f"server log: {line}" for line in sorted(set(self.installation.tracebacks()))[:3]]

    def _count(self) -> None:
        result, latencies = self.result, self.latencies()
        result.sends = len(self.ledger.sends)
        result.acknowledged = len(self.ledger.acknowledged())
        result.unknown = len(self.ledger.unknown())
        result.applied = self.ledger.applied_total
        result.p50, result.p99 = quantile(latencies, 0.5), quantile(latencies, 0.99)
        if not result.acknowledged or not result.applied:
            result.why.append("nothing was delivered, so nothing is proven")

    def _close(self) -> None:
        self.load.stop()
        self.crowd.stop()
        for close in self.closers:
            close()
        self.installation.close()
        self.installation.drop()
