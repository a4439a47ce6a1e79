"""Charts as SVG: no script, no fonts, colours from the page's style sheet, so that they can be printed.

An SVG scales its text with itself, so each chart is drawn twice: for a desk, and for a phone. The style sheet
shows the one that fits.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape

from prover_cli.report.recording import Bins, Spans, merged

WIDE, NARROW = 960, 350
"""Widths of a chart: what a page of 1000 pixels has room for, and one of 390."""

LEFT, RIGHT = 64, 8

LABEL = 54
"""Room for a label of the axis below a chart, "200 ms"."""
MOST_MARKS = 30_000
"""Of a timeline, whatever the number of workers."""

KINDS = ("proved", "failed", "lost", "opening")
"""Classes of the style sheet, by kind of a span."""


def short(value: float) -> str:
    """Three digits, without an exponent."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:,.0f}"


def seconds(value: float) -> str:
    """A duration as people write it."""
    if value < 0.0005:
        return f"{short(value * 1e6)} µs" if value else "0 s"
    if value < 1:
        return f"{short(value * 1e3)} ms"
    return f"{short(value)} s" if value < 600 else f"{short(value / 60)} min"


def ticks(largest: float, about: int = 6) -> list[float]:
    """Round numbers from 0 to `largest`."""
    if largest <= 0:
        return [0.0]
    rough = largest / about
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)
    return [step * i for i in range(math.floor(largest / step + 1e-9) + 1)]


def at_any_width(draw: Callable[[float], str]) -> str:
    """The chart for a desk, and the one for a phone."""
    return f'<div class="wide">{draw(WIDE)}</div><div class="narrow">{draw(NARROW)}</div>'


def timeline(workers: Sequence[tuple[int, str]], spans: dict[int, Spans], total: float) -> str:
    """One row per worker: what ran when. `workers` are indices and names. Only wide: the script draws it for
    other screens."""
    plot = _plot(WIDE)
    row = 18 if len(workers) <= 40 else 8
    height = row * len(workers) + 24
    # As fine as can be seen in print, and coarser where there are many workers.
    resolution = total / min(2 * plot, max(100, MOST_MARKS // max(1, len(workers))))
    marks = []
    for place, (index, name) in enumerate(workers):
        top = place * row
        marks.append(_text(LEFT - 8, top + row - 5, name, "end")) if row > 10 or place % 4 == 0 else None
        marks.append(_rect("track", LEFT, top + 1, plot, row - 2))
        for start, end, kind in merged(spans.get(index, Spans()), resolution):
            width = max(0.5, (end - start) / total * plot)
            marks.append(_rect(KINDS[kind], LEFT + start / total * plot, top + 1, width, row - 2))
    return _svg(
        WIDE, height, "What each worker did over time", [*marks, *_time_axis(total, height - 24, WIDE)]
    )


def throughput(bins: Bins, total: float, width: float) -> str:
    """Finished jobs per second over time, with those that failed on top."""
    height, floor, plot = 172, 150, _plot(width)
    bins = bins.coarser()
    lengths = [max(1e-9, min(bins.width, total - i * bins.width)) for i in range(len(bins.proved))]
    if len(lengths) > 1 and lengths[-1] < bins.width / 4:
        lengths[-1] = bins.width  # too little of it is there for a rate
    counts = zip(bins.proved, bins.failed, lengths, strict=True)
    rates = [(good / length, bad / length) for good, bad, length in counts]
    largest = max((good + bad for good, bad in rates), default=0.0)
    top = (ticks(largest) or [1.0])[-1] or 1.0
    top = max(top, largest)
    marks = list(_value_axis(top, floor, lambda value: f"{short(value)}/s", width))
    for place, (good, bad) in enumerate(rates):
        left = LEFT + place * bins.width / total * plot
        wide = min(bins.width, max(0.0, total - place * bins.width)) / total * plot
        for kind, value, below in (("proved", good, 0.0), ("failed", bad, good)):
            if value:
                bar = value / top * (floor - 10)
                base = floor - below / top * (floor - 10)
                marks.append(_rect(kind, left, base - bar, max(0.5, wide - 0.6), bar))
    return _svg(width, height, "Jobs per second over time", [*marks, *_time_axis(total, floor, width)])


def latencies(durations: Sequence[float], marked: Sequence[tuple[str, float]], width: float) -> str:
    """How many proofs took how long, on a logarithmic axis; `marked` are values to point at."""
    height, floor, plot = 200, 165, _plot(width)
    if not durations:
        return ""
    low, high = max(1e-6, min(durations)), max(1e-6, *durations)
    first, last = math.log10(low) - 0.02, math.log10(high) + 0.02
    count = 60
    counts = [0] * count
    for value in durations:
        place = int((math.log10(max(1e-6, value)) - first) / (last - first) * count)
        counts[max(0, min(count - 1, place))] += 1

    def x(value: float) -> float:
        return LEFT + (math.log10(max(1e-6, value)) - first) / (last - first) * plot

    largest = max(counts)
    marks = list(_value_axis(largest, floor, short, width, top=24))
    for place, number in enumerate(counts):
        if number:
            bar = max(1.0, number / largest * (floor - 24))
            marks.append(_rect("proved", LEFT + place * plot / count, floor - bar, plot / count - 1, bar))
    labelled = 0.0
    for value in _log_ticks(low, high):
        marks.append(_line(x(value), floor, x(value), floor + 4))
        if x(value) >= labelled and x(value) < width - LABEL / 2:
            marks.append(_text(x(value), floor + 18, seconds(value)))
            labelled = x(value) + LABEL
    free_from = 0.0
    for name, value in marked:
        marks.append(f'<line class="mark" x1="{x(value):.1f}" x2="{x(value):.1f}" y1="14" y2="{floor}"/>')
        if x(value) >= free_from:  # names that would lie on each other are left to the tiles above
            marks.append(_text(x(value), 10, name))
            free_from = x(value) + 34
    return _svg(width, height, "How long proofs took", marks)


def memory(rows: Sequence[tuple[str, float]], planned: float | None, most: float | None, width: float) -> str:
    """Megabytes of each worker at its peak, beside the estimate and the limit."""
    row, marks = 18, []
    largest = max([used for _, used in rows] + [planned or 0.0, most or 0.0, 1.0])
    height = row * len(rows) + 40
    floor = row * len(rows) + 14

    def x(value: float) -> float:
        return LEFT + value / largest * (_plot(width) - 60)

    for name, value in (("estimate", planned), ("limit", most)):
        if value is not None:
            marks.append(f'<line class="mark" x1="{x(value):.1f}" x2="{x(value):.1f}" y1="14" y2="{floor}"/>')
            if name == "limit" or most is None or x(most) - x(value) > LABEL:
                marks.append(_text(x(value), 10, name))
    for place, (name, used) in enumerate(rows):
        top = 14 + place * row
        marks.append(_text(LEFT - 8, top + row - 5, name, "end"))
        marks.append(_rect("proved", LEFT, top + 2, max(0.5, x(used) - LEFT), row - 4))
        marks.append(_text(x(used) + 5, top + row - 5, f"{short(used)} MB", "start"))
    for value in ticks(largest, _labels(width)):
        marks += [_line(x(value), floor, x(value), floor + 4)]
        marks.append(_text(x(value), floor + 18, f"{short(value)} MB"))
    return _svg(width, height, "Peak memory of each worker", marks)


def _log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten, with as much between them as it takes."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    inside: list[float] = []
    for factors in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 8)):
        found = [factor * 10.0**power for power in powers for factor in factors]
        inside = [value for value in found if low <= value <= high]
        if len(inside) >= 4:
            break
    return inside or [low]


def _plot(width: float) -> float:
    """What is left of the width for what is drawn."""
    return width - LEFT - RIGHT


def _labels(width: float) -> int:
    """How many labels fit below a chart."""
    return min(8, int(_plot(width) / (1.2 * LABEL)))


def _time_axis(total: float, floor: float, width: float) -> Iterable[str]:
    yield _line(LEFT, floor, LEFT + _plot(width), floor)
    for value in ticks(total, _labels(width)):
        x = LEFT + value / total * _plot(width)
        yield _line(x, floor, x, floor + 4)
        yield _text(x, floor + 18, seconds(value), "end" if x > width - 30 else "middle")


def _value_axis(
    largest: float, floor: float, words: Callable[[float], str], width: float, top: float = 10
) -> Iterable[str]:
    for value in ticks(largest, 3):
        y = floor - value / (largest or 1.0) * (floor - top)
        yield f'<line class="grid" x1="{LEFT}" x2="{LEFT + _plot(width):g}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(LEFT - 8, y + 4, words(value), "end")


def _rect(kind: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{kind}" x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"/>'


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(width: float, height: float, title: str, marks: Iterable[str]) -> str:
    inner = "".join(marks)
    return f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}">{inner}</svg>'
