"""The token snippets of integrations/tokens, each run by the interpreter of its language."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imserver.settings import ROOT
from tests.services import require_program

TOKENS = ROOT / "integrations" / "tokens"
DRIVERS = Path(__file__).parent / "drivers"
CALL_SECONDS = 30

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Language:
    """Where a snippet is, and what runs it; ``options`` keep the interpreter from forgiving anything."""

    name: str
    program: str
    snippet: Path
    driver: Path
    options: tuple[str, ...] = ()

    def carry_out(self, calls: list[Json]) -> list[Json]:
        """Return what each of ``calls`` gave: ``{"value": …}`` or ``{"refused": …}``."""
        program = sys.executable if self.program == "python" else require_program(self.program)
        done = subprocess.run(
            [program, *self.options, str(self.driver), str(self.snippet)],
            input="".join(json.dumps(call) + "\n" for call in calls),
            capture_output=True,
            text=True,
            timeout=CALL_SECONDS,
        )
        assert (done.returncode, done.stderr) == (0, ""), (done.stdout[-2000:], done.stderr[-2000:])
        return [json.loads(line) for line in done.stdout.splitlines()]


# A warning of PHP's is on its standard output, where no line of JSON may stand beside it.
PHP_STRICT = ("-d", "display_errors=stderr", "-d", "error_reporting=-1")
PHP = Language("php", "php", TOKENS / "php" / "im.php", DRIVERS / "php.php", PHP_STRICT)
PYTHON = Language("python", "python", TOKENS / "python" / "im_token.py", DRIVERS / "python.py", ("-I",))
NODE = Language("node", "node", TOKENS / "node" / "im-token.mjs", DRIVERS / "node.mjs")
RUBY = Language("ruby", "ruby", TOKENS / "ruby" / "im_token.rb", DRIVERS / "ruby.rb", ("-w",))
LANGUAGES = (PHP, PYTHON, NODE, RUBY)
