"""Why a command cannot go on: one clear line for a person and an exit code for a program."""

from enum import IntEnum

from imserver.errors import ImserverError


class ExitCode(IntEnum):
    """What ``bin/serve --help`` documents; the shell part of bin/ uses 3, 4 and 7."""

    SETTINGS = 2
    OLD_PYTHON = 3
    NO_ENVIRONMENT = 4
    ADDRESS = 5
    UNWRITABLE = 6
    PACKAGES = 7
    STORE = 8


class Refusal(ImserverError):
    """The text says what is wrong and what to do; ``exit_code`` is the command's."""

    def __init__(self, exit_code: ExitCode, text: str) -> None:
        super().__init__(text)
        self.exit_code = exit_code
