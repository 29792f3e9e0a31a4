"""Small landing folders and short questions to the warehouse. Nobody in them exists: area 99."""

import csv
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hearth.database.bootstrap import bootstrap
from hearth.database.engine import connect
from hearth.gating import GateResult
from hearth.loading.outcome import DeliveryOutcome
from hearth.settings import Settings

Loader = Callable[[], dict[str, DeliveryOutcome]]
SCHEMAS = "raw, staging, intermediate, marts_next, marts, as_of, ops, restricted"
DEATHS = ("姓名", "身份证号", "死亡日期", "信息来源")
POVERTY = ("序号", "姓名", "身份证号", "乡镇", "行政村", "供养方式", "生活自理能力", "起始年月")


def write_csv(landing: Path, relative_path: str, headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    """A CSV file in a landing folder."""
    path = landing / relative_path
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headers)
        writer.writerows(rows)
    return path


def fictional_id(number: int) -> str:
    """An ID number of area 99 with a right check digit."""
    return checked_id(f"990101{19400101 + number % 28:08d}{number % 1000:03d}")


def checked_id(first: str) -> str:
    """An ID number's 17 digits and the check digit they have."""
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(first))
    return first + "10X98765432"[total % 11]


def deaths(count: int, died_on: str = "2025-01-05") -> list[list[Any]]:
    """Rows of 死亡人员信息."""
    return [["虚构甲", fictional_id(number), died_on, "医院"] for number in range(count)]


def poverty(count: int) -> list[list[Any]]:
    """Rows of 特困人员供养名册."""
    return [
        [number + 1, "虚构乙", fictional_id(number), "虚构镇", "虚构村", "分散供养", "全自理", "202401"]
        for number in range(count)
    ]


def deaths_csv(landing: Path, month: str, rows: int, mark: str = "", **facts: Any) -> None:
    """A file of 死亡人员信息."""
    write_csv(landing, f"civil_affairs/{month}/死亡人员信息_{month}{mark}.csv", DEATHS, deaths(rows, **facts))


def poverty_csv(landing: Path, month: str, rows: int, mark: str = "") -> None:
    """A file of 特困人员供养名册."""
    write_csv(landing, f"civil_affairs/{month}/特困人员供养名册_{month}{mark}.csv", POVERTY, poverty(rows))


def begin_anew(settings: Settings) -> None:
    """A bootstrapped warehouse in which nothing was ever loaded, in place of what there was."""
    with connect(settings) as connection:
        connection.execute(f"drop schema if exists {SCHEMAS} cascade")
    bootstrap(settings)


def ask(settings: Settings, query: str, *parameters: Any, role: str = "owner") -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with connect(settings, role) as connection:
        return connection.execute(query, parameters or None).fetchall()  # type: ignore[call-overload]


def one(settings: Settings, query: str, *parameters: Any) -> Any:
    """The one value of a query."""
    return ask(settings, query, *parameters)[0][0]


def slices(settings: Settings) -> list[str]:
    """Slice tables, attached or not."""
    query = "select tablename::text from pg_tables where schemaname = 'raw' and tablename ~ '__d[0-9]+$' order by 1"
    return [name for (name,) in ask(settings, query)]


def passing_gate(*_: Any) -> GateResult:
    """Stands in for the gate where a test is not about it, and has rows that no gate would pass."""
    return GateResult(passed=True)


def register(
    settings: Settings, extract: str, month: str, *, rows: int = 0, part: str = "", status: str = "accepted"
) -> int:
    """Register a list (`water.schemes`) whose rows nobody has loaded, one of them faulty; gives its number."""
    source, _, name = extract.partition(".")
    loaded, quarantined = (max(rows - 1, 0), min(rows, 1)) if status == "accepted" else (0, 0)
    facts = {
        "source": source,
        "extract": name,
        "part": part,
        "month": month,
        "file_name": f"{name}{part}.csv",
        "relative_path": f"{source}/{month}/{name}{part}.csv",
        "sha256": secrets.token_hex(32),
        "status": status,
        "rows_read": rows,
        "rows_loaded": loaded,
        "rows_quarantined": quarantined,
    }
    names, values = ", ".join(facts), ", ".join(f"%({fact})s" for fact in facts)
    last_day = "to_date(%(month)s, 'YYYYMM') + interval '1 month - 1 day'"
    with connect(settings) as connection:
        connection.execute("alter table ops.deliveries disable trigger deliveries_reconcile")
        found = connection.execute(
            f"insert into ops.deliveries (delivery_id, data_date, {names})"
            f" values (nextval('ops.delivery_ids'), {last_day}, {values}) returning delivery_id",
            facts,
        ).fetchone()
        connection.execute("alter table ops.deliveries enable trigger deliveries_reconcile")
    assert found is not None
    return int(found[0])


def begin_build(settings: Settings, month: str) -> None:
    """Order a month (`2025-03-01`) to be built, as a build that has begun; dbt's models read it."""
    with connect(settings) as connection:
        connection.execute(
            """
            with begun as (
                insert into ops.builds (month, status) values (%s, 'building') returning build_id, month
            )
            insert into ops.current_build (build_id, month) select build_id, month from begun
            """,
            (month,),
        )


@contextmanager
def disk_of(folder: Path, megabytes: int) -> Iterator[Path]:
    """A small disk of a test's own at `folder`; only root can have one, others skip the test."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder]
    if subprocess.run(command, check=False, timeout=20).returncode != 0:
        pytest.skip("a small disk cannot be mounted here: that takes root, and a container that lets it")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=False, timeout=20)


def room(folder: Path) -> int:
    """Bytes that are free on the folder's disk."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
