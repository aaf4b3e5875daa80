"""From lines to rows: one loader for each thing that can be brought in."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from imserver.commands.imports.lines import BadLine, Line, MessageLine, RosterLine, UserLine, moment_ms
from imserver.errors import ServiceError
from imserver.protocol.types import MESSAGE_CHARACTERS
from imserver.services.conversations import check_text
from imserver.services.tokens import read_groups
from imserver.store import Store
from imserver.store.bulk_messages import OldMessage, load_messages
from imserver.store.bulk_roster import find_unknown, load_friends
from imserver.store.database import Transaction
from imserver.store.parts import in_parts
from imserver.store.people import PEOPLE_PER_QUERY, USER_ID_BYTES, ChangedPeople, check_person, save_people
from imserver.store.values import Person, is_room_stream

# How many rows are new, and why some are refused, by their place among those that were given.
Outcome = tuple[int, dict[int, str]]


class Loader(Protocol):
    """``batch_lines``: what one transaction takes."""

    batch_lines: int

    @property
    def kind(self) -> type[Line]:
        """What its lines are read as."""

    def prepare(self, line: Any) -> Any:
        """Return what ``load`` takes; raise BadLine or ServiceError for what cannot be kept. No I/O."""

    def load(self, tx: Transaction, items: Sequence[Any]) -> Outcome:
        """Write all that are good; may be run again from the start."""

    def committed(self) -> None:
        """Hear that the last ``load`` holds."""

    def finish(self) -> None:
        """Do what comes after the last of all."""


class RosterLines:
    """``mutual``: each has the other. ``known_only``: refuse people whom the site does not know yet."""

    kind: type[Line] = RosterLine
    # Half a second of MariaDB: long enough that a flush costs nothing, short enough for others who wait.
    batch_lines = 20_000

    def __init__(
        self, store: Store, site_id: str, *, mutual: bool, known_only: bool, now_ms: Callable[[], int]
    ) -> None:
        self._store = store
        self._site_id = site_id
        self._mutual = mutual
        self._known_only = known_only
        # A file mostly has one person's friends one after the other.
        self._last_id = ""
        self._now = now_ms()

    def prepare(self, line: RosterLine) -> tuple[str, str, int]:
        """Return (user_id, friend_id, created_at)."""
        if line.user_id == line.friend_id:
            raise BadLine("nobody is their own friend")
        if line.user_id != self._last_id:
            _check_id(line.user_id)
            self._last_id = line.user_id
        _check_id(line.friend_id)
        return line.user_id, line.friend_id, moment_ms(line.created_at) or self._now

    def load(self, tx: Transaction, items: Sequence[tuple[str, str, int]]) -> Outcome:
        """Write those that are not there; of two lines that say the same the first counts."""
        refused = self._strangers(tx, items) if self._known_only else {}
        pairs: dict[tuple[str, str], int] = {}
        for place, (user_id, friend_id, created_at) in enumerate(items):
            if place not in refused:
                pairs.setdefault((user_id, friend_id), created_at)
                if self._mutual:
                    pairs.setdefault((friend_id, user_id), created_at)
        if not pairs:
            return 0, refused
        return load_friends(tx, self._site_id, [(*pair, at) for pair, at in pairs.items()]), refused

    def committed(self) -> None:
        """Let nobody read the beginning of an old list: there are too many of them to be named."""
        self._store.first_friends.forget_site(self._site_id)

    def finish(self) -> None:
        """Nothing is left to do."""

    def _strangers(self, tx: Transaction, items: Sequence[tuple[str, str, int]]) -> dict[int, str]:
        unknown = find_unknown(tx, self._site_id, {user_id for item in items for user_id in item[:2]})
        return {
            place: f"unknown user {next(user_id for user_id in item[:2] if user_id in unknown)!r}"
            for place, item in enumerate(items)
            if unknown.intersection(item[:2])
        }


class UserLines:
    """People, as their next sign-in would save them."""

    kind: type[Line] = UserLine
    batch_lines = 2_000

    def __init__(self, store: Store, site_id: str, *, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._site_id = site_id
        self._now_ms = now_ms
        self._changed = ChangedPeople([], [])

    def prepare(self, line: UserLine) -> Person:
        """Return the person, checked as one who signs in."""
        person = Person(
            self._site_id,
            line.user_id,
            line.name,
            line.avatar,
            line.url,
            roles=tuple(line.roles),
            guest=line.guest,
            email=line.email,
            joined=moment_ms(line.joined),
            moderator=line.moderator,
            groups=None if line.groups is None else read_groups(line.groups),
        )
        check_person(person)
        if not line.name.strip():
            raise BadLine("a person has a name")
        return person

    def load(self, tx: Transaction, items: Sequence[Person]) -> Outcome:
        """Insert or update; of two lines about one person the later counts."""
        people = {person.user_id: person for person in items}
        now = self._now_ms()
        self._changed = ChangedPeople([], [])
        for part in in_parts(list(people.values()), PEOPLE_PER_QUERY):
            for known, more in zip(self._changed, save_people(tx, part, now=now), strict=True):
                known += more
        return len(self._changed.changed), {}

    def committed(self) -> None:
        """Let nobody read the old profiles."""
        self._store.people.forget(self._changed)

    def finish(self) -> None:
        """Nothing is left to do."""


class MessageLines:
    """Messages, sorted by time."""

    kind: type[Line] = MessageLine
    batch_lines = 2_000

    def __init__(self, store: Store, site_id: str, *, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._site_id = site_id
        self._now_ms = now_ms

    def prepare(self, line: MessageLine) -> OldMessage:
        """Return the message, checked as one that is sent."""
        if len(line.text) > MESSAGE_CHARACTERS:
            raise BadLine(f"the text has {len(line.text):,} characters; at most {MESSAGE_CHARACTERS:,}")
        text = line.text.replace("\r\n", "\n")
        check_text(text)
        created_at = moment_ms(line.created_at)
        if not 0 < created_at <= self._now_ms():
            raise BadLine("a message was written at some time before now")
        for user_id in (line.sender_id, *line.participants):
            _check_id(user_id)
        return OldMessage(
            message_id=line.id,
            sender_id=line.sender_id,
            participants=line.participants,
            text=text,
            created_at=created_at,
            thread=line.conversation,
            name=line.name,
            unread_by=frozenset(line.unread_by),
        )

    def load(self, tx: Transaction, items: Sequence[OldMessage]) -> Outcome:
        """Put them behind what their conversations hold."""
        loaded = load_messages(tx, self._site_id, items, now=self._now_ms())
        return loaded.fresh, loaded.refused

    def committed(self) -> None:
        """What is new is told by the streams."""

    def finish(self) -> None:
        """Make the index of what was brought in; until then it is searched by reading it."""
        self._store.search_index.catch_up()


def reason_of(error: BadLine | ServiceError) -> str:
    """Return why a line was refused, without a full stop: it stands in a table."""
    return str(error).rstrip(".")


def _check_id(user_id: str) -> None:
    # Most ids are short, and then their bytes need not be counted.
    if len(user_id) > USER_ID_BYTES // 4 and len(user_id.encode()) > USER_ID_BYTES:
        raise BadLine(f"a user id has at most {USER_ID_BYTES} bytes")
    if is_room_stream(user_id):
        raise BadLine("a user id does not begin with a control character")
