"""How far an import is: a line that is written over, or, where nobody looks, one now and then."""

import time
from collections.abc import Callable
from typing import TextIO

BAR_CELLS = 24
TERMINAL_SECONDS, LOG_SECONDS = 0.2, 10.0


class Progress:
    """``total_bytes`` is 0 where it is not known, as of standard input; then there is no ETA."""

    def __init__(
        self,
        out: TextIO,
        *,
        total_bytes: int,
        begun_bytes: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._out = out
        self._total = total_bytes
        self._begun_bytes = begun_bytes
        self._clock = clock
        self._begun = self._shown = clock()
        self._is_terminal = out.isatty()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return self._clock() - self._begun

    def show(self, *, at_bytes: int, rows: int, refused: int, last: bool = False) -> None:
        """Say where it is, unless that was said a moment ago."""
        now = self._clock()
        if not last and now - self._shown < (TERMINAL_SECONDS if self._is_terminal else LOG_SECONDS):
            return
        self._shown = now
        text = self.line(at_bytes=at_bytes, rows=rows, refused=refused)
        self._out.write(f"\r{text}\x1b[K" + ("\n" if last else "") if self._is_terminal else f"{text}\n")
        self._out.flush()

    def line(self, *, at_bytes: int, rows: int, refused: int) -> str:
        """Return what ``show`` writes."""
        seconds = max(self.seconds, 1e-6)
        parts = [f"{rows:,} rows", f"{rows / seconds:,.0f}/s", f"{refused:,} refused"]
        if self._total:
            share = min(1.0, at_bytes / self._total)
            done = at_bytes - self._begun_bytes
            left = (self._total - at_bytes) * seconds / done if done > 0 else 0.0
            bar = "#" * int(share * BAR_CELLS)
            parts = [f"[{bar:<{BAR_CELLS}}] {share:4.0%}", *parts, f"ETA {_clock_text(left)}"]
        return "  ".join(parts)


def _clock_text(seconds: float) -> str:
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
