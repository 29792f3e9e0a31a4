"""The curve of `make months`: time and size month by month, as a drawing.

python -m tests.reliability.curve REPORT.json CURVE.svg
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

WIDTH, HEIGHT, LEFT, TOP, GAP = 760, 200, 70, 60, 90
COLOURS = ("#1f5f8b", "#c8652b", "#4f8f4f", "#7a5195")
STYLE = (
    "text{font:14px 'Noto Sans CJK SC','Microsoft YaHei',sans-serif;fill:#222}"
    ".title{font-size:16px;font-weight:600}.grid{stroke:#ddd}.line{fill:none;stroke-width:2.5}"
)


class Line(NamedTuple):
    """One line of a panel."""

    name: str
    values: Sequence[float]


def drawing(report: dict[str, Any]) -> str:
    """The whole drawing as SVG: CPU seconds, and megabytes that each month added."""
    months = report["in order"]
    labels = [month["month"] for month in months]
    panels = [
        ("CPU seconds a month · 每月处理器用时（秒）", _seconds(months)),
        ("megabytes added by each month · 每月新增（MB）", _megabytes(months)),
    ]
    height = TOP + len(panels) * (HEIGHT + GAP)
    parts = [part for place, panel in enumerate(panels) for part in _panel(place, labels, *panel)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 30} {height}">'
        f"<style>{STYLE}</style>"
        f'<rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>\n'
    )


def _seconds(months: Sequence[dict[str, Any]]) -> list[Line]:
    return [
        Line("load · 载入", [month["load_cpu"] for month in months]),
        Line("build · 构建", [month["build_cpu"] for month in months]),
    ]


def _megabytes(months: Sequence[dict[str, Any]]) -> list[Line]:
    named = {"raw": "raw rows · 原始行", "marts": "marts · 数据集市", "rest": "the rest · 其他"}
    return [Line(label, _added([month[name] for month in months])) for name, label in named.items()]


def _added(sizes: Sequence[int]) -> list[float]:
    return [(size - before) / 1e6 for before, size in zip([0, *sizes], sizes, strict=False)]


def _panel(place: int, labels: Sequence[str], title: str, lines: Sequence[Line]) -> Iterator[str]:
    top = TOP + place * (HEIGHT + GAP)
    highest = _rounded(max(max(line.values) for line in lines))
    yield f'<text class="title" x="{LEFT}" y="{top - 32}">{title}</text>'
    for step in range(5):
        y = top + HEIGHT * (1 - step / 4)
        yield f'<line class="grid" x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 5}" text-anchor="end">{highest * step / 4:g}</text>'
    for number, label in enumerate(labels):
        if number % 6 == 0 or number == len(labels) - 1:
            yield f'<text x="{_x(number, len(labels))}" y="{top + HEIGHT + 22}" text-anchor="middle">{label}</text>'
    for number, line in enumerate(lines):
        points = " ".join(
            f"{_x(index, len(labels)):.1f},{top + HEIGHT * (1 - max(value, 0) / highest):.1f}"
            for index, value in enumerate(line.values)
        )
        x = LEFT + number * 190
        yield f'<polyline class="line" stroke="{COLOURS[number]}" points="{points}"/>'
        yield f'<rect x="{x}" y="{top - 22}" width="14" height="4" fill="{COLOURS[number]}"/>'
        yield f'<text x="{x + 20}" y="{top - 14}">{line.name}</text>'


def _x(number: int, count: int) -> float:
    return LEFT + WIDTH * number / max(count - 1, 1)


def _rounded(highest: float) -> float:
    """The next number that reads well on an axis."""
    return next(step * 10**power for power in range(9) for step in (1, 2, 4, 8) if step * 10**power >= highest)


def main() -> int:
    """Draw the report's curve."""
    source, target = map(Path, sys.argv[1:3])
    target.write_text(drawing(json.loads(source.read_text(encoding="utf-8"))), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
