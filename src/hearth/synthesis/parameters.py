"""The fictional county's rule parameters, and how the truth looks one up."""

import csv
import datetime as dt
import random
from decimal import Decimal
from functools import cache
from pathlib import Path

from hearth.synthesis.divisions import Place, Village
from hearth.synthesis.months import month_after, month_end

COLUMNS = ("parameter", "population_group", "division_code", "valid_from", "valid_to", "value", "unit")

DEFAULTS = {
    ("late_admission_months", ""): "2",
    ("premium_subsidy_ratio", "extreme_poverty"): "1.0",
    ("premium_subsidy_ratio", "allowance"): "0.5",
    ("premium_subsidy_ratio", "monitored"): "0.5",
    ("compulsory_age_from", ""): "6",
    ("compulsory_age_to", ""): "16",
    ("compulsory_cutoff", ""): "08-31",
    ("newborn_grace_days", ""): "90",
    ("tertiary_own_cost", ""): "10000",
    ("income_drop_share", ""): "0.30",
    ("water_litres_minimum", ""): "35",
    ("water_litres_minimum", "scarce"): "20",
    ("water_minutes_maximum", ""): "20",
    ("water_shortage_days_maximum", ""): "36",
    ("water_test_interval_days", ""): "183",
    ("clearing_months_minimum", ""): "6",
}

Row = tuple[str, str, str, str, str, str, str]


def county_rows(place: Place, villages: list[Village], first_month: str, rng: random.Random) -> list[Row]:
    """A county's own parameters: dated, some of them for a township or a village only, some overruled."""
    third = month_after(first_month, 2)
    before = f"{month_end(month_after(third, -1)):%Y-%m-%d}"
    later = f"{third[:4]}-{third[4:]}-01"
    long_ago, person, household = "2020-01-01", "yuan per person per year", "yuan per household"
    rows: list[Row] = [
        ("income_line", "", place.code, long_ago, before, "8000", person),
        ("income_line", "", place.code, later, "", "8400", person),
        ("income_line", "", "00", "2019-01-01", "2020-12-31", "5000", person),
        ("income_line", "", "00", long_ago, "", "7000", person),
        ("income_line", "", "99", long_ago, "", "7500", person),
        ("allowance_line", "", place.code, long_ago, "", "5400", person),
        ("out_of_pocket_year_to_date", "assisted", place.code, long_ago, "", "5000", household),
        ("out_of_pocket_year_to_date", "other", place.code, long_ago, "", "20000", household),
        ("single_admission", "assisted", place.code, long_ago, "", "6000", "yuan per admission"),
        ("single_admission", "other", place.code, long_ago, "", "10000", "yuan per admission"),
        ("premium_standard", "", place.code, long_ago, "", "400", person),
        ("premium_subsidy_ratio", "extreme_poverty", place.code, long_ago, "", "1.0", "share"),
        ("premium_subsidy_ratio", "allowance", place.code, long_ago, "", "0.5", "share"),
        ("premium_subsidy_ratio", "monitored", place.code, long_ago, "", "0.5", "share"),
    ]
    township, village = rng.choice(villages).township_code, rng.choice(villages).code
    options: list[Row] = [
        ("income_line", "", township, long_ago, "", "8200", person),
        ("income_line", "", village, long_ago, before, "9000", person),
        ("compulsory_age_to", "", township, long_ago, "", "17", "years"),
        ("water_minutes_maximum", "", village, long_ago, "", "15", "minutes"),
        ("water_litres_minimum", "scarce", township, long_ago, "", "25", "litres per person per day"),
        ("single_admission", "other", "9901", long_ago, "", "1", "yuan per admission"),
        ("newborn_grace_days", "", place.code, "2030-01-01", "", "1", "days"),
        ("late_admission_months", "", place.code, "2019-01-01", "2019-12-31", "12", "months"),
        ("premium_standard", "", township, later, "", "380", person),
    ]
    return rows + [row for row in options if rng.random() < 0.75]


def write(path: Path, rows: list[Row]) -> None:
    """Writes `config/rule_parameters.csv`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)


class Parameters:
    """Looks a parameter up as rules.md says: the most specific division wins among the rows valid on D."""

    def __init__(self, rows: list[Row]) -> None:
        """Keeps the rows; each lookup is remembered."""
        self._rows = rows
        self.text = cache(self._text)
        self.number = cache(self._number)

    def _number(self, parameter: str, group: str, village: str, day: dt.date) -> Decimal | None:
        """A parameter's value for a village's households on a day; None where nobody set one."""
        text = self.text(parameter, group, village, day)
        return None if text is None else Decimal(text)

    def _text(self, parameter: str, group: str, village: str, day: dt.date) -> str | None:
        on = day.isoformat()
        found = [
            (len(code) if code != "00" else 0, value)
            for name, of, code, start, end, value, _ in self._rows
            if (name, of) == (parameter, group)
            and start <= on
            and (not end or on <= end)
            and (code == "00" or village.startswith(code))
        ]
        return max(found)[1] if found else DEFAULTS.get((parameter, group))
