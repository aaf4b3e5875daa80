"""The house rules of a site: words that do not pass, and what newcomers may."""

from collections.abc import Callable
from functools import lru_cache

import msgspec

from imserver.store.audit import append
from imserver.store.database import Database, Transaction, first_row
from imserver.store.newcomers import NewcomerRules
from imserver.store.wordlist import WordList, WordRule, check_rules


class HouseRules(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a site's owner or moderators have laid down; a site without any lets everything pass."""

    words: tuple[WordRule, ...] = ()
    newcomers: NewcomerRules = NewcomerRules()


NO_RULES = HouseRules()


class House(msgspec.Struct, frozen=True):
    """Rules made ready to be asked."""

    words: WordList
    newcomers: NewcomerRules


class Houses:
    """Read where they are applied, in the transaction of the send: a change holds from its commit on."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def load(self, site_id: str) -> HouseRules:
        """Return the site's rules."""
        return self._database.read(lambda tx: load_rules(tx, site_id))

    def change(self, site_id: str, rules: HouseRules, *, actor: str) -> None:
        """Replace the rules, and record by whom. Raises InvalidRequest for what cannot be meant."""
        check_rules(rules.words)
        rules.newcomers.check()
        body, now = msgspec.json.encode(rules).decode(), self._now_ms()

        def write(tx: Transaction) -> None:
            old = load_rules(tx, site_id)
            if old == rules:
                return
            tx.run("save_house_rules", rows=[(site_id, body, now)])
            append(tx, site_id=site_id, actor=actor, act="rules.changed", detail=_told(old, rules), now=now)

        self._database.write(write)

    def name_passes(self, site_id: str, text: str) -> tuple[bool, str]:
        """Tell whether what a group or room is to be called passes, and how it is then written."""
        row = first_row(self._database.read(lambda tx: tx.rows("load_house_rules", site_ids=[site_id])))
        action, written = house_of(row[1]).words.judge(text) if row else (None, text)
        return action in (None, "mask"), written


def load_rules(tx: Transaction, site_id: str) -> HouseRules:
    """Return the site's rules, within a transaction."""
    row = first_row(tx.rows("load_house_rules", site_ids=[site_id]))
    return NO_RULES if row is None else msgspec.json.decode(row[1], type=HouseRules)


@lru_cache(maxsize=512)
def house_of(body: str) -> House:
    """Return the rules of a stored body, made ready. Which body it is says all, so it may be remembered."""
    rules = msgspec.json.decode(body, type=HouseRules)
    return House(WordList(rules.words), rules.newcomers)


def _told(old: HouseRules, new: HouseRules) -> dict[str, object]:
    """Return what the record keeps of a change: which numbers, and how many words came and went."""
    numbers = {
        name: getattr(new.newcomers, name)
        for name in NewcomerRules.__struct_fields__
        if getattr(new.newcomers, name) != getattr(old.newcomers, name)
    }
    came, went = set(new.words) - set(old.words), set(old.words) - set(new.words)
    return {"newcomers": numbers, "words_added": len(came), "words_removed": len(went)}
