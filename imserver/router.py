"""Who is here: the registry of this worker's users, and the verbs login, logout and send.

# design: One gevent Event per user, the Mailbox. A connection that waits is a Waiter: a callable with a
# cursor, which a letter links to the Event with rawlink, so a parked one costs no greenlet. The router knows
# no transport: it calls the waiters, and they take from the mailbox what comes after their cursor.
# A mailbox whose last connection has left lingers for a while, so that the gap between two polls is
# not an absence; only its end is told to presence.
"""

import sys
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple, Protocol

from gevent.event import Event

from imserver.presence import Change, UserKey
from imserver.protocol.cursor import Cursor

# A burst longer than this between two wake-ups is read from the log instead.
RECENT_EVENTS = 64
BEST_EFFORT = 0
# What no log keeps waits so long, and no more of it, for a client that is between two polls. A poll comes
# back within a round trip; what is older than a few seconds, such as who types, is no news.
BETWEEN_SECONDS = 10.0
BETWEEN_LETTERS = 16


class Letter(NamedTuple):
    """An event on its way to a user. ``useq`` is BEST_EFFORT for one that no log keeps.

    ``after_tag`` is the tag of the event before it: only a cursor that stands on that one may go on here.
    """

    useq: int
    tag: int
    event: bytes
    after_tag: int = 0


class Waiter(Protocol):
    """A connection that waits. Called from the hub when there is news, so it may not block.

    ``cursor`` is the last event it delivered; ``heard`` the mailbox's count when it began to wait.
    """

    cursor: Cursor
    heard: int
    mailbox: "Mailbox"

    def __call__(self, mailbox: "Mailbox", /) -> None: ...

    def hear(self, letter: "Letter", /) -> bool:
        """Take ``letter`` at once, if nothing else is to be told first; False to be called by the hub.

        Nothing may be written to a socket: whoever sends has others to tell.
        """

    def read_log(self) -> None:
        """Look into the log: it has something else than the cursor says."""

    def on_presence(self, changes: list[Change], /) -> None:
        """People whom this connection watches have changed."""


class Mailbox(Event):
    """One user on this worker: who waits, and the newest events about which there were hints.

    What is kept per person is what ten thousand people cost. Most have one connection, so one waiter needs
    no container; and nobody is linked before there is a letter, so it is the first letter that begins the
    Event, whose list of links is 80 bytes. Until then it cannot be waited for, only set and cleared.
    """

    __slots__ = ("_recent", "_waiting", "count", "head", "user")

    def __init__(self, user: UserKey) -> None:
        self.clear()
        self.user = user
        self.head = 0
        # Letters since the mailbox was made; none means that the Event has not been begun.
        self.count = 0
        self._waiting: Waiter | dict[Waiter, None] | None = None
        self._recent: tuple[tuple[int, Letter], ...] = ()

    @property
    def waiters(self) -> tuple[Waiter, ...]:
        """Who waits, in the order of their coming."""
        waiting = self._waiting
        if waiting is None:
            return ()
        return tuple(waiting) if isinstance(waiting, dict) else (waiting,)

    def has_others(self) -> bool:
        """Tell whether more than one waits."""
        return isinstance(self._waiting, dict)

    def has_waiters(self) -> bool:
        """Tell whether anybody waits."""
        return self._waiting is not None

    def count_waiters(self) -> int:
        """Return how many wait."""
        waiting = self._waiting
        return len(waiting) if isinstance(waiting, dict) else int(waiting is not None)

    def has(self, waiter: Waiter) -> bool:
        """Tell whether ``waiter`` waits here."""
        waiting = self._waiting
        return waiting is waiter or (isinstance(waiting, dict) and waiter in waiting)

    def add(self, waiter: Waiter) -> None:
        """Let ``waiter`` wait here; once is enough."""
        waiting = self._waiting
        if waiting is None:
            self._waiting = waiter
        elif isinstance(waiting, dict):
            waiting[waiter] = None
        elif waiting is not waiter:
            self._waiting = {waiting: None, waiter: None}
        if self.is_set():
            # The next letter links nobody while the last one is still being told.
            self.rawlink(waiter)

    def remove(self, waiter: Waiter) -> None:
        """Forget ``waiter``; with the last one goes what only waiters need."""
        waiting = self._waiting
        if self.count:
            self.unlink(waiter)
        if waiting is waiter:
            self._waiting = None
            self.forget_recent()
        elif isinstance(waiting, dict):
            waiting.pop(waiter, None)
            if len(waiting) == 1:
                self._waiting = next(iter(waiting))

    def put(self, letter: Letter) -> None:
        """Tell the one waiter that hears it at once; else keep ``letter`` for those of now and wake them."""
        if not self.count:
            Event.__init__(self)
        self.count += 1
        if letter.useq > self.head:
            self.head = letter.useq
        waiting = self._waiting
        if self.is_set():
            self._recent = (*self._recent[1 - RECENT_EVENTS :], (self.count, letter))
            return
        if waiting is not None and not isinstance(waiting, dict) and waiting.hear(letter):
            # One open stream is told without the Event, which costs more than all the rest here.
            return
        # Everybody has been told of what was kept; who was reading the log looks there once more.
        self._recent = ((self.count, letter),)
        # Linked only now: an idle connection has no place in the Event's list, which is 32 bytes.
        if isinstance(waiting, dict):
            for waiter in waiting:
                self.rawlink(waiter)
        elif waiting is not None:
            self.rawlink(waiting)
        self.set()

    @property
    def only(self) -> Letter | None:
        """The letter that is kept, if it is the only one: nearly always."""
        return self._recent[0][1] if len(self._recent) == 1 else None

    def after(self, cursor: Cursor) -> list[Letter] | None:
        """Return the durable events that follow ``cursor`` without a gap; None when the log must be read.

        Numbers alone do not make a chain: after a restored backup they are given out a second time.
        """
        useq, tag = cursor
        following: list[Letter] = []
        # Hints come out of order only when something else went wrong, so sorting is almost free.
        for letter in sorted(letter for _, letter in self._recent):
            if letter.useq == useq + 1 and letter.after_tag == tag:
                following.append(letter)
                useq, tag = letter.useq, letter.tag
        return following if useq >= self.head else None

    def best_effort_since(self, heard: int) -> list[Letter]:
        """Return what was sent without a number after the waiter came."""
        return [letter for count, letter in self._recent if count > heard and letter.useq == BEST_EFFORT]

    def forget_recent(self) -> None:
        """Drop what nobody waits for any more; whoever comes next looks into the log."""
        self._recent = ()
        self.head = 0


class Router:
    """The registry of one worker. ``linger_seconds``: how long a user outlives the last connection."""

    def __init__(self, *, linger_seconds: float, clock: Callable[[], float]) -> None:
        self._linger_seconds = linger_seconds
        self._clock = clock
        self._mailboxes: dict[UserKey, Mailbox] = {}
        # Who has no connection now: since when, and where the last one stood if nothing was sent since.
        self._left: OrderedDict[UserKey, tuple[float, Cursor | None]] = OrderedDict()
        self._between: dict[UserKey, tuple[Letter, ...]] = {}
        self._arrived: list[UserKey] = []
        self._watchers: dict[UserKey, set[Waiter]] = {}

    def __len__(self) -> int:
        return len(self._mailboxes)

    def __contains__(self, user: UserKey) -> bool:
        return user in self._mailboxes

    def key(self, site_id: str, user_id: str) -> UserKey:
        """Return the key of a user; for one who is here the very object that the registry holds.

        What is kept per user then shares one tuple and its strings instead of holding copies.
        """
        mailbox = self._mailboxes.get((site_id, user_id))
        return mailbox.user if mailbox is not None else (sys.intern(site_id), user_id)

    def login(self, user: UserKey, waiter: Waiter) -> Mailbox:
        """Register ``waiter`` for what is sent to ``user`` from now on.

        Read the log only after this call: an event that lands in between then wakes the waiter. So does what
        no log keeps, if it was sent a moment ago, when nobody waited.
        """
        mailbox = self._mailboxes.get(user)
        if mailbox is None:
            mailbox = self._mailboxes[user] = Mailbox(user)
            self._arrived.append(user)
        between = self._take_between(user)
        self._left.pop(user, None)
        if not mailbox.has_waiters():
            mailbox.clear()
        mailbox.add(waiter)
        waiter.heard = mailbox.count
        for letter in between:
            mailbox.put(letter)
        return mailbox

    def has_missed_nothing(self, user: UserKey, cursor: Cursor) -> bool:
        """Tell, before ``login``, whether the last connection left at ``cursor`` and nothing was sent since.

        A client that comes back is then as good as one that stayed: it need not look into the log, and if a
        hint was lost meanwhile, the sweep finds it as it would have found the other.
        """
        return user in self._left and self._left[user][1] == cursor

    def listen_again(self, mailbox: Mailbox, waiter: Waiter) -> None:
        """Keep a waiter that was woken; the next letter links it again."""
        mailbox.clear()
        waiter.heard = mailbox.count

    def logout(self, mailbox: Mailbox, waiter: Waiter, *, has_looked: bool = False) -> None:
        """Forget ``waiter``; doing so twice is harmless.

        ``has_looked``: the log has nothing behind its cursor but what was sent here.
        """
        if not mailbox.has(waiter):
            return
        cursor = waiter.cursor if has_looked and mailbox.head <= waiter.cursor.useq else None
        mailbox.remove(waiter)
        if not mailbox.has_waiters():
            self._left[mailbox.user] = self._clock(), cursor

    def send(self, user: UserKey, letter: Letter) -> int:
        """Wake every connection of ``user`` with ``letter``; return how many there were.

        Never blocks and never touches a socket, so hub callbacks and the monitor may call it.
        """
        mailbox = self._mailboxes.get(user)
        if mailbox is None:
            return 0
        if not mailbox.has_waiters():
            self._miss(user, letter)
            return 0
        mailbox.put(letter)
        return mailbox.count_waiters()

    def _miss(self, user: UserKey, letter: Letter) -> None:
        left_at, _ = self._left[user]
        if letter.useq != BEST_EFFORT:
            self._left[user] = left_at, None
        elif self._clock() - left_at < BETWEEN_SECONDS:
            self._between[user] = (*self._between.get(user, ())[1 - BETWEEN_LETTERS :], letter)

    def _take_between(self, user: UserKey) -> tuple[Letter, ...]:
        letters = self._between.pop(user, ())
        return letters if letters and self._clock() - self._left[user][0] < BETWEEN_SECONDS else ()

    def watch(self, users: Iterable[UserKey], waiter: Waiter) -> None:
        """Let ``waiter`` be found by ``watchers`` of these users."""
        for user in users:
            self._watchers.setdefault(user, set()).add(waiter)

    def unwatch(self, users: Iterable[UserKey], waiter: Waiter) -> None:
        """Undo ``watch``; unknown pairs are ignored."""
        for user in users:
            watchers = self._watchers.get(user)
            if watchers is None:
                continue
            watchers.discard(waiter)
            if not watchers:
                del self._watchers[user]

    def watchers(self, user: UserKey) -> Collection[Waiter]:
        """Return who has ``user`` on the screen, on this worker."""
        return self._watchers.get(user, ())

    def waiting_users(self) -> list[UserKey]:
        """Return the users who have at least one connection that waits."""
        return [user for user, mailbox in self._mailboxes.items() if mailbox.has_waiters()]

    def waiters_of(self, user: UserKey) -> tuple[Waiter, ...]:
        """Return the connections of one user that wait."""
        mailbox = self._mailboxes.get(user)
        return mailbox.waiters if mailbox is not None else ()

    def waiters(self) -> Iterator[tuple[Mailbox, Waiter]]:
        """Yield every connection that waits."""
        for mailbox in list(self._mailboxes.values()):
            for waiter in mailbox.waiters:
                yield mailbox, waiter

    def users(self) -> list[UserKey]:
        """Return everybody who is here, also those who have just left."""
        return list(self._mailboxes)

    def take_arrived(self) -> list[UserKey]:
        """Return, once, the users who came since the last call."""
        arrived, self._arrived = self._arrived, []
        return arrived

    def put_back_arrived(self, users: Iterable[UserKey]) -> None:
        """Return users whose arrival could not be written; they are told again by ``take_arrived``."""
        self._arrived.extend(user for user in users if user in self._mailboxes)

    def take_departed(self) -> list[UserKey]:
        """Return, once, the users whose last connection left longer than the linger time ago."""
        latest = self._clock() - self._linger_seconds
        departed = []
        while self._left:
            user, (left_at, _) = next(iter(self._left.items()))
            if left_at > latest:
                break
            del self._left[user]
            del self._mailboxes[user]
            self._between.pop(user, None)
            departed.append(user)
        return departed
