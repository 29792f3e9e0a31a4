"""The queue as a workbook that an officer fills in away from the warehouse, and its way back: all of it or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl
import xlsxwriter
from psycopg.rows import dict_row

from hearth.contracts.model import Column, Extract, ExtractKind, Kind, Stem
from hearth.database.engine import connect
from hearth.errors import InputError, NotAllowed, UsageError
from hearth.language import said
from hearth.queueing.queue import LISTED, ROLE, Connection, Row, looked_at, require_divisions, write_decision
from hearth.reading.grid import read_sheets
from hearth.reading.problems import DeliveryProblem, letter
from hearth.reporting.formulas import BEGINNINGS
from hearth.secret_files import made_whole
from hearth.settings import Settings

SHEET = "待核记录"
NUMBER, CHECK, DECISION, CANDIDATE, REASON, BY = "待核编号", "校验码", "决定", "候选人序号", "理由", "决定人"
SHOWN = ("名单", "月份", "文件", "行号", "未匹配原因", "本行内容", "候选人")
HEADERS = (NUMBER, CHECK, *SHOWN, DECISION, CANDIDATE, REASON, BY)
WORDS: Mapping[str, str] = {"此人": "person", "名册中无此人": "nobody", "外县人员": "elsewhere"}
REASONS: Mapping[str, str] = {
    "somebody_elses_id": "证件号码是他人的",
    "several_candidates": "有几个候选人",
    "one_candidate_not_certain": "只有一个候选人，但不能确定",
    "no_candidate": "没有候选人",
}
WIDTHS = (10, 10, 16, 8, 30, 6, 16, 60, 60, 14, 12, 30, 12)
FAULTS_SHOWN = 50
LONGEST_NUMBER = 16
LIMITS = Extract(
    name="queue",
    title=SHEET,
    label="queue",
    stems=(Stem(SHEET),),
    kind=ExtractKind.EVENT,
    columns=tuple(Column(f"c{n}", header, Kind.TEXT, header) for n, header in enumerate(HEADERS)),
    max_megabytes=50,
    max_columns=200,
    max_cells=5_000_000,
)
"""How large a workbook is read: far more than a queue, far less than what fills the memory."""


@dataclass(frozen=True)
class Filled:
    """A filled-in row: what was decided, by whom and why."""

    queue_id: int
    decision: str
    person_key: str | None
    decided_by: str
    reason: str


def export(settings: Settings, target: Path, *, source: str | None = None, month: str | None = None) -> int:
    """Write the records that wait, of the caseworker's divisions, and give their number. Each look is written down.

    Raises:
        InputError: the target exists already.
        NotAllowed: no division is assigned to the caseworker.
        UsageError: nothing waits, or the target is called something else than a workbook.
    """
    if target.suffix.lower() != ".xlsx":
        raise UsageError(
            said(f"A workbook is written: {target} must end with .xlsx.", f"导出的是工作簿：{target} 须以 .xlsx 结尾。")
        )
    require_divisions(settings)
    if target.exists():
        raise InputError(said(f"{target} exists already.", f"{target} 已存在。"))
    with connect(settings, ROLE, row_factory=dict_row) as connection:
        waiting = connection.execute(LISTED, {"state": "open", "source": source, "month": month}).fetchall()
        if not waiting:
            raise UsageError(said("Nothing waits in the queue.", "没有待核记录。"))
        rows = [_exported(row, looked_at(connection, row["queue_id"])) for row in waiting]
    with made_whole(target) as writing:
        _write(writing, rows)
    return len(rows)


def import_decisions(settings: Settings, file: Path, decided_by: str) -> list[Filled]:
    """Keep every decision of a filled-in workbook, or none where one of them is wrong.

    `decided_by` counts where the column 决定人 is blank.

    Raises:
        InputError: no readable workbook, or rows that are wrong, each told with row, column and what was expected.
    """
    cells = _read(file)
    with connect(settings, ROLE, row_factory=dict_row) as connection:
        faults: list[str] = []
        decisions = [
            decision
            for row_number, row in cells
            if (decision := _filled(connection, row_number, row, decided_by, faults)) is not None
        ]
        faults += _named_twice(cells, decisions)
        if faults:
            raise InputError(_told(file, faults))
        if not decisions:
            raise InputError(
                said(
                    f"{file.name}: no row has anything in the column {DECISION}; nothing was imported.",
                    f"{file.name}：“{DECISION}”列全部为空，没有导入任何内容。",
                )
            )
        for one in decisions:
            write_decision(connection, one.queue_id, one.decision, one.person_key, one.decided_by, one.reason)
        return decisions


def check_code(item: Row) -> str:
    """Changes with the record and its candidates: what an officer saw must be what is decided."""
    seen = [item["record_key"], *(candidate["person_key"] for candidate in item["candidates"])]
    return hashlib.sha256("|".join(seen).encode()).hexdigest()[:8]


def _exported(listed: Row, item: Row) -> list[str]:
    first = item["rows"][0] if item["rows"] else {}
    files = dict.fromkeys(str(row["file_name"]) for row in item["rows"])
    return [
        str(item["queue_id"]),
        check_code(item),
        str(listed["title_zh"] or listed["extract"]),
        str(item["month"]),
        "\n".join(files),
        "、".join(str(row["row_number"]) for row in item["rows"]),
        REASONS.get(str(listed["reason"]), ""),
        "；".join(said_cells(first.get("cells") or [])),
        "\n".join(map(_said_candidate, item["candidates"])) or "（无）",
    ]


def said_cells(cells: Sequence[Row]) -> list[str]:
    """A row's cells that hold something, `姓名 …`; of a faulty ID number what is known of it."""
    return [
        f"{cell['header']} {cell['value'] if cell['value'] is not None else cell.get('digits', '') + '?'}"
        for cell in cells
        if cell["value"] is not None or cell.get("digits")
    ]


def _said_candidate(candidate: Row) -> str:
    facts = (
        candidate["name"],
        f"{candidate['birth_date']} 出生" if candidate["birth_date"] else "",
        f"证件号码前17位 {candidate['id_17']}" if candidate["id_17"] else "",
        f"户编号 {candidate['household_no']}",
        f"行政村 {candidate['village_code']}" if candidate["village_code"] else "",
        f"最后在册 {candidate['last_month']}",
        str(candidate["reasons_zh"]),
    )
    return f"{candidate['place']}. " + "，".join(filter(None, facts))


def _write(target: Path, rows: list[list[str]]) -> None:
    """Every cell is a text: numbers stay whole, and nothing becomes a formula."""
    with xlsxwriter.Workbook(str(target), {"in_memory": True}) as book:
        sheet = book.add_worksheet(SHEET)
        header = book.add_format({"bold": True, "num_format": "@", "text_wrap": True})
        plain = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        filled_in = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "bg_color": "#FFF2CC"})
        quoted = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "quote_prefix": True})
        first_open = HEADERS.index(DECISION)
        for column, (title, width) in enumerate(zip(HEADERS, WIDTHS, strict=True)):
            sheet.set_column(column, column, width, plain)
            sheet.write_string(0, column, title, header)
        for place, cells in enumerate(rows, 1):
            for column, cell in enumerate(cells):
                sheet.write_string(place, column, cell, quoted if cell.startswith(BEGINNINGS) else plain)
            for column in range(first_open, len(HEADERS)):
                sheet.write_blank(place, column, None, filled_in)
        sheet.freeze_panes(1, 2)
        choice = {"validate": "list", "source": list(WORDS), "ignore_blank": True}
        sheet.data_validation(1, first_open, max(len(rows), 1), first_open, choice)


def _read(file: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows below the header with their numbers, each cell under its header."""
    try:
        sheet = next((sheet for sheet in read_sheets(file, LIMITS) if sheet.name == SHEET), None)
    except FileNotFoundError:
        raise InputError(said(f"There is no file {file}.", f"没有文件 {file}。")) from None
    except DeliveryProblem as problem:
        raise InputError(said(f"{file.name}: {problem.en}", f"{file.name}：{problem.zh}")) from None
    if sheet is None:
        raise InputError(
            said(
                f"{file.name} has no sheet {SHEET}; `hearth queue export` writes one.",
                f"{file.name} 中没有工作表“{SHEET}”；请用 `hearth queue export` 导出。",
            )
        )
    headers, rows = _header_and_rows(sheet.cells)
    missing = [header for header in HEADERS if header not in SHOWN and header not in headers]
    if missing:
        listed = "、".join(missing)
        raise InputError(
            said(
                f"{file.name}, row 1: the columns {listed} are missing; expected those of the export.",
                f"{file.name} 第 1 行：缺少列 {listed}；应为导出时的各列。",
            )
        )
    return [(number, dict(zip(headers, cells, strict=True))) for number, cells in enumerate(rows, 2) if any(cells)]


def _header_and_rows(cells: pl.DataFrame) -> tuple[list[str], list[list[str]]]:
    rows = [[(cell or "").strip() for cell in row] for row in cells.iter_rows()]
    return (rows[0], rows[1:]) if rows else ([], [])


def _filled(
    connection: Connection, row_number: int, row: dict[str, str], decided_by: str, faults: list[str]
) -> Filled | None:
    """The row's decision; None where it is left open, or is wrong: then the faults gain what."""
    if not any(row[header] for header in (DECISION, CANDIDATE, REASON)):
        return None
    wrong = _wrong_by_itself(row)
    item = None if wrong else _item(connection, int(row[NUMBER]))
    wrong = wrong or _wrong_beside(row, item)
    if wrong or item is None:
        faults.extend([_complaint(row_number, list(row), wrong)] if wrong else [])
        return None
    person_key = _people(item).get(row[CANDIDATE])
    return Filled(int(row[NUMBER]), WORDS[row[DECISION]], person_key, row[BY] or decided_by, row[REASON])


class _Wrong(NamedTuple):
    """The column that is wrong, and what was expected there."""

    header: str
    expected: str
    expected_zh: str


def _wrong_by_itself(row: dict[str, str]) -> _Wrong | None:
    """What is wrong with a row, whatever the queue holds."""
    if row[DECISION] not in WORDS:
        expected = "、".join(WORDS)
        return _Wrong(DECISION, f"one of {expected}", f"应为 {expected} 之一")
    if not row[REASON]:
        return _Wrong(REASON, "a reason", "应写明理由")
    if not (row[NUMBER].isascii() and row[NUMBER].isdecimal() and len(row[NUMBER]) < LONGEST_NUMBER):
        return _Wrong(NUMBER, "the number of the export", "应为导出时的编号")
    return None


def _wrong_beside(row: dict[str, str], item: Row | None) -> _Wrong | None:
    """What is wrong with a row beside the record it decides."""
    if item is None:
        return _Wrong(NUMBER, "the number of a record in your divisions", "应为本人辖区内的待核编号")
    if check_code(item) != row[CHECK]:
        return _Wrong(
            CHECK,
            "the code of the export; the record or its candidates have changed since, export again",
            "与导出时不一致：记录或候选人已有变化，请重新导出",
        )
    if any(decision["revoked_at"] is None for decision in item["decisions"]):
        return _Wrong(NUMBER, "a record without a decision; revoke it first", "该记录已有现行核定，请先撤销")
    if WORDS[row[DECISION]] == "person" and row[CANDIDATE] not in _people(item):
        numbers = "、".join(_people(item)) or "–"
        return _Wrong(CANDIDATE, f"a candidate's number: {numbers}", f"应为候选人序号：{numbers}")
    if WORDS[row[DECISION]] != "person" and row[CANDIDATE]:
        return _Wrong(CANDIDATE, f"blank with {row[DECISION]}", f"决定为“{row[DECISION]}”时应为空")
    return None


def _item(connection: Connection, queue_id: int) -> Row | None:
    try:
        return looked_at(connection, queue_id)
    except NotAllowed:
        return None


def _people(item: Row) -> dict[str, str]:
    """Person keys by the candidates' numbers."""
    return {str(candidate["place"]): str(candidate["person_key"]) for candidate in item["candidates"]}


def _complaint(row_number: int, headers: list[str], wrong: _Wrong) -> str:
    column = letter(headers.index(wrong.header))
    return said(
        f"row {row_number}, column {column} “{wrong.header}”: expected {wrong.expected}",
        f"第 {row_number} 行 {column} 列“{wrong.header}”：{wrong.expected_zh}",
    )


def _named_twice(cells: list[tuple[int, dict[str, str]]], decisions: list[Filled]) -> list[str]:
    seen: dict[str, int] = {}
    faults = []
    decided = {str(one.queue_id) for one in decisions}
    for row_number, row in cells:
        number = row[NUMBER]
        if number in decided and row[DECISION]:
            if number in seen:
                faults.append(
                    said(
                        f"row {row_number}: record {number} stands in row {seen[number]} already; expected once",
                        f"第 {row_number} 行：待核编号 {number} 已在第 {seen[number]} 行出现，应只出现一次",
                    )
                )
            seen.setdefault(number, row_number)
    return faults


def _told(file: Path, faults: list[str]) -> str:
    more = len(faults) - FAULTS_SHOWN
    shown = faults[:FAULTS_SHOWN] + ([said(f"and {more} more", f"另有 {more} 处")] if more > 0 else [])
    head = said(
        f"{file.name}: {len(faults)} rows are wrong, nothing was imported:",
        f"{file.name}：有 {len(faults)} 处错误，没有导入任何内容：",
    )
    return "\n".join([head, *(f"  {fault}" for fault in shown)])
