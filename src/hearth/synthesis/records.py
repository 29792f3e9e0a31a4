"""What each department would write down of a month, were it written without a fault.

Values are typed: dates are dates, amounts are whole fen, None is a blank cell. Keys are the contract's columns.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hearth.synthesis.bills import Bill, Bills
from hearth.synthesis.divisions import Village
from hearth.synthesis.life import Life
from hearth.synthesis.months import month_after, month_end, school_year_start
from hearth.synthesis.people import County, Household, Person
from hearth.synthesis.schooling import stage


@dataclass(slots=True, eq=False)
class Record:
    """One row: its values, and whom it is truly about."""

    values: dict[str, Any]
    about: Person | None = None
    home: Household | None = None
    cells: dict[str, Any] | None = None  # cells written otherwise than their value says
    is_faulty: bool = False  # goes to quarantine
    is_damaged: bool = False  # its identity is not what it should be
    original: "Record | None" = None  # the row that this one repeats, cell by cell

    def copy(self) -> "Record":
        """A record of its own with the same content."""
        return Record(dict(self.values), self.about, self.home, self.cells, self.is_faulty, self.is_damaged)

    def twin(self) -> "Record":
        """The same row a second time."""
        twin = self.copy()
        twin.original = self
        return twin


@dataclass(frozen=True)
class Desk:
    """A month at the departments' desks."""

    county: County
    life: Life
    bills: Bills
    tests: list[tuple[str, dt.date, str, str]]  # scheme, day, result, month delivered
    month: str

    @property
    def end(self) -> dt.date:
        """The month's last day."""
        return month_end(self.month)


def _place(village: Village) -> dict[str, Any]:
    return {"township_name": village.township, "village_name": village.name}


def divisions(desk: Desk) -> Iterator[Record]:
    """Province, city, county, townships, villages; a merged village stays listed."""
    county = desk.county.place.code
    top = (("99", "示例省", "省", ""), ("9901", "示例市", "市", "99"), (county, desk.county.place.name, "县", "9901"))
    townships = {v.township_code: v.township for v in desk.county.villages}
    for code, name, level, parent in (*top, *((c, n, "乡镇", county) for c, n in townships.items())):
        yield Record(_division(code, name, level, parent))
    for village in desk.county.villages:
        flags = {"is_lifted_village": village.is_lifted, "is_key_village": village.is_key}
        yield Record(
            _division(village.code, village.name, "村", village.township_code)
            | {name: "是" if is_so else "否" for name, is_so in flags.items()}
            | {"is_water_scarce": "是" if village.is_scarce else "否"}
        )


def _division(code: str, name: str, level: str, parent: str) -> dict[str, Any]:
    return {
        "division_code": code.ljust(12, "0"),
        "division_name": name,
        "division_level": level,
        "parent_code": parent.ljust(12, "0") if parent else None,
    }


def division_changes(desk: Desk) -> Iterator[Record]:
    """The month's mergers."""
    for old, new, day, told in desk.county.changes:
        if told == desk.month:
            values: dict[str, Any] = {
                "old_code": old.code,
                "new_code": new.code,
                "effective_on": day,
                "change_reason": "村级建制调整",
            }
            yield Record(values)


def members(desk: Desk) -> Iterator[Record]:
    """The roster: household columns repeat on each member."""
    for household in desk.county.households.values():
        village = household.roster_village or household.village
        shared = {
            "data_date": desk.end,
            "county_name": desk.county.place.name,
            **_place(village),
            "village_code": village.code,
            "household_no": household.no,
            "household_type": household.type,
            "monitored_category": household.category or None,
            "risk_type": household.risk or None,
            "identified_month": household.identified or None,
            "is_risk_cleared": household.cleared or None,
            "cleared_month": household.cleared_month or None,
            "is_relocated": "是" if household.relocated else "否",
            "stated_member_count": len(household.members),
            "phone": household.phone,
        }
        for person in household.members:
            yield Record(shared | _member(person), person, household)


def document(person: Person) -> dict[str, Any]:
    """The document somebody shows: an ID card; for a few a residence permit or a passport."""
    kind = "护照" if person.passport else "港澳台居民居住证" if person.has_permit else "居民身份证"
    return {"document_type": kind, "citizen_id": person.number}


def _member(person: Person) -> dict[str, Any]:
    return {
        "person_no": person.no,
        "person_name": person.name,
        "sex": person.sex,
        **document(person),
        **({} if person.roster_id is None else {"citizen_id": person.roster_id}),
        "birth_date": person.birth,
        "relation_to_head": person.relation,
        "ethnicity": person.ethnicity,
        "health": person.health,
        "labour_skill": person.skill,
        "work_months": person.work_months,
    }


def income(desk: Desk) -> Iterator[Record]:
    """A rolling twelve months of income."""
    first = month_end(month_after(desk.month, -12)) + dt.timedelta(days=1)
    for household in desk.county.households.values():
        if household.net_income is None:
            continue
        net = household.net_income
        wages, cost = net * 6 // 10, net // 20
        yield Record(
            {
                "household_no": household.no,
                "period_from": first,
                "period_to": desk.end,
                "wage_income_yuan": wages,
                "business_income_yuan": net - wages - net // 50 - net // 10 + cost,
                "property_income_yuan": net // 50,
                "transfer_income_yuan": net // 10,
                "business_cost_yuan": cost,
                "net_income_yuan": net,
                "income_per_capita_yuan": household.per_capita,
                "previous_income_per_capita_yuan": household.previous_per_capita,
            },
            home=household,
        )


def _living(desk: Desk) -> Iterator[Person]:
    """Everybody a department may still know: members, strangers, and those who left the roster alive."""
    yield from (p for p in desk.county.persons if not p.is_dead or p in p.household.members)
    yield from desk.county.strangers


def _paid(desk: Desk) -> Iterator[Person]:
    """Everybody civil affairs may still pay: the dead among them."""
    yield from desk.county.persons
    yield from desk.county.strangers


def pupils(desk: Desk) -> Iterator[Record]:
    """The school register, with the guardian beside the child."""
    for person in _living(desk):
        if not person.pupil:
            continue
        row, village = person.pupil, person.household.departments_village
        guardian = person.household.head
        yield Record(
            {
                "pupil_no": row["no"],
                "person_name": person.name,
                "sex": person.sex,
                **document(person),
                "birth_date": person.birth,
                "ethnicity": person.ethnicity,
                "school_no": f"3199{village.township_code[6:]:0>6}",
                "school_name": f"{village.township}{stage(row['grade'])}",
                "school_stage": stage(row["grade"]),
                "grade": f"{row['grade']}年级",
                "class_name": "1班",
                "register_status": row["status"],
                "boarding": row["boarding"],
                "is_taught_at_home": "是" if row["at_home"] else "否",
                "is_aided": "是" if row["aided"] else "否",
                "aid_yuan": 62_500 if row["aided"] else 0,
                "guardian_name": guardian.name,
                "guardian_citizen_id": guardian.number,
                "village_code": village.code,
            },
            person,
            person.household,
        )


def not_in_school(desk: Desk) -> Iterator[Record]:
    """The ledger of children who are not at school, with the reason."""
    for person in _living(desk):
        if person.ledger_reason:
            values: dict[str, Any] = {
                "person_name": person.name,
                "citizen_id": person.number,
                **_place(person.household.village),
            }
            values |= {
                "reason": person.ledger_reason,
                "persuasion": "入户走访",
                "registered_on": dt.date(desk.end.year - 1, 10, 12),
            }
            yield Record(values, person, person.household)


def students(desk: Desk) -> Iterator[Record]:
    """Students beyond compulsory education."""
    start = school_year_start(desk.end)
    for person in _living(desk):
        if person.student:
            row = person.student
            values: dict[str, Any] = {
                "person_name": person.name,
                "citizen_id": person.number,
                **_place(person.household.village),
            }
            values |= {"school_name": row.get("school") or f"示例{row['level']}学校", "education_level": row["level"]}
            values |= {"study_form": row["form"], "school_year": f"{start}-{start + 1}"}
            values |= {"aid_yuan": row["aid"], "own_cost_yuan": row["cost"]}
            yield Record(values, person, person.household)


def enrolments(desk: Desk) -> Iterator[Record]:
    """Everybody enrolled in basic medical insurance for the year; a few under two numbers."""
    for person in _living(desk):
        row = person.insured
        if person.insured_again:
            row_again = {
                "type": "310",
                "paid": None,
                "subsidy": None,
                "status": "已缴费",
                "year": desk.end.year,
                "group": "",
            }
            yield _enrolment(person, person.insured_again, row_again)
        if row and row["year"] == desk.end.year:
            yield _enrolment(person, person.insured_no, row)


def _enrolment(person: Person, insured_no: str, row: Mapping[str, Any]) -> Record:
    names = {"390": "城乡居民基本医疗保险", "310": "职工基本医疗保险"}
    return Record(
        {
            "insured_no": insured_no,
            "person_name": person.name,
            **document(person),
            **({"citizen_id": row["citizen_id"]} if "citizen_id" in row else {}),
            **_place(person.household.departments_village),
            "enrolment_year": row["year"],
            "insurance_type": row["type"],
            "insurance_name": names[row["type"]],
            "special_status": row["group"] or None,
            "premium_paid_yuan": row["paid"],
            "premium_subsidy_yuan": row["subsidy"],
            "payment_status": row["status"],
            "enrolled_on": dt.date(row["year"] - 1, 11, 5),
        },
        person,
        person.household,
    )


def settlements(desk: Desk) -> Iterator[Record]:
    """What the month's export newly tells."""
    for bill in desk.bills.delivered_in(desk.month):
        yield settlement(bill, desk.county.place.code)


def settlement(bill: Bill, county: str) -> Record:
    """One settlement in the platform's field codes."""
    return Record(
        {
            "settlement_no": bill.no,
            "insured_no": bill.person.insured_no,
            "person_name": bill.person.name,
            "citizen_id": bill.person.number,
            "insurance_type": "390",
            "medical_type": bill.kind,
            "settled_at": bill.at,
            "total_yuan": bill.total,
            "basic_fund_yuan": bill.fund,
            "major_illness_fund_yuan": bill.major,
            "assistance_yuan": bill.assistance,
            "own_share_yuan": bill.own_share,
            "own_outside_yuan": bill.own_outside,
            "is_refund": "1" if bill.is_refund else "0",
            "admission_division": county,
        },
        bill.person,
        bill.person.household,
    )


def dwellings(desk: Desk) -> Iterator[Record]:
    """The ledger of dwellings, under the head the housing bureau knows."""
    for household in desk.county.households.values():
        head, village = household.housing_head, household.departments_village
        for row in household.dwellings:
            accepted = row["accepted"]
            works = row["subsidy"] is not None
            yield Record(
                {
                    **_place(village),
                    "village_code": village.code,
                    "head_name": head.name,
                    "head_citizen_id": head.number,
                    "stated_member_count": len(household.members),
                    "household_category": household.type,
                    "built_in": str(row["built"]),
                    "structure": "砖混" if row["built"] > 1995 else "土木",
                    "floor_area": 40 + row["built"] % 97,
                    "is_only_dwelling": "是" if row["only"] else "否",
                    "grade": row["grade"],
                    "appraised_on": dt.date(desk.end.year - 1, 3, 15),
                    "appraiser": "县农村房屋安全鉴定中心",
                    "renovation": "拆除重建" if works else None,
                    "subsidy_yuan": row["subsidy"],
                    "started_on": dt.date(desk.end.year - 2, 6, 10) if works else None,
                    "completed_on": accepted,
                    "accepted_on": accepted,
                },
                head,
                household,
            )


def disaster_rebuilds(desk: Desk) -> Iterator[Record]:
    """Payments for rebuilding after disasters."""
    for household in desk.county.households.values():
        if household.rebuild:
            head = household.housing_head
            values: dict[str, Any] = {
                "head_name": head.name,
                "head_citizen_id": head.number,
                **_place(household.village),
            }
            values |= {
                "disaster": "洪涝",
                "subsidy_yuan": household.rebuild["yuan"],
                "paid_on": household.rebuild["paid_on"],
            }
            yield Record(values, head, household)


def schemes(desk: Desk) -> Iterator[Record]:
    """Water schemes, one a village."""
    for village in desk.county.villages:
        values: dict[str, Any] = {
            "scheme_no": village.scheme,
            "scheme_name": f"{village.township}{village.name}供水工程",
            "supply": "自流",
        }
        yield Record(values | {"scheme_type": "小型集中", "village_code": village.code, "keeper": "村委会"})


def household_water(desk: Desk) -> Iterator[Record]:
    """The water of each household; its number is often blank."""
    for household in desk.county.households.values():
        head = household.head
        for row in household.water:
            number = household.no if household.protected or int(household.no[-2:]) % 3 else None
            yield Record(
                {
                    "village_code": household.departments_village.code,
                    "head_name": head.name,
                    "head_citizen_id": head.number,
                    "household_no": household.water_no or number,
                    "scheme_no": row["scheme"],
                    "litres_per_day": row["litres"],
                    "minutes_round_trip": row["minutes"],
                    "shortage_days": row["days"],
                    "quality": row["quality"],
                    "is_piped": "是" if row["minutes"] == 0 else "否",
                    "assessed_on": desk.end.replace(day=1),
                },
                head,
                household,
            )


def quality_tests(desk: Desk) -> Iterator[Record]:
    """Tests newly told of."""
    for scheme, day, result, delivered in desk.tests:
        if delivered == desk.month:
            values: dict[str, Any] = {"scheme_no": scheme, "sampled_on": day, "result": result}
            yield Record(values | {"failed_indicators": "菌落总数" if result == "不合格" else None})


def allowances(desk: Desk) -> Iterator[Record]:
    """The allowance rosters, rural and urban; the household's head stands on each row."""
    for person in _paid(desk):
        if not person.allowance:
            continue
        head = person.household.head
        values: dict[str, Any] = {
            **_place(person.household.departments_village),
            "head_name": head.name,
            "head_citizen_id": head.number,
        }
        values |= {
            "allowance_no": f"DB{person.household.no[-8:]}",
            "person_name": person.name,
            "citizen_id": person.number,
        }
        values |= {"amount_yuan": person.allowance * 100, "entitled_from": f"{desk.end.year - 3}03"}
        yield Record(values, person, person.household)


def extreme_poverty(desk: Desk) -> Iterator[Record]:
    """Persons in extreme poverty."""
    for person in _paid(desk):
        if person.extreme:
            values: dict[str, Any] = {
                "person_name": person.name,
                "citizen_id": person.number,
                **_place(person.household.village),
            }
            values |= {
                "support_form": person.extreme["form"],
                "self_care": person.extreme["care"],
                "supported_from": f"{desk.end.year - 4}06",
            }
            yield Record(values, person, person.household)


def disability_allowances(desk: Desk) -> Iterator[Record]:
    """The two allowances for the disabled; the certificate carries the ID."""
    kinds = ("", "视力", "听力", "言语", "肢体", "智力", "精神", "多重")
    for person in _paid(desk):
        row = person.disability
        if row:
            pays = row["grade"] < 3
            values: dict[str, Any] = {
                "person_name": person.name,
                "citizen_id": f"{person.number}{row['kind']}{row['grade']}{row['again']}",
            }
            values |= {"disability_type": kinds[row["kind"]], "disability_grade": f"{'一二三四'[row['grade'] - 1]}级"}
            values |= {"living_allowance_yuan": 10_000 if pays else 0, "care_allowance_yuan": 8_000 if pays else 0}
            yield Record(values | _place(person.household.village), person, person.household)


def temporary_relief(desk: Desk) -> Iterator[Record]:
    """Payments of temporary relief."""
    rng = desk.county.rng
    people = [p for p in desk.county.members if not p.is_dead]
    for person in rng.sample(people, max(5, len(people) // 150)):
        values: dict[str, Any] = {
            "person_name": person.name,
            "citizen_id": person.number,
            "relief_reason": rng.choice(("火灾", "突发疾病", "交通事故")),
        }
        values |= {"amount_yuan": rng.randrange(10, 60) * 10_000, "paid_on": desk.end.replace(day=rng.randrange(1, 28))}
        yield Record(values, person, person.household)


def deaths(desk: Desk) -> Iterator[Record]:
    """Deaths newly told of."""
    for person, day, delivered in desk.life.deaths:
        if delivered == desk.month:
            values: dict[str, Any] = {
                "person_name": person.name,
                "citizen_id": person.number,
                "died_on": day,
                "reported_by": "民政殡葬登记",
            }
            yield Record(values, person, person.household)


WRITERS: dict[tuple[str, str], Callable[[Desk], Iterator[Record]]] = {
    ("registry", "divisions"): divisions,
    ("registry", "division_changes"): division_changes,
    ("registry", "members"): members,
    ("registry", "income"): income,
    ("education", "pupils"): pupils,
    ("education", "not_in_school"): not_in_school,
    ("education", "students"): students,
    ("medical_insurance", "enrolments"): enrolments,
    ("medical_insurance", "settlements"): settlements,
    ("housing", "dwellings"): dwellings,
    ("housing", "disaster_rebuilds"): disaster_rebuilds,
    ("water", "schemes"): schemes,
    ("water", "household_water"): household_water,
    ("water", "quality_tests"): quality_tests,
    ("civil_affairs", "allowances"): allowances,
    ("civil_affairs", "extreme_poverty"): extreme_poverty,
    ("civil_affairs", "disability_allowances"): disability_allowances,
    ("civil_affairs", "temporary_relief"): temporary_relief,
    ("civil_affairs", "deaths"): deaths,
}
"""Who writes which extract, in the order the files are made."""
