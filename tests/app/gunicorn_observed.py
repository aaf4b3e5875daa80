from gevent import monkey

monkey.patch_all()

"""The real configuration, conf/gunicorn.py, and one route more: what the tests want to know of a worker."""

# ruff: noqa: E402 - as in the configuration that this one extends

import gc
import os
import runpy
from pathlib import Path
from typing import Any

from flask import jsonify
from greenlet import getcurrent, greenlet

_real = runpy.run_path(str(Path(__file__).parents[2] / "conf" / "gunicorn.py"))
globals().update({name: value for name, value in _real.items() if not name.startswith("_")})


def _root(found: greenlet) -> greenlet:
    while found.parent is not None:
        found = found.parent
    return found


def post_worker_init(worker: Any) -> None:
    """Add the route, then do what the real configuration does."""

    def observe() -> Any:
        gc.collect()
        here = _root(getcurrent())
        found = [thing for thing in gc.get_objects() if isinstance(thing, greenlet) and not thing.dead]
        # The threads of a pool have greenlets of their own, which stay with them.
        greenlets = sum(_root(each) is here for each in found)
        return jsonify(pid=os.getpid(), greenlets=greenlets)

    worker.app.wsgi().add_url_rule("/-/worker", "worker", observe)
    _real["post_worker_init"](worker)
