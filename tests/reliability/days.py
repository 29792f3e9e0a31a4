"""`make days N=50`: day by day a few files and decisions come, and each day's build is held against a whole one.

    python -m tests.reliability.days [--days N] [--households H] [--seed S]

A county's months are loaded and built. Then come days: a few dozen rows in files of their own, corrections of those of
earlier days, decisions on records in doubt, and now and then what touches everybody: a roster in which people moved,
households split, merged or got a second head, some died and some are back; merged villages; parameters; tests of water.
Rows are drawn from the county's own and changed in the ways that matter to who is linked to whom: another digit,
a masked number, a namesake, another's number, a refund, a settlement sent again, a death, a list that loses somebody.
After each day the month is built, which renews what was touched, and then by force as a whole: every table of
conclusions and every table in between must be equal. What is done follows from the seed and the day.
"""

from __future__ import annotations

import argparse
import csv
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from hearth.building import STAGES, build_month, gate, months_due, prepare, publish, touched, transform
from hearth.building.months import first_day
from hearth.building.parameters import load_parameters
from hearth.contracts import SOURCES, source
from hearth.database import server
from hearth.database.bootstrap import bootstrap
from hearth.database.engine import connect
from hearth.loading.load import load_source
from hearth.queueing.queue import DECISIONS, decide, listed, revoke
from hearth.settings import Settings, load_settings
from hearth.synthesis import synthesise
from tests.reliability import facts

Row = dict[str, Any]
ROWS = 12
REASON = "a day of the test"

MEMBERS = """
    select person_name, citizen_id, village_code, township_name, village_name, household_no
    from staging.stg_registry__members
    where delivery_id in (
        select delivery_id from intermediate.int_counting_deliveries where source = 'registry' and extract = 'members'
    ) and person_name is not null
    order by delivery_id, row_number
"""
LEFT = """
    select * from staging.stg_registry__members
    where delivery_id in (select delivery_id from ops.deliveries where status = 'accepted') and person_no not in (
        select person_no from staging.stg_registry__members
        where delivery_id in (select delivery_id from intermediate.int_counting_deliveries)
    )
    order by delivery_id, row_number
"""
STAGED = """
    select * from staging.{staging}
    where delivery_id in (select delivery_id from intermediate.int_counting_deliveries)
    order by delivery_id, row_number
"""


@dataclass
class Day:
    """What came on a day, and how its month was built: `touched` counts households, none where all were built."""

    number: int
    came: list[str] = field(default_factory=list)
    touched: int | None = None
    seconds: float = 0.0
    whole_seconds: float = 0.0
    differences: list[str] = field(default_factory=list)


class County:
    """An instance in its newest month, to which days come."""

    def __init__(self, settings: Settings, landing: Path, month: str, parameters: Path) -> None:
        self.settings, self.landing, self.month, self.parameters = settings, landing, month, parameters
        self.before = (first_day(month) - timedelta(days=1)).strftime("%Y%m")
        self.sent: list[tuple[Path, str, str, list[Row]]] = []
        self.members = self._rows(MEMBERS)
        self.villages = sorted({row["village_code"] for row in self.members if row["village_code"]})
        self.ways: list[Callable[[random.Random], str | None]] = [
            self._settlements, self._settlements, self._enrolments, self._pupils, self._students, self._deaths,
            self._relief, self._earlier, self._water, self._incomes, self._correction, self._correction, self._decision,
            self._decision,
        ]  # fmt: skip
        self.rare: list[Callable[[random.Random], str | None]] = [
            self._roster, self._merged_villages, self._tests, self._other_parameters,
        ]  # fmt: skip

    def live_through(self, number: int, rng: random.Random, *, rare: int = 0, is_quiet: bool = False) -> Day:
        """A day: what comes is loaded, the month is built where it was touched, and then as a whole. On a quiet one no
        file comes, and somebody decides; `rare` is how many things come that touch everybody."""
        day = Day(number)
        ways = [self._decision] if is_quiet else rng.sample(self.ways, rng.randint(1, 4))
        for way in ways + rng.sample(self.rare, rare):
            if came := way(rng):
                day.came.append(came)
        for one in SOURCES:
            load_source(self.settings, one.name, landing=self.landing)
        if self.month not in months_due(self.settings):
            return day
        began = time.monotonic()
        if rng.random() < 0.5:
            build_month(self.settings, self.month)
        else:
            self._in_stages()
        built = time.monotonic()
        day.seconds, found = built - began, self._facts()
        day.touched = self._rows("select touched_households from ops.builds order by build_id desc limit 1")[0][
            "touched_households"
        ]
        began = time.monotonic()
        build_month(self.settings, self.month, force=True)
        day.whole_seconds, expected = time.monotonic() - began, self._facts()
        day.differences = [
            f"{name}: {found.get(name)} renewed, {expected.get(name)} made anew"
            for name in sorted({*found, *expected})
            if found.get(name) != expected.get(name)
        ]
        return day

    def _in_stages(self) -> None:
        """As Airflow builds it: a stage at a time, each with what the database holds of the one before."""
        build = prepare(self.settings, self.month)
        for stage in STAGES:
            transform(self.settings, build, stage)
        gate(self.settings, build)
        publish(self.settings, build)

    def _facts(self) -> dict[str, str]:
        with connect(self.settings) as connection:
            return facts.digests(connection) | facts.standing(connection)

    # What comes

    def _settlements(self, rng: random.Random) -> str:
        known = self._staged("medical_insurance", "settlements")
        rows = []
        for number in range(rng.randint(1, ROWS)):
            row = dict(rng.choice(known))
            way = rng.choice(("new", "new", "refund", "again", "another's"))
            if way in ("new", "another's"):
                person = rng.choice(self.members)
                row |= {"person_name": person["person_name"], "citizen_id": person["citizen_id"]}
                row["settlement_no"] = f"T{rng.randrange(10**9)}{number}"
                row["total_yuan"] = row["own_share_yuan"] = row["own_outside_yuan"] = rng.randint(1, 30_000)
                row["is_refund"] = "0"
            if way == "new":
                row["insured_no"] = f"{rng.randrange(10**9)}"
            if way == "refund":
                amounts = ("total_yuan", "own_share_yuan", "own_outside_yuan")
                row |= {name: -abs(row[name] or 0) for name in amounts}
                row |= {"settlement_no": f"R{rng.randrange(10**9)}{number}", "is_refund": "1"}
            row["is_refund"] = "1" if row["is_refund"] in (True, "1") else "0"
            rows.append(_spoilt(row, rng))
        return self._send("medical_insurance", "settlements", rows, rng)

    def _enrolments(self, rng: random.Random) -> str:
        rows = [
            _spoilt(row | {"payment_status": rng.choice(("已缴费", "未缴费"))}, rng)
            for row in self._some("medical_insurance", "enrolments", rng)
        ]
        return self._send("medical_insurance", "enrolments", rows, rng)

    def _pupils(self, rng: random.Random) -> str:
        rows = [
            _spoilt(row | {"register_status": rng.choice(("在读", "休学", "转出"))}, rng)
            for row in self._some("education", "pupils", rng)
        ]
        return self._send("education", "pupils", rows, rng)

    def _students(self, rng: random.Random) -> str:
        return self._of_members("education", "students", rng, school_name="虚构学院", education_level="本科",
                                study_form="全日制", aid_yuan=0, own_cost_yuan=rng.randint(0, 20_000))  # fmt: skip

    def _deaths(self, rng: random.Random) -> str:
        return self._of_members("civil_affairs", "deaths", rng, died_on=self._day(rng))

    def _relief(self, rng: random.Random) -> str:
        amount = rng.randint(100, 5000)
        return self._of_members(
            "civil_affairs", "temporary_relief", rng, relief_reason="虚构", amount_yuan=amount, paid_on=self._day(rng)
        )

    def _earlier(self, rng: random.Random) -> str:
        """A list that should have come with a month before."""
        before, self.month = self.month, self.before
        try:
            return f"of the month before, {self._relief(rng)}"
        finally:
            self.month = before

    def _day(self, rng: random.Random) -> str:
        return f"{self.month[:4]}-{self.month[4:]}-{rng.randint(1, 28):02}"

    def _water(self, rng: random.Random) -> str:
        rows = [
            _spoilt(
                row | {"quality": rng.choice(("达标", "不达标")), "shortage_days": rng.randint(0, 90)}, rng, "head_"
            )
            for row in self._some("water", "household_water", rng)
        ]
        return self._send("water", "household_water", rows, rng)

    def _incomes(self, rng: random.Random) -> str:
        rows = [
            row | {"net_income_yuan": rng.randint(0, 90_000), "income_per_capita_yuan": rng.randint(0, 30_000)}
            for row in self._some("registry", "income", rng)
        ]
        return self._send("registry", "income", rows, rng)

    def _correction(self, rng: random.Random) -> str | None:
        """A list of an earlier day once more, with fewer rows or others."""
        if not self.sent:
            return None
        path, department, extract, rows = self.sent.pop(rng.randrange(len(self.sent)))
        left = [_spoilt(dict(row), rng) for row in rng.sample(rows, max(1, len(rows) // 2))]
        return self._write(path.with_name(f"{path.stem}_更正.csv"), department, extract, left)

    def _decision(self, rng: random.Random) -> str | None:
        if (decided := listed(self.settings, state="decided")) and rng.random() < 0.4:
            revoke(self.settings, rng.choice(decided)["queue_id"], revoked_by="a caseworker", reason=REASON)
            return "a decision revoked"
        if not (waiting := listed(self.settings, state="open")):
            return None
        decision = rng.choice(DECISIONS)
        person = self._rows("select person_key from restricted.persons order by person_no")
        decide(
            self.settings, rng.choice(waiting)["queue_id"], decision,
            candidate=rng.choice(person)["person_key"] if decision == "person" else None,
            decided_by="a caseworker", reason=REASON,
        )  # fmt: skip
        return f"a decision: {decision}"

    # What touches everybody

    def _roster(self, rng: random.Random) -> str:
        """The month's roster corrected; each of what can happen to a household happens to some."""
        rows = self._staged("registry", "members")
        households: dict[str, list[Row]] = {}
        for row in rows:
            households.setdefault(row["household_no"], []).append(row)
        numbers = rng.sample(sorted(households), 12)
        for number, (here, there) in enumerate(zip(numbers[:6], numbers[6:], strict=True)):
            members, others = households[here], households[there]
            place = {name: others[0][name] for name in ("township_name", "village_name", "village_code")}
            match number:
                case 0 | 1:  # they moved
                    for row in members:
                        row |= place
                case 2:  # one has set up a household of their own
                    members[-1] |= {"household_no": f"{here}0", "relation_to_head": "户主"}
                case 3:  # they live with others now
                    for row in members:
                        row |= place | {"household_no": there, "relation_to_head": "其他"}
                case 4:  # two heads
                    members[-1]["relation_to_head"] = "户主"
                case 5:  # one has died
                    rows.remove(members[-1])
        back = {row["person_no"]: row | {"data_date": rows[0]["data_date"]} for row in self._rows(LEFT)}
        rows += rng.sample([*back.values()], min(len(back), 2))
        stem = source("registry").extract("members").stems[0].text
        path = self.landing / "registry" / self.month / f"{stem}_{self.month}_更正.csv"
        return f"a roster, {self._write(path, 'registry', 'members', rows)}"

    def _merged_villages(self, rng: random.Random) -> str | None:
        """One village becomes part of another."""
        if len(self.villages) < 3:
            return None
        old = self.villages.pop(rng.randrange(len(self.villages)))
        change = {"old_code": old, "new_code": rng.choice(self.villages), "change_reason": "撤并"}
        return self._send("registry", "division_changes", [change | {"effective_on": f"{first_day(self.month)}"}], rng)

    def _tests(self, rng: random.Random) -> str:
        rows = [row | {"result": "不合格"} for row in self._some("water", "quality_tests", rng)]
        return self._send("water", "quality_tests", rows, rng)

    def _other_parameters(self, rng: random.Random) -> str:
        lines = list(csv.DictReader(self.parameters.open(encoding="utf-8-sig", newline="")))
        for line in lines:
            if line["parameter"] == "income_line":
                line["value"] = str(round(float(line["value"]) * rng.uniform(0.8, 1.3)))
        changed = self.landing.parent / "parameters.csv"
        with changed.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, lines[0])
            writer.writeheader()
            writer.writerows(lines)
        load_parameters(self.settings, changed)
        return "other parameters"

    # Files

    def _of_members(self, department: str, extract: str, rng: random.Random, **more: Any) -> str:
        rows = [_spoilt(dict(person) | more, rng) for person in rng.sample(self.members, rng.randint(1, ROWS))]
        return self._send(department, extract, rows, rng)

    def _some(self, department: str, extract: str, rng: random.Random) -> list[Row]:
        known = self._staged(department, extract)
        return [dict(row) for row in rng.sample(known, min(len(known), rng.randint(1, ROWS)))]

    def _send(self, department: str, extract: str, rows: list[Row], rng: random.Random) -> str:
        stem = source(department).extract(extract).stems[0].text
        part = (
            f"虚构镇{rng.randrange(10**6)}"
            if extract != "enrolments"
            else f"{self.month[:4]}年虚构镇{rng.randrange(10**6)}"
        )
        path = self.landing / department / self.month / f"{stem}_{part}_{self.month}.csv"
        said = self._write(path, department, extract, rows)
        self.sent.append((path, department, extract, rows))
        return said

    def _write(self, path: Path, department: str, extract: str, rows: Sequence[Row]) -> str:
        columns = [column for column in source(department).extract(extract).columns if column.header]
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(column.header for column in columns)
            writer.writerows([_cell(row.get(column.name)) for column in columns] for row in rows)
        return f"{extract}: {len(rows)} rows"

    def _staged(self, department: str, extract: str) -> list[Row]:
        return self._rows(STAGED.format(staging=f"stg_{department}__{extract}"))

    def _rows(self, query: str) -> list[Row]:
        with connect(self.settings) as connection:
            cursor = connection.execute(query.encode())
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else value


def _spoilt(row: Row, rng: random.Random, prefix: str = "") -> Row:
    """Now and then a record of which it is harder to say whose it is."""
    name, number = f"{prefix}person_name" if not prefix else f"{prefix}name", f"{prefix}citizen_id"
    citizen_id = str(row.get(number) or "")
    way = rng.random()
    if way < 0.12:
        row[number] = ""
    elif way < 0.2 and len(citizen_id) == 18:
        row[number] = citizen_id[:10] + "****" + citizen_id[14:]
    elif way < 0.28 and len(citizen_id) == 18:
        row[number] = citizen_id[:16] + str((int(citizen_id[16]) + 1) % 10) + citizen_id[17]
    elif way < 0.36 and row.get(name):
        row[name] = row[name][:-1] + "某"
    elif way < 0.4 and row.get(name):
        row[name] = "虚构某"
    return row


def settled(folder: Path, households: int, months: int, seed: int) -> County:
    """A county whose months are loaded and built, in an instance of its own; the caller ends its server.

    It is renewed however small it is, and however many are touched.
    """
    touched.LEAST, touched.MOST = 0, 1.0
    made, landing = folder / "county", folder / "landing"
    if not made.exists():
        synthesise(made, households=households, months=months, first_month="202411", seed=seed)
        shutil.copytree(made / "landing", landing)
    parameters = made / "config" / "rule_parameters.csv"
    settings = load_settings({"HEARTH_HOME": str(folder / "home")})
    server.ensure_running(settings)
    bootstrap(settings)
    load_parameters(settings, parameters)
    for one in SOURCES:
        load_source(settings, one.name, landing=landing)
    for month in months_due(settings):
        build_month(settings, month)
    newest = max(path.name for path in (landing / "registry").iterdir())
    with connect(settings) as connection:
        connection.execute(
            "insert into restricted.caseworker_divisions values ('caseworker', '00') on conflict do nothing"
        )
    return County(settings, landing, newest, parameters)


def main() -> int:
    """Live through the days, tell of each, and say at the end how many differed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--households", type=int, default=400)
    parser.add_argument("--months", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="work there, and leave it")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="hearth-days-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    differing = 0
    county = settled(folder, asked.households, asked.months, asked.seed)
    try:
        for number in range(1, asked.days + 1):
            day = county.live_through(number, random.Random(f"{asked.seed}:{number}"), rare=number % 4 == 0)
            touched = "all" if day.touched is None else f"{day.touched} households"
            print(f"day {number}: {touched}, {day.seconds:.1f} s ({day.whole_seconds:.1f} s as a whole): "
                  f"{', '.join(day.came)}", flush=True)  # fmt: skip
            for difference in day.differences:
                print(f"  differs: {difference}", flush=True)
            differing += bool(day.differences)
    finally:
        server.stop(county.settings)
        if asked.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{asked.days} days, {differing} with differences")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
