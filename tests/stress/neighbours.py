"""People of another community, played by a program of their own: what others notice of a fault.

What plays thousands of clients is late itself while they are many; what it says of how long a message took
is then of itself. These are a hundred, over WebSockets, and their program (``imserver.commands.load``) does
nothing else.
"""

import time
from typing import Any

from imserver.commands.bench.members import enrol, pair_up
from imserver.commands.load.fleet import Fleet, Plan, match
from imserver.commands.load.target import Target
from imserver.commands.spam import bring_in, result_of, shower
from tests.stress.installation import Installation
from tests.stress.rows_audit import NEIGHBOURS

PEOPLE, PEERS, RATE = 100, 4, 50.0
RAMP_PER_SECOND, RAMP_SECONDS = 500.0, 60.0
GRACE_SECONDS = 3.0


class Neighbours:
    """Signed in and connected once they are made."""

    def __init__(self, installation: Installation) -> None:
        store, now_ms = installation.open_store(), time.time_ns() // 1_000_000
        store.sites.insert_site(site_id=NEIGHBOURS, name="The neighbours", origins=())
        seats = enrol(store, NEIGHBOURS, start=0, count=PEOPLE, now_ms=now_ms)
        pairs = pair_up(store, NEIGHBOURS, seats, match([(0, PEOPLE)], peers=PEERS), now_ms=now_ms)
        store.close()
        address, port = installation.address
        target = Target(address=address, port=port, host=f"{address}:{port}")
        plan = Plan(
            target=target,
            site_id=NEIGHBOURS,
            transport="ws",
            seats=seats,
            processes=1,
            pairs=pairs,
            is_snapshot_read=False,
        )
        self._fleet = Fleet(plan)
        self._fleet.__enter__()
        bring_in(self._fleet, rate=RAMP_PER_SECOND, seconds=RAMP_SECONDS, kind="message")

    def talk(self, seconds: float) -> dict[str, Any]:
        """Let them write to each other for so long; return what ``bin/spam`` prints. Others run meanwhile."""
        sent = shower(self._fleet, rate=RATE, seconds=seconds, grace=GRACE_SECONDS)
        return result_of(sent, kind="message", rate=RATE, seconds=seconds)

    def close(self) -> None:
        """End the program."""
        self._fleet.__exit__()
