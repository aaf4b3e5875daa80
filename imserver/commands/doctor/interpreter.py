"""How the Python that serves was built: the same lines cost a third more in one that nobody optimized."""

import sys
import sysconfig
from collections.abc import Iterator

from imserver.commands.doctor.findings import Finding, Verdict, judge

_OPTIMIZED = "--enable-optimizations"
# Where distributions put theirs, which they build with profiles by rules of their own.
DISTRIBUTION_PREFIX = "/usr"


def look_at_python(
    *, prefix: str = sys.base_prefix, arguments: str = str(sysconfig.get_config_var("CONFIG_ARGS") or "")
) -> Iterator[Finding]:
    """Yield what the interpreter says of its own build; nothing where it says nothing."""
    if not arguments:
        return
    is_fast = prefix == DISTRIBUTION_PREFIX or _OPTIMIZED in arguments
    yield Finding(
        name="python",
        verdict=judge(is_fast, Verdict.BETTER),
        found=f"{sys.version.split()[0]} in {prefix}{'' if is_fast else ', built without optimizations'}",
        wanted="one built with profiles, as distributions build theirs",
        reason="A worker is one core of Python: docs/figures.md gives what a message costs in either.",
        remedy=f"use the system's python3, or build with {_OPTIMIZED} (pyenv: PYTHON_CONFIGURE_OPTS)",
    )
