"""The files of one month: which departments deliver, in which parts, and what goes wrong before a file is right."""

import datetime as dt
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hearth.contracts import source as contract
from hearth.contracts.model import SEQUENCE, Column, Extract, Kind
from hearth.synthesis import identity_faults, row_faults, writing
from hearth.synthesis.catalogue import BY_NAME
from hearth.synthesis.doses import Chance
from hearth.synthesis.layout import Layout, draw_layout
from hearth.synthesis.page import compose
from hearth.synthesis.records import WRITERS, Desk, Record, enrolments, settlement
from hearth.synthesis.spellings import spell
from hearth.synthesis.truth import Delivered

if TYPE_CHECKING:
    from hearth.synthesis.maker import Maker

LEDGER_FIELDS = (
    "source",
    "extract",
    "month",
    "file",
    "fate",
    "rows_read",
    "rows_loaded",
    "rows_quarantined",
    "rows_duplicate",
)
_COUNTS = LEDGER_FIELDS[5:]
STRAYS = (("education", "营养餐发放表"), ("forestry", "退耕还林补助"))
MAY_BE_SILENT = ("education", "medical_insurance", "water", "civil_affairs")
EVERY_YEAR, EVERY_QUARTER = ("divisions", "schemes"), ("disaster_rebuilds",)
UNITS_COUNTED = {"household_water": "户", "dwellings": "条"}
TELLING = (Kind.KEY, Kind.IDENTIFIER, Kind.NAME)
HALF = 2 / 5
"""What is left of a list that was cut off: less than the gate lets pass."""
SMALLEST_LIST_CUT = 60
FEWEST_ROWS = {"allowances": 0.05, "pupils": 0.25}
"""Rows that a household brings to these lists, at the very least; to those of every household, almost one."""
ALMOST_ONE = 0.9


@dataclass
class File:
    """A file about to be written."""

    source: str
    extract: Extract
    records: list[Record]
    stem: str
    part: str = ""
    mark: str = ""  # 更正, 再报, …
    fate: str = "accept"
    columns: Sequence[Column] = ()  # other than the extract's
    says_count: int = 0  # what the name adds to the true number of rows, where it gives one
    has_count: bool = False
    note: str = ""
    day: int = 0  # a day in the name, where two of a month tell them apart

    def copy(self, **changes: Any) -> "File":
        """Another file of the same records, unmarked."""
        records = [record.copy() for record in self.records]
        return replace(self, **{"records": records, "mark": "", **changes})


class Deliveries:
    """The files of one month."""

    def __init__(self, maker: "Maker", month: str, index: int) -> None:
        """`index` counts the county's months from 0."""
        self.maker, self.month, self.index = maker, month, index
        self.desk = Desk(maker.county, maker.life, maker.bills, maker.tests, month)
        self.end = self.desk.end

    def deliver(self) -> None:
        """Writes them all, and notes what must become of each."""
        silent = self._silent_department()
        for (source, name), write in WRITERS.items():
            if source != silent and self._is_delivered(source, name):
                records = self._records(source, name, write)
                if records or (name == "not_in_school" and not self.maker.label):
                    for file in self._parts(source, contract(source).extract(name), records):
                        self._tell(file)
        self._strays()

    # what is delivered

    def _silent_department(self) -> str:
        story = self.maker.story("", "", self.month)
        if self.index and story.happens("silent-department"):
            return story.stream("department").choice(MAY_BE_SILENT)
        return ""

    def _is_delivered(self, source: str, name: str) -> bool:
        if name in EVERY_YEAR:
            return self.index % 12 == 0
        if name in EVERY_QUARTER:
            return self.index % 3 == 0
        if name == "dwellings":
            return self.index % self.maker.housing_every == 0
        if self.index and name in BY_NAME["silent-extract"].where:
            return not self.maker.story(source, name, self.month).happens("silent-extract")
        return True

    def _records(self, source: str, name: str, write: Callable[[Desk], Iterator[Record]]) -> list[Record]:
        story = self.maker.story(source, name, self.month)
        if name == "settlements" and self.index and story.happens("year-to-date"):
            year, bills = self.month[:4], self.maker.bills.all
            told = [b for b in bills if f"{year}01" <= b.delivered <= self.month and f"{b.at:%Y}" == year]
            return [settlement(bill, self.maker.county.place.code) for bill in told]
        return list(write(self.desk))

    def _parts(self, source: str, extract: Extract, records: list[Record]) -> Iterator[File]:
        """One file, or one for each part."""
        whole = File(source, extract, records, extract.stems[0].text)
        if extract.name == "allowances" and not self.maker.label:
            yield from self._rural_and_urban(whole)
        elif extract.name == "enrolments":
            yield replace(whole, part=f"{self.end.year}年")
            if self.index == 0 and self.maker.story(source, extract.name, self.month).happens("last-years-list"):
                yield replace(whole, records=self._last_years(), part=f"{self.end.year - 1}年")
        elif extract.name == "settlements" and self.index == 0:
            old = [r for r in records if r.values["settled_at"].year < self.end.year]
            yield replace(whole, records=old, part=f"{self.end.year - 1}年")
            yield replace(whole, records=[r for r in records if r.values["settled_at"].year == self.end.year])
        elif extract.name in self.maker.by_office:
            yield from self._by_office(whole)
        else:
            yield whole

    def _rural_and_urban(self, whole: File) -> Iterator[File]:
        for kind, is_urban in zip(whole.extract.stems, (False, True), strict=True):
            rows = [r for r in whole.records if r.about is not None and r.about.is_urban is is_urban]
            story = self.maker.story(whole.source, whole.extract.name, self.month)
            is_silent = is_urban and self.index and story.happens("silent-list")
            if rows and not is_silent:
                yield replace(whole, records=rows, stem=kind.text)

    def _by_office(self, whole: File) -> Iterator[File]:
        name, offices = whole.extract.name, defaultdict[str, list[Record]](list)
        for record in whole.records:
            offices[self._office(name, record)].append(record)
        for office, rows in sorted(offices.items()):
            is_sure = name == "members" or not self.index
            if is_sure or not self.maker.story(whole.source, name, self.month, office).happens("silent-office"):
                yield replace(whole, records=rows, part=office)

    def _office(self, name: str, record: Record) -> str:
        """The school or the township that sends a record."""
        if self.maker.by_office[name] == "school":
            return str(record.values["school_name"])
        assert record.home is not None
        return record.home.departments_village.township

    def _last_years(self) -> list[Record]:
        """The year before: everybody was insured then, which counts for nothing now."""
        records = [record.copy() for record in enrolments(self.desk)]
        for record in records:
            record.values["enrolment_year"] -= 1
            record.values["payment_status"] = "已缴费"
        return records

    def _strays(self) -> None:
        """Files nobody can place."""
        if self.maker.story("", "", self.month).happens("unknown-stem") and not self.maker.order.place.number:
            for source, stem in STRAYS:
                name = f"{stem}_{self.month}.csv"
                path = self._path(source, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("乡镇,金额\n云岭镇,100\n", encoding="utf-8")
                self.maker.made.unrecognised.append({"source": source, "month": self.month, "file": name})

    # what goes wrong with a file before it is right

    def _tell(self, file: File) -> None:
        """Delivers a file, with one mishap at most."""
        story = self.maker.story(file.source, file.extract.name, self.month, file.stem, file.part)
        file.has_count = self._is_for(file, "stated-count") and story.happens("stated-count")
        mishap = next((m for m in self._possible(file) if story.happens(m)), "")
        if mishap:
            MISHAPS[mishap](self, file)
        self._put(file)
        if file.fate == "accept" and not file.mark and story.happens("same-bytes-again"):
            self._again()

    def _possible(self, file: File) -> list[str]:
        fits = {
            "truncated-list": self._size(file) >= SMALLEST_LIST_CUT and self._was_accepted_before(file),
            "wrong-count": self._size(file) > 20,
            "old-roster": not file.part,
            "corrected-file": len(file.records) > 5,
        }
        return [mishap for mishap in MISHAPS if self._is_for(file, mishap) and fits.get(mishap, True)]

    def _size(self, file: File) -> float:
        """The file's rows; among neighbours those that each one's file surely has, so that all are held or none."""
        if self.maker.order.is_alone:
            return len(file.records)
        return self.maker.order.fewest * FEWEST_ROWS.get(file.extract.name, ALMOST_ONE)

    def _is_for(self, file: File, fault: str) -> bool:
        return file.extract.name in BY_NAME[fault].where

    def _was_accepted_before(self, file: File) -> bool:
        part = self._label(file)
        return any(one.extract == file.extract.name and one.part == part for one in self.maker.truth.deliveries)

    def _without_a_column(self, file: File) -> None:
        """Without the last of its required columns, then corrected."""
        last = [column for column in file.extract.columns if column.required][-1]
        columns = [column for column in file.extract.columns if column is not last]
        self._put(file.copy(columns=columns, fate="reject"))
        file.mark = "更正"

    def _cut_off(self, file: File) -> None:
        file.records = file.records[: int(len(file.records) * HALF)]
        file.has_count, file.fate = False, "hold"

    def _with_another_count(self, file: File) -> None:
        file.has_count, file.says_count, file.fate = True, -7, "hold"

    def _with_an_old_date_above(self, file: File) -> None:
        file.note = f"数据日期：{self.end.replace(day=1).replace(year=self.end.year - 1)}"
        file.fate = "hold"

    def _after_an_old_roster(self, file: File) -> None:
        """Last month's roster sent for this month: the dates inside tell."""
        old = file.copy(mark="再报", fate="hold")
        for record in old.records:
            record.values["data_date"] = self.end.replace(day=1) - dt.timedelta(days=1)
        self._put(old)

    def _after_one_that_cannot_be_read(self, file: File, write: Callable[[Path], None]) -> None:
        name = "_".join(filter(None, (file.stem, self.maker.label, self.month))) + ".xlsx"
        write(self._path(file.source, name))
        self._note(file, name, "reject", (0, 0, 0, 0))
        file.mark = "再报"

    def _with_too_many_faulty_rows(self, file: File) -> None:
        row_faults.too_many_faulty_rows(file.extract, file.records)
        file.fate = "reject"

    def _corrected(self, file: File) -> None:
        """A file that is accepted and yet wrong; the next replaces it."""
        column, value = WRONG_VALUES[file.extract.name]
        file.day = 28 if file.extract.name == "students" else 0
        wrong = file.copy(day=15 if file.day else 0)
        for record in wrong.records[:: max(2, len(wrong.records) // 40)]:
            if record.home is None or not record.home.protected:
                record.values[column] = value
        self._put(wrong)
        file.mark = {"students": "", "income": "再报"}.get(file.extract.name, "更正")

    def _again(self) -> None:
        """The same bytes under another name."""
        line = self.maker.made.ledger[-1]
        path = self._path(line["source"], line["file"])
        copy = path.with_name(f"{path.stem}_再报{path.suffix}")
        shutil.copyfile(path, copy)
        again = {**line, "file": copy.name, "fate": "duplicate"} | dict.fromkeys(_COUNTS, 0)
        self.maker.made.ledger.append(again)

    # writing

    def _path(self, source: str, name: str) -> Path:
        return self.maker.order.folder / "landing" / source / self.month / name

    def _put(self, file: File) -> None:
        """Adds the faults, writes the file and notes what must become of it."""
        maker, extract = self.maker, file.extract
        chance = maker.chance(
            file.source, extract.name, self.month, file.stem, file.part, file.mark, file.fate, file.day
        )
        records = self._damaged(file, chance)
        columns = file.columns or extract.columns
        layout = draw_layout(extract, columns, self.end, len(records), maker.order.variant, chance)
        if file.note:
            layout.above = [*layout.above[:3], file.note]
        if not layout.style.is_sheet:
            identity_faults.write_numbers_out(records)
        cells = spell(layout.columns, records, layout.style, chance)
        _copy_twins(records, cells)
        _number(layout, cells)
        kept = _first_of_equals(layout, cells)
        name = self._name(file, layout, len(records))
        writing.write(self._path(file.source, name), layout, compose(layout, cells, chance.stream("page")))
        maker.made.row_count += len(records)
        self._conclude(file, name, records, kept)
        maker.tell()

    def _damaged(self, file: File, chance: Chance) -> list[Record]:
        """The records with everything that happens to them before they are spelled."""
        extract, records = file.extract, file.records
        row_faults.blank_some(extract, records, chance)
        row_faults.mistake_numbers(extract, records, chance)
        identity_faults.damage_identities(extract, records, self.maker.county.persons, chance)
        records = row_faults.with_key_twins(extract, records, chance)
        if file.fate != "reject":
            row_faults.quarantine_some(extract, records, self.end, chance)
        return row_faults.with_exact_twins(records, chance)

    def _conclude(self, file: File, name: str, records: list[Record], kept: list[bool]) -> None:
        """Notes what must become of the file, and gives the loaded rows to the truth."""
        if file.fate != "accept":
            self._note(file, name, file.fate, (len(records), 0, 0, 0))
            return
        first = [record for record, is_kept in zip(records, kept, strict=True) if is_kept]
        loaded = [record for record in first if not record.is_faulty]
        counts = (len(records), len(loaded), len(first) - len(loaded), len(records) - len(first))
        self._note(file, name, "accept", counts)
        self.maker.truth.accept(
            Delivered(
                source=file.source,
                extract=file.extract.name,
                part=self._label(file),
                month=self.month,
                is_correction=file.mark == "更正",
                name_date=f"{self.month}{file.day or ''}",
                file_name=name,
                rows=loaded,
            )
        )

    def _label(self, file: File) -> str:
        """The part a file's name tells: the stem's, a year, an office, a county among several."""
        stem = next(stem.part for stem in file.extract.stems if stem.text == file.stem)
        return f"{stem}{file.part}{self.maker.label}"

    def _note(self, file: File, name: str, fate: str, counts: tuple[int, int, int, int]) -> None:
        values = (file.source, file.extract.name, self.month, name, fate, *counts)
        self.maker.made.ledger.append(dict(zip(LEDGER_FIELDS, values, strict=True)))

    def _name(self, file: File, layout: Layout, count: int) -> str:
        when = self.month if self.maker.doses.has_none else self._spelled_month(file)
        pieces = [file.stem, file.part, self.maker.label, f"{self.month}{file.day}" if file.day else when]
        if file.has_count:
            pieces.append(f"{count + file.says_count}{UNITS_COUNTED.get(file.extract.name, '人')}")
        pieces.append(file.mark)
        return "_".join(piece for piece in pieces if piece) + f".{layout.extension}"

    def _spelled_month(self, file: File) -> str:
        """The month as it stands in the names of an extract's files: alike in all of a month."""
        end, rng = self.end, self.maker.stream("name", file.source, file.extract.name, self.month)
        day = f"{end:%Y%m%d}"
        return rng.choice((self.month, self.month, day, day, f"{end}", f"（{end.year}年{end.month}月）"))


MISHAPS: dict[str, Callable[[Deliveries, File], None]] = {
    "missing-column": Deliveries._without_a_column,
    "truncated-list": Deliveries._cut_off,
    "wrong-count": Deliveries._with_another_count,
    "old-date-above": Deliveries._with_an_old_date_above,
    "old-roster": Deliveries._after_an_old_roster,
    "password": lambda self, file: self._after_one_that_cannot_be_read(file, writing.write_locked),
    "no-workbook": lambda self, file: self._after_one_that_cannot_be_read(file, writing.write_no_workbook),
    "too-many-faulty-rows": Deliveries._with_too_many_faulty_rows,
    "corrected-file": Deliveries._corrected,
}
"""What can go wrong with a file, by the fault's name; the first that happens is the only one."""

WRONG_VALUES: dict[str, tuple[str, Any]] = {
    "enrolments": ("payment_status", "未缴费"),
    "settlements": ("own_outside_yuan", 9_000_000),
    "students": ("own_cost_yuan", 9_900_000),
    "income": ("income_per_capita_yuan", 100_000),
}


def _copy_twins(records: list[Record], cells: list[list[Any]]) -> None:
    """A row that repeats another has its cells."""
    twins = [(place, record.original) for place, record in enumerate(records) if record.original is not None]
    if twins:
        places = {id(record): place for place, record in enumerate(records)}
        for column in cells:
            for place, original in twins:
                column[place] = column[places[id(original)]]


def _number(layout: Layout, cells: list[list[Any]]) -> None:
    """序号 counts the rows, twins too."""
    for place, column in enumerate(layout.columns):
        if column.name == SEQUENCE:
            numbers = range(1, len(cells[place]) + 1)
            cells[place] = list(numbers) if layout.style.is_sheet else [str(number) for number in numbers]


def _first_of_equals(layout: Layout, cells: list[list[Any]]) -> list[bool]:
    """Whether each row is the first of its kind, 序号 aside."""
    told = [cells[place] for place, column in enumerate(layout.columns) if column.name != SEQUENCE]
    if _are_unlike(layout, cells):
        return [True] * len(told[0])
    seen: set[int] = set()
    kept = []
    for row in map(hash, zip(*told, strict=True)):
        kept.append(row not in seen)
        seen.add(row)
    return kept


def _are_unlike(layout: Layout, cells: list[list[Any]]) -> bool:
    """Whether numbers, names and keys alone tell every row from every other, which is quick to see."""
    telling = [cells[place] for place, column in enumerate(layout.columns) if column.kind in TELLING]
    return bool(telling) and len(set(zip(*telling, strict=True))) == len(telling[0])
