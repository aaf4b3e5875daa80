"""What newcomers may: few messages at first, fewer strangers, no links, and the first ones looked at.

The numbers that a site begins with are those with which forums have stopped spam runs without losing members:
2 messages a minute, 5 in ten minutes, 15 an hour, 50 a day. Pure: the clock and what was sent are arguments.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from imserver.errors import InvalidRequest

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
# What a host does not say of a person.
UNKNOWN = -1
# A year of being new, or thousands of messages, is a mistake of the owner's.
DAYS_LIMIT = 365
COUNT_LIMIT = 10_000
# Beyond this, what a token counts makes no difference to us (``services.tokens.COUNTED``).
CLAIM_LIMIT = 100
# A person's times are kept in their row; a site that allows more a day is not limited by the day.
TIMES_KEPT = 1_000
_ENDINGS = (
    "com|net|org|info|biz|io|co|me|ru|cn|top|xyz|site|online|shop|club|app|dev|link|click|live|store|de|uk|eu"
)
LINK = re.compile(
    rf"(?:[a-z][a-z0-9+.-]*://|\bwww\.|\b[a-z0-9][a-z0-9-]*\.(?:{_ENDINGS})(?:/|\b(?![.\w])))", re.IGNORECASE
)


class NewcomerRules(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who is new, and what they may. Somebody is new for ``days``, and while they have fewer than ``posts``.

    A number of 0 is no limit; with neither ``days`` nor ``posts`` nobody is new, nor is anybody of ``trust``.
    ``posts`` and ``trust`` count where the host's token says them. ``talks_per_hour``: conversations begun;
    ``links_after``, ``hold_first``: so many messages are delivered before links may be sent, and before none
    is looked at by a moderator.
    """

    days: int = 0
    posts: int = 0
    trust: int = 0
    per_minute: int = 2
    per_ten_minutes: int = 5
    per_hour: int = 15
    per_day: int = 50
    talks_per_hour: int = 5
    links_after: int = 3
    hold_first: int = 0

    def check(self) -> None:
        """Raise InvalidRequest for a number that cannot be meant."""
        for name in self.__struct_fields__:
            most = {"days": DAYS_LIMIT, "posts": CLAIM_LIMIT, "trust": CLAIM_LIMIT}.get(name, COUNT_LIMIT)
            if not 0 <= getattr(self, name) <= most:
                raise InvalidRequest(f"{name} is a number from 0 to {most}.")

    @property
    def is_on(self) -> bool:
        """Tell whether anybody at all is new."""
        return bool(self.days or self.posts)

    @property
    def windows(self) -> tuple[tuple[int, int], ...]:
        """How many messages may be sent in how many milliseconds, where there is a limit."""
        limits = (
            (MINUTE_MS, self.per_minute),
            (10 * MINUTE_MS, self.per_ten_minutes),
            (HOUR_MS, self.per_hour),
            (DAY_MS, self.per_day),
        )
        return tuple((span, most) for span, most in limits if most)

    def covers(self, standing: "Standing", *, now: int) -> bool:
        """Tell whether these rules are about the person now."""
        if standing.moderator or (self.trust and standing.trust >= self.trust):
            return False
        is_young = now - (standing.joined or standing.created_at) < self.days * DAY_MS
        return is_young or UNKNOWN < standing.posts < self.posts

    def wait_ms(self, times: Sequence[int], *, count: int = 1, now: int) -> int:
        """Return how long somebody who has sent at ``times`` has to wait before ``count`` more; 0 for not.

        More than a limit at once never pass: the wait is then the limit's whole time.
        """
        longest = 0
        for span, most in self.windows:
            within = [at for at in times if now - span < at]
            if count > most:
                longest = max(longest, span)
            elif len(within) + count > most:
                frees = sorted(within)[len(within) + count - most - 1]
                longest = max(longest, frees + span - now)
        return longest


class Standing(NamedTuple):
    """What is known of a sender, in the order of the statement's columns."""

    site_id: str
    user_id: str
    banned_until: int
    created_at: int
    joined: int
    posts: int
    trust: int
    moderator: int


class Newcomer(msgspec.Struct):
    """What a newcomer has sent: how many were delivered, when, and the conversations begun of late."""

    sent: int = 0
    times: list[int] = []
    talks: dict[str, int] = {}

    def copy(self) -> "Newcomer":
        """Return another that can be changed."""
        return Newcomer(self.sent, list(self.times), dict(self.talks))

    def note(self, count: int, *, now: int, begins: str = "") -> None:
        """Remember that ``count`` were sent now; ``begins`` is the conversation that was begun by it."""
        # Another worker's clock may be ahead; a time to come would hold them back too long.
        self.times = [min(at, now) for at in self.times if now - at < DAY_MS] + [now] * count
        self.times = self.times[-TIMES_KEPT:]
        self.talks = {talk: min(at, now) for talk, at in self.talks.items() if now - at < HOUR_MS}
        if begins:
            self.talks.setdefault(begins, now)

    def talks_wait_ms(self, rules: NewcomerRules, conversation_id: str, *, now: int) -> int:
        """Return how long to wait before another conversation is begun; 0 for not."""
        begun = sorted(
            at for talk, at in self.talks.items() if talk != conversation_id and now - at < HOUR_MS
        )
        if not rules.talks_per_hour or len(begun) < rules.talks_per_hour:
            return 0
        return max(1, begun[len(begun) - rules.talks_per_hour] + HOUR_MS - now)


def has_link(text: str) -> bool:
    """Tell whether somebody could be led away by the text."""
    return LINK.search(text) is not None


class PastSend(NamedTuple):
    """One stored message, as far as the limits look at it."""

    sender_id: str
    at: int
    has_link: bool
    begins: str


class Simulated(msgspec.Struct, frozen=True):
    """What rules would have done: to how many messages of how many people, by the rule that came first."""

    messages: int
    people: int
    stopped_messages: int
    stopped_people: int
    by_rule: dict[str, int]
    held_messages: int


def simulate(rules: NewcomerRules, standings: Iterable[Standing], sends: Iterable[PastSend]) -> Simulated:
    """Replay what was sent, in the order of time, under ``rules``; who is held back does not send later."""
    people = {standing.user_id: standing for standing in standings}
    seen: dict[str, Newcomer] = {}
    stopped_people: set[str] = set()
    by_rule: dict[str, int] = {}
    messages = held = 0
    for send in sorted(sends, key=lambda one: one.at):
        standing = people.get(send.sender_id)
        if standing is None or not rules.covers(standing, now=send.at):
            continue
        messages += 1
        newcomer = seen.setdefault(send.sender_id, Newcomer())
        rule = stopped_by(rules, newcomer, count=1, now=send.at, begins=send.begins, link=send.has_link)
        if rule is not None:
            by_rule[rule.name] = by_rule.get(rule.name, 0) + 1
            stopped_people.add(send.sender_id)
            continue
        held += newcomer.sent < rules.hold_first
        newcomer.note(1, now=send.at, begins=send.begins)
        newcomer.sent += 1
    return Simulated(messages, len(seen), sum(by_rule.values()), len(stopped_people), by_rule, held)


class Stop(NamedTuple):
    """A rule that is in the way; ``wait_ms`` is 0 where waiting does not help."""

    name: str
    wait_ms: int


def stopped_by(
    rules: NewcomerRules, newcomer: Newcomer, *, count: int, now: int, begins: str, link: bool
) -> Stop | None:
    """Return the rule that keeps the newcomer from sending; None if they may.

    ``begins`` is the direct conversation in which nothing was said yet, if it is one.
    """
    if link and newcomer.sent < rules.links_after:
        return Stop("links", 0)
    wait_ms = rules.wait_ms(newcomer.times, count=count, now=now)
    if wait_ms:
        return Stop("rate", wait_ms)
    talks_ms = newcomer.talks_wait_ms(rules, begins, now=now) if begins else 0
    return Stop("talks", talks_ms) if talks_ms else None
