"""Hints between workers: in batches, and best effort by contract. Layer 1; knows nothing of what a hint says.

# design: Whoever is told too little notices it by the numbers and sweeps, so a bus may lose, repeat and
# reorder, but never block. Inside a box hints go over Unix datagrams, between boxes over Redis.
"""

from imserver.bus.contract import Bus
from imserver.bus.opening import make_bus
from imserver.bus.unix import PEERS_SECONDS, SUFFIX, UnixBus

__all__ = ["PEERS_SECONDS", "SUFFIX", "Bus", "UnixBus", "make_bus"]
