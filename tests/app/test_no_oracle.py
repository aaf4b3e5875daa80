"""Nothing that anybody can call or hear differs between "blocked", "invisible" and "away for good".

Ada and Bob know each other. In one world Ada blocks Bob, or becomes invisible, and goes on living: she
connects, types, reads, changes her status. In the other world she went away, and never answers. Bob does the
same in all of them: all the routes there are, in any order. Every answer and every event that he gets, by
long poll, WebSocket and event stream, is compared, byte for byte, with ids and times replaced by the order in
which they turned up; and so is how often the database was asked.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, get_args

import gevent
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imserver.handlers.routes import ROUTES
from imserver.protocol import types
from imserver.settings import DeliverySettings, PresenceSettings
from tests.app.conftest import MakeApp
from tests.app.member import engine_of
from tests.app.told import World, make_world

# What moderators decide is told to the one whom it is about, whatever others do.
OF_MODERATORS = {"moderation.warned", "moderation.seen", "message.refused"}
WORLDS = ("blocked", "invisible")
# Of random programs, on each of two databases; three worlds live through each.
EXAMPLES = 6
Step = Callable[[World], object]
# What ada does, where she is there, and then the name of what bob does.
Program = list[tuple[Step, str]]


# -- what ada does, where she is there; she says nothing, which would be heard in a group as from anybody


def _quietly(method: str, path: str, body: Any = None) -> Step:
    def act(world: World) -> object:
        world.connect_ada()
        words = {"direct": world.direct, "group": world.group}
        return world.ada.call(method, path.format(**words), body)

    act.__name__ = f"{method} {path} {body}"
    return act


def _connect(world: World) -> None:
    world.connect_ada()


def _leave(world: World) -> None:
    if world.adas is not None:
        world.adas.kill()
        world.adas = None


def _send(world: World) -> None:
    """Only behind a wall: what an invisible person says is heard, of course."""
    if world.ada.ask("GET", "/v1/users/bob")["blocked"]:
        message = {"client_id": f"{world.count:032x}", "text": "let me out"}
        path = f"/v1/conversations/{world.direct}/messages"
        assert world.ada.call("POST", path, {"messages": [message]}).status_code == 403


ACTS: tuple[Step, ...] = (
    _connect,
    _leave,
    _send,
    _quietly("PUT", "/v1/presence", {"status_text": "nobody reads this"}),
    _quietly("PUT", "/v1/conversations/{direct}/typing", {"typing": True}),
    _quietly("PUT", "/v1/conversations/{direct}/typing", {"typing": False}),
    _quietly("PUT", "/v1/conversations/{group}/typing", {"typing": True}),
    _quietly("PUT", "/v1/conversations/{direct}/read", {"seq": 2}),
    _quietly("PUT", "/v1/conversations/{group}/read", {"seq": 1}),
    _quietly("PUT", "/v1/conversations/{direct}/delivered", {"seq": 2}),
    _quietly("PUT", "/v1/conversations/{group}/delivered", {"seq": 1}),
    _quietly("PUT", "/v1/conversations/{direct}/unread", {"on": True}),
    _quietly("PUT", "/v1/conversations/{direct}/mute", {"until_ms": 2**53}),
    _quietly("PUT", "/v1/settings", {"sound": False}),
    _quietly("PUT", "/v1/settings", {"presence": False}),
    _quietly("PUT", "/v1/settings", {"presence": True}),
    _quietly("PUT", "/v1/settings", {"typing": False}),
    _quietly("PUT", "/v1/settings", {"typing": True}),
    _quietly("POST", "/v1/reports", {"user_id": "bob", "reason": "abuse"}),
    _quietly("GET", "/v1/state"),
    _quietly("GET", "/v1/conversations/{direct}/messages"),
    _quietly("GET", "/v1/users/bob"),
    _quietly("GET", "/v1/search?q=hello"),
    _quietly("GET", "/v1/contacts?filter=online"),
)


# -- what bob does: every route has its place here, by the name of its handler


def _message(world: World, text: str, **fields: Any) -> Any:
    return {"messages": [{"client_id": f"{world.count + 1:032x}", "text": text, **fields}]}


def _files(world: World) -> None:
    answer = world.call("POST", "/v1/files?conversation_id={direct}&name=note.txt", b"a note for ada")
    file_id = answer.json.get("id", "f" + "0" * 24)
    world.call("POST", "/v1/files/urls", {"conversation_id": world.direct, "file_ids": [file_id]})
    world.call("DELETE", f"/v1/files/{file_id}")


def _gather(world: World) -> None:
    body = {"kind": "group", "name": "new ones", "user_ids": ["ada", "cyd"]}
    group = world.call("POST", "/v1/conversations", body).json["id"]
    world.call("GET", f"/v1/conversations/{group}/members")
    world.call("POST", f"/v1/conversations/{group}/invitations", {"user_ids": ["ada"]})
    world.call("GET", f"/v1/conversations/{group}")
    world.call("PUT", f"/v1/conversations/{group}/members/ada", {"role": "moderator"})
    world.call("DELETE", f"/v1/conversations/{group}/members/ada")
    world.call("DELETE", f"/v1/conversations/{group}/membership")


def _read_together(world: World) -> None:
    """Ada, where she is there, has the same page before her."""
    page = {"kind": "room", "page": "http://localhost/thread"}
    room = world.call("POST", "/v1/conversations", page).json["id"]
    book, key = engine_of(world.app).transports.readers, (world.host.site.site_id, room)
    book.enter(key, "cyd")
    if world.adas is not None:
        book.enter(key, "ada")
    world.call("GET", f"/v1/conversations/{room}/readers")


def _hear_cyd(world: World) -> None:
    """What cyd does is the same in both worlds; it is here so that each kind of event is compared."""
    (last,) = world.cyd.send(world.group, "who is coming?")
    here = f"/v1/conversations/{world.group}"
    world.hear()
    read = {"seq": last["seq"]}
    for path, body in (("typing", {"typing": True}), ("typing", {"typing": False}), ("read", read)):
        assert world.cyd.call("PUT", f"{here}/{path}", body).status_code < 300
        world.hear()
    world.call("PUT", f"{here}/read", read)
    room = world.cyd.ask("POST", "/v1/conversations", {"kind": "room", "name": "Salon"})["id"]
    world.call("PUT", f"/v1/conversations/{room}/membership")
    world.cyd.send(room, "nobody follows this")
    # Bob's poll has been answered because he joined.
    world.hear()
    engine_of(world.app).growing.tell_due(time.monotonic() + 60)
    gathered = {"kind": "group", "name": "without her", "user_ids": ["bob"]}
    world.cyd.ask("POST", "/v1/conversations", gathered)
    world.hear()


def _end_session(world: World) -> None:
    other = world.host.visit("bob")
    assert other.call("DELETE", "/v1/sessions/current").status_code == 204
    world.hear()


def _sign_in(world: World) -> None:
    body = {"site": world.host.site.site_id, "token": world.host.sign("bob", name="Bob")}
    world.call("POST", "/v1/sessions", body)


def _poll(world: World) -> None:
    for watch in (["ada"], ["ada", "cyd"]):
        body = {"cursor": world.cursor, "watch": watch, "wait": False}
        answer = world.host.visit("bob").call("POST", "/v1/poll", body | {"token": world.bob.session})
        world.heard.append(f"poll {answer.status_code} {answer.get_data(as_text=True)}")
        # It took the place of the one that waited.
        world.wait()
        world.hear()


def _ask(method: str, path: str, body: Any = None) -> Step:
    return lambda world: world.call(method, path, body)


def _each(*steps: Step) -> Step:
    def all_of_them(world: World) -> None:
        for step in steps:
            step(world)

    return all_of_them


CALLS: dict[str, Step] = {
    "open_session": _sign_in,
    "end_session": _end_session,
    "get_state": _ask("GET", "/v1/state"),
    "poll": _poll,
    "open_ticket": _ask("POST", "/v1/tickets"),
    "open_stream": _ask("POST", "/v1/stream", {"token": "", "cursor": "0.00000000"}),
    "open_event_source": _ask("GET", "/v1/stream?ticket=none"),
    "open_socket": _ask("GET", "/v1/socket"),
    "set_typing": _each(
        _ask("PUT", "/v1/conversations/{direct}/typing", {"typing": True}),
        _ask("PUT", "/v1/conversations/{group}/typing", {"typing": True}),
    ),
    "list_conversations": _ask("GET", "/v1/conversations"),
    "open_conversation": _each(_ask("POST", "/v1/conversations", {"user_id": "ada"}), _gather),
    "get_conversation": _each(
        _ask("GET", "/v1/conversations/{direct}"), _ask("GET", "/v1/conversations/{group}")
    ),
    "list_messages": _each(
        _ask("GET", "/v1/conversations/{direct}/messages"), _ask("GET", "/v1/conversations/{group}/messages")
    ),
    "send_messages": lambda world: [
        world.call("POST", "/v1/conversations/{direct}/messages", _message(world, "are you there?")),
        world.call(
            "POST", "/v1/conversations/{group}/messages", _message(world, "@ada, are you?", mentions=["ada"])
        ),
    ],
    "mark_read": _each(_ask("PUT", "/v1/conversations/{direct}/read", {"seq": 1}), _hear_cyd),
    "search_messages": _ask("GET", "/v1/search?q=hello"),
    "list_contacts": _each(
        *(_ask("GET", f"/v1/contacts?filter={who}") for who in ("friends", "online", "everyone")),
        *(_ask("GET", f"/v1/contacts?filter={who}&q=ad") for who in ("friends", "online", "everyone")),
        _ask("GET", "/v1/contacts?filter=others"),
        _ask("GET", "/v1/contacts?filter=friends&limit=1"),
        *(_ask("GET", f"/v1/contacts?filter={who}&offset=1") for who in ("friends", "online", "everyone")),
    ),
    "get_user": _ask("GET", "/v1/users/ada"),
    "look_up_users": _ask("POST", "/v1/users/lookup", {"ids": ["cyd", "ada", "nobody"]}),
    "get_presence": _ask("GET", "/v1/presence"),
    "set_presence": _ask("PUT", "/v1/presence", {"status_text": "busy"}),
    "list_blocks": _ask("GET", "/v1/blocks"),
    "block_user": _each(_ask("PUT", "/v1/blocks/ada"), _ask("GET", "/v1/users/ada")),
    "unblock_user": _each(_ask("DELETE", "/v1/blocks/ada"), _ask("GET", "/v1/users/ada")),
    "get_settings": _ask("GET", "/v1/settings"),
    "set_settings": _each(
        _ask("PUT", "/v1/settings", {"presence": False, "typing": False}),
        _ask("GET", "/v1/users/ada"),
        _ask("PUT", "/v1/settings", {"presence": True, "typing": True}),
    ),
    "set_acceptance": _ask("PUT", "/v1/conversations/{direct}/acceptance", {"accepted": True}),
    "set_mute": _ask("PUT", "/v1/conversations/{direct}/mute", {"until_ms": 0}),
    "see_warning": _ask("DELETE", "/v1/warnings/w1"),
    "report": _ask("POST", "/v1/reports", {"user_id": "ada", "reason": "other"}),
    "list_members": _each(
        _ask("GET", "/v1/conversations/{group}/members"),
        _ask("GET", "/v1/conversations/{group}/members?filter=online"),
        _ask("GET", "/v1/conversations/{group}/members?q=ad"),
        _ask("GET", "/v1/conversations/{group}/members?q=ad&filter=online"),
        _ask("GET", "/v1/conversations/{group}/members?limit=1"),
        _ask("GET", "/v1/conversations/{group}/members?offset=1"),
        _ask("GET", "/v1/conversations/{group}/members?offset=2"),
    ),
    "count_readers": _read_together,
    "change_conversation": _ask("PATCH", "/v1/conversations/{group}", {"name": "renamed"}),
    "set_role": _each(
        _ask("PUT", "/v1/conversations/{group}/members/ada", {"role": "moderator"}),
        _ask("PUT", "/v1/conversations/{group}/members/ada", {"role": "member"}),
    ),
    "invite_people": _ask("POST", "/v1/conversations/{group}/invitations", {"user_ids": ["ada"]}),
    "list_invitations": _ask("GET", "/v1/invitations"),
    "list_rooms": _ask("GET", "/v1/rooms"),
    "join_conversation": _ask("PUT", "/v1/conversations/{group}/membership"),
    "upload_file": _files,
    "get_file_limits": _ask("GET", "/v1/files/limits"),
    "mark_delivered": _ask("PUT", "/v1/conversations/{direct}/delivered", {"seq": 1}),
    "set_unread": _ask("PUT", "/v1/conversations/{direct}/unread", {"on": True}),
    "edit_message": _ask("PATCH", "/v1/conversations/{direct}/messages/2", {"text": "hello again, ada"}),
    "delete_message": _each(
        lambda world: world.call("POST", "/v1/conversations/{direct}/messages", _message(world, "oh")),
        _ask("DELETE", "/v1/conversations/{direct}/messages/3"),
    ),
    "set_reaction": _each(
        _ask("PUT", "/v1/conversations/{direct}/messages/1/reactions", {"emoji": "👍", "on": True}),
        _ask("PUT", "/v1/conversations/{group}/messages/1/reactions", {"emoji": "👍", "on": True}),
    ),
    "list_pins": _each(
        _ask("GET", "/v1/conversations/{direct}/pins"), _ask("GET", "/v1/conversations/{group}/pins")
    ),
    "pin_message": _ask("PUT", "/v1/conversations/{direct}/pins/1"),
    "unpin_message": _ask("DELETE", "/v1/conversations/{direct}/pins/1"),
}
STEPS = st.tuples(st.sampled_from(ACTS), st.sampled_from(sorted(CALLS)))
# What one of the calls above does on its way.
WITHIN = {"leave_conversation", "remove_member", "make_file_urls", "delete_file"}


def test_every_route_has_its_place() -> None:
    assert {route.name for route in ROUTES} == set(CALLS) | WITHIN


# -- the worlds


@pytest.fixture(scope="module")
def still(make_app: MakeApp) -> Flask:
    """An application that tells of presence when it is asked to, and whose polls wait."""
    app = make_app(
        delivery=DeliverySettings(poll_min_seconds=60, poll_max_seconds=61, sweep_seconds=60),
        presence=PresenceSettings(
            offline_seconds=600, change_seconds=0, batch_seconds=60, beat_seconds=5, dead_seconds=60
        ),
    )
    # Nobody else is here to share a look with, and two milliseconds for each call are half of all the time.
    store = engine_of(app).store
    for looks in (store.sessions._arriving, store.log._arriving):
        looks._tick_seconds = 0.0
    for kept in (store.sites._cache, store.people.cache, store.first_friends.cache):
        kept._load_many = _uncounted(kept._load_many)
    # What a worker asks the database for once in its life is not to be laid to the first world.
    live(app, "away", [(_connect, name) for name in CALLS], friends=True)
    return app


def _uncounted(load: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Let another greenlet load, which is not counted: what is still kept is a question of seconds."""
    return lambda keys: gevent.spawn(load, keys).get()


def live(app: Flask, kind: str, program: Program, *, friends: bool) -> World:
    """Return the world after the program; ``kind`` says what ada did before it, away: nothing, ever."""
    world = make_world(app, friends=friends)
    try:
        if kind == "blocked":
            assert world.ada.call("PUT", "/v1/blocks/bob").status_code == 204
        if kind == "invisible":
            world.ada.ask("PUT", "/v1/presence", {"presence": "invisible", "status_text": "hiding"})
        world.is_quiet = kind == "away"
        for act, name in program:
            world.act(act)
            CALLS[name](world)
            world.hear()
    finally:
        world.close()
    return world


def compare(app: Flask, program: Program, kinds: Sequence[str] = WORLDS, *, friends: bool) -> World:
    """Fail unless bob was told the same in worlds of all kinds; return the one in which ada is away."""
    away = live(app, "away", program, friends=friends)
    for kind in kinds:
        there = live(app, kind, program, friends=friends)
        for number, (expected, found) in enumerate(zip(away.transcript(), there.transcript(), strict=False)):
            assert found == expected, f"line {number} of what bob was told, {kind}, after {program}"
        assert len(there.heard) == len(away.heard)
    return away


@pytest.mark.parametrize("lists", ["short", "long"])
def test_all_calls_and_all_acts_one_after_the_other(
    still: Flask, lists: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, kinds = list(CALLS), WORLDS
    if lists == "long":
        # Bob's friends are read as the list of somebody with very many.
        monkeypatch.setattr("imserver.store.friends.MANY_FRIENDS", 0)
        monkeypatch.setattr("imserver.store.friends.MANY_FOUND", 0)
        names, kinds = list(reversed(CALLS)), ("blocked",)
    program = [(ACTS[number % len(ACTS)], name) for number, name in enumerate(names)]
    world = compare(still, program, kinds, friends=True)
    # Whatever can be heard of is heard of, by each transport: by bob, of what cyd and he do.
    for transport in ("poll", "ws", "sse"):
        unheard = {tag_of(each) for each in get_args(types.Event)} - OF_MODERATORS
        unheard -= {kind for by, kind in world.pushed if by == transport}
        assert not unheard, f"events without a place in this test: {unheard}, by {transport}"


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(program=st.lists(STEPS, min_size=1, max_size=8), friends=st.booleans())
def test_nothing_tells_blocked_or_invisible_from_away(still: Flask, program: Program, friends: bool) -> None:
    compare(still, program, friends=friends)


def tag_of(event: type) -> str:
    return str(event.__struct_config__.tag)  # type: ignore[attr-defined]
