"""A site with people who talk, report, are held back and banned: for the moderators' pages in a browser."""

import secrets
import time

from imserver.protocol.types import NewMessage, NewReport, ReportReason
from imserver.store import Store
from imserver.store.house import HouseRules
from imserver.store.newcomers import NewcomerRules
from imserver.store.values import Person
from imserver.store.wordlist import WordAction, WordRule

ACTOR = "owner:ada@example.org"
PEOPLE = {"chloe": "Chloe Marsh", "dmitri": "Dmitri Volkov", "nadia": "Nadia", "spam99": "Cheap Seeds 99"}
WORDS = (
    WordRule("miracle seeds*", WordAction.REFUSE),
    WordRule("meet me", WordAction.HOLD),
    WordRule("darn", WordAction.MASK),
)
SAID = (
    "Are the tomatoes in already?",
    "Two rows, the rest on Sunday.",
    "CHEAP SEEDS, click here!!! www.seeds.example",
    "Please stop that.",
)


def seed_community(store: Store, site_id: str) -> dict[str, str]:
    """Fill the site; return the addresses of pages that name one thing."""
    for user_id, name in PEOPLE.items():
        joined = int(time.time() * 1000) - 86_400_000
        store.people.save_person(Person(site_id, user_id, name, joined=joined, posts=3))
    room = store.groups.create_room(site_id, "chloe", name="Greenhouse")
    for user_id in ("dmitri", "spam99"):
        store.groups.join(site_id, user_id, room)
    senders = ("chloe", "dmitri", "spam99", "chloe")
    seqs = [_say(store, site_id, user_id, room, text) for user_id, text in zip(senders, SAID, strict=True)]
    report = NewReport(reason=ReportReason.SPAM, note="Again.", conversation_id=room, seq=seqs[2])
    report_id = store.reports.insert(site_id, "chloe", report)
    store.houses.change(site_id, HouseRules(WORDS, NewcomerRules(days=7)), actor=ACTOR)
    talk = store.conversations.open_direct(site_id, "nadia", "chloe").id
    _say(store, site_id, "nadia", talk, "Would you meet me at the gate?")
    until_ms = int(time.time() * 1000) + 7 * 86_400_000
    store.bans.add(site_id, "dmitri", until_ms=until_ms, reason="Insults", actor=ACTOR)
    return {
        "member": "members/spam99",
        "report": f"reports/{report_id}",
        "conversation": f"conversations/{room}",
    }


def _say(store: Store, site_id: str, user_id: str, conversation_id: str, text: str) -> int:
    message = NewMessage(client_id=secrets.token_hex(16), text=text)
    return store.writer.send(site_id, user_id, conversation_id, [message]).messages[0].seq
