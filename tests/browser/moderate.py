"""Looks after a site: ``hold SITE WORDS``, ``decide SITE approve|refuse``, ``warn SITE USER TEXT``.

The server hears of it by its sweep: this is a process of its own, without a bus.
"""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from imserver.metrics import Metrics  # noqa: E402
from imserver.router import Router  # noqa: E402
from imserver.services.delivery import Delivery  # noqa: E402
from imserver.services.moderation import Moderation  # noqa: E402
from imserver.store import Store, open_store  # noqa: E402
from imserver.store.house import HouseRules  # noqa: E402
from imserver.store.wordlist import WordAction, WordRule  # noqa: E402

ACTOR = "owner:eve@club.example"


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


def main(act: str, *arguments: str) -> None:
    """Do one of them."""
    store = open_store(store_url=os.environ["IM_STORE_URL"])
    router = Router(linger_seconds=0.0, clock=lambda: 0.0)
    delivery = Delivery(router, lambda hint: None, is_alone=lambda: True, metrics=Metrics())
    {"hold": hold, "decide": decide, "warn": warn}[act](store, Moderation(store, delivery), *arguments)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
