"""Copies of conf/ that an admin put into place, and that have fallen behind what this release ships."""

from collections.abc import Iterator
from pathlib import Path

from imserver.commands.doctor.findings import Finding, Verdict, judge

# Where the templates' own first lines say that they go.
COPIES = {
    "imserver.service": "etc/systemd/system/imserver.service",
    "sysctl.conf": "etc/sysctl.d/60-imserver.conf",
    "limits.conf": "etc/security/limits.d/imserver.conf",
    "my.cnf": "etc/mysql/conf.d/imserver.cnf",
    "memcached.conf": "etc/memcached.conf",
    "logrotate.conf": "etc/logrotate.d/imserver",
}
SHOWN = 3


def look_at_copies(*, root: Path, conf: Path) -> Iterator[Finding]:
    """Yield a word on each template whose copy is there; what is not there is not missed."""
    for name, place in COPIES.items():
        copy = root / place
        lines = _lines(copy)
        if lines is None:
            continue
        missing = [line for line in _lines(conf / name) or [] if line not in lines]
        yield Finding(
            name=f"/{place}",
            verdict=judge(not missing, Verdict.BETTER),
            found=f"lacks {len(missing)} lines of conf/{name}: {'; '.join(missing[:SHOWN])}"
            if missing
            else "as shipped",
            wanted=f"what conf/{name} says, or your own reason against it",
            reason="It is of an older release, or was changed; each line of the template has its reason.",
            remedy=f"diff conf/{name} /{place}",
        )


def _lines(path: Path) -> list[str] | None:
    """Return the lines that count, their blanks made one; None for a file that is not there for us."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
