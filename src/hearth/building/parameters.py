"""A county's parameters: a CSV of effective-dated rows by division, checked and taken over as a whole."""

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from hearth.building.months import NOW, Moment
from hearth.database.engine import connect
from hearth.errors import InputError
from hearth.language import said, why_not
from hearth.settings import Settings

GROUPS: Mapping[str, tuple[str, ...]] = {
    "income_line": ("",),
    "allowance_line": ("",),
    "out_of_pocket_year_to_date": ("assisted", "other"),
    "single_admission": ("assisted", "other"),
    "late_admission_months": ("",),
    "premium_standard": ("",),
    "premium_subsidy_ratio": ("extreme_poverty", "allowance", "monitored"),
    "compulsory_age_from": ("",),
    "compulsory_age_to": ("",),
    "compulsory_cutoff": ("",),
    "newborn_grace_days": ("",),
    "tertiary_own_cost": ("",),
    "income_drop_share": ("",),
    "water_litres_minimum": ("", "scarce"),
    "water_minutes_maximum": ("",),
    "water_shortage_days_maximum": ("",),
    "water_test_interval_days": ("",),
    "clearing_months_minimum": ("",),
}
"""Every parameter with the groups it is given for."""

UNITS: Mapping[str, str] = {
    "income_line": "yuan per person per year",
    "allowance_line": "yuan per person per year",
    "out_of_pocket_year_to_date": "yuan per household",
    "single_admission": "yuan per admission",
    "late_admission_months": "months",
    "premium_standard": "yuan per person per year",
    "premium_subsidy_ratio": "share",
    "compulsory_age_from": "years",
    "compulsory_age_to": "years",
    "compulsory_cutoff": "month and day",
    "newborn_grace_days": "days",
    "tertiary_own_cost": "yuan per household per year",
    "income_drop_share": "share",
    "water_litres_minimum": "litres per person per day",
    "water_minutes_maximum": "minutes",
    "water_shortage_days_maximum": "days per year",
    "water_test_interval_days": "days",
    "clearing_months_minimum": "months",
}
"""What each parameter's value is in. No value is converted."""

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "yuan per person per year": ("元/人·年", "元/人/年", "元/人年", "元/年", "元", "yuan"),
    "yuan per household": ("元/户", "元/户·年", "元/户/年", "元/年", "元", "yuan"),
    "yuan per household per year": ("元/户·年", "元/户/年", "元/户", "元/年", "元", "yuan"),
    "yuan per admission": ("元/次", "元/人次", "元", "yuan"),
    "litres per person per day": ("升/人·天", "升/人/天", "升/人·日", "升/人/日", "L/人·d", "升"),
    "minutes": ("分钟",),
    "days": ("天", "日"),
    "days per year": ("天/年", "日/年", "天", "日", "days"),
    "months": ("个月", "月"),
    "years": ("周岁", "岁", "年"),
    "share": ("比例",),
    "month and day": ("月-日",),
}
"""Other ways to write the same unit, the Chinese one to show first."""

COLUMNS = ("parameter", "population_group", "division_code", "valid_from", "valid_to", "value", "unit")
MONTH_AND_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)
SHARES = ("income_drop_share", "premium_subsidy_ratio")
SHARE = re.compile(r"0+(\.\d+)?|0*1(\.0+)?", re.ASCII)
DIVISION = re.compile(r"(\d{2}){1,3}|\d{9}|\d{12}", re.ASCII)
FIRST_DAY = date(1949, 10, 1)
"""Since when a row without a start is valid."""
MOST_FAULTS = 20
LONGEST_SHOWN = 40

Cells = Mapping[str, str | None]
Row = tuple[str, str, str, date, date | None, str, str, str]


def load_parameters(settings: Settings, path: Path) -> int:
    """Take over a county's parameter file; earlier sets stay, marked as no longer current.

    Returns:
        The number of rows in force; the same file again changes nothing.

    Raises:
        InputError: the file is unreadable or rows are faulty; each fault is told in a line of its own, in the
            language of the locale: line and column of the file, what was expected and what was found.
    """
    rows = sorted(read_parameters(path), key=lambda row: row[:4])
    with connect(settings, "transformer") as connection:
        if current_parameters(connection) != rows:
            _replace(connection, rows)
    return len(rows)


def read_parameters(path: Path) -> list[Row]:
    """The rows of a parameter file, checked.

    Raises:
        InputError: as `load_parameters`.
    """
    reader = csv.DictReader(io.StringIO(_text(path), newline=None))
    missing = ", ".join(column for column in COLUMNS if column not in (reader.fieldnames or ()))
    if missing:
        _refuse(path, [Fault(1, f"the columns {missing} are missing", f"缺少列 {missing}")])
    lines = [(reader.line_num, cells) for cells in reader if any(v for v in cells.values() if v)]
    of_another_width = list(_faults_of_width(reader.fieldnames or (), lines))
    beside = {fault.line for fault in of_another_width}
    written = [(line, _trimmed(cells)) for line, cells in lines if line not in beside]
    faults = [*of_another_width, *(fault for line, cells in written for fault in _faults(line, cells))]
    faulty = {fault.line for fault in faults}
    sound = [(line, cells) for line, cells in written if line not in faulty]
    _refuse(path, [*faults, *_doubles(sound)])
    return [_row(cells) for _, cells in sound]


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong with a line, in both languages."""

    line: int
    english: str
    chinese: str


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = why_not(error)
        raise InputError(
            said(f"parameter file {path}: cannot be read ({reason})", f"参数文件 {path}：无法读取（{reason}）")
        ) from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    name = path.name
    raise InputError(
        said(f"parameter file {name}: neither UTF-8 nor GB18030", f"参数文件 {name}：既不是 UTF-8 也不是 GB18030 编码")
    )


def _refuse(path: Path, faults: Iterable[Fault]) -> None:
    """One error for all that is wrong with a file, in the language of the locale, if anything is."""
    lines = [
        said(f"{path.name}: line {fault.line}: {fault.english}", f"{path.name}：第 {fault.line} 行：{fault.chinese}")
        for fault in sorted(faults)
    ]
    further = len(lines) - MOST_FAULTS
    if further > 0:
        more = said(f"{path.name}: and {further} more like these", f"{path.name}：另有 {further} 处错误未列出")
        lines = [*lines[:MOST_FAULTS], more]
    if lines:
        raise InputError("\n".join(lines))


def _faults_of_width(header: Sequence[str], lines: Iterable[tuple[int, dict[Any, Any]]]) -> Iterator[Fault]:
    """A line with more or fewer cells than the header has them in other columns than its writer thinks."""
    for line, cells in lines:
        found = sum(value is not None for key, value in cells.items() if key is not None) + len(cells.get(None) or ())
        if found != len(header):
            yield Fault(
                line,
                f"{found} cells where the header has {len(header)}: write numbers without a thousands comma, and text"
                " that holds a comma in quotation marks",
                f"有 {found} 个单元格，而表头有 {len(header)} 个：数字请勿写千分位逗号，含逗号的文字请加英文双引号",
            )


def _trimmed(cells: Cells) -> dict[str, str]:
    return {column: (cells.get(column) or "").strip() for column in (*COLUMNS, "source")}


def _faults(line: int, cells: Mapping[str, str]) -> Iterator[Fault]:
    """Everything wrong with one line, told by itself."""
    yield from _faults_of_name(line, cells["parameter"], cells["population_group"])
    if not DIVISION.fullmatch(cells["division_code"]):
        expected = "00 or a code of 2, 4, 6, 9 or 12 digits", "00 或 2、4、6、9、12 位代码"
        yield _unexpected(line, "division_code", expected, cells["division_code"])
    yield from _faults_of_period(line, cells["valid_from"], cells["valid_to"])
    if cells["parameter"] == "compulsory_cutoff":
        expected, pattern = ("a month and day as 08-31", "月-日，如 08-31"), MONTH_AND_DAY
    else:
        expected, pattern = ("a number not below 0", "不小于 0 的数"), NUMBER
        if cells["parameter"] in SHARES:
            expected, pattern = ("a share from 0 to 1, as 0.30", "0 到 1 之间的比例，如 0.30"), SHARE
    if not pattern.fullmatch(cells["value"]):
        yield _unexpected(line, "value", expected, cells["value"])
    yield from _faults_of_unit(line, cells["parameter"], cells["unit"])


def _faults_of_name(line: int, parameter: str, group: str) -> Iterator[Fault]:
    if parameter not in GROUPS:
        near = get_close_matches(parameter, GROUPS, n=1)
        names = near or GROUPS
        expected = (
            ("a known parameter, perhaps " if near else "one of ") + ", ".join(names),
            ("已有的参数，例如 " if near else "以下之一：") + "、".join(names),
        )
        yield _unexpected(line, "parameter", expected, parameter)
    elif group not in GROUPS[parameter]:
        expected = (
            " or ".join(known or "nothing" for known in GROUPS[parameter]) + f" for {parameter}",
            f"{'或'.join(known or '空' for known in GROUPS[parameter])}（{parameter}）",
        )
        yield _unexpected(line, "population_group", expected, group)


def _faults_of_unit(line: int, parameter: str, unit: str) -> Iterator[Fault]:
    """A value in 万元 would be taken for yuan."""
    own = UNITS.get(parameter)
    if own and not _is_unit(unit, own):
        advice = (
            f"{own} or nothing (give the value in that unit)",
            f"{SPELLINGS[own][0]}（{own}）或空，数值请按该单位填写",
        )
        yield _unexpected(line, "unit", advice, unit)


def _is_unit(written: str, own: str) -> bool:
    """Whether it is the parameter's own unit, in whatever spelling; a blank one is."""
    return not written or _plain_unit(written) in map(_plain_unit, (own, *SPELLINGS[own]))


def _plain_unit(unit: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", unit).casefold().split())


def _faults_of_period(line: int, valid_from: str, valid_to: str) -> Iterator[Fault]:
    wrong = {name: text for name, text in (("valid_from", valid_from), ("valid_to", valid_to)) if not _is_day(text)}
    for name, text in wrong.items():
        yield _unexpected(line, name, ("a date as 2025-01-31 or nothing", "日期，如 2025-01-31，或空"), text)
    if not wrong and valid_to and _day(valid_to) < _day(valid_from):
        expected = (
            f"a day not before valid_from, {valid_from or FIRST_DAY}",
            f"不早于 valid_from（{valid_from or FIRST_DAY}）的日期",
        )
        yield _unexpected(line, "valid_to", expected, valid_to)


def _unexpected(line: int, column: str, expected: tuple[str, str], found: str) -> Fault:
    shown = found if len(found) <= LONGEST_SHOWN else found[:LONGEST_SHOWN] + "…"
    english, chinese = expected
    return Fault(
        line,
        f"{column}: expected {english}, found {repr(shown) if shown else 'nothing'}",
        f"{column}：应为{' ' * chinese[:1].isascii()}{chinese}，实际为{f'“{shown}”' if shown else '空'}",
    )


def _is_day(text: str) -> bool:
    try:
        return bool(_day(text))
    except ValueError:
        return False


def _day(text: str) -> date:
    return date.fromisoformat(text) if text else FIRST_DAY


def _row(cells: Mapping[str, str]) -> Row:
    until = _day(cells["valid_to"]) if cells["valid_to"] else None
    name = cells["parameter"], cells["population_group"], cells["division_code"]
    return *name, _day(cells["valid_from"]), until, cells["value"], UNITS[cells["parameter"]], cells["source"]


def _doubles(written: Iterable[tuple[int, Mapping[str, str]]]) -> Iterator[Fault]:
    """Of two rows that overlap the later start wins; two that start together leave the value to chance."""
    together: dict[tuple[str, str, str, date], dict[int, str]] = defaultdict(dict)
    for line, cells in written:
        together[_row(cells)[:4]][line] = cells["valid_from"]
    for (parameter, group, division, _), starts in together.items():
        if len(starts) > 1:
            first, *others = starts
            name = parameter_name(parameter, group)
            with_start = sorted(set(starts.values()))
            english = " or ".join(f"with the start {start}" if start else "without a start" for start in with_start)
            chinese = "或".join(f"起始日期为 {start}" if start else "未写起始日期" for start in with_start)
            yield Fault(
                first,
                f"the same again in line {', '.join(map(str, others))}: {name} for {division} {english}",
                f"与第 {'、'.join(map(str, others))} 行重复：{name}，区划 {division}，{chinese}",
            )


def parameter_name(parameter: str, group: str) -> str:
    """A parameter as a person names it: `single_admission (other)`."""
    return f"{parameter} ({group})" if group else parameter


def current_parameters(connection: psycopg.Connection, moment: Moment = NOW) -> list[Row]:
    """The county's rows in force at a moment, as `hearth run --parameters` had taken them over last."""
    return connection.execute(
        """
        select parameter, population_group, division_code, valid_from, valid_to, value,
            coalesce(unit, ''), coalesce(source, '')
        from ops.rule_parameters
        where (is_current or retired_at > %(moment)s) and loaded_at <= %(moment)s
        order by parameter collate "C", population_group collate "C", division_code collate "C", valid_from
        """,
        {"moment": moment},
    ).fetchall()


def _replace(connection: psycopg.Connection, rows: list[Row]) -> None:
    connection.execute("update ops.rule_parameters set is_current = false, retired_at = now() where is_current")
    row = connection.execute("select nextval('ops.rule_parameter_sets')").fetchone()
    assert row is not None
    write_parameters(connection, "ops", row[0], rows)


def write_parameters(connection: psycopg.Connection, schema: str, set_id: int, rows: Iterable[Row]) -> None:
    """Add rows as the current ones to `rule_parameters`, of the warehouse (`ops`) or of a trial."""
    statement = sql.SQL(
        """
        insert into {}
            (set_id, parameter, population_group, division_code, valid_from, valid_to, value, unit, source, is_current)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, true)
        """
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            statement.format(sql.Identifier(schema, "rule_parameters")), [(set_id, *values) for values in rows]
        )


def laid_over(current: Iterable[Row], wanted: Sequence[Row], day: date) -> list[Row]:
    """The current rows with the wanted ones in their place.

    A wanted row that is valid on the day replaces every current row of its parameter, group and division, whatever
    their periods: who asks for another income line means that one, not the one that happens to start last.
    """
    taken = {_place(row) for row in wanted if row[3] <= day and (row[4] is None or row[4] >= day)}
    return [*(row for row in current if _place(row) not in taken), *wanted]


def _place(row: Row) -> tuple[str, str, str]:
    return row[0], row[1], row[2].ljust(12, "0")
