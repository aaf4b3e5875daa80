from gevent import monkey

monkey.patch_all()

"""conf/gunicorn.py, and what the stress program wants besides: a look inside, a bad bus, a mutant."""

# ruff: noqa: E402 - as in the configuration that this one extends

import contextlib
import gc
import os
import runpy
import sys
from pathlib import Path
from typing import Any

from flask import jsonify, request
from greenlet import greenlet

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.stress.bad_bus import spoil
from tests.stress.bad_clock import spoil_clock
from tests.stress.mutants import plant

_real = runpy.run_path(str(ROOT / "conf" / "gunicorn.py"))
globals().update({name: value for name, value in _real.items() if not name.startswith("_")})


def count_descriptors() -> tuple[int, int]:
    """Return how many there are, and of these the unix sockets: to database, cache and bus."""
    unix = {f"socket:[{line.split()[6]}]" for line in Path("/proc/net/unix").read_text().splitlines()[1:]}
    targets = []
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            targets.append(os.readlink(link))
    return len(targets), sum(target in unix for target in targets)


def post_worker_init(worker: Any) -> None:
    """Add the route and the faults, then do what the real configuration does."""
    app = worker.app.wsgi()
    engine = app.extensions["imserver"]

    def observe() -> Any:
        gc.collect()
        greenlets = sum(isinstance(thing, greenlet) and not thing.dead for thing in gc.get_objects())
        lag = [
            (sample.labels["le"], sample.value)
            for family in engine.services.metrics.loop_lag_seconds.collect()
            for sample in family.samples
            if sample.name.endswith("_bucket")
        ]
        descriptors, pooled = count_descriptors()
        cache = {name: getattr(engine.store.cache, name) for name in ("hits", "misses", "failures")}
        return jsonify(
            pid=os.getpid(),
            greenlets=greenlets,
            descriptors=descriptors,
            pooled=pooled,
            lag=lag,
            cache=cache,
        )

    def show_profile() -> Any:
        """Say whom the worker takes somebody for where it needs a name alone, as its mail does."""
        return jsonify(name=engine.store.people.require_person(*request.args.getlist("key")).name)

    app.add_url_rule("/-/worker", "worker", observe)
    app.add_url_rule("/-/profile", "profile", show_profile)
    if faults := os.environ.get("STRESS_BUS"):
        spoil(engine.bus, faults)
    if offsets := os.environ.get("STRESS_CLOCKS"):
        spoil_clock(offsets, worker=worker.age)
    if name := os.environ.get("STRESS_MUTANT"):
        plant(name, engine)
    _real["post_worker_init"](worker)
