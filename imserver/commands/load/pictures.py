"""Small SVG pictures, readable on light and on dark pages: lines over time, and bars side by side."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, ROW, LEFT, TOP = 720, 26, 250, 46
PLOT = WIDTH - LEFT - 90
LINE_HEIGHT, GAP = 110, 44
# The first is ours; the others are what it is compared with.
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1d2733}.t{font-weight:600;font-size:15px}.s{fill:#5b6875}"
    ".a{fill:#1f6feb}.b{fill:#9aa7b4}.l{fill:none;stroke:#1f6feb;stroke-width:2}.g{stroke:#d5dbe1}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.s{fill:#9aa7b4}.a{fill:#58a6ff}.b{fill:#5b6875}"
    ".l{stroke:#58a6ff}.g{stroke:#39424c}}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row of a bar picture; ``is_ours`` gives it the colour that stands out."""

    label: str
    value: float
    is_ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line over time; ``points`` are (seconds, value)."""

    label: str
    unit: str
    points: Sequence[tuple[float, float]]


def bar_picture(title: str, bars: Sequence[Bar], *, unit: str) -> str:
    """Return bars below each other, in their order, each with its number."""
    most = max((bar.value for bar in bars), default=0) or 1.0
    rows = []
    for place, bar in enumerate(bars):
        y = TOP + place * ROW
        length = max(1.0, PLOT * bar.value / most)
        kind = "a" if bar.is_ours else "b"
        rows.append(
            f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{html.escape(bar.label)}</text>'
            f'<rect class="{kind}" x="{LEFT}" y="{y + 2}" width="{length:.1f}" height="16" rx="2"/>'
            f'<text class="s" x="{LEFT + length + 6:.1f}" y="{y + 14}">{short(bar.value)} {unit}</text>'
        )
    return _picture(title, rows, height=TOP + len(bars) * ROW + 12)


def line_picture(title: str, series: Sequence[Series]) -> str:
    """Return one small plot per series, below each other, over the same time."""
    rows = [_line(one, TOP + place * (LINE_HEIGHT + GAP)) for place, one in enumerate(series)]
    return _picture(title, rows, height=TOP + len(series) * (LINE_HEIGHT + GAP))


def short(value: float) -> str:
    """Return a number as a person reads it: three digits of it, thousands apart."""
    if value >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _line(series: Series, y: int) -> str:
    points = list(series.points) or [(0.0, 0.0)]
    end, most = points[-1][0] or 1.0, max(value for _, value in points) or 1.0
    left, width, bottom = 70, WIDTH - 100, y + LINE_HEIGHT
    path = " ".join(
        f"{left + width * seconds / end:.1f},{bottom - (LINE_HEIGHT - 24) * value / most:.1f}"
        for seconds, value in points
    )
    return (
        f'<text x="{left}" y="{y + 10}">{html.escape(series.label)}</text>'
        f'<line class="g" x1="{left}" y1="{bottom}" x2="{left + width}" y2="{bottom}"/>'
        f'<text class="s" x="{left - 6}" y="{y + 28}" text-anchor="end">{short(most)}</text>'
        f'<text class="s" x="{left - 6}" y="{bottom}" text-anchor="end">0</text>'
        f'<text class="s" x="{left + width}" y="{bottom + 16}" text-anchor="end">{short(end)} s</text>'
        f'<text class="s" x="{left + width}" y="{y + 10}" text-anchor="end">'
        f"now {short(points[-1][1])} {html.escape(series.unit)}</text>"
        f'<polyline class="l" points="{path}"/>'
    )


def _picture(title: str, rows: Sequence[str], *, height: int) -> str:
    name = html.escape(title)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{name}"><style>{_STYLE}</style><text class="t" x="12" y="24">{name}</text>'
    )
    return "\n".join([head, *rows, "</svg>", ""])
