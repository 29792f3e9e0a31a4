"""What rejects or holds a delivery that could be read: pure judgements on its figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from hearth.contracts.model import Extract, ExtractKind
from hearth.loading.outcome import Message
from hearth.parsing.faults import sentence
from hearth.parsing.frame import Parsed
from hearth.reading.filename import FileName
from hearth.reading.problems import letter
from hearth.reading.table import Table

HOUSEHOLDS = "户"
REASONS_SHOWN = 3
ROWS_SHOWN = 5
DATES_SHOWN = 3


@dataclass(frozen=True)
class Previous:
    """The delivery that counted for a part so far."""

    delivery_id: int
    file_name: str
    rows: int


def too_many_faults(extract: Extract, parsed: Parsed, table: Table) -> Message | None:
    """Why the delivery is rejected where its faulty rows exceed the contract's tolerance."""
    faulty, read = parsed.quarantined.height, parsed.rows_read
    if faulty <= extract.tolerance * read:
        return None
    share = f"{extract.tolerance:.0%}"
    commonest = _commonest(parsed.faults, table)
    sheet_zh, sheet = (f"工作表“{table.sheet}”：", f"sheet “{table.sheet}”: ") if table.sheet else ("", "")
    return Message(
        f"{sheet_zh}错误行过多：读取 {read} 行，其中 {faulty} 行有误，超过允许的 {share}，整个文件退回。"
        + "".join(reason.zh for reason in commonest)
        + "请更正后整份重新报送。",
        f"{sheet}Too many faulty rows: {faulty} of the {read} rows read, more than the {share} allowed; nothing was "
        f"loaded. {' '.join(reason.en for reason in commonest)} Correct them and send the whole file again.",
    )


def unread_sheets(table: Table) -> list[Message]:
    """Why a person must look at a workbook of which several sheets could have been read."""
    if not table.unread_sheets:
        return []
    zh = "、".join(f"“{name}”（{rows} 行）" for name, rows in table.unread_sheets.items())
    en = ", ".join(f"“{name}” ({rows} rows)" for name, rows in table.unread_sheets.items())
    return [
        Message(
            f"只读取了工作表“{table.sheet}”（{table.rows.height} 行），未读取同样有表头和数据的工作表{zh}。"
            "应为：一个文件只有一个数据表。请把各表合并成一个工作表，或分成几个文件重新报送；只要前者的可以放行。",
            f"Only sheet “{table.sheet}” was read ({table.rows.height} rows), not the sheets {en}, which have a header "
            "and rows as well. Expected: one sheet with rows. Put them into one sheet or send them as several files; "
            "release it if the first is all that is meant.",
        )
    ]


def reasons_to_hold(
    extract: Extract, name: FileName, parsed: Parsed, data_date: date, dates: Iterable[date], previous: Previous | None
) -> list[Message]:
    """Why a person must look at the delivery before it may count; empty where nobody must."""
    found = (
        _lost_rows(extract, parsed, previous),
        _other_count(extract, name, parsed),
        _other_month(data_date, dates),
    )
    return [reason for reason in found if reason is not None]


def _lost_rows(extract: Extract, parsed: Parsed, previous: Previous | None) -> Message | None:
    if previous is None or extract.kind is not ExtractKind.SNAPSHOT:
        return None
    now = parsed.rows.height + parsed.quarantined.height
    lost = previous.rows - now
    if lost < extract.drop_rows or lost <= extract.drop_share * previous.rows:
        return None
    share = f"{lost / previous.rows:.0%}"
    return Message(
        f"行数由上一份（{previous.file_name}）的 {previous.rows} 行减少到 {now} 行（减少 {share}），"
        "可能是名单不完整，请核实后放行或退回。",
        f"The list has {now} rows where the one before ({previous.file_name}) had {previous.rows} ({share} fewer): "
        "it may be a part of the whole. Check it, then release or reject it.",
    )


def _other_count(extract: Extract, name: FileName, parsed: Parsed) -> Message | None:
    """A count of households says nothing about a list of persons."""
    stated, unit = name.stated_count, name.stated_unit or ""
    if stated is None or stated == parsed.rows_read or (unit == HOUSEHOLDS and not extract.counts_households):
        return None
    return Message(
        f"文件名注明 {stated}{unit}，实际读取 {parsed.rows_read} 行，两者不符，请核实。",
        f"The file's name states {stated} ({unit or 'rows'}), but {parsed.rows_read} rows were read.",
    )


def _other_month(data_date: date, dates: Iterable[date]) -> Message | None:
    others = sorted({found for found in dates if (found.year, found.month) != (data_date.year, data_date.month)})
    if not others:
        return None
    shown = "、".join(found.isoformat() for found in others[:DATES_SHOWN])
    month = f"{data_date:%Y%m}"
    return Message(
        f"文件内的数据日期（{shown}）与所在文件夹的月份（{month}）不符，请核实后放行，或移到正确的月份重新报送。",
        f"The data date inside the file ({shown}) contradicts its month folder ({month}). "
        "Release it, or send it again in the right month's folder.",
    )


def _commonest(faults: pl.DataFrame, table: Table) -> list[Message]:
    """The reasons that cost most rows, each with the first of them."""
    grouped = faults.group_by("column", "header", "code").agg(
        rows=pl.col("row_number").n_unique(), first=pl.col("row_number").unique().sort().head(ROWS_SHOWN)
    )
    commonest = grouped.sort(-pl.col("rows").cast(pl.Int64), "header", "code").head(REASONS_SHOWN)
    return [_reason(letter(table.positions[reason.pop("column")]), **reason) for reason in commonest.to_dicts()]


def _reason(place: str, header: str, code: str, rows: int, first: list[int]) -> Message:
    words, places = sentence(code), "、".join(map(str, first))
    is_cut = rows > len(first)
    return Message(
        f"{place} 列“{header}”{rows} 行（第 {places} 行{'等' * is_cut}）：{words.zh}",
        f"Column {place} “{header}”, {rows} rows ({'first ' * is_cut}{', '.join(map(str, first))}): {words.en}",
    )
