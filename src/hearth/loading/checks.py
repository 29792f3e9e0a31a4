"""What rejects or holds a delivery that could be read: pure judgements on its figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from hearth.contracts.model import Extract, ExtractKind
from hearth.language import Listed, Words, filled
from hearth.loading.catalogue import HOLDS
from hearth.loading.outcome import Message, message
from hearth.parsing.faults import Sentence, sentence
from hearth.parsing.frame import Parsed
from hearth.reading.catalogue import PROBLEMS
from hearth.reading.filename import FileName
from hearth.reading.problems import letter, place_of
from hearth.reading.table import Table

HOUSEHOLDS = "户"
REASONS_SHOWN = 3
ROWS_SHOWN = 5
DATES_SHOWN = 3
_OF_ROWS = Words("{rows} 行", "{rows} {rows:row|rows}")


@dataclass(frozen=True)
class Previous:
    """The delivery that counted for a part so far."""

    delivery_id: int
    file_name: str
    rows: int
    month: str = ""


def too_many_faults(extract: Extract, parsed: Parsed, table: Table) -> Message | None:
    """Why the delivery is rejected where its faulty rows exceed the contract's tolerance.

    Rows that repeat another one are left out of both counts: a good row sent often makes no faulty one better.
    """
    faulty, read = parsed.quarantined.height, parsed.rows_read - parsed.rows_duplicate
    if faulty <= extract.tolerance * read:
        return None
    commonest = _commonest(parsed.faults, table, extract)
    return message(
        PROBLEMS["too_many_faults"],
        place_of(table.sheet),
        faulty=faulty,
        read=read,
        share=f"{extract.tolerance:.0%}",
        reasons=Words("".join(reason.zh for reason in commonest), " ".join(reason.en for reason in commonest)),
    )


def unread_sheets(table: Table) -> list[Message]:
    """Why a person must look at a workbook of which several sheets could have been read."""
    if not table.unread_sheets:
        return []
    others = [(name, filled(_OF_ROWS, rows=rows)) for name, rows in table.unread_sheets.items()]
    listed = Words(
        "、".join(f"“{name}”（{rows.zh}）" for name, rows in others),
        ", ".join(f"“{name}” ({rows.en})" for name, rows in others),
    )
    facts = {"rows": table.rows.height, "others": listed, "several": len(others)}
    return [message(HOLDS["unread_sheets"], place_of(table.sheet), **facts)]


def reasons_to_hold(
    extract: Extract, name: FileName, parsed: Parsed, data_date: date, dates: Iterable[date], previous: Previous | None
) -> list[Message]:
    """Why a person must look at the delivery before it may count; empty where nobody must."""
    found = (
        lost_rows(extract, parsed.rows_good + parsed.quarantined.height, previous),
        _other_count(extract, name, parsed),
        _other_month(data_date, dates),
    )
    return [reason for reason in found if reason is not None]


def lost_rows(extract: Extract, now: int, previous: Previous | None) -> Message | None:
    """Why a snapshot of `now` rows, quarantined ones included, may be incomplete beside the one before."""
    if previous is None or extract.kind is not ExtractKind.SNAPSHOT:
        return None
    lost = previous.rows - now
    if lost < extract.drop_rows or lost <= extract.drop_share * previous.rows:
        return None
    return message(
        HOLDS["lost_rows"],
        now=now,
        before=previous.rows,
        file=previous.file_name,
        share=f"{lost / previous.rows:.0%}",
        allowed=f"{extract.drop_share:.0%}",
        few=extract.drop_rows,
    )


def _other_count(extract: Extract, name: FileName, parsed: Parsed) -> Message | None:
    """A count of households says nothing about a list of persons."""
    stated, unit = name.stated_count, name.stated_unit or ""
    if stated is None or stated == parsed.rows_read or (unit == HOUSEHOLDS and not extract.counts_households):
        return None
    return message(HOLDS["other_count"], read=parsed.rows_read, stated=stated, unit=unit)


def _other_month(data_date: date, dates: Iterable[date]) -> Message | None:
    others = sorted({found for found in dates if (found.year, found.month) != (data_date.year, data_date.month)})
    if not others:
        return None
    shown = Listed([found.isoformat() for found in others[:DATES_SHOWN]] + ["…"] * (len(others) > DATES_SHOWN))
    return message(HOLDS["other_month"], dates=shown, month=f"{data_date:%Y%m}")


def _commonest(faults: pl.DataFrame, table: Table, extract: Extract) -> list[Words]:
    """The reasons that cost most rows, each with the first of them."""
    grouped = faults.group_by("column", "header", "code").agg(
        rows=pl.col("row_number").n_unique(), first=pl.col("row_number").unique().sort().head(ROWS_SHOWN)
    )
    commonest = grouped.sort(-pl.col("rows").cast(pl.Int64), "header", "code").head(REASONS_SHOWN)
    columns = {column.name: column for column in extract.columns}
    return [
        _reason(_place(table, column, reason["header"]), sentence(reason.pop("code"), columns.get(column)), **reason)
        for reason in commonest.to_dicts()
        for column in (reason.pop("column"),)
    ]


def _place(table: Table, column: str, header: str) -> str:
    """The letter of a column, of one that is not the contract's too; one without a header is called by it."""
    if column in table.positions:
        return letter(table.positions[column])
    return letter(table.headers.index(header)) if header in table.headers else header


def _reason(place: str, said: Sentence, header: str, rows: int, first: list[int]) -> Words:
    more = "等" if rows > len(first) else ""
    where = Words(
        "{place} 列“{header}”{rows} 行（第 {first} 行{more}）：{said}",
        "Column {place} “{header}”, {rows} {rows:row|rows} ({more}{first:row|rows} {first}): {said}",
    )
    facts = {"place": place, "header": header, "rows": rows, "first": Listed(map(str, first))}
    return filled(where, **facts, more=Words(more, "first " * bool(more)), said=Words(said.zh, said.en))
