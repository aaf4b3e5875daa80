"""Mail about missed messages: who gets one, when, and what people do with its links."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime
from hashlib import sha256
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import gevent

from imserver.errors import ServiceError
from imserver.protocol.types import Conversation, NewMessage, SetSettings, UserSettings
from imserver.services.conversations import Conversations
from imserver.services.letter_words import Words, words_for
from imserver.services.letters import Letter, Section, compose
from imserver.services.links import Link, Links
from imserver.smtp import MailRefused, MailServer, MailServerDown
from imserver.store import Store
from imserver.store.mail import Claim, Missed
from imserver.store.values import Person, Session, UserKey

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
REPLY, STOP = "reply", "stop"
DAY_MS = 86_400_000
# Whoever is tired of the mails may find an old one first.
STOP_DAYS = 365
# A mail server that is down is asked again after 1, 2, 4, … minutes, and at last once an hour.
RETRY_MS, LONGEST_RETRY_MS = 60_000, 3_600_000
TRIES = 24


class Mail:
    """One worker's part of it. ``server`` is None where no mail is sent; old mails' links still work."""

    def __init__(
        self,
        store: Store,
        conversations: Conversations,
        *,
        server: MailServer | None,
        sender: str,
        public_url: str,
        delay_ms: int,
        link_days: int,
        now_ms: Callable[[], int],
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._server = server
        self._sender = sender
        self._public_url = public_url
        self._delay_ms = delay_ms
        self._link_days = link_days
        self._now_ms = now_ms
        self._links = Links(lambda: store.installation.secret("mail"), now_ms=now_ms)
        self._greenlet: gevent.Greenlet[..., None] | None = None

    def start(self) -> None:
        """Look for who is due from now on, if there is a server to send with."""
        if self._server is not None:
            self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """End; a mail that is under way is cut off, and sent by another worker unless it was going out."""
        if self._greenlet is not None:
            self._greenlet.kill()

    def work(self) -> int:
        """Send what is due; return how many mails that were."""
        queue = self._store.mail
        queue.watch_noted()
        while queue.look_at_due():
            gevent.sleep(0)
        sent = 0
        while claim := queue.claim_one():
            sent += self._serve(claim)
        return sent

    # -- links

    def read_reply_link(self, text: str) -> tuple[Link, str, Words]:
        """Return the link, whom it answers and the person's words; raise NotFound or LinkExpired."""
        link = self._links.open(text, purpose=REPLY)
        conversation = self._conversation(UserKey(link.site_id, link.user_id), link.conversation_id)
        return link, _name_of(conversation), self.words_of(link)

    def reply(self, link: Link, *, text: str, client_id: str) -> None:
        """Send as the person, in the link's conversation only; the same id twice is one message."""
        session = Session(link.site_id, link.user_id, b"", "", link.expires_at)
        message = NewMessage(client_id=client_id, text=text)
        self._conversations.send(session, link.conversation_id, [message])

    def read_stop_link(self, text: str) -> tuple[Link, Words]:
        """Return the link and the person's words; raise NotFound or LinkExpired."""
        link = self._links.open(text, purpose=STOP)
        return link, self.words_of(link)

    def stop_mails(self, link: Link) -> None:
        """Send the person no more mails about missed messages."""
        self._store.preferences.change(link.site_id, link.user_id, SetSettings(email=False))

    def words_of(self, link: Link) -> Words:
        """Return what is said to the person of the link, in their language."""
        return words_for(self._store.preferences.load(link.site_id, link.user_id).locale)

    # -- sending

    def _run(self) -> None:
        while True:
            gevent.sleep(LOOK_SECONDS)
            try:
                self.work()
            except ServiceError as error:
                log.warning("mail will be looked at again: %s", error.code)
            except Exception:
                log.exception("mail failed")

    def _serve(self, claim: Claim) -> bool:
        """Write to one person, or let go of them; return whether a mail went out."""
        now = self._now_ms()
        queue, settings = self._store.mail, self._store.preferences.load(*claim.user)
        person = self._store.people.fetch_people(claim.user.site_id, [claim.user.user_id]).get(
            claim.user.user_id
        )
        if person is None or not person.email or not settings.email:
            queue.settle(claim, told_at=claim.told_at)
            return False
        later = now + self._delay_ms if queue.is_connected(claim.user) else quiet_until(settings, now)
        if later:
            queue.settle(claim, due_at=later, told_at=claim.told_at)
            return False
        missed = queue.load_missed(claim)
        if not missed:
            queue.settle(claim, told_at=claim.told_at)
            return False
        return self._send(claim, person, self._letter(person, settings, missed, claim), now=now)

    def _send(self, claim: Claim, person: Person, letter: Letter, *, now: int) -> bool:
        assert self._server is not None  # noqa: S101 - nobody works without one
        queue = self._store.mail
        try:
            is_sent = self._server.send(
                sender=_address_of(self._sender),
                recipient=person.email,
                message=compose(letter),
                before_data=lambda: queue.begin_handing(claim),
            )
        except (MailRefused, ValueError) as error:
            log.warning("a mail was refused: %s", error if isinstance(error, MailRefused) else "address")
            queue.settle(claim, told_at=now)
            return False
        except MailServerDown as error:
            log.warning("mail waits, %s", error)
            self._put_off(claim, now=now)
            return False
        if is_sent:
            # Whoever wrote meanwhile is found at the next look.
            queue.settle(claim, due_at=now + self._delay_ms, told_at=now)
        return is_sent

    def _put_off(self, claim: Claim, *, now: int) -> None:
        tries = claim.tries + 1
        if tries >= TRIES:
            self._store.mail.settle(claim, told_at=now)
            return
        wait = min(RETRY_MS << min(claim.tries, 10), LONGEST_RETRY_MS)
        self._store.mail.settle(claim, due_at=now + wait, told_at=claim.told_at, tries=tries)

    def _letter(self, person: Person, settings: UserSettings, missed: list[Missed], claim: Claim) -> Letter:
        site = self._store.sites.require_site(person.site_id)
        now = self._now_ms()
        stop = Link(STOP, person.site_id, person.user_id, "", now + STOP_DAYS * DAY_MS)
        digest = sha256(claim.claim.encode()).hexdigest()[:32]
        return Letter(
            to=person.email,
            to_name=person.name,
            sender=self._sender,
            message_id=f"<{digest}@{_address_of(self._sender).rpartition('@')[2]}>",
            date=format_datetime(datetime.fromtimestamp(now / 1000, UTC)),
            site_name=site.name,
            site_url=site.origins[0] if site.origins else self._public_url,
            sections=tuple(self._section(claim.user, one) for one in missed),
            unsubscribe_url=f"{self._public_url}/mail/stop?t={self._links.seal(stop)}",
            locale=settings.locale,
        )

    def _section(self, user: UserKey, missed: Missed) -> Section:
        conversation = self._conversation(user, missed.conversation_id)
        people = self._store.people.fetch_people(user.site_id, {m.sender_id for m in missed.messages})
        expires_at = self._now_ms() + self._link_days * DAY_MS
        link = Link(REPLY, user.site_id, user.user_id, missed.conversation_id, expires_at)
        lines = tuple(
            (people[m.sender_id].name if m.sender_id in people else "", m.text or _files_line(m.files))
            for m in missed.messages
        )
        url = f"{self._public_url}/mail/reply?t={self._links.seal(link)}"
        return Section(_name_of(conversation), lines, missed.count, url)

    def _conversation(self, user: UserKey, conversation_id: str) -> Conversation:
        return self._store.conversations.require_conversation(user.site_id, user.user_id, conversation_id)


def quiet_until(settings: UserSettings, now: int) -> int:
    """Return when the person's quiet hours end, 0 outside of them."""
    if not settings.quiet_from or not settings.quiet_to or settings.quiet_from == settings.quiet_to:
        return 0
    here = datetime.fromtimestamp(now / 1000, _zone(settings.time_zone))
    first, last = time.fromisoformat(settings.quiet_from), time.fromisoformat(settings.quiet_to)
    clock = here.time().replace(tzinfo=None)
    is_quiet = first <= clock < last if first < last else clock >= first or clock < last
    if not is_quiet:
        return 0
    end = here.replace(hour=last.hour, minute=last.minute, second=0, microsecond=0)
    if end <= here:
        end += timedelta(days=1)
    return int(end.timestamp() * 1000)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _name_of(conversation: Conversation) -> str:
    if conversation.peer is not None:
        return conversation.peer.name
    return conversation.name


def _address_of(sender: str) -> str:
    """Return the address of ``Name <address>`` or of a bare address."""
    return sender.rpartition("<")[2].rstrip("> ").strip()


def _files_line(files: tuple[object, ...] | list[object]) -> str:
    return "📎" * min(len(files), 3)
