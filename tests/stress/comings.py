"""C2-C4: people who come and go all the time, are put out of a conversation, look at each other."""

import random
import time
from collections.abc import Iterator

import gevent
from gevent.pool import Group

from tests.property.oracle import Conversation, User
from tests.stress.row import Result, Row
from tests.stress.rows_audit import delete_participant
from tests.stress.scene import Scene

COMING_SECONDS = 0.5
LOOKERS = 16
# What the ancestors' cache had of what it was asked for. Everybody is looked at far more often than once.
HIT_SHARE = 0.8


class ComingAndGoing(Row):
    """With the sweep once a minute and polls of half a minute, whatever a look misses is late by far."""

    row_id, title = "C2", "clients come back all the time, a sweep in 60 s"
    p99_seconds = 1.0

    def settings(self, scene: Scene) -> dict[str, str]:
        return {
            "IM_DELIVERY_SWEEP_SECONDS": "60",
            "IM_DELIVERY_POLL_MIN_SECONDS": "28",
            "IM_DELIVERY_POLL_MAX_SECONDS": "30",
        }

    def fault(self, scene: Scene) -> None:
        """Let somebody leave now and then; polls come back by themselves all the time."""
        for _ in range(int(self.seconds(scene) / COMING_SECONDS)):
            random.choice(scene.crowd.clients).hang_up()
            gevent.sleep(COMING_SECONDS)


class PutOut(Row):
    """What is said after somebody was put out of a conversation is not for them, whoever remembers them."""

    row_id, title = "C3", "participants deleted while they are written to"
    share = 0.25

    def fault(self, scene: Scene) -> None:
        gevent.sleep(self.seconds(scene) / 4)
        conversations = list(scene.ledger.oracle.members.items())
        chosen = random.sample(conversations, max(1, int(self.share * len(conversations))))
        leaving = [(conversation, min(members)) for conversation, members in chosen]
        for conversation, user in leaving:
            # Nobody is told, so this person's own program must know better than to write there.
            scene.crowd.conversations[user].remove(conversation)
        gevent.sleep(self.seconds(scene) / 4)
        for conversation, user in leaving:
            put_out(scene, conversation, user)
        self._put_out = len(leaving)
        clients = {client.diary.user: client for client in scene.crowd.clients}
        for conversation, user in leaving:
            (other,) = scene.ledger.oracle.members[conversation] - {user}
            scene.load.send(clients[other], due_at=time.monotonic(), conversation_id=conversation[1])

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        after = sum(
            place.seq > scene.ledger.oracle.last_seqs[conversation, user]
            for (conversation, user) in scene.ledger.oracle.last_seqs
            for places in scene.ledger.oracle.acknowledged.values()
            for place in places
            if place.conversation == conversation
        )
        result.notes.append(f"{self._put_out} were put out, {after} messages came after them")
        if not after:
            yield "nothing was said after them, so nothing is proven"


def put_out(scene: Scene, conversation: Conversation, user: User) -> None:
    """Delete the participant; note the last message that they may see, under the counter's lock."""
    site_id, conversation_id = conversation
    last_seq = delete_participant(
        scene.installation.store_url, site_id=site_id, conversation_id=conversation_id, user_id=user[1]
    )
    scene.ledger.left(conversation, user, last_seq)


class Lookers(Row):
    """Every name that is shown says whose it has to be, and the cache that has most of them never fails."""

    row_id, title = "C4", "everybody looks at everybody's profile"

    def fault(self, scene: Scene) -> None:
        lookers = Group()
        for _ in range(LOOKERS):
            lookers.spawn(self._look_on, scene, time.monotonic() + self.seconds(scene))
        lookers.join()

    def check(self, scene: Scene, result: Result) -> Iterator[str]:
        shown = sum(status == 200 for _, _, status in scene.load.profiles)
        result.notes.append(f"{shown} profiles were shown, {len(scene.load.wrong_profiles)} of somebody else")
        if not shown:
            yield "no profile was shown, so nothing is proven"
        if scene.load.wrong_profiles:
            yield f"a wrong profile: {scene.load.wrong_profiles[0]}"
        yield from self._judge_cache(scene, result)

    def _judge_cache(self, scene: Scene, result: Result) -> Iterator[str]:
        caches = [seen["cache"] for seen in scene.installation.observe().values()]
        hits, misses, failures = (
            sum(cache[name] for cache in caches) for name in ("hits", "misses", "failures")
        )
        result.notes.append(f"the cache had {hits} of {hits + misses}, and failed {failures} times")
        if hits < HIT_SHARE * (hits + misses):
            yield f"the cache had only {hits} of {hits + misses}"
        if failures:
            yield f"the cache failed {failures} times, and nothing was wrong with it"

    def _look_on(self, scene: Scene, until: float) -> None:
        while time.monotonic() < until:
            scene.load.look_at_somebody()


ROWS = (ComingAndGoing, PutOut, Lookers)
