"""docs/widget.md tells of all that a page may say to the widget and hear from it, and of nothing else."""

import re

from tests.guardians.pages import ROOT

PAGE = (ROOT / "docs" / "widget.md").read_text(encoding="utf-8")
LOADER = (ROOT / "assets" / "im.js").read_text(encoding="utf-8")
HOOKS = (ROOT / "assets" / "hooks.js").read_text(encoding="utf-8")
APP = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "assets" / "app").glob("*.js")))
# What the loader and hooks.js say to the frame by themselves, in the same way as a page does.
OWN_WORDS = {"watch"}
# How the doctor's report comes back; a page gets it as a promise.
OWN_EVENTS = {"doctor"}
# What the loader tells the frame beside the options.
OWN_OPTIONS = {"dark", "focus", "locks", "stored"}


def section(begin: str, end: str) -> str:
    """Return what stands between two headings of the page."""
    return PAGE.partition(f"\n{begin}\n")[2].partition(f"\n{end}\n")[0]


def first_column(table: str) -> str:
    """Return the first cells of the rows."""
    return "\n".join(line.split(" | ")[0] for line in table.splitlines() if line.startswith("| "))


def kebab(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: "-" + letter[0].lower(), name)


def test_every_call_is_told_of() -> None:
    commands = LOADER.partition("const commands = {")[2].partition("\n  };")[0]
    own = set(re.findall(r"^    (\w+)(?:\(|:)", commands, re.M))
    assert {"boot", "doctor", "on", "off", "destroy", "identify"} <= own
    heard = set(re.findall(r"bridge\.on\('(\w+)'", APP)) - set(re.findall(r"\bpost\('(\w+)'", LOADER))
    told = set(re.findall(r"im\('(\w+)'", section("## Calls", "### Elements of the page")))
    assert told == (own | heard) - OWN_WORDS


def test_every_event_is_told_of() -> None:
    said = set(re.findall(r"\bemit\('(\w+)'", LOADER)) | set(re.findall(r"\btell\('(\w+)'", APP + HOOKS))
    events = section("## Calls", "### Elements of the page").partition("Events, for")[2]
    told = set(re.findall(r"`(\w+)`", first_column(events)))
    assert told == said - OWN_EVENTS


def test_every_attribute_of_the_tag_is_told_of() -> None:
    used = set(re.findall(r"\b(?:options|welcome)\.([a-z]\w*)", LOADER + APP)) - OWN_OPTIONS
    assert {"site", "token", "tokenUrl", "zIndex", "room"} <= used
    told = set(re.findall(r"`data-(?!im-)([a-z-]+)(?:=\"\w+\")?`", first_column(PAGE)))
    assert {kebab(name) for name in used} <= told
    for name in told:
        camel = re.sub(r"-(\w)", lambda letter: letter[1].upper(), name)
        assert re.search(rf"\b{camel}\b", LOADER + APP), name


def test_boot_takes_what_the_tag_says() -> None:
    (options,) = re.findall(r"im\('boot', \{([^}]+)\}\)", PAGE)
    named = {kebab(name) for name in options.split(", ")}
    tag = set(
        re.findall(r"`data-([a-z-]+)`", first_column(section("## The tag", "## What the host page needs")))
    )
    assert named == tag


def test_every_hook_in_the_page_is_told_of() -> None:
    (names,) = re.findall(r"const NAMES = \[([^\]]+)\]", HOOKS)
    used = set(re.findall(r"'(data-im-\w+)'", names))
    told = set(
        re.findall(
            r"`(data-im-[a-z-]+)[=`]", first_column(section("### Elements of the page", "### The doctor"))
        )
    )
    assert told == used


def test_every_colour_that_is_taken_over_is_told_of() -> None:
    (taken,) = re.findall(r"return '([a-z -]+)'\.split\(' '\)\.map", LOADER)
    told = set(re.findall(r"`--im-([a-z-]+)`", first_column(section("## Looks", "## How it works"))))
    assert told == set(taken.split(" "))


def test_the_doctors_report_is_told_of() -> None:
    doctor = (ROOT / "assets" / "app" / "doctor.js").read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z_]+)`", first_column(section("### The doctor", "## Looks"))))
    assert {"transport", "state", "passed_over", "policy", "error"} <= told
    assert [name for name in told if not re.search(rf"\b{name}\b", doctor + LOADER)] == []
