"""Who keeps order in rooms because the site says so, and what nobody else may do there."""

import pytest

from tests.app.conftest import ORIGIN
from tests.app.member import Host, Member, outcome
from tests.app.test_groups import make_group, make_room, read

# What keeps order: (method, path after the room's, body, what a plain member gets, what a moderator gets).
ORDER = (
    ("PATCH", "", {"slow_seconds": 60}, (403, "forbidden"), (200, "")),
    ("PATCH", "", {"slow_seconds": 0}, (403, "forbidden"), (200, "")),
    ("PUT", "/pins/{seq}", None, (403, "forbidden"), (200, "")),
    ("DELETE", "/pins/{seq}", None, (403, "forbidden"), (200, "")),
    ("DELETE", "/messages/{seq}", None, (403, "forbidden"), (200, "")),
    ("PUT", "/members/bob", {"role": "moderator"}, (403, "forbidden"), (403, "forbidden")),
    ("DELETE", "/members/cyd", None, (403, "forbidden"), (204, "")),
    ("DELETE", "/members/bob?ban=true", None, (403, "forbidden"), (204, "")),
)


@pytest.mark.parametrize("kind", ["page", "public"])
def test_the_site_says_who_keeps_order_in_its_rooms(host: Host, kind: str) -> None:
    ada, bob, cyd, mod = (host.visit(name) for name in ("ada", "bob", "cyd", "mod"))
    wanted = {"page": ORIGIN + "/t"} if kind == "page" else {"name": "Salon"}
    room = ada.ask("POST", "/v1/conversations", {"kind": "room", **wanted})["id"]
    here = f"/v1/conversations/{room}"
    for member in (ada, bob, cyd, mod):
        member.ask("PUT", f"{here}/membership")
    (said,) = bob.send(room, "nonsense")

    def keep_order(member: Member) -> list[tuple[int, str]]:
        calls = [(method, here + path.format(seq=said["seq"]), body) for method, path, body, _, _ in ORDER]
        return [outcome(member.call(*call)) for call in calls]

    assert keep_order(mod) == [row[3] for row in ORDER]
    # The next token says so, and one that does not takes it back.
    mod = host.visit("mod", moderator=True)
    assert read(mod, room)["role"] == "moderator"
    assert read(host.visit("mod"), room)["role"] == "member"
    mod = host.visit("mod", moderator=True)
    assert keep_order(mod) == [row[4] for row in ORDER]
    assert outcome(bob.call("GET", here)) == (404, "not_found")
    others = ada.ask("GET", f"{here}/members")["data"]
    assert {each["id"]: each["role"] for each in others}["mod"] == "moderator"


def test_a_moderator_of_the_site_is_one_in_rooms_alone_and_below_their_owners(host: Host) -> None:
    ada, mod = host.visit("ada"), host.visit("mod", moderator=True)
    room, group = make_room(ada, mod), make_group(ada, mod)
    assert (read(mod, room)["role"], read(mod, group)["role"]) == ("moderator", "member")
    here = f"/v1/conversations/{room}/members"
    assert outcome(mod.call("DELETE", f"{here}/ada")) == (403, "forbidden")
    assert outcome(ada.call("PUT", f"{here}/mod", {"role": "member"})) == (403, "forbidden")
    # Whom the room's own owner has made one stays one without the site.
    assert ada.call("PUT", f"{here}/mod", {"role": "owner"}).status_code == 200
    assert ada.call("PUT", f"{here}/mod", {"role": "moderator"}).status_code == 200
    assert read(host.visit("mod"), room)["role"] == "moderator"


def test_a_room_falls_to_its_own_moderator_before_one_of_the_sites(host: Host) -> None:
    ada, mod, bob = host.visit("ada"), host.visit("mod", moderator=True), host.visit("bob")
    room = make_room(ada, mod, bob)
    here = f"/v1/conversations/{room}"
    ada.ask("PUT", f"{here}/members/bob", {"role": "moderator"})
    assert ada.call("DELETE", f"{here}/membership").status_code == 204
    assert (read(bob, room)["role"], read(mod, room)["role"]) == ("owner", "moderator")
