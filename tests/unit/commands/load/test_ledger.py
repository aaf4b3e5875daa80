"""The judge counts what was lost, doubled, late and out of order, and nothing else."""

import json
from typing import Any

import pytest

from imserver.commands.load.client import Client
from imserver.commands.load.ledger import Histogram, Ledger

RUN = b"00112233aabbccdd"
ADA, BOB = 0, 1


class Scene:
    """ada sends to bob; ``give`` is the server."""

    def __init__(self) -> None:
        self.ledger = Ledger(RUN)
        self.ada, self.bob = Client(ADA, "ada"), Client(BOB, "bob")

    def send(self) -> int:
        serial = self.ledger.send(ADA, 1.0)
        self.ledger.acknowledge(serial, 1.5)
        return serial

    def give(self, client: Client, useq: int, serial: int, **more: Any) -> None:
        self.ledger.hear(client, created(self.ledger, useq, serial, **more), 2.0)


def created(ledger: Ledger, useq: int, serial: int, *, room: str = "", spaced: bool = False) -> bytes:
    message = {"conversation_id": "c", "client_id": ledger.client_id(serial).decode(), "text": "."}
    event: dict[str, Any] = {"type": "message.created", "cursor": f"{useq}.9f3a01bc"}
    event |= {"room": room} if room else {}
    return json.dumps(
        event | {"message": message}, separators=(", ", ": ") if spaced else (",", ":")
    ).encode()


@pytest.fixture(params=[False, True], ids=["fixed places", "decoded"])
def spaced(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_what_arrives_once_at_both_ends_is_fine(spaced: bool) -> None:
    scene = Scene()
    for useq in (1, 2, 3):
        serial = scene.send()
        scene.give(scene.bob, useq, serial, spaced=spaced)
        scene.give(scene.ada, useq, serial, spaced=spaced)
    counts = scene.ledger.close()
    assert (counts.sent, counts.acknowledged, counts.delivered) == (3, 3, 3)
    assert (counts.lost, counts.doubled, counts.out_of_order, counts.gaps, counts.unanswered) == (0,) * 5
    assert scene.bob.cursor == "3.9f3a01bc"
    assert scene.ledger.to_ack.summary()["p50_ms"] == pytest.approx(500, abs=0.2)
    assert scene.ledger.to_delivery.summary()["p99_ms"] == pytest.approx(1_000, abs=0.2)


def test_an_acknowledged_message_that_nobody_hears_is_lost() -> None:
    scene = Scene()
    serials = [scene.send() for _ in range(3)]
    scene.give(scene.bob, 1, serials[0])
    scene.give(scene.bob, 3, serials[2])
    for useq, serial in enumerate(serials, 1):
        scene.give(scene.ada, useq, serial)
    counts = scene.ledger.close()
    assert (counts.lost, counts.gaps) == (1, 1)


def test_a_sender_that_does_not_hear_its_own_message_counts_too() -> None:
    scene = Scene()
    scene.give(scene.bob, 1, scene.send())
    assert scene.ledger.close().lost == 1


def test_an_event_that_comes_twice_is_doubled(spaced: bool) -> None:
    scene = Scene()
    serial = scene.send()
    scene.give(scene.bob, 1, serial, spaced=spaced)
    scene.give(scene.bob, 1, serial, spaced=spaced)
    assert scene.ledger.close().doubled == 1


def test_the_same_message_under_a_new_number_is_doubled() -> None:
    scene = Scene()
    serial = scene.send()
    scene.give(scene.bob, 1, serial)
    scene.give(scene.bob, 2, serial)
    assert scene.ledger.close().doubled == 1


def test_an_older_event_after_a_newer_one_is_out_of_order() -> None:
    scene = Scene()
    first, second = scene.send(), scene.send()
    for client in (scene.ada, scene.bob):
        scene.give(client, 2, second)
        scene.give(client, 1, first)
    counts = scene.ledger.close()
    assert (counts.out_of_order, counts.gaps, counts.lost, counts.doubled) == (2, 2, 0, 0)


def test_a_message_of_another_run_moves_the_cursor_and_counts_for_nothing() -> None:
    scene = Scene()
    scene.ledger.hear(scene.bob, created(Ledger(b"f" * 16), 1, 0), 2.0)
    assert scene.ledger.close().delivered == 0
    assert scene.bob.cursor == "1.9f3a01bc"


def test_a_refused_message_is_not_lost_and_one_without_an_answer_is_said() -> None:
    scene = Scene()
    scene.ledger.refuse(scene.ledger.send(ADA, 1.0), "rate_limited")
    scene.ledger.send(ADA, 1.0)
    counts = scene.ledger.close()
    assert (counts.lost, counts.unanswered, dict(counts.refused)) == (0, 1, {"rate_limited": 1})


def test_a_room_counts_every_listener(spaced: bool) -> None:
    scene = Scene()
    carol = Client(2, "carol")
    for client in (scene.ada, scene.bob, carol):
        client.room_useq = 7
    for useq in (8, 9):
        serial = scene.ledger.send(ADA, 1.0, receivers=2)
        scene.ledger.acknowledge(serial, 1.5)
        for client in (scene.ada, scene.bob, carol)[: 3 if useq == 8 else 2]:
            scene.give(client, useq, serial, room="c", spaced=spaced)
    counts = scene.ledger.close()
    assert (counts.delivered, counts.lost, counts.doubled) == (3, 1, 0)
    scene.give(scene.bob, 9, 1, room="c")
    assert scene.ledger.close().doubled == 1


def typed(word: str) -> bytes:
    return b'{"type":"typing.%b","conversation_id":"c","user_id":"ada"}' % word.encode()


def test_typing_is_matched_per_direction_and_a_missing_one_is_noticed() -> None:
    scene = Scene()
    direction = scene.ledger.add_pair(b"c", ADA)
    assert [scene.ledger.send_typing(direction, 1.0) for _ in range(3)] == [True, False, True]
    scene.ledger.hear(scene.bob, typed("started"), 2.0)
    scene.ledger.hear(scene.bob, typed("started"), 2.0)
    counts = scene.ledger.close()
    assert (counts.sent, counts.delivered, counts.lost) == (3, 2, 1)


def test_typing_that_is_overtaken_is_out_of_order_and_not_lost() -> None:
    scene = Scene()
    direction = scene.ledger.add_pair(b"c", ADA)
    for _ in range(2):
        scene.ledger.send_typing(direction, 1.0)
    for word in ("stopped", "started", "started"):
        scene.ledger.hear(scene.bob, typed(word), 2.0)
    counts = scene.ledger.close()
    assert (counts.delivered, counts.out_of_order, counts.lost, counts.doubled) == (2, 1, 0, 1)


def test_histograms_add_up() -> None:
    one, two = Histogram(), Histogram()
    for milliseconds in range(1, 101):
        (one if milliseconds % 2 else two).add((milliseconds + 0.05) / 1_000)
    one.merge(json.loads(json.dumps(two.pack())))
    two.add(60.0)
    assert one.summary() == pytest.approx({"p50_ms": 50.1, "p95_ms": 95.1, "p99_ms": 99.1, "max_ms": 100.0})
    assert two.summary()["max_ms"] == 60_000
    assert Histogram().summary()["p50_ms"] == 0
