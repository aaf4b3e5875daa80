"""What pages say to type: programs of bin/, commands of bin/im, and their options, which have to exist."""

import re
import shlex
import subprocess
from functools import cache

import click

from imserver.commands.im import im
from tests.guardians.pages import ROOT

# Not a path such as conf/bin/x, and not part of a word.
_CALL = re.compile(r"(?<![\w./-])bin/([a-z][\w-]*)([^|;&#)<>\n]*)")
# A reader's own words, not ours: what follows is not looked at.
ELLIPSIS = "…"
HELP_SECONDS = 60


def calls(text: str) -> list[tuple[str, list[str]]]:
    """Return every call of a program of bin/ in ``text``, with its arguments up to the first ellipsis."""
    joined = text.replace("\\\n", " ")
    return [(name, _words(rest)) for name, rest in _CALL.findall(joined)]


def _words(rest: str) -> list[str]:
    try:
        words = shlex.split(rest)
    except ValueError:
        words = rest.split()
    return words[: next((at for at, word in enumerate(words) if ELLIPSIS in word), len(words))]


def mistake(program: str, words: list[str]) -> str:
    """Return what is wrong with the call, or nothing."""
    if not (ROOT / "bin" / program).is_file():
        return f"there is no bin/{program}"
    if program == "im":
        return _mistake_of_im(words)
    said = [word.partition("=")[0] for word in words if word.startswith("--")]
    unknown = [option for option in said if option not in ask_for_help(program).stdout] if said else []
    return f"bin/{program} has no {' '.join(unknown)}" if unknown else ""


def _mistake_of_im(words: list[str]) -> str:
    command: click.Command = im
    context = click.Context(im)
    known = {"--help", "-h", "--config"}
    rest = list(words)
    path = "bin/im"
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        found = command.get_command(context, name)
        if found is None:
            # Two commands may be named in one go: bin/im site suspend|resume ID.
            return "" if "|" in name else f"{path} has no {name}"
        command, path = found, f"{path} {name}"
    known |= {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    unknown = [word for word in rest if word.startswith("--") and word.partition("=")[0] not in known]
    return f"{path} has no {' '.join(unknown)}" if unknown else ""


@cache
def ask_for_help(program: str) -> "subprocess.CompletedProcess[str]":
    """Return what the program of bin/ said of itself and how it ended; it is started once."""
    command = [ROOT / "bin" / program, "--help"]
    return subprocess.run(command, capture_output=True, text=True, timeout=HELP_SECONDS, check=False)
