"""The base load: messages at a steady rate, due when the clock says so and not when the last one is done."""

import random
import time
import uuid

import gevent
from gevent.pool import Group

from tests.stress.client import Client, Posted
from tests.stress.crowd import Crowd
from tests.stress.ledger import Ledger, Send

# A person looks at a profile once per so many messages.
MESSAGES_PER_PROFILE = 20
RETRY_SECONDS = (0.05, 0.5)
FINAL_BELOW = 500


def wait_until(due: float) -> None:
    """Return at ``due``, or at once when that is past.

    One turn of the loop for each that is late would keep the others waiting for theirs: in a storm for five
    seconds, none of which were the server's.
    """
    if (early := due - time.monotonic()) > 0:
        gevent.sleep(early)


def is_final(posted: Posted) -> bool:
    """Tell whether a send with this answer is over: stored, or refused for good."""
    return posted.status == 200 or (0 < posted.status < FINAL_BELOW and posted.status != 429)


class Load:
    """Sends for the whole crowd; each message stays in its outbox until there is a final answer."""

    def __init__(self, crowd: Crowd, ledger: Ledger, *, rate: float) -> None:
        self.rate = rate
        self.give_up_at = float("inf")
        # (when, how long it took, status) of each try, and of each look at a profile.
        self.tries: list[tuple[float, float, int]] = []
        self.profiles: list[tuple[float, float, int]] = []
        self.wrong_profiles: list[str] = []
        self._crowd = crowd
        self._ledger = ledger
        self._outboxes = Group()

    def run(self, seconds: float, *, rate: float = 0.0, senders: list[Client] | None = None) -> None:
        """Send for so long."""
        rate = rate or self.rate
        start = time.monotonic()
        for number in range(int(rate * seconds)):
            due = start + number / rate
            wait_until(due)
            self.send(random.choice(senders or self._crowd.clients), due_at=due)
            if number % MESSAGES_PER_PROFILE == 0:
                self._outboxes.spawn(self.look_at_somebody)
        gevent.sleep(max(0.0, start + seconds - time.monotonic()))

    def send(self, client: Client, *, due_at: float, text: str = "", conversation_id: str = "") -> Send:
        """Let ``client`` say something to somebody."""
        user = client.diary.user
        conversation = (
            (user[0], conversation_id) if conversation_id else random.choice(self._crowd.conversations[user])
        )
        client_id = uuid.uuid4().hex
        send = Send(client_id, conversation, user, text or f"said {client_id}", due_at)
        self._ledger.begin(send)
        self._outboxes.spawn(self._deliver, client, send)
        return send

    def watch(self, outbox: "gevent.Greenlet[..., None]") -> None:
        """Wait for another outbox, too, and end it with the others."""
        self._outboxes.add(outbox)

    def is_idle(self) -> bool:
        """Tell whether every outbox is empty."""
        return not len(self._outboxes)

    def stop(self) -> None:
        self._outboxes.kill()

    def _deliver(self, client: Client, send: Send) -> None:
        while time.monotonic() < self.give_up_at:
            posted = self._try(client, send)
            if posted.status == 200:
                self._ledger.answered(send, 200, seq=posted.seqs[0])
                return
            if is_final(posted):
                self._ledger.met[f"send refused {posted.status} {posted.code}"] += 1
                self._ledger.answered(send, posted.status)
                return
            gevent.sleep(min(posted.retry_after, 1.0) + random.uniform(*RETRY_SECONDS))

    def _try(self, client: Client, send: Send) -> Posted:
        begun = time.monotonic()
        send.tries += 1
        try:
            posted = client.transport.post(client, send)
        except (OSError, ValueError, KeyError) as error:
            self._ledger.met[f"send without an answer: {type(error).__name__}"] += 1
            posted = Posted(0)
        self.tries.append((begun, time.monotonic() - begun, posted.status))
        if posted.status >= 500:
            self._ledger.met[f"send told {posted.status} {posted.code}"] += 1
        return posted

    def look_at_somebody(self) -> None:
        """Ask who anybody is, the API, which reads the database, and the worker's cache of profiles."""
        client, peer = random.choice(self._crowd.clients), random.choice(self._crowd.clients)
        site_id, user_id = client.diary.user[0], peer.diary.user[1]
        right = f"{user_id} of {site_id}"
        for path in (f"/v1/users/{user_id}", f"/-/profile?key={site_id}&key={user_id}"):
            self._look(client, path, right=right)

    def _look(self, client: Client, path: str, *, right: str) -> None:
        begun = time.monotonic()
        try:
            answer = self._crowd.pool.ask("GET", path, session=client.session)
            body = answer.json()
        except (OSError, ValueError):
            self.profiles.append((begun, time.monotonic() - begun, 0))
            return
        self.profiles.append((begun, time.monotonic() - begun, answer.status))
        if answer.status == 200 and body["name"] != right:
            self.wrong_profiles.append(f"{right} was shown as {body['name']}")
