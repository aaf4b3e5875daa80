"""The second step of a console sign-in: a code of six digits (TOTP, RFC 6238), or one from the paper."""

import hashlib
import secrets

import pyotp
import segno

STEP_SECONDS = 30
# One step either way: a phone may be half a minute off.
DRIFT_STEPS = 1
CODES = 10
TOTP_CHARACTERS = 32
BASE32 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
# No letters or digits that look alike; ten of 31 are 49 bits, and each try costs one of the account's few.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_CHARACTERS = 10


def fresh_totp() -> str:
    """Return a new shared secret, in base32."""
    return pyotp.random_base32()


def known_or_fresh(totp: str) -> str:
    """Return the shared secret that a form carried, so that its picture stays; a new one if it is none."""
    return totp if len(totp) == TOTP_CHARACTERS and set(totp) <= BASE32 else fresh_totp()


def find_step(totp: str, code: str, *, now_seconds: float) -> int | None:
    """Return which half minute's code this is, or None; that it was not used before is the store's to say."""
    digits = code.replace(" ", "")
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    machine, now = pyotp.TOTP(totp), int(now_seconds) // STEP_SECONDS
    steps = range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
    found = [step for step in steps if secrets.compare_digest(machine.at(step * STEP_SECONDS), digits)]
    return found[-1] if found else None


def picture(totp: str, *, email: str, issuer: str) -> str:
    """Return the QR code that an authenticator app reads, as SVG without a style or a size of its own."""
    address = pyotp.TOTP(totp).provisioning_uri(name=email, issuer_name=issuer)
    return str(
        segno.make(address, error="m").svg_inline(
            border=2, dark="#000", light="#fff", svgclass="qr", lineclass=None, title="QR code", omitsize=True
        )
    )


def fresh_codes() -> list[str]:
    """Return new recovery codes, as they are shown once."""
    return [
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARACTERS // 2)) for _ in range(2))
        for _ in range(CODES)
    ]


def code_id(code: str) -> bytes:
    """Return under what a recovery code is stored, however it was typed."""
    plain = "".join(letter for letter in code.casefold() if letter in ALPHABET)
    return hashlib.sha256(b"recovery " + plain.encode()).digest()[:16]
