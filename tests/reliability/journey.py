"""The way of a small county through two months, step by step; each is drawn up when those before it are done.

load, a department or two at a time → release, reject → build → queue decide → build again → deliveries return
    → month close → load: the next month, and what is late for the closed one (a correction, a returned workbook)
    → build the next month → month reopen → run: takes in what waited, builds both months → reload of one file
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.integration.support import DEATHS, checked_id, deaths, write_csv
from tests.reliability.county import RETURNED, County, Step

FIRST, SECOND = "202501", "202502"
HOUSEHOLDS = 100
LOADS = (("registry",), ("education",), ("medical_insurance", "housing"), ("water",), ("civil_affairs",))
OFFICE, HOSPITAL = (f"civil_affairs/{FIRST}/死亡人员信息_{part}" for part in ("民政所", "县医院"))
IMPOSSIBLE, POSSIBLE = "2025-02-30", "2025-01-30"
DONE_ALREADY = (0, 2)


STEPS = {
    **{f"load {' '.join(sources)}": len(sources) for sources in LOADS},
    "release": 1,
    "reject": 1,
    "build": 3,
    "decide": 1,
    "build again": 2,
    "return": 1,
    "close": 1,
    "load what is late": 2,
    "build the next month": 2,
    "reopen": 1,
    "run": 2,
    "reload": 1,
}
"""The steps in order, and how often each is struck beside the others."""


def journey(county: County, place: Path, seed: int) -> Iterator[Step]:
    """The steps in order. `place` gets the landing folders, one for each load, which nothing changes afterwards."""
    county.must("synth", str(place / "county"), "--households", str(HOUSEHOLDS), "--months", "2", "--seed", str(seed))
    parameters = ("--parameters", str(place / "county" / "config" / "rule_parameters.csv"))
    because = ("--reason", "tried")
    landing = ("--landing", str(_first_landing(place)))
    for sources in LOADS:
        only = (word for source in sources for word in ("--source", source))
        yield Step(f"load {' '.join(sources)}", ("load", *landing, *only))
    for (number,), verb in zip(county.rows(HELD), ("release", "reject"), strict=True):
        yield Step(verb, ("deliveries", verb, str(number), *because), again=DONE_ALREADY)
    yield Step("build", ("build", "--month", FIRST, *parameters))
    yield Step("decide", ("queue", "decide", *_doubtful(county), *because), again=DONE_ALREADY)
    yield Step("build again", ("build", "--month", FIRST))
    yield Step("return", ("deliveries", "return", "--month", FIRST))
    yield Step("close", ("month", "close", FIRST, *because), again=DONE_ALREADY)
    landing = ("--landing", str(_second_landing(county, place)))
    yield Step("load what is late", ("load", *landing))
    yield Step("build the next month", ("build", "--month", SECOND))
    yield Step("reopen", ("month", "reopen", FIRST, *because), again=DONE_ALREADY)
    yield Step("run", ("run", "--direct", *landing, *parameters))
    dwellings = ("--landing", str(_dwellings(place)), "--source", "housing", "--months", FIRST)
    yield Step("reload", ("reload", *dwellings, *because), once=True)


HELD = "select delivery_id from ops.deliveries where status = 'held' order by relative_path"

SOMEBODY = """
    select person_name, citizen_id_17 from raw.registry__members where citizen_id_17 is not null
    order by citizen_id_17 limit 1
"""


def _first_landing(place: Path) -> Path:
    """A month's files, two of which must wait for a person: their names state counts that are not theirs. One has a row
    in quarantine that its sender can correct, another is to be corrected later."""
    landing = place / "landing-1"
    shutil.copytree(place / "county" / "landing", landing, ignore=lambda _, names: {SECOND} & set(names))
    for stem in ("特困人员供养名册", "残疾人两项补贴"):
        path = next((landing / "civil_affairs" / FIRST).glob(f"{stem}*"))
        path.rename(path.with_name(f"{path.stem}_9人{path.suffix}"))
    faulty = [*deaths(1)[0]]
    faulty[DEATHS.index("死亡日期")] = IMPOSSIBLE
    write_csv(landing, f"{OFFICE}.csv", DEATHS, [*deaths(30)[1:], faulty])
    write_csv(landing, f"{HOSPITAL}.csv", DEATHS, deaths(35)[30:])
    return landing


def _doubtful(county: County) -> tuple[str, ...]:
    """The first record in doubt with a candidate, and the decision that it is that person's."""
    county.change("insert into restricted.caseworker_divisions (role_name, division_code) values ('caseworker', '00')")
    records = json.loads(county.must("queue", "list", "--state", "open", "--json"))
    number = min(record["queue_id"] for record in records if record["candidate_count"])
    return str(number), "--person", "1"


def _second_landing(county: County, place: Path) -> Path:
    """The next month's files; for the first month a correction that tells of the death of a person on the roster, and
    the workbook that went back to its sender, corrected."""
    landing = place / "landing-2"
    shutil.copytree(place / "landing-1", landing)
    for folder in (place / "county" / "landing").glob(f"*/{SECOND}"):
        shutil.copytree(folder, landing / folder.parent.name / SECOND)
    [(name, id_17)] = county.rows(SOMEBODY)
    died = [name, checked_id(str(id_17)), POSSIBLE, "医院"]
    write_csv(landing, f"{HOSPITAL}_更正.csv", DEATHS, [*deaths(35)[30:], died])
    returned = Path(f"{OFFICE}（退回）.xlsx")
    _corrected(county.home / RETURNED / returned, landing / returned)
    return landing


def _corrected(returned: Path, target: Path) -> None:
    with zipfile.ZipFile(returned) as book, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name in book.namelist():
            out.writestr(name, book.read(name).replace(IMPOSSIBLE.encode(), POSSIBLE.encode()))


def _dwellings(place: Path) -> Path:
    """A landing folder with nothing but the one file that is read anew."""
    landing = place / "landing-3"
    [file] = (place / "landing-2" / "housing" / FIRST).glob("农村住房安全台账*")
    target = landing / "housing" / FIRST
    target.mkdir(parents=True)
    shutil.copy2(file, target)
    return landing
