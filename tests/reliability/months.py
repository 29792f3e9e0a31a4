"""`make months N=36 HOUSEHOLDS=20000`: a county's months replayed as they come, and in every other way; then compare.

    python -m tests.reliability.months [--months N] [--households H] [--seed S] [--report FILE] [--compared-after K]

Instance A lives as the county does: the files of a month arrive, are loaded, the month is built, then comes the next.
Instance B is given the same months, one after the other, but each in a way of its own: its files shuffled, in batches,
one by one, a department last; built in between; the same folder again, the same bytes under another name, the month
built again. At the end all facts, signals, aggregates, dimensions, quarantine, queue and match counts must be equal
(`tests.reliability.facts`). After each month time, rows and size on the disk are written down.

The ways follow from the seed and the month.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil

from hearth.building import build_month, months_due
from hearth.building.parameters import load_parameters
from hearth.contracts import SOURCES
from hearth.database import server
from hearth.database.bootstrap import bootstrap
from hearth.database.engine import connect
from hearth.keys import KEY_FILE
from hearth.loading.load import load_source
from hearth.settings import Settings, load_settings
from hearth.synthesis import Doses, synthesise
from tests.reliability import facts

WAYS = ("batches", "one by one", "a department last")
BATCHES = 3
BUILDS_BETWEEN = 2
BUILT_AGAIN_EVERY = 4
COPIES = 3

SIZES = """
    select
        coalesce(sum(size) filter (where nspname = 'raw'), 0)::bigint,
        coalesce(sum(size) filter (where nspname = 'marts'), 0)::bigint,
        pg_database_size(current_database())
    from (
        select nspname, pg_total_relation_size(pg_class.oid) as size
        from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
        where relkind in ('r', 'm') and nspname in ('raw', 'marts')
    ) as tables
"""
ROWS = """
    select count(*), coalesce(sum(rows_loaded), 0)::bigint
    from ops.deliveries where month = %s and status = 'accepted'
"""
SLOWEST = """
    select runs.model, round(sum(runs.seconds), 1)::float
    from ops.model_runs as runs inner join ops.builds using (build_id)
    where builds.month = to_date(%s, 'YYYYMM')
    group by 1 order by 2 desc limit 12
"""


@dataclass
class Month:
    """What a month took, on the clock and of the processor (ours and the server's), and what the database holds after
    it; sizes in bytes."""

    month: str
    way: str
    files: int
    load_seconds: float = 0.0
    load_cpu: float = 0.0
    build_seconds: float = 0.0
    build_cpu: float = 0.0
    builds: int = 0
    deliveries: int = 0
    rows: int = 0
    raw: int = 0
    marts: int = 0
    rest: int = 0
    slowest: dict[str, float] = field(default_factory=dict)


class Replay:
    """One instance to which a county's files come."""

    def __init__(self, folder: Path, county: Path) -> None:
        self.landing, self.county, self.diary = folder / "landing", county, folder / "months.jsonl"
        self.settings: Settings = load_settings({"HEARTH_HOME": str(folder / "home")})
        self.months: list[Month] = []
        self.landing.mkdir(parents=True)

    def begin(self, key_of: Settings | None = None) -> None:
        """Start the instance, with another's key of pseudonyms, so that the two can be compared."""
        if key_of is not None:
            self.settings.secrets_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copy2(key_of.secrets_dir / KEY_FILE, self.settings.secrets_dir / KEY_FILE)
        server.ensure_running(self.settings)
        bootstrap(self.settings)
        load_parameters(self.settings, self.county / "config" / "rule_parameters.csv")

    def live_through(self, month: str, way: str, rng: random.Random) -> Month:
        """A month from its first file to its facts."""
        files = files_of(self.county, month)
        now = Month(month, way, len(files))
        if way == "in order":
            self._arrive(files)
            self._load(now, [source.name for source in SOURCES])
        else:
            self._come(now, files, rng)
            self._repeat(now, files, rng)
        self._build_due(now)
        if way != "in order" and int(month[4:]) % BUILT_AGAIN_EVERY == 0:
            self._build(now, month, force=True)
        self._measure(now)
        self.months.append(now)
        with self.diary.open("a", encoding="utf-8") as diary:
            diary.write(json.dumps(asdict(now), ensure_ascii=False) + "\n")
        return now

    def end(self) -> None:
        """Stop the server."""
        server.stop(self.settings)

    # How files come

    def _come(self, now: Month, files: Sequence[Path], rng: random.Random) -> None:
        groups = list(_grouped(files, now.way, rng))
        built_after = set(rng.sample(range(len(groups)), min(BUILDS_BETWEEN, len(groups))))
        for number, group in enumerate(groups):
            self._arrive(group)
            self._load(now, _shuffled({path.parts[0] for path in group} & {s.name for s in SOURCES}, rng))
            if number in built_after and number % 2:
                self._build(now, now.month)

    def _repeat(self, now: Month, files: Sequence[Path], rng: random.Random) -> None:
        """The same folder again, and some of what was accepted under another name."""
        for path in rng.sample(self._accepted(now.month), COPIES):
            self._place(path, path.with_name(f"{path.stem}（同一文件）{path.suffix}"))
        self._load(now, _shuffled({source.name for source in SOURCES}, rng))

    def _accepted(self, month: str) -> list[Path]:
        with connect(self.settings) as connection:
            found = connection.execute(
                "select relative_path from ops.deliveries where month = %s and status = 'accepted' order by 1", (month,)
            )
            return [Path(path) for (path,) in found]

    def _arrive(self, files: Sequence[Path]) -> None:
        for path in files:
            self._place(path, path)

    def _place(self, path: Path, name: Path) -> None:
        target = self.landing / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(self.county / "landing" / path, target)

    # What is done with them

    def _load(self, now: Month, sources: Sequence[str]) -> None:
        began, cpu = time.monotonic(), self._cpu()
        for source in sources:
            load_source(self.settings, source, landing=self.landing)
        now.load_seconds += time.monotonic() - began
        now.load_cpu += self._cpu() - cpu

    def _build_due(self, now: Month) -> None:
        for month in months_due(self.settings):
            self._build(now, month)

    def _build(self, now: Month, month: str, *, force: bool = False) -> None:
        began, cpu = time.monotonic(), self._cpu()
        build_month(self.settings, month, force=force)
        now.build_seconds += time.monotonic() - began
        now.build_cpu += self._cpu() - cpu
        now.builds += 1

    def _cpu(self) -> float:
        """Seconds of the processor so far, of this process and the server, of what they started and what has ended."""
        postmaster = server.postmaster_pid(self.settings)
        running = [psutil.Process(), *([psutil.Process(postmaster)] if postmaster else [])]
        seconds = 0.0
        for process in running:
            times = process.cpu_times()
            seconds += times.user + times.system + times.children_user + times.children_system
            for child in process.children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    seconds += sum(child.cpu_times()[:2])
        return seconds

    def _measure(self, now: Month) -> None:
        with connect(self.settings) as connection:
            now.deliveries, now.rows = connection.execute(ROWS, (now.month,)).fetchone() or (0, 0)
            now.raw, now.marts, whole = connection.execute(SIZES).fetchone() or (0, 0, 0)
            now.rest = whole - now.raw - now.marts
            now.slowest = dict(connection.execute(SLOWEST, (now.month,)).fetchall())


def files_of(county: Path, month: str) -> list[Path]:
    """The month's files, below the landing folder."""
    landing = county / "landing"
    found = (path.relative_to(landing) for path in landing.rglob("*") if path.is_file())
    return sorted(path for path in found if path.parts[1:2] == (month,))


def months_of(county: Path) -> list[str]:
    """The months that have files, in order."""
    return sorted({path.name for path in (county / "landing").glob("*/*") if path.is_dir()})


def _grouped(files: Sequence[Path], way: str, rng: random.Random) -> Iterator[list[Path]]:
    mixed = rng.sample(list(files), len(files))
    if way == "one by one":
        yield from ([path] for path in mixed)
    elif way == "batches":
        yield from (mixed[number::BATCHES] for number in range(BATCHES))
    else:
        for department in _shuffled({path.parts[0] for path in mixed}, rng):
            yield [path for path in mixed if path.parts[0] == department]


def _shuffled(names: set[str], rng: random.Random) -> list[str]:
    return rng.sample(sorted(names), len(names))


def replay(county: Path, folder: Path, seed: int, compared_after: int) -> dict[str, Any]:
    """Let both instances live through the county, side by side; gives what was measured and where they differ.

    They are compared after so many months, after which instance A goes on alone; instance B has none where it is 0.
    """
    in_order, otherwise = Replay(folder / "a", county), Replay(folder / "b", county)
    compared = months_of(county)[:compared_after]
    try:
        in_order.begin()
        otherwise.begin(key_of=in_order.settings)
        with ProcessPoolExecutor(2, get_context("spawn")) as pool:
            first = pool.submit(_lived, in_order, months_of(county), compared, None)
            second = pool.submit(_lived, otherwise, compared, compared, seed)
            measured, expected = first.result()
            measured_otherwise, found = second.result()
    finally:
        in_order.end()
        otherwise.end()
    return {
        "seed": seed,
        "in order": [asdict(one) for one in measured],
        "otherwise": [asdict(one) for one in measured_otherwise],
        "compared after": len(compared),
        "compared": expected,
        "differences": [
            f"{name}: {expected.get(name)} in order, {found.get(name)} otherwise"
            for name in sorted({*expected, *found})
            if expected.get(name) != found.get(name)
        ],
    }


def _lived(
    instance: Replay, months: Sequence[str], compared: Sequence[str], seed: int | None
) -> tuple[list[Month], dict[str, str]]:
    """Live through the months, by a way of its own each where there is a seed; with the facts when some are over."""
    found: dict[str, str] = {}
    for number, month in enumerate(months):
        way = "in order" if seed is None else WAYS[number % len(WAYS)]
        _tell("A" if seed is None else "B", instance.live_through(month, way, random.Random(f"{seed}:{month}")))
        if [*compared][-1:] == [month]:
            found = _all_facts(instance)
    return instance.months, found


def _all_facts(instance: Replay) -> dict[str, str]:
    began = time.monotonic()
    with connect(instance.settings) as connection:
        found = facts.digests(connection)
        if (wrong := facts.spine_differences(connection)) > 0:
            raise AssertionError(f"the spine differs in {wrong} rows from what all rosters say")
    print(f"{len(found)} tables digested in {time.monotonic() - began:.0f} s", flush=True)
    return found


def _tell(instance: str, now: Month) -> None:
    size = (now.raw + now.marts + now.rest) / 1e6
    print(
        f"{instance} {now.month} {now.way}: {now.files} files, {now.rows:,} rows, "
        f"load {now.load_seconds:.1f} s ({now.load_cpu:.1f} of CPU), "
        f"{now.builds} builds {now.build_seconds:.1f} s ({now.build_cpu:.1f}), {size:,.0f} MB",
        flush=True,
    )


def main() -> int:
    """Make the county, replay it twice, tell month by month and at the end what differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--households", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first-month", default="202401")
    parser.add_argument("--report", type=Path, help="write what was measured there, as JSON")
    parser.add_argument("--compared-after", type=int, default=60, help="months of instance B; A has all")
    parser.add_argument("--folder", type=Path, help="work there, and leave it")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="hearth-months-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    try:
        county = folder / "county"
        if not county.exists():
            synthesise(
                county, households=asked.households, months=asked.months, first_month=asked.first_month,
                seed=asked.seed, doses=Doses.of_texts("1", ()), counties=1,
            )  # fmt: skip
        report = replay(county, folder, asked.seed, asked.compared_after)
    finally:
        if asked.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    report |= {"households": asked.households, "ways": dict(Counter(one["way"] for one in report.get("otherwise", ())))}
    if asked.report:
        asked.report.write_text(json.dumps(report, ensure_ascii=False, indent=1), "utf-8")
    for line in report.get("differences", ()):
        print(f"differs: {line}")
    return 1 if report.get("differences") else 0


if __name__ == "__main__":
    sys.exit(main())
