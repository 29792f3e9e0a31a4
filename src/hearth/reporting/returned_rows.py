"""A delivery's quarantined rows as a workbook for its sender: their own columns, and one more with what is wrong.

It holds personal data, as the file it answers did: it is written for its owner's eyes only.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import xlsxwriter

from hearth.database.engine import connect
from hearth.errors import InputError, UsageError
from hearth.settings import Settings

REASONS = "错误原因"
SHEET = "错误数据"


def write_returned_rows(settings: Settings, number: int, target: Path) -> int:
    """Write the workbook; gives the number of rows.

    Raises:
        UsageError: there is no such delivery, or none of its rows is in quarantine.
        InputError: the target exists already.
    """
    headers, rows = _quarantined(settings, number)
    if target.exists():
        raise InputError(f"{target} exists already.")
    os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
    with xlsxwriter.Workbook(str(target)) as book:
        sheet = book.add_worksheet(SHEET)
        for place, cells in enumerate([[*headers, REASONS], *rows]):
            for column, cell in enumerate(cells):
                sheet.write_string(place, column, cell)  # as text: digits stay whole, nothing becomes a formula
    return len(rows)


def _quarantined(settings: Settings, number: int) -> tuple[list[str], list[list[str]]]:
    with connect(settings) as connection:
        found = connection.execute(
            "select layout -> 'headers' from ops.deliveries where delivery_id = %s", (number,)
        ).fetchone()
        rows = connection.execute(
            "select row_number, cells, reasons from restricted.quarantine where delivery_id = %s order by row_number",
            (number,),
        ).fetchall()
    if found is None:
        raise UsageError(f"There is no delivery {number}; `hearth deliveries list` shows them.")
    if not rows:
        raise UsageError(f"No row of delivery {number} is in quarantine.")
    headers = [str(header) for header in found[0]]
    return headers, [_returned(headers, *row) for row in rows]


def _returned(headers: list[str], row_number: int, cells: list[Any], reasons: list[dict[str, str]]) -> list[str]:
    own = ["" if cell is None else str(cell) for cell in cells]
    said = "；".join(dict.fromkeys(reason["message_zh"] for reason in reasons))
    return [*own, *[""] * (len(headers) - len(own)), f"第{row_number}行：{said}"]
