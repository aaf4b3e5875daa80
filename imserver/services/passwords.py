"""Passwords of the console: argon2id, computed where it stops nobody.

# design: 19 MiB and two passes are what OWASP asks of argon2id (about 25 ms of one core here). The time is
# spent in a native thread, which holds no lock of Python's meanwhile, so the worker's loop goes on; and at
# most two are computed at once, so that a hundred sign-ins together take their turns instead of 2 GB.
"""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from gevent.lock import BoundedSemaphore

from imserver.errors import InvalidRequest
from imserver.files.threads import in_thread

MEMORY_KIB = 19_456
PASSES = 2
LANES = 1
AT_ONCE = 2
# Length is what makes a password good; composition rules only make it worse (NIST SP 800-63B).
LEAST_CHARACTERS, MOST_CHARACTERS = 12, 200
# What everybody's list begins with, at this length.
COMMON = frozenset({"password1234", "123456789012", "qwertyuiop12", "passwordpassword", "administrator"})

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
_turns = BoundedSemaphore(AT_ONCE)
# Of no password: for whoever names an account that is not there, so that it takes as long.
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRvZm5vYm9keQ$9qL0Yx0dQ2p4bFz0x3mM0dU4nQn0Zt5bQh1h2c9uKpE"


def check_password(password: str, *, about: str = "") -> None:
    """Raise InvalidRequest for a new password that is short, common, or somebody's e-mail address."""
    if len(password) < LEAST_CHARACTERS:
        raise InvalidRequest(
            f"A password has at least {LEAST_CHARACTERS} characters. A short sentence is a good one."
        )
    if len(password) > MOST_CHARACTERS:
        raise InvalidRequest(f"A password has at most {MOST_CHARACTERS} characters.")
    folded = password.casefold()
    if folded in COMMON or len(set(folded)) < 5 or (about and folded == about.casefold()):
        raise InvalidRequest("This password is among the first that anybody would try; take another.")


def hash_password(password: str) -> str:
    """Return what is stored, parameters included."""
    with _turns:
        return in_thread(_hasher.hash, password)


def is_password(password: str, stored: str) -> bool:
    """Tell whether ``stored`` was made of this password; it takes as long where nothing is stored."""
    with _turns:
        return in_thread(_verify, stored or NOBODYS, password[: MOST_CHARACTERS + 1])


def is_outdated(stored: str) -> bool:
    """Tell whether ``stored`` was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except VerifyMismatchError:
        return False
    except (VerificationError, InvalidHashError):
        return False
