"""Groups, rooms and invitations."""

from playwright.sync_api import expect

from tests.browser.screens import Scene, screen
from tests.browser.screens.base import open_panel


def have_group(scene: Scene) -> str:
    """Make a group of Bob's in which Ada is, with a few words said; return its id."""
    stage = scene.stage
    for known in stage.call("ada", "GET", "/v1/conversations")["data"]:
        if known["name"] == "Saturday crew":
            return str(known["id"])
    wanted = {"kind": "group", "name": "Saturday crew", "user_ids": ["ada", "grace"]}
    group: str = stage.call("bob", "POST", "/v1/conversations", wanted)["id"]
    for user in ("ada", "grace"):
        stage.call(user, "PUT", f"/v1/conversations/{group}/membership")
    stage.write("bob", group, "Bring a spanner")
    stage.write("grace", group, "I bring the tea")
    return group


def have_room(scene: Scene, name: str) -> str:
    for known in scene.stage.call("ada", "GET", "/v1/rooms")["data"]:
        if known["name"] == name:
            return str(known["conversation_id"])
    wanted = {"kind": "room", "name": name, "topic": "Seeds, soil and what came up"}
    room: str = scene.stage.call("bob", "POST", "/v1/conversations", wanted)["id"]
    scene.stage.write("bob", room, "The first beans are out.")
    return room


def open_conversation(scene: Scene, conversation: str) -> None:
    scene.window.page.evaluate("conversation => im('open', {conversation})", conversation)
    expect(scene.window.frame.locator(".chat .log").first).to_be_visible()


def open_menu(scene: Scene, action: str) -> None:
    """Open what the panel's menu leads to."""
    open_panel(scene)
    scene.window.frame.locator(".search-tools [aria-haspopup=menu]").click()
    scene.window.frame.locator(f"[data-action={action}]").click()


@screen("group", "A conversation of three.")
def group(scene: Scene) -> None:
    open_conversation(scene, have_group(scene))
    expect(scene.window.frame.get_by_text("I bring the tea").first).to_be_visible()


@screen("group-new", "A new group: its name, and who is asked to be in it.")
def new_group(scene: Scene) -> None:
    open_panel(scene)
    scene.window.frame.locator(".search-tools .round").first.click()
    dialog = scene.window.frame.get_by_role("dialog")
    dialog.locator("input").first.fill("Saturday crew")
    for number in range(2):
        dialog.locator(".slot:not(.waiting) .row").nth(number).click()
    expect(dialog.locator(".chip")).to_have_count(2)


@screen("group-members", "Who is in a group, and what may be done there.")
def members(scene: Scene) -> None:
    open_conversation(scene, have_group(scene))
    scene.window.frame.locator(".chat .head [aria-haspopup=menu]").first.click()
    scene.window.frame.locator("[data-action=place]").click()
    expect(scene.window.frame.locator("dialog .slot:not(.waiting)")).to_have_count(3)


@screen("invitations", "What waits for an answer.")
def invitations(scene: Scene) -> None:
    if not scene.stage.call("ada", "GET", "/v1/invitations")["data"]:
        wanted = {"kind": "group", "name": "Compost committee", "user_ids": ["ada"]}
        scene.stage.call("grace", "POST", "/v1/conversations", wanted)
    open_panel(scene)
    scene.window.frame.locator("[data-folder=invitations]").click()
    expect(scene.window.frame.locator("dialog .asked").first).to_be_visible()


@screen("rooms", "Public rooms.")
def rooms(scene: Scene) -> None:
    have_room(scene, "Potting shed")
    open_menu(scene, "rooms")
    expect(scene.window.frame.locator("dialog .slot:not(.waiting)").first).to_be_visible()


@screen("room", "A room that is read without being in it.")
def room(scene: Scene) -> None:
    open_conversation(scene, have_room(scene, "Greenhouse"))
    expect(scene.window.frame.locator(".joining")).to_be_visible()
