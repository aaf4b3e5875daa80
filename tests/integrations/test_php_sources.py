"""Every PHP file that is shipped parses, and what has to be the same file is."""

import subprocess

from imserver.settings import ROOT
from tests.services import require_program

INTEGRATIONS = ROOT / "integrations"
SNIPPET = INTEGRATIONS / "tokens" / "php" / "im.php"


def test_every_file_parses() -> None:
    files = sorted(path for path in INTEGRATIONS.rglob("*.php"))
    assert len(files) > 12
    php = require_program("php")
    for path in files:
        done = subprocess.run([php, "-l", str(path)], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stdout + done.stderr


def test_plugin_and_extension_have_the_snippet_itself() -> None:
    copies = [path for path in INTEGRATIONS.rglob("im.php") if path != SNIPPET]
    assert len(copies) == 2
    assert {path.read_bytes() for path in copies} == {SNIPPET.read_bytes()}


def test_nothing_but_the_guard_happens_when_a_file_is_opened_by_itself() -> None:
    php = require_program("php")
    for path in (INTEGRATIONS / "wordpress" / "imserver").glob("*.php"):
        done = subprocess.run([php, str(path)], capture_output=True, text=True, timeout=30)
        assert (done.returncode, done.stdout) == (0, ""), path
