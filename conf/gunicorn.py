from gevent import monkey

monkey.patch_all()

"""gunicorn's configuration, made from imserver's settings: run ``bin/serve``, or
``gunicorn -c conf/gunicorn.py wsgi:application`` in the folder of the Procfile."""

# ruff: noqa: E402 - the patch must come before anything that it changes, and gunicorn runs this file first.

import ctypes
import gc
import os
from typing import Any

import gevent
from gunicorn.glogging import Logger as GunicornLogger

from imserver.commands.announce import announce
from imserver.commands.descriptors import cap_connections, raise_limit
from imserver.logs import logging_config
from imserver.settings import ROOT, load_settings

settings = load_settings(environ=os.environ)
logconfig_dict = logging_config(level=settings.log.level, form=settings.log.format)

# -- what is served
chdir = str(ROOT)
wsgi_app = "wsgi:application"
proc_name = "imserver"
bind = [settings.server.bind]
backlog = settings.server.backlog

# -- workers
worker_class = "imserver.worker.ParkingWorker"
workers = settings.server.workers
# The default of 1,000 would throttle a server whose connections are parked. The workers load the
# settings themselves, so they are told through the environment when the machine allows fewer.
worker_connections = cap_connections(settings.server.connections, descriptors=raise_limit())
if worker_connections != settings.server.connections:
    os.environ["IM_SERVER_CONNECTIONS"] = str(worker_connections)
# The default of 2 s would close every connection between two polls.
keepalive = settings.server.keepalive_seconds
graceful_timeout = settings.server.graceful_seconds
timeout = settings.server.stall_seconds
# Every poll counts as a request: any other number would restart busy workers all day.
max_requests = 0
# The application opens its epoll and its connections after the fork.
preload_app = False
# The heartbeat is a file that is touched every second; on a slow disk that alone can stall a worker.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - gunicorn makes it private
# What the server writes is its own; a proxy of the same group may use its unix socket.
umask = 0o007 if settings.server.bind.startswith("unix:") else 0o077
# Two installations of one account would collide on the default path in the home folder.
control_socket_disable = True

# -- what is believed and read
forwarded_allow_ips = ",".join(settings.server.trusted_proxies)
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}
forwarder_headers = ""
# The worker looks at what this parser has read ahead.
http_parser = "python"
limit_request_line = 4_094
limit_request_fields = 64
limit_request_field_size = 8_190


# -- logs: none per request unless asked for, and then the path without the query
class Logger(GunicornLogger):  # type: ignore[misc]
    """Logs requests only on demand: gunicorn's own does it whenever there is a logconfig_dict."""

    def access(self, *args: Any) -> None:
        """Called once per request."""
        if settings.log.requests:
            super().access(*args)


logger_class = Logger
accesslog = "-" if settings.log.requests else None
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(B)s %(D)sus'
errorlog = "-"
loglevel = settings.log.level

# The collector walks what is tracked. With 10,000 parked greenlets a full pass stalled the naive server for
# 300-750 ms; parked records are slotted and without cycles, so full passes may be rare. Young ones may not:
# each request leaves a cycle of eight objects (the matcher's), 0.7 KB that only the collector takes back.
# A full pass over the 48,000 objects of the started application takes 11 ms, and none once they are frozen.
GC_THRESHOLDS = (1_000, 20, 50)


# What a burst of requests has freed between things that stay is given back to the machine only when glibc is
# asked: 0.1 KB of each of 5,000 parked polls. Asking takes 0.2 ms after a burst and 0.01 ms otherwise.
TRIM_SECONDS = 5.0


def trim_from_time_to_time() -> None:
    """Give freed memory back to the machine; C libraries other than glibc have no such call."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while trim is not None:
        gevent.sleep(TRIM_SECONDS)
        trim(0)


def post_worker_init(worker: Any) -> None:
    """Keep the modules out of every later collection, and let the first worker say when it answers."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    gevent.spawn(trim_from_time_to_time)
    if worker.age == 1:
        gevent.spawn(announce, settings.server.bind, public_url=settings.server.public_url)
