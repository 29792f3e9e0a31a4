"""A county's parameters: a CSV of effective-dated rows by division, checked and taken over as a whole."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import psycopg
from psycopg import sql

from hearth.database.engine import connect
from hearth.errors import InputError
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

COLUMNS = ("parameter", "population_group", "division_code", "valid_from", "valid_to", "value", "unit")
MONTH_AND_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
NUMBER = re.compile(r"\d+(\.\d+)?")

Row = tuple[str, str, str, date, date | None, str, str, str]


def load_parameters(settings: Settings, path: Path) -> int:
    """Take over a county's parameter file; earlier sets stay, marked as no longer current.

    Returns:
        The number of rows in force; the same file again changes nothing.

    Raises:
        InputError: the file is unreadable or a row is faulty; the message names the line and what was expected.
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
    reader = csv.DictReader(io.StringIO(_text(path)))
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"{path.name}: line 1: the columns {', '.join(missing)} are missing")
    rows = [_row(path, reader.line_num, cells) for cells in reader if any(v for v in cells.values() if v)]
    _refuse_doubles(path, rows)
    return rows


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"parameter file {path}: cannot be read ({error.strerror})") from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(f"parameter file {path.name}: neither UTF-8 nor GB18030")


def _row(path: Path, line: int, cells: Mapping[str, str | None]) -> Row:
    where = f"{path.name}: line {line}"
    said = {column: (cells.get(column) or "").strip() for column in (*COLUMNS, "source")}
    parameter, group = said["parameter"], said["population_group"]
    if parameter not in GROUPS:
        raise InputError(f"{where}: parameter: {parameter!r} is none of {', '.join(GROUPS)}")
    if group not in GROUPS[parameter]:
        expected = ", ".join(repr(known) for known in GROUPS[parameter])
        raise InputError(f"{where}: population_group of {parameter}: expected {expected}, found {group!r}")
    if not re.fullmatch(r"(\d{2}){1,3}|\d{9}|\d{12}", said["division_code"]):
        raise InputError(f"{where}: division_code: expected 00 or a code of 2, 4, 6, 9 or 12 digits")
    expected_value, pattern = (
        ("a month and day as 08-31", MONTH_AND_DAY) if parameter == "compulsory_cutoff" else ("a number", NUMBER)
    )
    if not pattern.fullmatch(said["value"]):
        raise InputError(f"{where}: value of {parameter}: expected {expected_value}, found {said['value']!r}")
    valid_from, valid_to = _day(where, "valid_from", said["valid_from"]), _day(where, "valid_to", said["valid_to"])
    if valid_to and valid_from and valid_to < valid_from:
        raise InputError(f"{where}: valid_to lies before valid_from")
    start = valid_from or date(1949, 10, 1)
    return parameter, group, said["division_code"], start, valid_to, said["value"], said["unit"], said["source"]


def _day(where: str, column: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{where}: {column}: expected a date as 2025-01-31, found {text!r}") from None


def _refuse_doubles(path: Path, rows: list[Row]) -> None:
    """Of two rows that overlap the later start wins; two that start together leave the value to chance."""
    starts = [row[:4] for row in rows]
    for parameter, group, division, valid_from in sorted({start for start in starts if starts.count(start) > 1}):
        raise InputError(f"{path.name}: two rows of {parameter} {group} for {division} start on {valid_from}")


def current_parameters(connection: psycopg.Connection) -> list[Row]:
    """The county's rows in force, as `hearth run --parameters` took them over last."""
    return connection.execute(
        """
        select parameter, population_group, division_code, valid_from, valid_to, value,
            coalesce(unit, ''), coalesce(source, '')
        from ops.rule_parameters
        where is_current
        order by parameter collate "C", population_group collate "C", division_code collate "C", valid_from
        """
    ).fetchall()


def _replace(connection: psycopg.Connection, rows: list[Row]) -> None:
    connection.execute("update ops.rule_parameters set is_current = false where is_current")
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
