"""What was delivered, and what of it counts for a month."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from hearth.synthesis.identity import SpinePerson, Trace, name_key, read_identifier
from hearth.synthesis.months import month_end
from hearth.synthesis.parameters import Parameters
from hearth.synthesis.records import Record
from hearth.synthesis.rules import Values

MAX_AGE = 45
SNAPSHOTS = {
    "divisions": None,
    "members": MAX_AGE,
    "income": MAX_AGE,
    "pupils": MAX_AGE,
    "not_in_school": MAX_AGE,
    "students": MAX_AGE,
    "enrolments": MAX_AGE,
    "dwellings": MAX_AGE,
    "schemes": 400,
    "household_water": MAX_AGE,
    "allowances": MAX_AGE,
    "extreme_poverty": MAX_AGE,
    "disability_allowances": MAX_AGE,
}
PERSON_COLUMNS = {
    "pupils": ("person_name", "citizen_id"),
    "not_in_school": ("person_name", "citizen_id"),
    "students": ("person_name", "citizen_id"),
    "enrolments": ("person_name", "citizen_id"),
    "settlements": ("person_name", "citizen_id"),
    "dwellings": ("head_name", "head_citizen_id"),
    "disaster_rebuilds": ("head_name", "head_citizen_id"),
    "household_water": ("head_name", "head_citizen_id"),
    "allowances": ("person_name", "citizen_id"),
    "extreme_poverty": ("person_name", "citizen_id"),
    "disability_allowances": ("person_name", "citizen_id"),
    "temporary_relief": ("person_name", "citizen_id"),
    "deaths": ("person_name", "citizen_id"),
}
KEPT = {
    "divisions": ("division_code", "division_name", "division_level", "parent_code", "is_water_scarce"),
    "division_changes": ("old_code", "new_code", "effective_on"),
    "members": (
        *("person_no", "household_no", "village_code", "person_name", "citizen_id", "birth_date", "relation_to_head"),
        *("labour_skill", "household_type", "monitored_category", "identified_month", "is_risk_cleared"),
        *("cleared_month", "is_relocated"),
    ),
    "income": ("household_no", "net_income_yuan", "income_per_capita_yuan", "previous_income_per_capita_yuan"),
    "pupils": ("pupil_no", "birth_date", "register_status", "is_aided"),
    "not_in_school": ("reason",),
    "students": ("school_name", "education_level", "study_form", "aid_yuan", "own_cost_yuan"),
    "enrolments": ("insured_no", "enrolment_year", "insurance_type", "premium_paid_yuan", "payment_status"),
    "settlements": (
        *("settlement_no", "insured_no", "medical_type", "settled_at", "total_yuan"),
        *("own_share_yuan", "own_outside_yuan", "is_refund"),
    ),
    "dwellings": ("grade", "is_only_dwelling", "subsidy_yuan", "accepted_on"),
    "household_water": (
        *("household_no", "scheme_no", "litres_per_day", "minutes_round_trip", "shortage_days", "quality"),
    ),
    "quality_tests": ("scheme_no", "sampled_on", "result"),
    "deaths": ("died_on",),
}
"""What a rule or a tier looks at, besides names, ID numbers and places: the rest of a row is forgotten."""
PLACES = ("village_code", "township_name", "village_name")
KEYS = {
    "income": "household_no",
    "members": "person_no",
    "pupils": "pupil_no",
    "settlements": "settlement_no",
}


@dataclass(frozen=True)
class Delivered:
    """One accepted file, with the rows that were loaded."""

    source: str
    extract: str
    part: str
    month: str
    is_correction: bool
    name_date: str
    file_name: str
    rows: list[Record]

    @property
    def recency(self) -> tuple[str, bool, str, str]:
        """Larger is newer: never the time of arrival."""
        return self.month, self.is_correction, self.name_date, self.file_name

    @property
    def data_date(self) -> dt.date:
        """The last day of the month folder."""
        return month_end(self.month)


class Truth:
    """Collects the accepted deliveries and concludes, month by month."""

    def __init__(self, parameters: Parameters) -> None:
        """Nothing is delivered yet."""
        self.parameters = parameters
        self.deliveries: list[Delivered] = []
        self._traces: dict[int, Trace] = {}
        self._codes: dict[tuple[str, str], str] = {}

    def accept(self, delivered: Delivered) -> None:
        """Takes an accepted file in, and of its rows only what matters."""
        kept = {*KEPT.get(delivered.extract, ()), *PERSON_COLUMNS.get(delivered.extract, ())}
        if delivered.extract in PERSON_COLUMNS:
            kept.update(PLACES)
        for record in delivered.rows:
            values = record.values
            record.values = {name: values[name] for name in kept if name in values}
            record.cells = record.original = None
        self.deliveries.append(delivered)

    def counting(self, extract: str, month: str) -> list[Delivered]:
        """The deliveries that count for `month`, the newest last: per part (and month, for events) the newest."""
        newest: dict[tuple[str, str], Delivered] = {}
        for one in self.deliveries:
            if one.extract == extract and one.month <= month:
                place = (one.part, "" if extract in SNAPSHOTS else one.month)
                if place not in newest or one.recency > newest[place].recency:
                    newest[place] = one
        return sorted(newest.values(), key=lambda one: one.recency)

    def is_fresh(self, extract: str, month: str) -> bool:
        """Whether some part counts and none that matters is stale."""
        end, age = month_end(month), SNAPSHOTS[extract]
        parts = self.counting(extract, month)
        if extract == "enrolments":
            parts = [one for one in parts if one.part.startswith(f"{end.year}年")]
        return bool(parts) and (age is None or all((end - one.data_date).days <= age for one in parts))

    def rows(self, extract: str, month: str) -> list[Record]:
        """The records that count for `month`, a key once, the newest winning."""
        records = [record for one in self.counting(extract, month) for record in one.rows]
        key = KEYS.get(extract)
        if key:
            return list({record.values[key]: record for record in records}.values())
        if extract == "enrolments":
            return list({(r.values["insured_no"], r.values["enrolment_year"]): r for r in records}.values())
        if extract == "students":
            return list({self._student_key(record): record for record in records}.values())
        return records

    def _student_key(self, record: Record) -> tuple[object, object]:
        number = read_identifier(record.values["citizen_id"]).valid
        return (number, record.values["school_name"]) if number else (id(record), None)

    # the spine

    def _changes(self, month: str) -> dict[str, str]:
        end = month_end(month)
        now: dict[str, str] = {}
        for record in sorted(self.rows("division_changes", month), key=lambda r: r.values["effective_on"]):
            if record.values["effective_on"] <= end:
                now[record.values["old_code"]] = record.values["new_code"]
        return now

    def _village(self, values: Values, now: dict[str, str]) -> str:
        code = values.get("village_code") or self._codes.get(
            (values.get("township_name") or "", values.get("village_name") or ""), ""
        )
        while code in now:
            code = now[code]
        return code

    def _spine(self, month: str, now: dict[str, str]) -> tuple[dict[str, SpinePerson], dict[str, set[str]]]:
        spine: dict[str, SpinePerson] = {}
        names: dict[str, set[str]] = defaultdict(set)
        rosters = [one for one in self.deliveries if one.extract == "members" and one.month <= month]
        for one in sorted(rosters, key=lambda one: one.recency):
            for record in one.rows:
                values = record.values
                person = spine.setdefault(values["person_no"], SpinePerson(values["person_no"]))
                person.household_no, person.village = values["household_no"], self._village(values, now)
                person.name, person.birth = name_key(values["person_name"]), values["birth_date"]
                person.names.add(person.name)
                number = read_identifier(values["citizen_id"])
                person.identifiers |= {number.valid} - {""}
                person.seventeens |= {number.seventeen} - {""}
                names[person.household_no].add(person.name)
        return spine, names

    def _learn_divisions(self, month: str) -> frozenset[str]:
        rows = [record.values for record in self.rows("divisions", month)]
        named = {row["division_code"]: row["division_name"] for row in rows}
        for row in rows:
            if row["division_level"] == "村":
                self._codes[named.get(row["parent_code"], ""), row["division_name"]] = row["division_code"]
        return frozenset(row["division_code"] for row in rows if row.get("is_water_scarce") == "是")

    # links

    def _trace(self, extract: str, record: Record) -> Trace:
        trace = self._traces.get(id(record))
        if trace is None:
            values = record.values
            name, number = (values[column] for column in PERSON_COLUMNS[extract])
            trace = Trace(
                read_identifier(number), name_key(name), values.get("birth_date"), "",
                values.get("household_no") or "", values.get("insured_no") or "",
            )  # fmt: skip
            self._traces[id(record)] = trace
        return trace

    def _placed(self, extract: str, record: Record, now: dict[str, str]) -> Trace:
        trace = self._trace(extract, record)
        trace.village = self._village(record.values, now)
        return trace

    # the month
