"""Wires everything, in one place. ``create_app`` returns the Flask application of one worker.

The application carries its ``Engine`` in ``app.extensions["imserver"]``: the worker class starts it when
it begins to serve and drains it when it stops; under a plain WSGI server the first request starts it.
"""

import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gevent
from flask import Flask, Response, g

from imserver.bus import Bus
from imserver.capacity import Capacity
from imserver.console_wiring import make_desk
from imserver.errors import InternalError, InvalidRequest, Unavailable
from imserver.handlers.api import Services, build_api, find_reader
from imserver.handlers.assets import AssetTree, build_assets, read_asset
from imserver.handlers.console.blueprint import build_console
from imserver.handlers.console.desk import Desk
from imserver.handlers.demo import build_demo
from imserver.handlers.files import build_files
from imserver.handlers.frames import FrameDesk
from imserver.handlers.health import build_health
from imserver.handlers.mail import build_mail_pages
from imserver.handlers.openapi import build_openapi
from imserver.handlers.pages import build_pages
from imserver.handlers.quick import QuickDoor
from imserver.handlers.request_ids import RequestIds, install_request_ids
from imserver.handlers.server.api import build_server_api
from imserver.handlers.server.routes import ServerServices
from imserver.handlers.shelf import Shelf
from imserver.handlers.wire import install_errors
from imserver.metrics import Metrics
from imserver.monitor import Monitor
from imserver.parking import ParkingLot
from imserver.presence import Announcer, ChangeLog
from imserver.protocol.answers import error_answer
from imserver.protocol.http import json_answer
from imserver.router import Router
from imserver.sections import ServerSettings
from imserver.services.delivery import Delivery
from imserver.services.growing import Growing
from imserver.services.mail import Mail
from imserver.services.typing import Typing
from imserver.services.visitors import Visitors
from imserver.settings import Settings
from imserver.shares import Shares
from imserver.store import Store
from imserver.tallies import Tallies
from imserver.transports.door import Acceptor, Door
from imserver.transports.resting import Resting
from imserver.transports.sessions import WaitingSessions
from imserver.transports.shedding import Shedder
from imserver.transports.together import Transports, build_transports
from imserver.wiring import (
    SiteSide,
    follow_parts,
    make_delivery,
    make_mail,
    make_periods,
    make_quick,
    make_services,
    make_site_side,
    make_store,
    make_worker_bus,
    wall_ms,
)

# How often a stopping worker looks whether it may go.
LOOK_SECONDS = 0.02
NO_HTTP = "This is not HTTP as it is read here: one length, plain header lines, and limits on both."
ASSETS = Path(__file__).parent.parent / "assets"


@dataclass(slots=True, kw_only=True)
class Engine:
    """What runs in a worker besides requests."""

    store: Store
    router: Router
    lot: ParkingLot
    bus: Bus
    delivery: Delivery
    transports: Transports
    monitor: Monitor
    shares: Shares
    capacity: Capacity
    shedder: Shedder
    services: Services
    mail: Mail
    site_side: SiteSide
    desk: Desk
    growing: Growing
    tallies: Tallies
    quick: QuickDoor
    server: ServerSettings
    is_started: bool = False

    def start(self) -> None:
        """Begin the periodic work and listen to the other workers; later calls do nothing."""
        if self.is_started:
            return
        self.is_started = True
        self.bus.open()
        self.monitor.start()
        self.mail.start()
        self.site_side.start()
        self.shedder.start()

    def open_door(self, *, hand_over: Callable[[int], object], is_open: Callable[[], bool]) -> Door:
        """Return where one listening socket's connections wait; ``hand_over`` gets what is not chat."""
        return Door(
            self.lot,
            self.quick,
            hand_over=hand_over,
            is_open=is_open,
            keepalive_seconds=self.server.keepalive_seconds,
            head_seconds=self.server.head_seconds,
        )

    def accept(self, listener: Any, door: Door, *, is_alone: bool) -> Acceptor:
        """Return the acceptor that lets connections in through ``door``."""

        def has_room() -> bool:
            return not self.shedder.is_heavy and self.capacity.has_room()

        return Acceptor(listener, door.admit, has_room=has_room, is_alone=is_alone)

    def refusal(self, status: int) -> bytes:
        """Return the whole answer to what the web server could not read, or not answer (500)."""
        error = InternalError() if status >= 500 and status != 501 else InvalidRequest(NO_HTTP)
        self.services.metrics.errors.labels(str(status)).inc()
        return json_answer(error_answer(error), status=status, keep_alive=False)

    def drain(self, seconds: float) -> None:
        """Answer everything that waits, and what was asked already, within ``seconds``."""
        self.shedder.stop()
        self.transports.drain(seconds / 2)
        self.lot.drain()
        self.quick.drain(seconds / 4)
        self.wait_for_lingerers(seconds / 4)

    def wait_for_lingerers(self, seconds: float) -> None:
        """Wait until nobody is left at a door: the last requests are answered, the others closed."""
        looks = round(seconds / LOOK_SECONDS)
        while len(self.lot) and looks > 0:
            gevent.sleep(LOOK_SECONDS)
            looks -= 1

    def close(self) -> None:
        """Finish what was accepted and let go of everything."""
        self.monitor.stop()
        self.mail.stop()
        self.site_side.stop()
        self.shedder.stop()
        self.monitor.count()
        self.store.close()
        with suppress(Unavailable):
            # What was counted in the last second; /tmp may be full.
            self.tallies.close()
        self.bus.close()
        self.transports.close()
        self.lot.close()


def create_app(settings: Settings) -> Flask:
    """Return the application of one worker. Call it after the fork and after patching."""
    engine = build_engine(settings)
    app = Flask("imserver", static_folder=None)
    # Werkzeug would answer // with a redirect to /, and a person's id may hold two slashes.
    app.url_map.merge_slashes = False
    app.extensions["imserver"] = engine
    services = engine.services
    install_request_ids(app, RequestIds(services.trusted_proxies))
    app.before_request(engine.start)
    install_errors(app, services.metrics, find_reader=lambda: find_reader(services))
    app.after_request(_counting_errors(engine.store))
    app.register_blueprint(build_api(engine.services))
    app.register_blueprint(build_server_api(engine.site_side.services))
    app.register_blueprint(build_openapi())
    app.register_blueprint(build_health(engine.store.ping, engine.tallies.sum))
    _add_pages(app, engine, settings)
    return app


def _counting_errors(store: Store) -> Callable[[Response], Response]:
    def count(response: Response) -> Response:
        if response.status_code >= 400:
            store.usage.note_error(g.get("site_id", ""))
        return response

    return count


def build_engine(settings: Settings) -> Engine:
    """Return the parts, wired; nothing runs before ``start``."""
    metrics = Metrics()
    worker_id = f"{os.getpid()}-{secrets.token_hex(4)}"
    store = make_store(settings)
    router = Router(linger_seconds=settings.presence.offline_seconds, clock=time.monotonic)
    bus = make_worker_bus(settings, worker_id)
    delivery = make_delivery(router, bus, metrics)
    lot = ParkingLot()
    capacity = Capacity(lambda: len(lot), connections=settings.server.connections)
    changes, sessions = ChangeLog(epoch=secrets.token_hex(6)), WaitingSessions()
    full = capacity.is_full
    transports = build_transports(
        settings, store, router, lot=lot, sessions=sessions, changes=changes, metrics=metrics, is_full=full
    )
    follow_parts(metrics, store, lot, transports, bus, settings=settings)
    tallies = Tallies(folder=settings.bus_folder() / "counts", worker_id=worker_id, read=metrics.read)
    announcer = Announcer(change_seconds=settings.presence.change_seconds)
    growing = Growing(router, store.growth, clock=time.monotonic)
    monitor = Monitor(
        store,
        router,
        transport=sessions,
        announcer=announcer,
        changes=changes,
        tell_presence=delivery.tell_presence,
        following=transports.following,
        tell_share=lambda: delivery.tell_share(worker_id, len(lot)),
        tell_readers=lambda: delivery.tell_readers(worker_id, transports.readers.take_news()),
        tell_grown=lambda: growing.tell_due(time.monotonic()),
        keep_counts=tallies.write,
        metrics=metrics,
        worker_id=worker_id,
        periods=make_periods(settings),
        now_ms=wall_ms,
    )
    services = make_services(settings, store, delivery, transports, metrics, is_full=full)
    _hear(transports, services, lot, frames_per_second=settings.limits.frames_per_second)
    shares = _listen_to_hints(delivery, transports, growing)
    _connect(store, bus, delivery, sessions, monitor, announcer, services.typing)
    return Engine(
        store=store,
        router=router,
        lot=lot,
        bus=bus,
        delivery=delivery,
        transports=transports,
        monitor=monitor,
        shares=shares,
        capacity=capacity,
        shedder=Shedder(transports.poll, shares, held=lambda: len(lot), clock=time.monotonic),
        services=services,
        mail=make_mail(settings, store, services.conversations),
        site_side=(side := make_site_side(settings, store, delivery, services, worker_id=worker_id)),
        desk=_open_desk(settings, store, services, monitor, side.services),
        growing=growing,
        tallies=tallies,
        quick=make_quick(settings, services, store, delivery, monitor),
        server=settings.server,
    )


def _hear(transports: Transports, services: Services, lot: ParkingLot, *, frames_per_second: int) -> None:
    desk = FrameDesk(services, transports.sockets)
    reader = transports.hear(desk, frames_per_second=frames_per_second, resting=Resting(lot))
    desk.refuse_text = reader.refuse_text
    desk.rest = reader.rest


def _open_desk(
    settings: Settings,
    store: Store,
    services: Services,
    monitor: Monitor,
    server: ServerServices,
) -> Desk:
    desk = make_desk(settings, store, services.moderation, server.webhooks, server.data, now_ms=wall_ms)
    monitor.chores += [services.files.sweep, services.moderation.tidy]
    monitor.chores += [desk.owners.tidy, store.usage.delete_old]
    return desk


def _connect(
    store: Store,
    bus: Bus,
    delivery: Delivery,
    sessions: WaitingSessions,
    monitor: Monitor,
    announcer: Announcer,
    typing: Typing,
) -> None:
    store.writer.on_commit = delivery.tell
    store.changes.on_commit = delivery.tell_changes
    bus.on_hint = delivery.receive
    delivery.on_relations = typing.forget

    def on_gap() -> None:
        typing.forget()
        monitor.sweep_soon()

    bus.on_gap = on_gap
    delivery.on_presence = announcer.add
    delivery.on_session_ended = sessions.end_session


def _listen_to_hints(delivery: Delivery, transports: Transports, growing: Growing) -> Shares:
    shares = Shares()
    delivery.on_room = growing.note
    delivery.on_left = transports.following.stop
    delivery.on_readers = transports.readers.note
    delivery.on_share = lambda worker_id, connections: shares.note(worker_id, connections, time.monotonic())
    return shares


def _add_pages(app: Flask, engine: Engine, settings: Settings) -> None:
    tree = AssetTree(ASSETS / "app")
    public_url = settings.server.public_url
    scripts = {name: read_asset(ASSETS / name) for name in ("im.js", "hooks.js", "host.js")}
    engine.quick.shelf = Shelf(tree, scripts)
    app.register_blueprint(build_assets(tree, scripts))
    app.register_blueprint(build_files(engine.services.files))
    app.register_blueprint(build_mail_pages(engine.mail, engine.services.limits, tree))
    app.register_blueprint(build_pages(engine.services.identity, tree, public_url=public_url))
    if settings.console.enabled:
        app.register_blueprint(build_console(engine.desk, ASSETS / "console"))
    if settings.demo.enabled != "off" and settings.is_loopback():
        visitors = Visitors(engine.store, now_ms=wall_ms)
        app.register_blueprint(build_demo(visitors, ASSETS / "demo", public_url=public_url))
