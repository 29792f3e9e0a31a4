"""The share of `make fuzz` that goes the whole way: folders of spoilt files and strange names, by `hearth load`.

    python -m tests.reliability.loads [--files N] [--batch B] [--seed S]

Each folder holds the spoilt files of B case numbers (see `fuzz`), names that hold statements, formulas and bytes that
are no text, links, pipes and folders called like files, and one sound file of each department. The load must end by
itself; every entry must have a status, with a message in both languages where it is not accepted; the sound files must
be accepted; a second load must find nothing new. Exit status 1 where something else was seen.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hearth.database import server
from hearth.database.bootstrap import bootstrap
from hearth.database.engine import connect
from tests.reliability.county import County, Step
from tests.reliability.grids import LANDING, Base, bases
from tests.reliability.spoiling import case

NAMES = (
    "'); drop table ops.deliveries; --", "=cmd|'/C calc'!A0", "$(touch x)", "%s{0}", "<b>x", "a\nb", "a\tb", "甲" * 60,
    "😀", "..", "..%2f..", "\\..\\..\\x", "null", "-rf", "a;b&c", "\u202egpj", "  x  ", "\x7f",
)  # fmt: skip
STATUSES = ("accepted", "held", "rejected", "duplicate", "unrecognised", "waiting")


@dataclass
class Folder:
    """A landing folder: what was put into it, and which files are sound."""

    landing: Path
    entries: int = 0
    sound: dict[str, int] = field(default_factory=dict)


def filled(landing: Path, seed: int, numbers: range) -> Folder:
    """A landing folder of spoilt files, strange entries and sound files."""
    folder = Folder(landing)
    rng = random.Random(f"names {seed}:{numbers.start}")
    for number in numbers:
        spoilt = case(seed, number)
        _put(folder, spoilt.base, f"第{number}镇" if rng.random() < 0.8 else rng.choice(NAMES), spoilt.spoilt.data)
    for base in _one_of_each():
        _put(folder, base, "", base.path.read_bytes())
        folder.sound[base.path.name] = 0
    _strange(folder, rng)
    return folder


def _one_of_each() -> list[Base]:
    by_source = {base.source: base for base in reversed(bases()) if base.extract.name != "members"}
    return list(by_source.values())


def _put(folder: Folder, base: Base, mark: str, data: bytes) -> None:
    month = folder.landing / base.source / base.month
    month.mkdir(parents=True, exist_ok=True)
    name = f"{base.path.stem}_{mark}{base.path.suffix}" if mark else base.path.name
    path = month / name.replace("/", "／")
    if len(os.fsencode(path.name)) <= 255 and not path.exists():
        path.write_bytes(data)
        folder.entries += 1


def _strange(folder: Folder, rng: random.Random) -> None:
    """Links, pipes, folders called like files, names that are no text."""
    month = folder.landing / "civil_affairs" / "202501"
    month.mkdir(parents=True, exist_ok=True)
    outside = folder.landing.with_name("outside.csv")
    outside.write_text("姓名,身份证号,死亡日期,信息来源\n", encoding="utf-8")
    (month / "死亡人员信息_外.csv").symlink_to(outside)
    (month / "死亡人员信息_无.csv").symlink_to(month / "nowhere.csv")
    (month / "死亡人员信息_环.csv").symlink_to(month / "死亡人员信息_环.csv")
    (month / "死亡人员信息_上.csv").symlink_to("../../../../../../etc/passwd")
    (month / "死亡人员信息_夹.csv").mkdir()
    os.mkfifo(month / "死亡人员信息_管.csv")
    Path(os.fsdecode(os.fsencode(month) + b"/\xcb\xc0\xcd\xf6.csv")).write_bytes(b"x")
    (folder.landing / rng.choice(NAMES[:5]).replace("/", "")).mkdir()
    folder.entries += 7


def played(seed: int, numbers: range) -> tuple[list[str], Counter[str], float]:
    """Fill a folder, load it twice; gives what was wrong, the statuses, and the seconds of the first load."""
    with tempfile.TemporaryDirectory(prefix="hearth-loads-") as place:
        county = County(Path(place))
        folder = filled(Path(place) / "landing", seed, numbers)
        try:
            server.ensure_running(county.settings)
            bootstrap(county.settings)
            return _loaded(county, folder)
        finally:
            server.stop(county.settings)
            shutil.rmtree(place, ignore_errors=True)


def _loaded(county: County, folder: Folder) -> tuple[list[str], Counter[str], float]:
    step = Step("load", ("load", "--landing", str(folder.landing)))
    began = time.monotonic()
    first = county.run(step)
    seconds = time.monotonic() - began
    findings = [f"the load ended with {first.code}: {first.said[-300:]}"] if first.code != 0 else []
    findings += ["a traceback"] * ("Traceback (most recent call last)" in first.said)
    rows = _registered(county)
    findings += _about_rows(rows, folder)
    again = county.run(step)
    if again.code != 0 or _registered(county) != rows:
        findings.append(f"a second load ended with {again.code} and changed the register")
    return findings, Counter(row["status"] for row in rows), seconds


def _registered(county: County) -> list[dict[str, Any]]:
    with connect(county.settings) as connection:
        rows = connection.execute("select to_jsonb(deliveries) from ops.deliveries order by delivery_id").fetchall()
    return [row for (row,) in rows]


def _about_rows(rows: list[dict[str, Any]], folder: Folder) -> list[str]:
    found = []
    if len(rows) < folder.entries:
        found.append(f"{len(rows)} of {folder.entries} entries have a status")
    for row in rows:
        place = f"delivery {row['delivery_id']} {row['relative_path']!r}"
        if row["status"] not in STATUSES:
            found.append(f"{place}: status {row['status']}")
        if row["status"] != "accepted" and not (row["message"] and row["message_zh"]):
            found.append(f"{place}: {row['status']} without a message")
        if "unexpected error" in (row["message"] or "") or "ended abnormally" in (row["message"] or ""):
            found.append(f"{place}: {row['message']}")
    accepted = {row["file_name"] for row in rows if row["status"] == "accepted"}
    found += [f"{name} is sound and was not accepted" for name in folder.sound if name not in accepted]
    return found


def main() -> int:
    """Play as many folders as asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--batch", type=int, default=50, help="spoilt files in one folder")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    assert LANDING.is_dir()
    wrong, statuses = 0, Counter[str]()
    for start in range(0, asked.files, asked.batch):
        findings, found, seconds = played(asked.seed, range(start, min(start + asked.batch, asked.files)))
        statuses += found
        wrong += len(findings)
        print(
            f"files {start}–{start + asked.batch - 1}: {dict(found)}, {seconds:.0f} s",
            *findings,
            sep="\n  ",
            flush=True,
        )
    print(f"{sum(statuses.values())} entries through hearth load: {dict(statuses)}, {wrong} findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
