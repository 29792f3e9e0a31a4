"""A delivery's faulty rows as a workbook for its sender: their own title rows, headers and order, and one column more.

It holds personal data, as the file it answers did: it is written for its owner's eyes only. Whatever the sender wrote
(csv, xls, xlsx), it is an xlsx, since only a workbook keeps marks, comments and numbers as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg
import xlsxwriter
from psycopg.rows import dict_row
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from hearth.contracts.model import REASONS
from hearth.database.engine import connect
from hearth.errors import InputError, UsageError
from hearth.language import said
from hearth.loading.additions import reference
from hearth.reading.filename import returned_name
from hearth.reporting.formulas import BEGINNINGS
from hearth.secret_files import made_whole
from hearth.settings import Settings

SHEET = "错误数据"
WIDTHS = (8, 40)
LONGEST_CELL = 32_767
"""Excel's own limit; a longer text would not be written at all. The quarantine keeps it whole."""
REASONS_WIDTH = 60

DELIVERIES = """
    select
        deliveries.delivery_id, deliveries.source, deliveries.month, deliveries.file_name, deliveries.sha256,
        deliveries.layout, deliveries.rows_quarantined, tops.cells as top, tops.merged_cells as merges
    from ops.deliveries
    left join restricted.delivery_tops as tops using (delivery_id)
"""
WAITING = "exists (select from restricted.waiting_rows as waiting where waiting.delivery_id = deliveries.delivery_id)"

Row = dict[str, Any]
Connection = psycopg.Connection[Row]
Merge = Sequence[int]


@dataclass(frozen=True)
class Returned:
    """A workbook for a sender; no `rows` where it had been written already and was left as it is."""

    delivery_id: int
    rows: int | None
    path: Path


def returns_folder(settings: Settings) -> Path:
    """Where workbooks are written unless somebody says otherwise."""
    return settings.home / "returned"


def write_returned_rows(
    settings: Settings, folder: Path, *, number: int | None = None, month: str | None = None
) -> list[Returned]:
    """Write the rows that wait of one delivery, or of every delivery of a month, below `folder`/source/month/.

    A month's workbooks that exist already are left as they are.

    Raises:
        UsageError: there is no such delivery, or none of its (the month's) rows wait for their sender.
        InputError: the one delivery's workbook exists already.
    """
    with connect(settings, row_factory=dict_row) as connection:
        deliveries = _one(connection, number) if number is not None else _of_month(connection, month)
        targets = _targets(folder, deliveries)
        there = {delivery_id: target for delivery_id, target in targets.items() if target.exists()}
        if number is not None and there:
            raise InputError(said(f"{targets[number]} exists already.", f"{targets[number]} 已存在。"))
        return [
            Returned(delivery_id, None, targets[delivery_id])
            if (delivery_id := row["delivery_id"]) in there
            else _write(connection, row, targets[delivery_id])
            for row in deliveries
        ]


def _one(connection: Connection, number: int) -> list[Row]:
    found = connection.execute(
        f"{DELIVERIES} where delivery_id = %s",
        (number,),
    ).fetchone()
    if found is None:
        raise UsageError(
            said(
                f"There is no delivery {number}; `hearth deliveries list` shows them.",
                f"没有第 {number} 号交付；`hearth deliveries list` 列出全部。",
            )
        )
    if not connection.execute("select from restricted.waiting_rows where delivery_id = %s limit 1", (number,)).rowcount:
        raise _nothing_waits(connection, number)
    return [found]


def _nothing_waits(connection: Connection, number: int) -> UsageError:
    kept = connection.execute(
        "select count(*) as rows from restricted.quarantine where delivery_id = %s", (number,)
    ).fetchone()
    if not kept or not kept["rows"]:
        return UsageError(said(f"No row of delivery {number} is in quarantine.", f"第 {number} 号交付没有被隔离的行。"))
    return UsageError(
        said(
            f"The {kept['rows']} quarantined rows of delivery {number} do not wait any more: they were corrected by a "
            f"returned workbook, or the whole list was replaced; `hearth deliveries show {number}` tells.",
            f"第 {number} 号交付的 {kept['rows']} 个隔离行不再待更正：已由退回表更正，或整份名单已被替代；"
            f"详见 `hearth deliveries show {number}`。",
        )
    )


def _of_month(connection: Connection, month: str | None) -> list[Row]:
    found = connection.execute(
        f"{DELIVERIES} where month = %s and {WAITING} order by delivery_id",
        (month,),
    ).fetchall()
    if not found:
        raise UsageError(said(f"No row of {month} waits for its sender.", f"{month} 没有待报送单位更正的行。"))
    return found


def _targets(folder: Path, deliveries: list[Row]) -> dict[int, Path]:
    """Each delivery's workbook, in the folders that its file came in, under a name of its own."""
    targets: dict[int, Path] = {}
    for delivery in deliveries:
        place = folder / delivery["source"] / delivery["month"]
        taken = {target.name for target in targets.values() if target.parent == place}
        targets[delivery["delivery_id"]] = place / returned_name(delivery["file_name"], taken)
    return targets


def _write(connection: Connection, delivery: Row, target: Path) -> Returned:
    rows = connection.execute(
        "select row_number, cells, reasons from restricted.waiting_rows where delivery_id = %s order by row_number",
        (delivery["delivery_id"],),
    ).fetchall()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with made_whole(target) as writing, xlsxwriter.Workbook(str(writing), {"in_memory": True}) as book:
        sheet = book.add_worksheet(_sheet_name(delivery))
        _Page(book, sheet, _Layout.of(delivery), delivery["sha256"]).write(rows)
    return Returned(delivery["delivery_id"], len(rows), target)


def _sheet_name(delivery: Row) -> str:
    """The sender's; what is no name of a sheet (a csv has none) is replaced."""
    name = str(delivery["layout"].get("sheet") or "")
    is_good = 0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") and name[0] != "'" != name[-1]
    return name if is_good else SHEET


@dataclass(frozen=True)
class _Layout:
    """Title and header rows with their merges, and which of the file's columns go back; the last header row is last."""

    top: list[list[str]]
    merges: list[Merge]
    columns: list[int]
    positions: dict[str, int]
    headers: list[str]

    def position(self, column: str, header: str) -> int | None:
        """Where a faulty cell stands, of a column that is not the contract's too."""
        if column in self.positions:
            return self.positions[column]
        return self.headers.index(header) if header in self.headers and header != REASONS else None

    @classmethod
    def of(cls, delivery: Row) -> _Layout:
        headers = [str(header) for header in delivery["layout"]["headers"]]
        columns = [n for n, header in enumerate(headers) if header.rsplit("/", 1)[-1].strip() != REASONS]
        top, merges = delivery["top"], delivery["merges"]
        if top is None:  # loaded before what stands above the rows was kept
            top, merges = _rebuilt(headers)
        return cls(top, merges, columns, delivery["layout"].get("positions") or {}, headers)


def _rebuilt(headers: list[str]) -> tuple[list[list[str]], list[Merge]]:
    """Header rows from flattened headers, `户主/姓名` below a merged 户主."""
    if not any("/" in header for header in headers):
        return [headers], []
    groups = [header.rpartition("/")[0] for header in headers]
    leaves = [header.rpartition("/")[2] for header in headers]
    upper = [group or leaf for group, leaf in zip(groups, leaves, strict=True)]
    merges: list[Merge] = [(0, n, 1, n) for n, group in enumerate(groups) if not group]
    for group, run in groupby(range(len(groups)), key=groups.__getitem__):
        members = list(run)
        if group and len(members) > 1:
            merges.append((0, members[0], 0, members[-1]))
    return [upper, [leaf if group else "" for group, leaf in zip(groups, leaves, strict=True)]], merges


@dataclass(frozen=True)
class _Page:
    """One sheet being written. Every cell is a text: digits stay whole, and nothing becomes a formula."""

    book: xlsxwriter.Workbook
    sheet: Worksheet
    layout: _Layout
    sha256: str

    def write(self, rows: list[Row]) -> None:
        """Title and headers, then the rows, each with its reasons and its faulty cells marked."""
        first = len(self.layout.top)
        reasons_at = len(self.layout.columns)
        self._write_top(reasons_at)
        styles = self._styles()
        for place, row in enumerate(rows, first):
            faulty = self._faulty(row["reasons"])
            for column, position in enumerate(self.layout.columns):
                cell = _text(row["cells"], position)
                self._write_cell(place, column, cell, styles[position in faulty, cell.startswith(BEGINNINGS)])
                if position in faulty:
                    self.sheet.write_comment(place, column, faulty[position], {"x_scale": 2, "author": "Hearth"})
            self._write_cell(place, reasons_at, _reasons(self.sha256, row), styles[False, False])
        self.sheet.freeze_panes(first, 0)
        for column, width in enumerate(self._widths(rows)):
            self.sheet.set_column(column, column, width, styles[False, False])
        self.sheet.set_column(reasons_at, reasons_at, REASONS_WIDTH, styles[False, False])

    def _write_cell(self, row: int, column: int, text: str, style: Format) -> None:
        if text:
            self.sheet.write_string(row, column, text[:LONGEST_CELL], style)
        else:
            self.sheet.write_blank(row, column, None, style)

    def _write_top(self, reasons_at: int) -> None:
        """The sender's title and header rows, merged as they were; 错误原因 beside the header."""
        style = self.book.add_format({"num_format": "@", "bold": True, "text_wrap": True, "valign": "vcenter"})
        moved = {position: column for column, position in enumerate(self.layout.columns)}
        for place, cells in enumerate(self.layout.top):
            for position, cell in enumerate(cells):
                if position in moved and cell:
                    self.sheet.write_string(place, moved[position], cell, style)
        for top, left, bottom, right in self.layout.merges:
            inside = [moved[position] for position in range(left, right + 1) if position in moved]
            if inside and (bottom > top or len(inside) > 1):
                text = self.layout.top[top][left]
                self.sheet.merge_range(top, inside[0], bottom, inside[-1], "", style)
                self.sheet.write_string(top, inside[0], text, style)
        self.sheet.write_string(self._header_at(), reasons_at, REASONS, style)

    def _header_at(self) -> int:
        """Where 错误原因 stands: in the last header row, so that it belongs to no group above."""
        return len(self.layout.top) - 1

    def _styles(self) -> dict[tuple[bool, bool], Format]:
        """By whether the cell is faulty, and begins as a formula does: those are quoted for good."""
        return {
            (is_faulty, is_quoted): self.book.add_format(
                {"num_format": "@"}
                | ({"bg_color": "#FFC7CE"} if is_faulty else {})
                | ({"quote_prefix": True} if is_quoted else {})
            )
            for is_faulty in (False, True)
            for is_quoted in (False, True)
        }

    def _faulty(self, reasons: list[dict[str, str]]) -> dict[int, str]:
        """What is wrong, by the column's place in the file."""
        faulty: dict[int, str] = {}
        for reason in reasons:
            position = self.layout.position(reason["column"], reason["header"])
            if position is not None:
                faulty[position] = "\n".join(filter(None, (faulty.get(position), reason["message_zh"])))
        return faulty

    def _widths(self, rows: list[Row]) -> Iterator[int]:
        for position in self.layout.columns:
            header = self.layout.top[-1][position] if position < len(self.layout.top[-1]) else ""
            longest = max([len(header) * 2, *(len(_text(row["cells"], position)) for row in rows)])
            yield min(max(longest + 2, WIDTHS[0]), WIDTHS[1])


def _text(cells: list[Any], position: int) -> str:
    return "" if position >= len(cells) or cells[position] is None else str(cells[position])


def _reasons(sha256: str, row: Row) -> str:
    """`[1f2e3d4c-23] 第23行 死亡日期：…`: which row it was, for us and for the sender."""
    reasons = row["reasons"]
    said_zh = "".join(dict.fromkeys(f"“{reason['header']}”{reason['message_zh']}" for reason in reasons))
    return f"{reference(sha256, row['row_number'])} 第{row['row_number']}行：{said_zh}"
