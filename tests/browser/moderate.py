"""Looks after a site: ``hold SITE WORDS``, ``decide SITE approve|refuse``, ``warn SITE USER TEXT``,
``speak SITE USER TEXT`` as a bot, ``forget SITE``: what was said until now is older than it is kept.

The server hears of it by its sweep: this is a process of its own, without a bus.
"""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402
import secrets  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import msgspec  # noqa: E402

from imserver.metrics import Metrics  # noqa: E402
from imserver.protocol.types import NewMessage  # noqa: E402
from imserver.router import Router  # noqa: E402
from imserver.services.delivery import Delivery  # noqa: E402
from imserver.services.moderation import Moderation  # noqa: E402
from imserver.store import Store, open_store  # noqa: E402
from imserver.store.house import HouseRules  # noqa: E402
from imserver.store.retention import DAY_MS, Retention  # noqa: E402
from imserver.store.values import Person  # noqa: E402
from imserver.store.wordlist import WordAction, WordRule  # noqa: E402

ACTOR = "owner:eve@club.example"
LONG_NAME = "Quiz of the Lantern Hill allotment society"


def hold(store: Store, moderation: Moderation, site_id: str, words: str) -> None:
    """Let messages with these words wait."""
    moderation.change_rules(site_id, HouseRules((WordRule(words, WordAction.HOLD),)), actor=ACTOR)


def decide(store: Store, moderation: Moderation, site_id: str, verdict: str) -> None:
    """Approve or refuse the oldest that waits."""
    held_id = store.held.page(site_id)[0].held_id
    act = moderation.approve if verdict == "approve" else moderation.refuse
    act(site_id, held_id, actor=ACTOR)


def warn(store: Store, moderation: Moderation, site_id: str, user_id: str, text: str) -> None:
    """Warn somebody."""
    moderation.warn(site_id, user_id, text=text, actor=ACTOR)


def speak(store: Store, _: Moderation, site_id: str, user_id: str, text: str) -> None:
    """Let the site's bot say something to somebody."""
    store.bots.save(Person(site_id, "quiz", LONG_NAME))
    talk = store.conversations.open_direct(site_id, "quiz", user_id).id
    store.bots.introduce(site_id, talk, user_id)
    store.writer.send(site_id, "quiz", talk, [NewMessage(client_id=secrets.token_hex(16), text=text)])


def forget(store: Store, _: Moderation, site_id: str) -> None:
    """Trim what the site has, as the monitor does once a day."""
    store.sites.change_rules(site_id, lambda old: msgspec.structs.replace(old, retention_days=1))
    tomorrow = time.time_ns() // 1_000_000 + DAY_MS
    Retention(store.database, list_sites=store.sites.list_sites, now_ms=lambda: tomorrow).trim()


def main(act: str, *arguments: str) -> None:
    """Do one of them."""
    store = open_store(store_url=os.environ["IM_STORE_URL"])
    router = Router(linger_seconds=0.0, clock=lambda: 0.0)
    delivery = Delivery(router, lambda hint: None, is_alone=lambda: True, metrics=Metrics())
    {"hold": hold, "decide": decide, "warn": warn, "speak": speak, "forget": forget}[act](
        store, Moderation(store, delivery), *arguments
    )
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
