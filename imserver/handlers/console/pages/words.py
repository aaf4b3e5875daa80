"""The word filter: a list for each action, and a box to try it on a text."""

import msgspec

from imserver.handlers.console.table import Answer, Visit, gone_to, notice, page, shown
from imserver.store.wordlist import WordAction, WordList, WordRule, check_rules

HERE = "/console/sites/<site_id>/words"
LIST_CHARACTERS = 30_000
SAVED = notice("words-saved", "Saved. It holds for every message from now on.")


@page("GET", HERE, role="moderator", title="Word filter", nav="Word filter")
def words(visit: Visit) -> Answer:
    """Show the lists."""
    return _page(visit)


@page("POST", HERE, role="moderator", title="Word filter", again=words)
def save_words(visit: Visit) -> Answer:
    """Replace the lists; ``try`` holds them against a text and saves nothing."""
    rules = _read(visit)
    if visit.ticked("try"):
        check_rules(rules)
        text = visit.text("sample", most=4_000)
        return _page(visit, tried=WordList(rules).judge(text), sample=text)
    old = visit.desk.store.houses.load(visit.site.site_id)
    changed = msgspec.structs.replace(old, words=rules)
    visit.desk.moderation.change_rules(visit.site.site_id, changed, actor=visit.caller.actor)
    return gone_to(f"/console/sites/{visit.site.site_id}/words", done=SAVED)


def _read(visit: Visit) -> tuple[WordRule, ...]:
    return tuple(
        WordRule(line.strip(), action)
        for action in WordAction
        for line in visit.text(action.value, most=LIST_CHARACTERS).split("\n")
        if line.strip()
    )


def _page(visit: Visit, *, tried: tuple[WordAction | None, str] | None = None, sample: str = "") -> Answer:
    stored = visit.desk.store.houses.load(visit.site.site_id).words
    lists = {
        action.value: visit.form.get(
            action.value, "\n".join(rule.words for rule in stored if rule.action is action)
        )
        for action in WordAction
    }
    return shown("words.html", lists=lists, tried=tried, sample=sample)
