"""What a row is, and what it yields."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.stress.scene import Scene


class Row:
    """One fault and its pass condition; subclasses say what they change. Times in seconds."""

    row_id = ""
    title = ""
    database = "mariadb"
    # Everything acknowledged is with everybody so long after the fault ended; never loosened.
    settle_seconds = 10.0
    # Gigabytes to catch up with take as long as reading them takes: such a row waits while that gets on.
    waits_for_progress = False
    # From the moment a message was due to its receipt by somebody else; loosened on shared cores.
    p50_seconds: float | None = None
    p99_seconds: float | None = None

    def settings(self, scene: "Scene") -> dict[str, str]:
        """Return IM_ and STRESS_ variables of the server."""
        return {}

    def seconds(self, scene: "Scene") -> float:
        """Return how long the base load runs."""
        return scene.profile.seconds

    def rate(self, scene: "Scene") -> float:
        return scene.profile.rate

    def clients(self, scene: "Scene") -> int:
        return scene.profile.clients

    def prepare(self, scene: "Scene") -> None:
        """Do what comes before the clients connect, such as a proxy."""

    def fault(self, scene: "Scene") -> None:
        """Do the harm while the load runs; return when it is done, and healed."""

    def check(self, scene: "Scene", result: "Result") -> Iterator[str]:
        """Yield what is not as it has to be, besides the zeros."""
        yield from ()


@dataclass(slots=True)
class Result:
    """One line of the table. Latencies in seconds; ``why`` is empty when the row passed."""

    row_id: str
    title: str
    mutant: str = ""
    # Any of these proves that the mutant was seen: a letter, or what a line of ``why`` begins with.
    expected: tuple[str, ...] = ()
    sends: int = 0
    acknowledged: int = 0
    unknown: int = 0
    applied: int = 0
    letters: dict[str, int] = field(default_factory=lambda: dict.fromkeys("LDOGX", 0))
    p50: float = 0.0
    p99: float = 0.0
    settled: float = 0.0
    took: float = 0.0
    why: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.why

    @property
    def is_caught(self) -> bool:
        """Tell whether the mutant was seen by what it breaks, and not by any other failure."""
        return any(
            self.letters.get(sign, 0) or any(line.startswith(sign) for line in self.why if len(sign) > 1)
            for sign in self.expected
        )

    @property
    def is_good(self) -> bool:
        """A row that passes is good; one with a mutant planted is good when it has seen it."""
        return self.is_caught if self.mutant else self.passed

    @property
    def bound(self) -> float:
        """With nothing found in n, the share is below this with 95 % confidence (the rule of three)."""
        return 3 / self.applied if self.applied else 1.0

    def as_json(self) -> dict[str, Any]:
        fields = {name: getattr(self, name) for name in self.__slots__}
        return fields | {"passed": self.passed, "is_good": self.is_good, "bound": self.bound}
