"""Members and sites that go for good, with everything that was theirs."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import gevent
import msgspec

from imserver.errors import InvalidRequest, NotFound, ServiceError
from imserver.files.storage import Storage
from imserver.store import Store
from imserver.store.erasing import BITE, DIRECT, FORMER_ID, Erasing, Place
from imserver.store.files import Due
from imserver.store.personal import SITE_TABLES
from imserver.store.store import wall_clock_ms
from imserver.store.values import UserKey

log = logging.getLogger(__name__)
# Somebody who signs in and writes while being erased is gone over again, but not for ever.
ROUNDS = 5


class ErasureNote(msgspec.Struct, frozen=True):
    """Who was erased, and when that began or ended; without ``user_id`` a whole site."""

    at: int
    site_id: str
    user_id: str = ""


def read_notes(lines: Iterable[bytes]) -> list[ErasureNote]:
    """Return what the lines say; raise InvalidRequest for one that is no note."""
    try:
        return [msgspec.json.decode(line, type=ErasureNote) for line in lines]
    except msgspec.MsgspecError as error:
        raise InvalidRequest(f"this is no list of erasures: {error}") from error


@dataclass(frozen=True, slots=True)
class Erased:
    """What was found of a member."""

    conversations: int
    messages_bites: int
    files: int


class Erasure:
    """``session_ended`` is told each session that is ended, as for a sign-out; it must not block.

    Whoever is erased may come again: the host's next token makes a new member, who knows nothing of before.
    To keep somebody away, ban them and let the host sign no more tokens.

    Each erasure is noted beside the files, before it begins and when it has ended: a database restored from
    an older copy knows nothing of it, and ``repeat`` carries it out once more.
    """

    def __init__(
        self,
        store: Store,
        storage: Storage,
        *,
        session_ended: Callable[[bytes], None] = lambda session_id: None,
        now_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self._store = store
        self._storage = storage
        self._session_ended = session_ended
        self._now_ms = now_ms
        self._erasing: Erasing = store.erasing

    def erase_member(self, site_id: str, user_id: str) -> Erased:
        """Leave nothing that says who the member was; return what there was once that is so.

        Texts go, or stay as a former member's where the site's rules say so; files always go. May be cut off
        and repeated. Raises NotFound for somebody of whom nothing is known.
        """
        user = UserKey(site_id, user_id)
        self._erasing.require_member(user)
        self._note(site_id, user_id)
        self._erasing.save_former(site_id)
        self._end(self._erasing.end_sessions(user))
        conversations = files = bites = 0
        for _ in range(ROUNDS):
            conversations += self._leave_all(user)
            files += self._drop_files(user)
            bites += self._disown(user)
            self._unname(user)
            self._end(self._erasing.finish(user))
            # Before anybody is made to read again.
            self._store.people.forget_gone(user)
            while self._erasing.reset_told(user):
                gevent.sleep(0)
            if not self._erasing.list_conversations(user) and not self._erasing.has_written(user):
                break
        self.sweep_files()
        self._note(site_id, user_id)
        return Erased(conversations, bites, files)

    def erase_site(self, site_id: str) -> None:
        """Leave nothing of a site: keys and sessions first, the site itself last. Raises NotFound.

        May be cut off and repeated as long as the site is listed.
        """
        self._store.sites.require_site(site_id)
        self._note(site_id, "")
        self._store.sessions.revoke_site(site_id)
        self._erasing.drop_site_files(site_id)
        self.sweep_files()
        # Twice: who signed in with a key that a worker still remembered has written behind the first pass.
        for table in (*SITE_TABLES[:-1], *SITE_TABLES):
            while self._erasing.empty_table(site_id, table):
                gevent.sleep(0)
        self._store.sites.forget(site_id)
        self._store.first_friends.forget_site(site_id)
        self._note(site_id, "")

    def repeat(self, notes: Iterable[ErasureNote], *, since_ms: int) -> list[tuple[str, str]]:
        """Erase whom these say to have been erased since then, as far as they are there; return them."""
        wanted = sorted({(note.site_id, note.user_id) for note in notes if note.at >= since_ms})
        return [pair for pair in wanted if self._erase_if_there(*pair)]

    def _erase_if_there(self, site_id: str, user_id: str) -> bool:
        try:
            if user_id:
                self.erase_member(site_id, user_id)
            else:
                self.erase_site(site_id)
        except NotFound:
            return False
        return True

    def _note(self, site_id: str, user_id: str) -> None:
        self._storage.note(msgspec.json.encode(ErasureNote(self._now_ms(), site_id, user_id)))

    def sweep_files(self) -> int:
        """Delete the bytes of all files that are due; the monitor tries again what fails."""
        swept = 0
        while due := self._store.files.take_due():
            gone = [one for one in due if self._delete_bytes(one)]
            if not gone:
                break
            self._store.files.forget(gone)
            swept += len(gone)
        return swept

    def _leave_all(self, user: UserKey) -> int:
        found = self._erasing.list_conversations(user)
        for conversation_id, kind in found:
            if kind == DIRECT:
                self._erasing.leave_direct(user, conversation_id)
            else:
                self._store.groups.leave(*user, conversation_id)
            gevent.sleep(0)
        return len(found)

    def _drop_files(self, user: UserKey) -> int:
        dropped = 0
        while count := self._erasing.drop_files(user):
            dropped += count
            gevent.sleep(0)
        return dropped

    def _disown(self, user: UserKey) -> int:
        """See to all messages and reactions; return in how many bites."""
        bites, touched = 0, set[str]()
        for take in (self._erasing.take_back_reactions, self._erasing.disown_messages):
            while found := take(user):
                touched.update(found)
                bites += 1
                gevent.sleep(0)
        for conversation_id in sorted(touched):
            self._erasing.reset_conversation(user.site_id, conversation_id)
        return bites

    def _unname(self, user: UserKey) -> None:
        after, touched = "", set[str]()
        while ids := self._erasing.page_conversations(user.site_id, after=after):
            place: Place = ("", 0)
            while found := self._erasing.unname(user, ids, after=place):
                touched.update(conversation_id for conversation_id, _ in found)
                place = found[-1]
                gevent.sleep(0)
                if len(found) < BITE:
                    break
            after = ids[-1]
        for conversation_id in sorted(touched):
            self._erasing.reset_conversation(user.site_id, conversation_id)

    def _end(self, session_ids: list[bytes]) -> None:
        for session_id in session_ids:
            self._session_ended(session_id)

    def _delete_bytes(self, due: Due) -> bool:
        try:
            for place in filter(None, (due.place, due.thumb_place)):
                self._storage.delete(place)
        except ServiceError as error:
            log.warning("a file cannot be deleted now: %s", error.code)
            return False
        return True


__all__ = ["FORMER_ID", "Erased", "Erasure", "ErasureNote", "read_notes"]
