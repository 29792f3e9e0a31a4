"""Why a household is on a list: every line of an explanation held against the files that departments sent."""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from typing import Any
from unicodedata import normalize

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import ProgrammingError

from hearth.contracts import SOURCES
from hearth.contracts.model import FLAG_VALUES
from tests.functional.instance import ACCEPTANCE, Instance

EVERYTHING, TOWNSHIP = "00", "990121101000"
RULES_OF_ONE_PARAMETER = ("INC01", "INC02", "CIV02", "CIV04", "MED02", "EDU02", "WAT02", "MON02")
Asked = tuple[str, str]
"""A household's key and a month, `2025-03-01`."""


@pytest.fixture(scope="module")
def county(direct_county: Instance) -> Iterator[Instance]:
    """The county with a caseworker for all of it; nobody is one when the module ends."""
    assigned(direct_county, EVERYTHING)
    yield direct_county
    assigned(direct_county, None)


def assigned(county: Instance, division: str | None) -> None:
    """Give the role caseworker this division alone."""
    with owner(county) as connection:
        connection.execute(text("delete from restricted.caseworker_divisions"))
        if division:
            values = {"division": division}
            connection.execute(
                text("insert into restricted.caseworker_divisions values ('caseworker', :division)"), values
            )
        connection.commit()


@contextmanager
def owner(county: Instance) -> Iterator[Connection]:
    """What is not committed is rolled back."""
    engine = create_engine(county.url())
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture(scope="module")
def sample(county: Instance) -> list[Asked]:
    """A household and month for every rule, state and month in which there is one, for every tier of a link, and for
    every rule with a queue; the same ones in every instance."""
    one_each = county.rows(
        """
        select distinct on (rule_code, state, month) household_key, month::text
        from marts.fct_household_risk_signal
        inner join restricted.households using (household_key)
        order by rule_code, state, month, household_no
        """
    )
    queued = county.rows(
        """
        select distinct on (rule_code) household_key, month::text
        from marts.fct_household_risk_signal
        inner join restricted.households using (household_key)
        where queued_candidate_count > 0
        order by rule_code, month, household_no
        """
    )
    linked = county.rows(
        """
        select distinct on (tier) household_key, month::text
        from restricted.evidence_links
        inner join restricted.households using (household_key)
        where not is_queued
        order by tier, month, household_no
        """
    )
    return sorted({(key, month) for key, month in [*one_each, *queued, *linked]})


@pytest.fixture(scope="module")
def flags(county: Instance, sample: list[Asked]) -> list[dict[str, Any]]:
    return read(county, "flag_explanations", sample)


@pytest.fixture(scope="module")
def evidence(county: Instance, sample: list[Asked]) -> list[dict[str, Any]]:
    return read(county, "flag_evidence", sample)


def read(county: Instance, view: str, asked: Sequence[Asked]) -> list[dict[str, Any]]:
    """What a view shows a caseworker of these households and months."""
    query = text(f"select to_jsonb(v) from restricted.{view} as v where household_key = :key and month = :month")
    engine = create_engine(county.url("caseworker"))
    with engine.begin() as connection:
        rows = [
            row for key, month in asked for row in connection.execute(query, {"key": key, "month": month}).scalars()
        ]
    engine.dispose()
    return rows


def test_every_rule_is_explained_and_agrees_with_the_fact(
    county: Instance, sample: list[Asked], flags: list[dict[str, Any]]
) -> None:
    facts = county.rows("select household_key, month::text, to_jsonb(f) from marts.fct_household_month as f")
    states = {(key, month): fact for key, month, fact in facts}
    assert len(flags) == 20 * len(sample)
    assert len({flag["rule_code"] for flag in flags if flag["state"] == "flagged"}) == 20
    for flag in flags:
        fact = states[flag["household_key"], flag["month"]]
        assert flag["state"] == fact[f"{flag['rule_code'].lower()}_state"]
        assert flag["policies"]
        assert not re.search(r"[{}]", flag["why_zh"] + flag["why_en"]), flag["rule_code"]


def test_every_reference_of_the_catalogue_has_its_sentence(county: Instance) -> None:
    wanted = county.rows(
        "select rule_code, trim(ref) from marts.dim_risk_rule, string_to_table(policy_ref, ';') as ref"
    )
    assert set(county.rows("select rule_code, policy_ref from marts.dim_policy_sentence")) == set(wanted)


def test_a_parameter_is_the_row_of_the_countys_file_or_a_default(flags: list[dict[str, Any]]) -> None:
    columns = ("parameter", "population_group", "division_code", "valid_from", "valid_to", "value")
    with (ACCEPTANCE / "config" / "rule_parameters.csv").open(encoding="utf-8-sig", newline="") as file:
        shipped = {tuple(row[name] for name in columns) for row in csv.DictReader(file)}
    used = [row for flag in flags if flag["state"] == "flagged" for row in flag["parameters"]]
    assert {row["parameter"] for row in used} >= {"income_line", "premium_subsidy_ratio", "water_litres_minimum"}
    assert not any(row["is_missing"] for row in used)
    assert {tuple(row[name] or "" for name in columns) for row in used if not row["is_default"]} <= shipped
    lines = {row["value"]: row["valid_from"] for row in used if row["parameter"] == "income_line"}
    assert lines == {"8000": "2020-01-01", "8400": "2025-03-01"}, "February's line explains February, not today's"


def test_the_threshold_is_the_parameters_value(flags: list[dict[str, Any]]) -> None:
    held = [flag for flag in flags if flag["state"] == "flagged" and flag["rule_code"] in RULES_OF_ONE_PARAMETER]
    assert {flag["rule_code"] for flag in held} == set(RULES_OF_ONE_PARAMETER)
    assert [f["rule_code"] for f in held if float(f["parameters"][0]["value"]) != f["threshold_value"]] == []
    assert [f["rule_code"] for f in held if len(f["parameters"]) != 1] == []


def test_the_row_stands_in_the_file_where_the_evidence_says(evidence: list[dict[str, Any]]) -> None:
    """The file is opened anew: sheet, row, column, header and every cell of the row."""
    pointed_at = [piece for piece in evidence if piece["kind"] != "searched"]
    assert len({piece["rule_code"] for piece in pointed_at if piece["kind"] == "row"}) == 20
    assert len(pointed_at) > 300
    assert sorted({place for piece in pointed_at for place in astray(piece)}) == []


def astray(piece: dict[str, Any]) -> Iterator[str]:
    """Where an explanation and the file differ: places, never the values."""
    where = f"{piece['rule_code']}: {piece['file_name']} row {piece['row_number']}"
    cells = sheet_of(piece["relative_path"], piece["sheet"])[piece["row_number"] - 1]
    for said in piece["delivered_row"]:
        stands = cells[number_of(said["letters"])] if number_of(said["letters"]) < len(cells) else ""
        if not is_same(stands, said["value"]):
            yield f"{where} column {said['letters']} {said['column']}"
    if piece["kind"] == "row":
        headers = {said["letters"]: said["header"] for said in piece["delivered_row"]}
        letters = piece["column_letters"].split(" + ")
        if [headers[letter] for letter in letters] != piece["column_header"].split(" + ") or not headed(piece, letters):
            yield f"{where}: the header"


def headed(piece: dict[str, Any], letters: list[str]) -> bool:
    """Whether the file has these headers above the columns."""
    above = sheet_of(piece["relative_path"], piece["sheet"])[: piece["row_number"] - 1]
    leaves = [header.rpartition("/")[2] for header in piece["column_header"].split(" + ")]
    return any(
        all(
            number_of(one) < len(row) and row[number_of(one)].strip() == leaf
            for one, leaf in zip(letters, leaves, strict=True)
        )
        for row in above
    )


@cache
def sheet_of(relative_path: str, sheet: str) -> list[list[str]]:
    """The cells of a delivered file as text."""
    path = ACCEPTANCE / "landing" / relative_path
    if sheet:
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        return [[cell_text(cell) for cell in row] for row in rows]
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return list(csv.reader(data.decode(encoding).splitlines()))
        except UnicodeDecodeError:
            continue
    raise AssertionError(relative_path)


def cell_text(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def number_of(letters: str) -> int:
    """A column's place from 0: A is 0, AA is 26."""
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - ord("A") + 1
    return found - 1


def is_same(stands: str, loaded: Any) -> bool:
    """Whether a cell was loaded as what stands there: a number, a date, a yes or no, a word or its agreed variant."""
    text_of = normalize("NFKC", stands).strip()
    if loaded is None or text_of == "":
        return True  # blank, a placeholder, or a cell merged with the one above
    if isinstance(loaded, bool):
        return FLAG_VALUES.get(text_of) == ("是" if loaded else "否")
    if isinstance(loaded, int | float):
        return float(re.sub(r"[^\d.-]", "", text_of)) == pytest.approx(float(loaded))
    if re.match(r"\d{4}-\d\d-\d\d", loaded):
        day = calendar(text_of)
        return len(day) > 1 and day == calendar(loaded)[: len(day)]
    if re.fullmatch(r"\d{17}[\dX]", loaded):  # alone, within a certificate's number, or of the old 15 digits
        number = re.sub(r"[^\dX]", "", text_of.upper())
        return loaded in number or f"{number[:6]}19{number[6:]}" == loaded[:17]
    plain = re.sub(r"\s", "", text_of)
    return plain == re.sub(r"\s", "", normalize("NFKC", loaded)) or variants().get(plain) == loaded


def calendar(written: str) -> list[int]:
    """Year, month and, where it is written, day; a spreadsheet's number of days counts from the end of 1899."""
    if re.fullmatch(r"\d{5}", written):
        written = (date(1899, 12, 30) + timedelta(days=int(written))).isoformat()
    parts = re.findall(r"\d+", written)[:3]
    if len(parts) == 1:
        parts = [part for part in (parts[0][:4], parts[0][4:6], parts[0][6:8]) if part]
    return [int(part) for part in parts]


@cache
def variants() -> dict[str, str]:
    """Every agreed variant of a word."""
    return {
        variant: word
        for source in SOURCES
        for extract in source.extracts
        for column in extract.columns
        for variant, word in column.values.items()
    }


def test_each_row_says_how_it_was_linked_in_older_months_too(evidence: list[dict[str, Any]]) -> None:
    rows = [piece for piece in evidence if piece["kind"] == "row"]
    assert [p["rule_code"] for p in rows if not (p["link_reason_zh"] and p["link_reason_en"])] == []
    tiers = {(piece["month"], piece["link_tier"]) for piece in rows}
    assert tiers >= {("2025-01-01", 1), ("2025-02-01", 1), ("2025-03-01", 1)}
    assert {tier for _, tier in tiers} == {None, 0, 1, 2, 3, 4}
    by_tier = {piece["link_tier"]: piece["link_reason_en"] for piece in rows if piece["link_tier"] is not None}
    assert by_tier[1] == "ID number and name"


def test_a_schemes_test_stands_beside_the_households_row_that_names_the_scheme(evidence: list[dict[str, Any]]) -> None:
    pieces = [piece for piece in evidence if piece["rule_code"] in ("WAT01", "WAT02") and piece["kind"] == "row"]
    signals = {
        extract: {(p["household_key"], p["month"], p["rule_code"]) for p in pieces if p["extract"] == extract}
        for extract in ("quality_tests", "household_water")
    }
    assert signals["quality_tests"]
    assert signals["quality_tests"] <= signals["household_water"]
    named = [piece for piece in pieces if piece["column_header"] == "工程编号"]
    assert named
    assert {piece["link_tier"] for piece in named} <= {0, 1, 2, 3, 4}


def test_an_absence_names_what_was_searched_and_its_dates(evidence: list[dict[str, Any]]) -> None:
    searched = [piece for piece in evidence if piece["kind"] == "searched"]
    assert {piece["rule_code"] for piece in searched} >= {"EDU01", "MED01", "CIV02", "CIV04", "HOU01", "WAT02"}
    assert all(piece["data_date"] and piece["received_at"] and piece["row_number"] is None for piece in searched)


def test_unknown_says_which_list_is_too_old_and_which_row_is_wanting(
    flags: list[dict[str, Any]], evidence: list[dict[str, Any]]
) -> None:
    stale = next(f for f in flags if (f["rule_code"], f["month"], f["state"]) == ("HOU01", "2025-03-01", "unknown"))
    assert [(need["extract"], need["age_days"], need["max_age_days"]) for need in stale["needs"]] == [
        ("dwellings", 59, 45)
    ]
    assert "59" in stale["why_en"]
    assert "2025-01-31" in stale["why_zh"]
    lacking = next(f for f in flags if (f["rule_code"], f["state"]) == ("WAT01", "unknown"))
    assert "No row" in lacking["why_en"]
    asked = lacking["household_key"], lacking["month"], "WAT01"
    kinds = {p["kind"] for p in evidence if (p["household_key"], p["month"], p["rule_code"]) == asked}
    assert "searched" in kinds


def test_queued_records_are_as_many_as_the_signal_counts(
    flags: list[dict[str, Any]], evidence: list[dict[str, Any]]
) -> None:
    listed: dict[tuple[str, ...], set[tuple[int, int]]] = {}
    for piece in evidence:
        if piece["kind"] == "queued":
            signal = piece["household_key"], piece["month"], piece["rule_code"]
            listed.setdefault(signal, set()).add((piece["delivery_id"], piece["row_number"]))
            assert piece["link_reason_zh"] != piece["link_reason_en"]
    counted = {
        (flag["household_key"], flag["month"], flag["rule_code"]): flag["queued_candidate_count"]
        for flag in flags
        if flag["queued_candidate_count"]
    }
    assert {signal: len(rows) for signal, rows in listed.items()} == counted
    assert "EDU01" in {rule for _, _, rule in counted}


def test_the_command_says_what_the_views_say(county: Instance, flags: list[dict[str, Any]]) -> None:
    flag = next(f for f in flags if (f["rule_code"], f["state"], f["month"]) == ("INC01", "flagged", "2025-03-01"))
    key, month = flag["household_key"], "202503"
    told = json.loads(county.hearth("explain", key, "--month", month, "--json"))
    shown = [f for f in flags if (f["household_key"], f["month"]) == (key, flag["month"]) and f["state"] != "clear"]
    assert {f["rule_code"]: f["why_zh"] for f in told["flags"]} == {f["rule_code"]: f["why_zh"] for f in shown}
    printed = county.hearth("explain", key, "--month", month, "--rule", "inc01", "--language", "zh")
    assert flag["why_zh"] in printed
    assert "以脱贫攻坚期国家扶贫标准的1.5倍为底线" in printed
    assert "第 " in printed
    clear = next(f for f in flags if (f["household_key"], f["month"], f["state"]) == (key, flag["month"], "clear"))
    english = county.hearth("explain", key, "--month", month, "--rule", clear["rule_code"], "--language", "en")
    assert f"{clear['title_en']} · clear" in english


def test_what_cannot_be_explained_is_said_and_not_repeated(county: Instance, sample: list[Asked]) -> None:
    key = sample[0][0]
    number = county.rows("select household_no from restricted.households where household_key = :key", key=key)[0][0]
    said = county.hearth("explain", number, "--month", "202503", expect=2)
    assert "no household of that key" in said
    assert number not in said
    assert "202501, 202502, 202503" in county.hearth("explain", key, "--month", "202507", expect=3)
    assert "WAT02" in county.hearth("explain", key, "--month", "202503", "--rule", "XYZ01", expect=2)
    later = county.rows(
        """
        select household_key from marts.fct_household_month
        group by household_key having min(month) > '2025-01-01' limit 1
        """
    )[0][0]
    assert "its published months are 202502, 202503" in county.hearth("explain", later, "--month", "202501", expect=2)


def test_only_households_of_the_divisions_assigned_and_each_read_is_logged(county: Instance) -> None:
    by_township = county.rows(
        """
        select township_code = :township, min(household_key) from marts.fct_household_month
        where month = '2025-02-01' and flagged_count > 0 group by 1 order by 1
        """,
        township=TOWNSHIP,
    )
    theirs, ours = (key for _, key in by_township)
    both = [(theirs, "2025-02-01"), (ours, "2025-02-01")]
    try:
        assigned(county, TOWNSHIP)
        before = log(county)
        for view in ("flag_explanations", "flag_evidence"):
            assert {row["household_key"] for row in read(county, view, both)} == {ours}
        direct = "select * from restricted.explained_evidence(:key, '2025-02-01')"
        assert county.rows(direct, "caseworker", key=theirs) == []
        logged = log(county)[len(before) :]
        assert logged == [("caseworker", ours, view, "2025-02-01") for view in ("flag_explanations", "flag_evidence")]
        refused = county.hearth("explain", theirs, "--month", "202502", expect=8)
        assert "insert into restricted.caseworker_divisions" in refused
        assert "授权" in county.hearth("explain", theirs, "--month", "202502", "--language", "zh", expect=8)
        assigned(county, None)
        assert "division" in county.hearth("explain", ours, "--month", "202502", expect=8)
    finally:
        assigned(county, EVERYTHING)


def log(county: Instance) -> list[tuple[str, str, str, str]]:
    rows = county.rows("select role_name, household_key, what, month::text from restricted.read_log order by read_id")
    return [tuple(row) for row in rows]


def test_a_renumbered_village_keeps_its_months(county: Instance) -> None:
    """Who is assigned the new code of a village may ask about the months under the old one."""
    old, new = county.rows(
        """
        select distinct division_code, current_code
        from marts.dim_division
        inner join marts.fct_household_month on village_code = division_code
        where current_code <> division_code and month = '2025-01-01'
        """
    )[0]
    key = county.rows(
        "select min(household_key) from marts.fct_household_month where month = '2025-01-01' and village_code = :old",
        old=old,
    )[0][0]
    try:
        assigned(county, new)
        assert read(county, "flag_explanations", [(key, "2025-01-01")])
    finally:
        assigned(county, EVERYTHING)


@pytest.mark.parametrize("role", ["analyst", "dashboard"])
@pytest.mark.parametrize(
    "query",
    [
        "select * from restricted.flag_explanations",
        "select * from restricted.flag_evidence",
        "select * from restricted.explained_flags('', '2025-01-01')",
        "select * from restricted.explained_evidence('', '2025-01-01')",
    ],
)
def test_nobody_else_reads_explanations(county: Instance, role: str, query: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        county.rows(query, role)


@pytest.mark.parametrize(
    "query",
    [
        "select * from restricted.delivered_rows(1, array[5])",
        "select restricted.admit('', '2025-01-01', '')",
        "select * from restricted.evidence_links",
    ],
)
def test_a_caseworker_has_no_way_around_the_views(county: Instance, query: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        county.rows(query, "caseworker")


def test_a_row_that_is_no_longer_kept_is_said_to_be_gone(county: Instance) -> None:
    key = county.rows(
        "select min(household_key) from marts.fct_household_risk_signal"
        " where rule_code = 'INC01' and state = 'flagged' and month = '2025-01-01'"
    )[0][0]
    slices = county.rows(
        "select delivery_id from ops.deliveries where extract = 'income' and month = '202501' and status = 'accepted'"
    )
    with owner(county) as connection:
        for (delivery_id,) in slices:
            connection.execute(text(f"drop table raw.registry__income__d{delivery_id}"))
        explained = "select is_row_kept, delivered_row, value from restricted.explained_evidence(:key, '2025-01-01')"
        gone = connection.execute(text(f"{explained} where rule_code = 'INC01'"), {"key": key}).fetchall()
    assert [(kept, row) for kept, row, _ in gone] == [(False, None)]
    assert gone[0].value is not None, "what the rule took from it stays"
