"""From a reader to the store: people first, then friends and blocks, then the messages, in batches."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

import msgspec

from imserver.commands.forums.readers import Account, Reader
from imserver.errors import NotFound, ServiceError
from imserver.services.conversations import check_text
from imserver.store import Store
from imserver.store.blocks import has_blocked
from imserver.store.bulk_messages import OldMessage, load_messages
from imserver.store.bulk_roster import Friendship, find_unknown, load_friends
from imserver.store.people import FORMER_ID, check_person, save_people
from imserver.store.values import Person

PEOPLE_AT_ONCE, FRIENDS_AT_ONCE, MESSAGES_AT_ONCE = 500, 5_000, 500
T = TypeVar("T")


class Refusals:
    """What was not taken, a line of JSON each: what it is, which one, and why."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0

    def add(self, what: str, which: str, reason: str) -> None:
        """Write one."""
        line = msgspec.json.encode({"what": what, "id": which, "reason": reason.rstrip(".")})
        with self.path.open("ab" if self.count else "wb") as file:
            file.write(line + b"\n")
        self.count += 1


@dataclass(slots=True)
class Counts:
    """What was read, and how much of it was new."""

    read: dict[str, int] = field(default_factory=dict)
    fresh: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, *, read: int, fresh: int) -> None:
        """Count a batch."""
        self.read[what] = self.read.get(what, 0) + read
        self.fresh[what] = self.fresh.get(what, 0) + fresh


class Loading:
    """``page_of`` makes the address of a person's page there, or "". Run again, it finds nothing new."""

    def __init__(
        self,
        store: Store,
        site_id: str,
        *,
        refusals: Refusals,
        page_of: Callable[[Account], str],
        now_ms: Callable[[], int],
        show: Callable[[Counts], None],
    ) -> None:
        self.counts = Counts()
        self._store = store
        self._site_id = site_id
        self._refusals = refusals
        self._page_of = page_of
        self._now_ms = now_ms
        self._show = show

    def load(self, reader: Reader) -> Counts:
        """Bring everything in. May be cut off and repeated."""
        for people in _batches(reader.people(), PEOPLE_AT_ONCE):
            self._load_people(people)
        for friends in _batches(reader.friends(), FRIENDS_AT_ONCE):
            self._load_friends(friends)
        for user_id, other_id in reader.blocks():
            self._block(user_id, other_id)
        self._store.erasing.save_former(self._site_id)
        for messages in _batches(self._good(reader.messages()), MESSAGES_AT_ONCE):
            self._load_messages(messages)
        self._store.search_index.catch_up()
        return self.counts

    def _load_people(self, accounts: list[Account]) -> None:
        people = []
        for account in accounts:
            person = Person(
                self._site_id,
                account.user_id,
                account.name,
                url=self._page_of(account),
                email=account.email,
                joined=account.joined * 1_000,
            )
            try:
                check_person(person)
                people.append(person)
            except ServiceError as error:
                self._refusals.add("person", account.user_id, str(error))
        now = self._now_ms()
        saved = self._store.database.write(lambda tx: save_people(tx, people, now=now))
        self._store.people.forget(saved)
        self._count("people", read=len(accounts), fresh=len(saved.changed))

    def _load_friends(self, friends: list[tuple[str, str, int]]) -> None:
        now = self._now_ms()
        everybody = {user_id for friend in friends for user_id in friend[:2]}
        gone = self._store.database.read(lambda tx: find_unknown(tx, self._site_id, everybody))
        pairs: dict[tuple[str, str], int] = {}
        for user_id, friend_id, since in friends:
            # Lists there still name people who have no account any more.
            if user_id != friend_id and not gone & {user_id, friend_id}:
                pairs.setdefault((user_id, friend_id), since or now)
        rows: list[Friendship] = [(*pair, since) for pair, since in pairs.items()]
        fresh = self._store.database.write(lambda tx: load_friends(tx, self._site_id, rows)) if rows else 0
        if fresh:
            self._store.first_friends.forget_site(self._site_id)
        self._count("friends", read=len(friends), fresh=fresh)

    def _block(self, user_id: str, other_id: str) -> None:
        there = self._store.database.read(lambda tx: has_blocked(tx, self._site_id, user_id, other_id))
        fresh, reason = not there, ""
        try:
            self._store.blocks.block(self._site_id, user_id, other_id)
        except NotFound:
            reason = "one of the two has no account any more"
        except ServiceError as error:
            reason = str(error)
        if reason:
            self._refusals.add("block", f"{user_id} {other_id}", reason)
        self._count("blocks", read=1, fresh=0 if reason else fresh)

    def _good(self, messages: Iterator[OldMessage]) -> Iterator[OldMessage]:
        """Yield those that could have been sent."""
        now = self._now_ms()
        for message in messages:
            try:
                check_text(message.text)
            except ServiceError:
                self._refusals.add("message", message.message_id, "there is nothing to read in it")
                continue
            if 0 < message.created_at <= now:
                yield message
            else:
                self._refusals.add("message", message.message_id, "it has no time, or one to come")

    def _load_messages(self, messages: list[OldMessage]) -> None:
        """Put them into their conversations; whoever has no account any more is a former member."""
        everybody = {user_id for message in messages for user_id in message.people}
        gone = self._store.database.read(lambda tx: find_unknown(tx, self._site_id, everybody))
        known = [_of_former(message, gone) if gone else message for message in messages]
        now = self._now_ms()
        loaded = self._store.database.write(lambda tx: load_messages(tx, self._site_id, known, now=now))
        for place, reason in sorted(loaded.refused.items()):
            self._refusals.add("message", messages[place].message_id, reason)
        self._count("messages", read=len(messages), fresh=loaded.fresh)

    def _count(self, what: str, *, read: int, fresh: int) -> None:
        self.counts.add(what, read=read, fresh=fresh)
        self._show(self.counts)


def _of_former(message: OldMessage, gone: set[str]) -> OldMessage:
    if not gone.intersection(message.people):
        return message
    names = {user_id: FORMER_ID if user_id in gone else user_id for user_id in message.people}
    return replace(
        message,
        sender_id=names[message.sender_id],
        participants=tuple(sorted(set(names.values()))),
        unread_by=message.unread_by - gone,
    )


def _batches(items: Iterable[T], most: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, most)):
        yield batch
