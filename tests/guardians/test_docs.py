"""The pages are true as far as a program can tell: code parses, what is named exists, links lead on."""

import json
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from imserver.errors import SettingsError
from imserver.settings import DECLARATIONS, load_settings
from tests.guardians.commands import calls, mistake
from tests.guardians.pages import ROOT, Block, Page, all_pages, read_page
from tests.services import require_program

PAGES = list(all_pages())
BLOCKS = [block for page in PAGES for block in page.blocks]
SECTIONS = {declaration.section for declaration in DECLARATIONS}
SETTINGS = {f"{declaration.section}.{declaration.key}" for declaration in DECLARATIONS}
FILE_ENDINGS = ("md", "py", "js", "css", "toml", "html", "json", "sql", "log")
FOLDERS = ("assets", "bin", "conf", "docs", "imserver", "integrations", "sql", "tests")
CHECK_SECONDS = 30


def _feed(command: list[str], text: str) -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=CHECK_SECONDS)
    return (done.stderr or done.stdout) if done.returncode else ""


def check_shell(text: str) -> str:
    return _feed(["bash", "-n"], text)


def check_python(text: str) -> str:
    try:
        compile(text, "a page", "exec")
    except SyntaxError as error:
        return str(error)
    return ""


def check_php(text: str) -> str:
    return _feed([require_program("php"), "-l"], text if text.lstrip().startswith("<?") else f"<?php\n{text}")


def check_javascript(text: str) -> str:
    # As a module: there await may stand by itself.
    return _feed([require_program("node"), "--input-type=module", "--check"], text)


def check_ruby(text: str) -> str:
    return _feed([require_program("ruby"), "-c"], text)


def check_json(text: str) -> str:
    try:
        json.loads(text)
    except ValueError as error:
        return str(error)
    return ""


def check_yaml(text: str) -> str:
    try:
        yaml.safe_load(text)
    except yaml.YAMLError as error:
        return str(error)
    return ""


def check_toml(text: str) -> str:
    """A TOML block is a piece of imserver.toml, so its settings have to be some."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return str(error)
    return ""


CHECKS: dict[str, Callable[[str], str]] = {
    "sh": check_shell,
    "python": check_python,
    "php": check_php,
    "js": check_javascript,
    "ruby": check_ruby,
    "json": check_json,
    "yaml": check_yaml,
    "toml": check_toml,
}
# What no program of ours reads: output and drawings, pieces of pages, other servers' settings, statements.
UNCHECKED = {"text", "html", "nginx", "ini", "apache", "http", "sql", "diff"}


def test_every_block_says_what_it_is() -> None:
    assert len(BLOCKS) > 20
    unknown = [block.place for block in BLOCKS if block.language not in CHECKS.keys() | UNCHECKED]
    assert unknown == [], "begin it with ```sh, ```python, …, or ```text"


@pytest.mark.parametrize("language", CHECKS)
def test_code_parses(language: str) -> None:
    chosen = [block for block in BLOCKS if block.language == language]
    wrong = [(block.place, said) for block in chosen if (said := CHECKS[language](block.text))]
    assert wrong == []


def test_settings_in_blocks_are_accepted(tmp_path: Path) -> None:
    blocks = [block for block in BLOCKS if block.language == "toml"]
    assert blocks
    assert [(block.place, said) for block in blocks if (said := _refused(block, tmp_path))] == []


def _refused(block: Block, folder: Path) -> str:
    path = folder / "imserver.toml"
    path.write_text(block.text, encoding="utf-8")
    try:
        load_settings(environ={}, config_path=path)
    except SettingsError as error:
        return str(error)
    return ""


@pytest.mark.limit(seconds=120)
def test_what_a_page_says_to_type_exists() -> None:
    said = [(block.place, call) for block in BLOCKS if block.language == "sh" for call in calls(block.text)]
    said += [(page.name, call) for page in PAGES for code in page.inline() for call in calls(code)]
    assert len(said) > 50
    assert [(place, wrong) for place, call in said if (wrong := mistake(*call))] == []


def test_the_check_of_commands_finds_what_is_wrong() -> None:
    wrong = [
        "bin/nothing",
        "bin/im nothing",
        "bin/im site nothing",
        "bin/im site add NAME --orgin URL",
        "bin/serve --prot 1",
    ]
    assert all(mistake(*call) for text in wrong for call in calls(text))
    right = (
        "bin/im site add 'A site' \\\n  --origin URL --config F\nbin/serve --bind ADDRESS; bin/im site add …"
    )
    assert [mistake(*call) for call in calls(right)] == ["", "", ""]


def test_settings_that_are_named_exist() -> None:
    words = {(page.name, word) for page in PAGES for code in page.inline() for word in _settings_in(code)}
    assert len(words) > 30
    assert (
        sorted((page, word) for page, word in words if word not in SETTINGS and not _is_something_else(word))
        == []
    )


def _settings_in(code: str) -> list[str]:
    found = re.match(r"([a-z]+)\.([a-z][a-z_0-9]*)(?: ?=.*)?$", code)
    if found is None or found[1] not in SECTIONS or found[2] in FILE_ENDINGS:
        return []
    return [f"{found[1]}.{found[2]}"]


def _is_something_else(word: str) -> bool:
    """Tell whether it is a module, such as store.writer, or an event, such as presence.changed."""
    if (ROOT / "imserver" / f"{word.replace('.', '/')}.py").exists():
        return True
    return any(f'"{word}"' in path.read_text(encoding="utf-8") for path in (ROOT / "imserver").rglob("*.py"))


def test_links_lead_somewhere() -> None:
    assert [
        (page.name, link) for page in PAGES for link in page.links() if not _leads_somewhere(page, link)
    ] == []


def _leads_somewhere(page: Page, link: str) -> bool:
    if re.match(r"(https?|mailto):", link):
        return True
    name, _, anchor = link.partition("#")
    target = (page.path.parent / name).resolve() if name else page.path
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or anchor in read_page(target).anchors()


def test_files_that_are_named_exist() -> None:
    pattern = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./-]*")
    named = {(page.name, code) for page in PAGES for code in page.inline() if pattern.fullmatch(code)}
    assert len(named) > 40
    assert sorted((page, path) for page, path in named if not (ROOT / path).exists()) == []


def test_every_page_is_found_from_the_first_one() -> None:
    """docs/README.md says which page answers what; a page that it does not name is found by nobody."""
    start = read_page(ROOT / "docs" / "README.md")
    named = {(start.path.parent / link.partition("#")[0]).resolve() for link in start.links()}
    pages = {page.path for page in PAGES if page.path.parent == ROOT / "docs"} - {start.path}
    assert sorted(path.name for path in pages - named) == []
