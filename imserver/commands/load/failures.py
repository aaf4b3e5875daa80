"""Why a load tool ends early: one line for a person, an exit code for a program."""

from collections.abc import Mapping
from enum import IntEnum

from imserver.errors import ImserverError


class LoadExit(IntEnum):
    """What --help documents. LOST is a finding about the server, the others say why there is none."""

    LOST = 1
    USAGE = 2
    DESCRIPTORS = 10
    REFUSED = 11
    AUTH = 12
    NO_DEMO_SITE = 13
    RATE_LIMITED = 14
    TIME_BOUND = 15
    NOT_YOURS = 16
    BROKEN = 17


class LoadError(ImserverError):
    """The text says what is wrong and what to do."""

    def __init__(self, exit_code: LoadExit, text: str) -> None:
        super().__init__(text)
        self.exit_code = exit_code


EXIT_HELP = (
    "exit codes: 1 lost or doubled, 2 usage, 10 out of descriptors, 11 refused, 12 not signed in, "
    "13 no such site, 14 rate-limited, 15 time is up, 16 not a server of yours, 17 a client broke"
)
_ADVICE = {
    "sign_ins": "raise limits.sign_ins_per_minute on the server (0: no limit)",
    "messages": "raise limits.messages_per_minute on the server (0: no limit)",
}


def failure_of(reasons: Mapping[str, int]) -> LoadError | None:
    """Return the error that most of ``reasons`` (name -> count) amount to; None when there are none.

    A reason is ``stage:code``, such as ``sign_ins:rate_limited`` or ``connect:refused``.
    """
    if not reasons:
        return None
    reason, count = max(reasons.items(), key=lambda item: item[1])
    stage, _, code = reason.partition(":")
    text = f"{count} times {code} at {stage}"
    if code == "rate_limited":
        return LoadError(LoadExit.RATE_LIMITED, f"{text}; {_ADVICE.get(stage, 'the server limits it')}")
    if code == "refused":
        return LoadError(LoadExit.REFUSED, f"{text}; is the server there, and below its limit?")
    if code == "descriptors":
        return LoadError(LoadExit.DESCRIPTORS, f"{text}; raise `ulimit -n`, or add --processes")
    if code.startswith(("token_", "unauthenticated", "session_ended")) or code in ("4401", "wrong_origin"):
        return LoadError(LoadExit.AUTH, f"{text}; check the site and its secret")
    if stage == "sign_ins" and code == "not_found":
        return LoadError(LoadExit.NO_DEMO_SITE, f"{text}; the server does not know the site")
    return LoadError(LoadExit.BROKEN, text)
