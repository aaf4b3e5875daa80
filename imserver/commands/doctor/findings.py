"""What the doctor says: one finding per thing that was looked at."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """``WRONG`` is what will hurt with the settings as they are; it makes the exit code 1."""

    FINE = "fine"
    BETTER = "better"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``found`` and ``wanted`` are for people; ``remedy`` is the line to type, if one would help."""

    name: str
    verdict: Verdict
    found: str
    wanted: str = ""
    reason: str = ""
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the finding for ``--json``."""
        return {name: str(value) for name, value in asdict(self).items()}


def judge(is_fine: bool, otherwise: Verdict) -> Verdict:
    """Return FINE, or ``otherwise``."""
    return Verdict.FINE if is_fine else otherwise


def is_healthy(findings: Sequence[Finding]) -> bool:
    """Tell whether nothing is wrong; what could be better does not count."""
    return all(finding.verdict is not Verdict.WRONG for finding in findings)


def text(findings: Sequence[Finding]) -> str:
    """Return everything for people, the worst last, where the eye is."""
    order = list(Verdict)
    ranked = sorted(findings, key=lambda finding: order.index(finding.verdict))
    counts = Counter(finding.verdict for finding in findings)
    lines = [line for finding in ranked for line in _lines(finding)]
    lines.append(", ".join(f"{counts[verdict]} {verdict}" for verdict in reversed(order)))
    return "\n".join(lines)


def _lines(finding: Finding) -> list[str]:
    first = f"{finding.verdict:<6}  {finding.name}: {finding.found}"
    if finding.verdict is Verdict.FINE:
        return [first]
    details = (("should be", finding.wanted), ("why", finding.reason), ("type", finding.remedy))
    return [first, *(f"        {label}: {value}" for label, value in details if value)]
