"""Pictures of numbers: bars as SVG, made on the server, with a title and a description."""

from collections.abc import Sequence

from markupsafe import Markup, escape

WIDTH, HEIGHT = 480, 190
LEFT, RIGHT, TOP, BOTTOM = 46, 4, 10, 26
# Labels under the bars that fit beside each other.
LABELS = 8
# Tops of a scale whose quarters are whole numbers.
ROUND = (4, 8, 12, 20, 40, 60, 80, 100)


def bars(
    name: str, labels: Sequence[str], numbers: Sequence[int], *, more: Sequence[int] = (), describes: str
) -> Markup:
    """Return bars of ``numbers``, with those of ``more`` standing on them; ``name`` is an id of the page."""
    totals = [a + b for a, b in zip(numbers, more or [0] * len(numbers), strict=True)]
    top = ceiling(max(totals, default=0))
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(labels))
    parts = [_grid(top) if any(totals) else _nothing()]
    every = -(-len(labels) // LABELS)
    for place, label in enumerate(labels):
        x = LEFT + place * slot
        parts.append(_bar(x, slot, low=0, high=numbers[place], top=top, kind="bar"))
        if more:
            parts.append(_bar(x, slot, low=numbers[place], high=totals[place], top=top, kind="bar second"))
        # The newest always has its label.
        if (len(labels) - 1 - place) % every == 0:
            parts.append(
                Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
                    x + slot / 2, HEIGHT - 8, label
                )
            )
    return Markup(
        '<svg class="chart" viewBox="0 0 {w} {h}" role="img" aria-labelledby="{n}-title {n}-desc">'
        '<title id="{n}-title">{title}</title><desc id="{n}-desc">{desc}</desc>{body}</svg>'
    ).format(
        w=WIDTH, h=HEIGHT, n=name, title=describes, desc=in_words(labels, totals), body=Markup("").join(parts)
    )


def in_words(labels: Sequence[str], numbers: Sequence[int]) -> str:
    """Say what the picture shows: the sum, the highest, the newest."""
    if not any(numbers):
        return "Nothing in this time."
    highest = max(range(len(numbers)), key=numbers.__getitem__)
    return f"Highest: {numbers[highest]:,} at {labels[highest]}. Newest: {numbers[-1]:,}."


def ceiling(number: int) -> int:
    """Return the number at the top of the scale: round, four parts of it too, and never below ``number``."""
    power = 1 if number <= ROUND[-1] else 10 ** (len(str(number)) - 2)
    return next(step * power for step in ROUND if step * power >= number)


def _grid(top: int) -> Markup:
    parts = []
    for quarter in range(5):
        y = _y(top * quarter / 4, top)
        kind = "line" if quarter else "base"
        parts.append(
            Markup('<line class="{}" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
                kind, LEFT, WIDTH - RIGHT, y, y
            )
        )
        text = escape(_short(top * quarter / 4))
        parts.append(
            Markup('<text x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(LEFT - 8, y + 4, text)
        )
    return Markup("").join(parts)


def _nothing() -> Markup:
    """Return the ground line alone: a scale of nothing says nothing."""
    y = HEIGHT - BOTTOM
    return Markup(
        '<line class="base" x1="{}" x2="{}" y1="{y}" y2="{y}"/>'
        '<text class="nothing" x="{}" y="{}" text-anchor="middle">Nothing in this time</text>'
    ).format(LEFT, WIDTH - RIGHT, (LEFT + WIDTH - RIGHT) // 2, (HEIGHT - BOTTOM) // 2 + TOP, y=y)


def _bar(x: float, slot: float, *, low: int, high: int, top: int, kind: str) -> Markup:
    if high <= low:
        return Markup("")
    width = max(2.0, slot * 0.64)
    y = _y(high, top)
    return Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2"/>').format(
        kind, x + (slot - width) / 2, y, width, max(1.0, _y(low, top) - y)
    )


def _y(number: float, top: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * number / top


def _short(number: float) -> str:
    for size, letter in ((10**6, "M"), (10**3, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"
