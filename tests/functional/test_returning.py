"""Faulty rows go back to their sender and come back, and records in doubt are decided: by the commands people type."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.functional.instance import Instance
from tests.integration.support import DEATHS, deaths, fictional_id, write_csv

NAME = "死亡人员信息_202501"


def test_a_row_goes_back_and_comes_back(make_instance: Callable[[str], Instance], folder: Path) -> None:
    instance, landing = make_instance("returning"), folder / "landing"
    rows = [*deaths(30), ["虚构丙", fictional_id(30), "2025-02-30", "医院"]]
    write_csv(landing, f"civil_affairs/202501/{NAME}.csv", DEATHS, rows)
    instance.hearth("up")
    load = ("load", "--landing", landing, "--source", "civil_affairs")
    instance.hearth(*load)

    told = instance.hearth("deliveries", "return", "--month", "202501", "--to", folder / "returned")
    file = folder / "returned" / "civil_affairs" / "202501" / f"{NAME}（退回）.xlsx"
    assert str(file) in told
    assert "虚构丙" not in told
    book = openpyxl.load_workbook(file)
    [marked] = [cell for row in book.active.iter_rows() for cell in row if cell.comment]
    assert marked.value == "2025-02-30"
    marked.value = "2025-01-30"
    book.save(landing / "civil_affairs" / "202501" / file.name)

    assert "虚构丙" not in instance.hearth(*load)
    counted = "select sum(rows_loaded)::integer from ops.deliveries where status = 'accepted'"
    assert instance.rows(counted) == [(31,)]
    assert instance.rows("select count(*) from restricted.waiting_rows") == [(0,)]
    instance.hearth("deliveries", "return", "--month", "202501", expect=2)


@pytest.fixture
def county(direct_county: Instance) -> Iterator[Instance]:
    """The county with a caseworker for all of it; nobody is one and nothing decided when the test ends."""
    assign = "insert into restricted.caseworker_divisions values ('caseworker', '00') on conflict do nothing"
    direct_county.hearth("sql", "--command", assign)
    yield direct_county
    direct_county.hearth("sql", "--command", "delete from restricted.caseworker_divisions")
    direct_county.hearth("sql", "--command", "delete from restricted.queue_decisions")


def test_the_queue_by_its_commands(county: Instance, folder: Path) -> None:
    listed = json.loads(county.hearth("queue", "list", "--state", "open", "--json"))
    record = next(row for row in listed if row["candidate_count"])
    number = str(record["queue_id"])
    item = json.loads(county.hearth("queue", "show", number, "--json"))
    names = {candidate["name"] for candidate in item["candidates"]}
    plain = county.hearth("queue", "list")
    assert not any(name in plain for name in names)
    assert all(name in county.hearth("queue", "show", number) for name in names)
    county.hearth("queue", "show", "999999", expect=None)

    county.hearth("queue", "decide", number, "--person", "99", "--reason", "x", expect=2)
    county.hearth("queue", "decide", number, "--nobody", "--elsewhere", "--reason", "x", expect=2)
    county.hearth("queue", "decide", number, "--person", "1", "--reason", "入户核实", "--by", "甲")
    [decided] = json.loads(county.hearth("queue", "list", "--state", "decided", "--json"))
    assert (str(decided["queue_id"]), decided["decided_by"]) == (number, "甲")
    county.hearth("queue", "revoke", number, "--reason", "认错了人")

    file = folder / "queue.xlsx"
    exported = county.hearth("queue", "export", file, "--source", record["source"])
    assert re.search(r"\d+ records", exported)
    book = openpyxl.load_workbook(file)
    headers = [cell.value for cell in book.active[1]]
    book.active.cell(2, headers.index("决定") + 1).value = "名册中无此人"
    book.save(file)
    refused = county.hearth("queue", "import", file, expect=None)
    assert "row 2, column" in refused
    book.active.cell(2, headers.index("理由") + 1).value = "核实"
    book.save(file)
    county.hearth("queue", "import", file, "--by", "乙")
    [imported] = json.loads(county.hearth("queue", "list", "--state", "decided", "--json"))
    assert (imported["decision"], imported["decided_by"]) == ("nobody", "乙")
