"""Makes a county: its landing folder, its parameters and the truth, month by month."""

import csv
import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hearth.contracts import source as contract
from hearth.contracts.model import Column, Extract
from hearth.synthesis import dirt as faults
from hearth.synthesis import files, parameters
from hearth.synthesis.bills import Bills
from hearth.synthesis.boundaries import Boundaries
from hearth.synthesis.life import Life
from hearth.synthesis.parameters import Parameters
from hearth.synthesis.people import County, Place, month_after
from hearth.synthesis.records import WRITERS, Desk, Record, enrolments, settlement
from hearth.synthesis.rules import RULES
from hearth.synthesis.truth import Delivered, HouseholdMonth, MatchCount, Truth, as_csv, is_certain

NEUTRAL_COLUMNS = {"pupils": "class_name", "members": "work_months", "settlements": "admission_division"}
"""A column in which two rows of one key may differ without changing anything that counts."""

SEQUENCE = "sequence_no"
FIRST = Place()
MATCH_FIELDS = ("source", "extract", "month", "recoverable", "beyond_recovery")
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


@dataclass(frozen=True)
class Summary:
    """What was made."""

    folder: Path
    households: int
    persons: int
    months: tuple[str, ...]
    files: int
    rows: int
    boundary_cases: int
    strict_share: float
    fates: Mapping[str, int] = field(default_factory=dict)


def synthesise(
    folder: Path,
    *,
    households: int,
    months: int,
    seed: int,
    first_month: str = "202501",
    dirt: float = 1.0,
    variant: str | None = None,
    counties: int = 1,
) -> Summary:
    """Writes a fictional county into `folder`: landing/, config/, truth/ and exact/truth/.

    The same arguments give the same bytes. `dirt` scales every fault (0: none). `variant` fixes the layout: a
    format (csv, xlsx, xls, html, tsv-as-xls), an encoding, or `usual` for each department's own; without it the
    layout of each file is drawn. `counties` shares the households out to so many neighbours, each with files of
    its own, made side by side: for large numbers, which one county's files could not hold.

    truth/ names every state that some reading of rules.md allows where a record is beyond recovery;
    exact/truth/ leaves such records in the queue, where the tiers as written put them.
    """
    names = [month_after(first_month, index) for index in range(months)]
    for old in ("landing", "config", "truth", "exact"):
        shutil.rmtree(folder / old, ignore_errors=True)
    tasks = [
        (folder, households // counties, names, seed, dirt, variant, Place(number), counties == 1)
        for number in range(counties)
    ]
    if counties == 1:
        made = [_make(*tasks[0])]
    else:
        with ProcessPoolExecutor() as pool:
            made = list(pool.map(_make, *zip(*tasks, strict=True)))
    parameters.write(
        folder / "config" / "rule_parameters.csv", list(dict.fromkeys(r for m in made for r in m.parameters))
    )
    _write_truth(folder, made)
    return _summary(folder, names, made)


def _summary(folder: Path, months: list[str], made: list["_Made"]) -> Summary:
    households, persons, rows, planted = (sum(sizes) for sizes in zip(*(one.sizes for one in made), strict=True))
    truths = [is_certain(row.allowed) for one in made for row in one.rows]
    return Summary(
        folder=folder,
        households=households,
        persons=persons,
        months=tuple(months),
        files=sum(len(one.ledger) + len(one.unrecognised) for one in made),
        rows=rows,
        boundary_cases=planted,
        strict_share=sum(truths) / max(1, len(truths)),
        fates=dict(Counter(line["fate"] for one in made for line in one.ledger)),
    )


class _Maker:
    """One county in the making."""

    def __init__(
        self,
        folder: Path,
        households: int,
        months: list[str],
        seed: int,
        dirt: float,
        variant: str | None,
        place: Place = FIRST,
        is_alone: bool = True,
    ) -> None:
        self.folder, self.months, self.seed, self.dirt, self.variant = folder, months, seed, dirt, variant
        self.place, self.label = place, "" if is_alone else place.name
        self.county = County(place, households, months[0], self.stream("people"))
        self.parameter_rows = parameters.county_rows(place, self.county.villages, months[0], self.stream("parameters"))
        self.parameters = Parameters(self.parameter_rows)
        self.truth = Truth(self.parameters)
        self.life = Life(self.county)
        self.bills = Bills(self.county, self.stream("bills"))
        story = self.story("whole")
        offices = (("pupils", 0.35, story.choice(("township", "school"))), ("household_water", 0.25, "township"))
        self.by_office = {
            name: office
            for name, chance, office in (*offices, ("members", 0.2, "township"))
            if story.random() < chance and dirt and is_alone
        }
        self.housing_every = 1 if story.random() < 0.25 else 3
        self.tests = _first_tests(self.county, self.stream("tests"), months[0])
        self.ledger: list[dict[str, Any]] = []
        self.unrecognised: list[dict[str, str]] = []
        self.row_count = 0

    def stream(self, *names: object) -> random.Random:
        """A stream of chance of its own for each purpose, so that one never shifts another."""
        return self.story(self.place.number, *names)

    def story(self, *names: object) -> random.Random:
        """A stream that neighbouring counties share: what is silent or late is so in all of them."""
        return random.Random("/".join(map(str, (self.seed, *names))))  # noqa: S311 - chance that can be repeated

    def make(self) -> "_Made":
        boundaries = Boundaries(self.county, self.life, self.bills, self.parameters, self.months)
        planted = boundaries.plant()
        self.tests += boundaries.tests
        self.life.before_the_first_month()
        self.bills.year_before(self.months[0])
        rows: list[HouseholdMonth] = []
        counts: list[MatchCount] = []
        for index, month in enumerate(self.months):
            if index:
                self.life.move_on(month, index)
                self.tests += _new_tests(self.county, self.stream("tests", month), month)
            self.bills.month(month)
            _Deliveries(self, month, index).deliver()
            found, matched = self.truth.month(month)
            rows += found
            counts += matched
        sizes = (len(self.county.households), len(self.county.persons), self.row_count, planted)
        return _Made(self.parameter_rows, rows, counts, self.ledger, self.unrecognised, sizes)


@dataclass(frozen=True)
class _Made:
    """A county that is made, as far as the truth files and the summary need it."""

    parameters: list[parameters.Row]
    rows: list[HouseholdMonth]
    counts: list[MatchCount]
    ledger: list[dict[str, Any]]
    unrecognised: list[dict[str, str]]
    sizes: tuple[int, int, int, int]


def _make(*arguments: Any) -> _Made:
    return _Maker(*arguments).make()


def _write_truth(folder: Path, made: list[_Made]) -> None:
    fields = ("month", "household_no", "village_code", "member_count", "strict", "level", "suggested_category")
    rows = [row for one in made for row in one.rows]
    matched: dict[tuple[str, str, str], list[int]] = {}
    for count in (count for one in made for count in one.counts):
        so_far = matched.setdefault((count.source, count.extract, count.month), [0, 0])
        so_far[0] += count.recoverable
        so_far[1] += count.beyond
    lines = [dict(zip(MATCH_FIELDS, (*key, *numbers), strict=True)) for key, numbers in matched.items()]
    for top, is_exact in ((folder / "truth", False), (folder / "exact" / "truth", True)):
        _write_csv(top / "household_month.csv", (*fields, *(rule.code for rule in RULES)), as_csv(rows, is_exact))
        _write_csv(top / "deliveries.csv", LEDGER_FIELDS, (line for one in made for line in one.ledger))
        _write_csv(top / "match_counts.csv", MATCH_FIELDS, lines)
        _write_csv(top / "unrecognised.csv", ("source", "month", "file"), (f for one in made for f in one.unrecognised))


def _write_csv(path: Path, fields: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fields)
        writer.writeheader()
        writer.writerows(rows)


def _first_tests(county: County, rng: random.Random, month: str) -> list[tuple[str, Any, str, str]]:
    """Each scheme's tests of the year before; a few were never tested."""
    tests = []
    for village in county.villages:
        for _ in range(rng.choice((0, 1, 1, 1, 1, 2, 2))):
            day = county.start.fromordinal(county.start.toordinal() - rng.randrange(20, 240))
            tests.append((village.scheme, day, "不合格" if rng.random() < 0.06 else "合格", month))
    return tests


def _new_tests(county: County, rng: random.Random, month: str) -> list[tuple[str, Any, str, str]]:
    day = county.start.replace(year=int(month[:4]), month=int(month[4:]), day=10)
    tested = [village.scheme for village in county.villages if rng.random() < 0.25]
    return [(scheme, day, "不合格" if rng.random() < 0.08 else "合格", month) for scheme in tested]


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
    columns: Sequence[Column] = ()
    says_count: int = 0  # what the name adds to the true number of rows, where it gives one
    has_count: bool = False
    count_unit: str = "人"
    note: str = ""
    day: int = 0  # a day in the name, where two of a month tell them apart


class _Deliveries:
    """The files of one month."""

    def __init__(self, maker: _Maker, month: str, index: int) -> None:
        self.maker, self.month, self.index = maker, month, index
        self.desk = Desk(maker.county, maker.life, maker.bills, maker.tests, month)
        self.everybody = maker.county.persons

    def deliver(self) -> None:
        silent = self._silent_department()
        for (source, name), write in WRITERS.items():
            if source != silent and self._is_delivered(name):
                records = self._records(name, write)
                if records or (name == "not_in_school" and not self.maker.label):
                    extract = contract(source).extract(name)
                    for file in self._parts(source, extract, records):
                        self._tell(file)
        self._strays()

    def _silent_department(self) -> str:
        """A department that delivers nothing at all this month, now and then."""
        silent = self.maker.story(self.month, "silent").choice(
            ("education", "medical_insurance", "water", "civil_affairs")
        )
        return silent if self.index and self._happens(0.15, "silence") else ""

    def _happens(self, chance: float, *what: object) -> bool:
        return self.maker.story(self.month, *what).random() < chance * min(1.5, self.maker.dirt)

    def _is_delivered(self, name: str) -> bool:
        """Which departments stay silent this month."""
        match name:
            case "divisions" | "schemes":
                return self.index % 12 == 0
            case "dwellings":
                return self.index % self.maker.housing_every == 0
            case "disaster_rebuilds":
                return self.index % 3 == 0
            case "members":
                return self.index % 6 != 5 or not self.maker.dirt
            case "temporary_relief":
                return self.index == 0 or self._happens(0.5, name)
            case "students" | "disability_allowances" | "income" | "extreme_poverty":
                return self.index == 0 or not self._happens(0.08, "missing", name)
        return True

    def _records(self, name: str, write: Callable[[Desk], Iterator[Record]]) -> list[Record]:
        if name == "settlements" and self.index % 3 == 1 and self._happens(0.5, "year to date"):
            year = self.month[:4]
            bills = [
                b for b in self.maker.bills.all if f"{year}01" <= b.delivered <= self.month and f"{b.at:%Y}" == year
            ]
            return [settlement(bill, self.maker.county.place.code) for bill in bills]
        return list(write(self.desk))

    def _parts(self, source: str, extract: Extract, records: list[Record]) -> Iterator[File]:
        """One file, or one for each part."""
        stem = extract.stems[0].text
        match extract.name:
            case "allowances" if self.maker.label:
                yield File(source, extract, records, stem)
            case "allowances":
                for kind, is_urban in zip(extract.stems, (False, True), strict=True):
                    rows = [r for r in records if r.about is not None and r.about.is_urban is is_urban]
                    is_silent = is_urban and self.index and self._happens(0.12, "urban")
                    if rows and not is_silent:
                        yield File(source, extract, rows, kind.text)
            case "enrolments":
                yield File(source, extract, records, stem, part=f"{self.desk.end.year}年")
                if self.index == 0 and self._happens(0.5, "last year"):
                    yield File(source, extract, self._last_years(), stem, part=f"{self.desk.end.year - 1}年")
            case "settlements" if self.index == 0:
                year = self.desk.end.year
                old = [r for r in records if r.values["settled_at"].year < year]
                yield File(source, extract, old, stem, part=f"{year - 1}年")
                yield File(source, extract, [r for r in records if r.values["settled_at"].year == year], stem)
            case name if name in self.maker.by_office:
                offices: dict[str, list[Record]] = defaultdict(list)
                for record in records:
                    offices[self._office(name, record)].append(record)
                for office, rows in sorted(offices.items()):
                    if name == "members" or self.index % 3 != 1 or not self._happens(0.05, name, office):
                        yield File(source, extract, rows, stem, part=office)
            case _:
                yield File(source, extract, records, stem)

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

    # what happens to a file

    def _tell(self, file: File) -> None:
        """Delivers a file, with whatever goes wrong before it is right."""
        name, third = file.extract.name, self.index % 3
        match name:
            case "pupils" if third == 1 and self._happens(0.9, name) and not file.part:
                self._without_a_column(file, "register_status")
                file.mark = "更正"
            case "household_water" | "dwellings" if third != 1 and self._happens(0.3, name):
                file.has_count, file.count_unit = True, "户" if name == "household_water" else "条"
            case "household_water" if third == 1 and self._happens(0.8, name) and len(file.records) > 60:
                file.records = file.records[: len(file.records) * 2 // 5]
                file.fate = "hold"
            case "allowances":
                file.has_count = len(file.records) > 5
                if third == 1 and self._happens(0.35, name) and file.has_count:
                    file.says_count, file.fate = -7, "hold"
            case "extreme_poverty" | "students" if third == 1 and self._happens(0.25, name):
                file.note, file.fate = (
                    f"数据日期：{self.desk.end.replace(day=1).replace(year=self.desk.end.year - 1)}",
                    "hold",
                )
            case "members" if third == 2 and not file.part and self._happens(0.3, name):
                self._with_an_old_date(file)
            case "members" if third == 1 and not file.part and self._happens(0.3, name):
                self._without_a_column(file, "household_no")
                file.mark = "更正"
            case "disability_allowances" if third == 0 and self._happens(0.4, name):
                self._locked(file)
                file.mark = "再报"
            case "not_in_school" if third == 2 and self._happens(0.3, name):
                self._no_workbook(file)
                file.mark = "再报"
            case "temporary_relief" if self.index and self._happens(0.3, name):
                for record in file.records[::3]:
                    record.cells["paid_on"] = "2025-02-30"
                file.fate = "reject"
            case "enrolments" if third == 2 and self._happens(0.5, name):
                self._accepted_before(file, "payment_status", "未缴费")
                file.mark = "更正"
            case "settlements" if third == 2 and self._happens(0.4, name):
                self._accepted_before(file, "own_outside_yuan", 9_000_000)
                file.mark = "更正"
            case "students" if third == 0 and self._happens(0.3, name) and len(file.records) > 5:
                file.day = 28
                self._accepted_before(file, "own_cost_yuan", 9_900_000, day=15)
            case "income" if third == 2 and self._happens(0.3, name):
                self._accepted_before(file, "income_per_capita_yuan", 100_000)
                file.mark = "再报"
        self._put(file)
        is_habit = name == "allowances" and third == 2 and self.maker.dirt > 0
        if file.fate == "accept" and not file.mark and (is_habit or self._happens(0.02, "again", name, file.part)):
            self._again()

    def _copy(self, file: File, **changes: Any) -> File:
        records = [record.copy() for record in file.records]
        return File(**{**vars(file), "records": records, "mark": "", **changes})

    def _without_a_column(self, file: File, column: str) -> None:
        columns = [c for c in file.extract.columns if c.name != column]
        self._put(self._copy(file, columns=columns, fate="reject"))

    def _with_an_old_date(self, file: File) -> None:
        """Last month's roster sent for this month: the dates inside tell."""
        old = self._copy(file, mark="再报", fate="hold")
        for record in old.records:
            record.values["data_date"] = self.desk.end.replace(day=1) - (
                self.desk.end - self.desk.end.replace(day=self.desk.end.day - 1)
            )
        self._put(old)

    def _accepted_before(self, file: File, column: str, value: Any, day: int = 0) -> None:
        """A file that is accepted and yet wrong; the next replaces it."""
        wrong = self._copy(file, day=day)
        for record in wrong.records[:: max(2, len(wrong.records) // 40)]:
            if record.home is None or not record.home.protected:
                record.values[column] = value
        self._put(wrong)

    def _locked(self, file: File) -> None:
        path = self._path(file.source, "_".join(filter(None, (file.stem, self.maker.label, self.month))) + ".xlsx")
        files.write_locked(path)
        self._note(file, path.name, "reject", 0, 0, 0)

    def _no_workbook(self, file: File) -> None:
        path = self._path(file.source, "_".join(filter(None, (file.stem, self.maker.label, self.month))) + ".xlsx")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n")
        self._note(file, path.name, "reject", 0, 0, 0)

    def _again(self) -> None:
        """The same bytes under another name."""
        line = self.maker.ledger[-1]
        path = self._path(line["source"], line["file"])
        copy = path.with_name(f"{path.stem}_再报{path.suffix}")
        shutil.copyfile(path, copy)
        self.maker.ledger.append({**line, "file": copy.name, "fate": "duplicate"} | dict.fromkeys(LEDGER_FIELDS[5:], 0))

    def _strays(self) -> None:
        """Files nobody can place."""
        if self.index % 3 != 1 or not self.maker.dirt or self.maker.place.number:
            return
        for source, name in (
            ("education", f"营养餐发放表_{self.month}.csv"),
            ("forestry", f"退耕还林补助_{self.month}.csv"),
        ):
            path = self._path(source, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("乡镇,金额\n云岭镇,100\n", encoding="utf-8")
            self.maker.unrecognised.append({"source": source, "month": self.month, "file": name})

    # writing

    def _path(self, source: str, name: str) -> Path:
        return self.maker.folder / "landing" / source / self.month / name

    def _put(self, file: File) -> None:
        """Adds the faults, writes the file and notes what must become of it."""
        maker, extract, end = self.maker, file.extract, self.desk.end
        rng = maker.stream("file", file.source, extract.name, file.part, file.mark, file.fate, self.month)
        layouts = maker.stream("layout", maker.variant, file.source, extract.name, file.part, file.mark, self.month)
        records = file.records
        faults.blank_some(extract, records, maker.dirt, rng)
        faults.mistake_numbers(extract, records, maker.dirt, rng)
        faults.damage_identities(extract, records, self.everybody, maker.dirt, rng)
        records = self._with_key_twins(extract, records, rng)
        if file.fate != "reject":
            faults.quarantine_some(extract, records, end, maker.dirt, rng)
        records = self._with_exact_twins(records, rng)
        for number, record in enumerate(records, start=1):
            record.values[SEQUENCE] = str(number)
        columns = file.columns or extract.columns
        layout = files.draw_layout(extract, columns, end, len(records), maker.dirt, maker.variant, layouts)
        if file.note:
            layout.above = [*layout.above[:3], file.note]
        if not layout.style.is_sheet:
            faults.write_numbers_out(records)
        rows = faults.spell(layout.columns, records, layout.style, rng)
        _copy_twins(records, rows)
        _number(layout, rows)
        kept = _first_of_equals(layout, rows)
        loaded = [record for record, is_kept in zip(records, kept, strict=True) if is_kept and not record.is_faulty]
        quarantined = sum(record.is_faulty for record, is_kept in zip(records, kept, strict=True) if is_kept)
        name = self._name(file, layout, len(records), layouts)
        files.write(self._path(file.source, name), layout, files.compose(layout, rows, layouts))
        maker.row_count += len(records)
        if file.fate != "accept":
            self._note(file, name, file.fate, 0, 0, 0, read=len(records))
            return
        self._note(file, name, "accept", len(loaded), quarantined, len(records) - sum(kept))
        part = self._label(file, extract)
        is_correction, name_date = file.mark == "更正", f"{self.month}{file.day or ''}"
        delivered = Delivered(file.source, extract.name, part, self.month, is_correction, name_date, name, loaded)
        maker.truth.accept(delivered)

    def _label(self, file: File, extract: Extract) -> str:
        """The part a file's name tells: the stem's, a year, an office, a county among several."""
        stem = next(stem.part for stem in extract.stems if stem.text == file.stem)
        return f"{stem}{file.part}{self.maker.label}"

    def _note(self, file: File, name: str, fate: str, loaded: int, quarantined: int, twins: int, read: int = 0) -> None:
        values = (file.source, file.extract.name, self.month, name, fate)
        counts = (read or loaded + quarantined + twins, loaded, quarantined, twins)
        self.maker.ledger.append(dict(zip(LEDGER_FIELDS, (*values, *counts), strict=True)))

    def _name(self, file: File, layout: files.Layout, count: int, rng: random.Random) -> str:
        dates = self.maker.stream("name", file.source, file.extract.name, self.month)
        when = dates.choice(self._spelled_month()) if self.maker.dirt else self.month
        pieces = [file.stem, file.part, self.maker.label, f"{self.month}{file.day}" if file.day else when]
        if file.has_count:
            pieces.append(f"{count + file.says_count}{file.count_unit}")
        pieces.append(file.mark)
        return "_".join(piece for piece in pieces if piece) + f".{layout.extension}"

    def _spelled_month(self) -> Sequence[str]:
        end = self.desk.end
        return (
            self.month,
            self.month,
            f"{end:%Y%m%d}",
            f"{end:%Y%m%d}",
            f"{end:%Y-%m-%d}",
            f"（{end.year}年{end.month}月）",
        )

    def _with_key_twins(self, extract: Extract, records: list[Record], rng: random.Random) -> list[Record]:
        """A key twice in one file, the rows alike in all that counts."""
        column = NEUTRAL_COLUMNS.get(extract.name)
        if column is None or len(records) < 50 or not self.maker.dirt:
            return records
        out = list(records)
        for place in sorted(
            rng.sample(range(len(records)), min(len(records), round(len(records) * 0.0005 * self.maker.dirt) + 1)),
            reverse=True,
        ):
            twin = records[place].copy()
            twin.values[column] = {"class_name": "2班", "work_months": 3}.get(column, "990199")
            out.insert(place + 1, twin)
        return out

    def _with_exact_twins(self, records: list[Record], rng: random.Random) -> list[Record]:
        """Rows that stand in the file twice."""
        sound = [place for place, record in enumerate(records) if not record.is_faulty]
        wanted = min(len(sound), round(min(3, len(records) / 300) * self.maker.dirt))
        out = list(records)
        for place in sorted(rng.sample(sound, wanted), reverse=True):
            out.insert(rng.randrange(place + 1, min(len(records), place + 40) + 1), _Twin.of(records[place]))
        return out


class _Twin(Record):
    """A row that repeats another, cell by cell."""

    __slots__ = ("original",)
    original: Record

    @classmethod
    def of(cls, record: Record) -> "_Twin":
        twin = cls(dict(record.values), record.about, record.home, dict(record.cells))
        twin.original = record
        return twin


def _copy_twins(records: list[Record], rows: list[list[Any]]) -> None:
    places = {id(record): place for place, record in enumerate(records)}
    for record, row in zip(records, rows, strict=True):
        if isinstance(record, _Twin):
            row[:] = rows[places[id(record.original)]]


def _number(layout: files.Layout, rows: list[list[Any]]) -> None:
    """序号 counts the rows, twins too."""
    for place, column in enumerate(layout.columns):
        if column.name == SEQUENCE:
            for number, row in enumerate(rows, start=1):
                row[place] = number if layout.style.is_sheet else str(number)


def _first_of_equals(layout: files.Layout, rows: list[list[Any]]) -> list[bool]:
    """Whether each row is the first of its kind, 序号 aside."""
    places = [place for place, column in enumerate(layout.columns) if column.name != SEQUENCE]
    seen: set[tuple[str, ...]] = set()
    kept = []
    for row in rows:
        content = tuple(str(row[place]) for place in places)
        kept.append(content not in seen)
        seen.add(content)
    return kept
