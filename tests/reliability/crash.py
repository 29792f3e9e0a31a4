"""`make crash N=1000`: kill processes and the database in the middle of load, build and decisions; then compare.

    python -m tests.reliability.crash [--rounds N] [--seed S] [--first K] [--processes P] [--report FILE]
        [--step NAME] [--minutes M] [--prepared FOLDER]
    python -m tests.reliability.crash --sum FILE…

Each round puts the warehouse back to where a step of the journey began (tests/reliability/journey.py), starts the
step's command and ends it on the way: its process by SIGKILL, one of its workers, the server by an immediate stop, or
both, either at an exact statement of ours or after a share of the time the step takes undisturbed. A round may strike
again while the command is tried once more. Then the command runs to its end, and everything the instance holds is
compared with what the undisturbed step left: all facts, quarantine, registry, slices, workbooks for senders; no
relation, session, lock, process or temporary file may be left over.

The round follows from the seed and its number, whoever plays it: `--seed 1 --first 42 --rounds 1` strikes there again.
A report gets a line as each round ends; rounds that it has are not played again, and reports add up by `--sum`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from tests.reliability.county import NEVER_WRONG, TOO_LONG, County, Ended, Step
from tests.reliability.journey import STEPS, journey

VICTIMS = ("process", "process", "server", "server", "worker", "both")
STRIKES = (1, 1, 1, 1, 1, 1, 2, 3)


@dataclass(frozen=True)
class Blow:
    """Who is struck, and when: at a share of the step's statements, or of its time. `pick` says which worker."""

    victim: str
    is_exact: bool
    share: float
    pick: float

    @classmethod
    def drawn(cls, rng: random.Random) -> Blow:
        """As many numbers are taken for any blow, so that what comes after it does not depend on it."""
        victim, is_exact, share, pick = rng.choice(VICTIMS), rng.random() < 0.5, rng.random(), rng.random()
        return cls(victim, is_exact and victim in ("process", "server"), share, pick)

    def statement(self, statements: int) -> int:
        """Which of a step's statements it strikes at, from 1."""
        return 1 + int(self.share * statements)

    def __str__(self) -> str:
        return f"{self.victim} at {self.share:.1%} of the {'statements' if self.is_exact else 'time'}"


@dataclass
class Round:
    """One round as it ended. `findings` is empty where everything was as it would have been."""

    seed: int
    number: int
    step: str
    blows: list[str] = field(default_factory=list)
    landed: int = 0
    codes: list[int] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Of the commands and of the comparing; the server's own are not in it."""
    findings: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """All that was printed by a command that did not end."""


def drawn(seed: int, number: int) -> tuple[str, list[Blow]]:
    """A round's step and its blows."""
    rng = random.Random(f"{seed}:{number}")
    [step] = rng.choices(list(STEPS), list(STEPS.values()))
    return step, [Blow.drawn(rng) for _ in range(rng.choice(STRIKES))]


def struck(county: County, seed: int, number: int) -> Round:
    """Play one round."""
    name, blows = drawn(seed, number)
    found, step = Round(seed, number, name), county.step(name)
    began, cpu_before = time.monotonic(), _cpu_seconds()
    county.go_back(step)
    for blow in blows:
        ended, landed = _hit(county, step, blow)
        found.blows.append(str(blow))
        found.landed += landed
        _note(found, ended, _about_ending(ended, blow))
    if not (step.once and county.contents() == county.track[name].contents):
        final = county.run(step)
        wrong = [] if final.code in step.again else [f"run again it ended with {final.code}: {_last_line(final.said)}"]
        _note(found, final, wrong)
    found.findings += _differences(county, step)
    found.seconds, found.cpu_seconds = round(time.monotonic() - began, 1), round(_cpu_seconds() - cpu_before, 1)
    return found


def _cpu_seconds() -> float:
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _note(found: Round, ended: Ended, findings: list[str]) -> None:
    found.codes.append(ended.code)
    found.findings += findings
    if ended.code == TOO_LONG:
        found.said.append(ended.said)


def _hit(county: County, step: Step, blow: Blow) -> tuple[Ended, bool]:
    """Start the command and strike; gives how it ended, and whether it was still at work."""
    if blow.is_exact:
        return _hit_at_statement(county, step, blow)
    process = county.start(step)
    with contextlib.suppress(Exception):
        process.wait(blow.share * county.track[step.name].seconds)
    landed = process.poll() is None
    _strike(county, process.pid, blow, county.workers(process))
    ended = county.ended(process)
    _end_group(process.pid)
    return ended, landed


def _hit_at_statement(county: County, step: Step, blow: Blow) -> tuple[Ended, bool]:
    counted = county.temporary / "statements"
    counted.unlink(missing_ok=True)
    at = blow.statement(county.track[step.name].statements)
    who = "process" if blow.victim == "process" else str(county.lock_file)
    process = county.start(step, f"{who}:{at}:{counted}")
    ended = county.ended(process)
    _end_group(process.pid)
    landed = counted.exists() and counted.stat().st_size >= at
    counted.unlink(missing_ok=True)
    return ended, landed


def _strike(county: County, pid: int, blow: Blow, workers: list[psutil.Process]) -> None:
    if blow.victim == "worker" and workers:
        with contextlib.suppress(psutil.Error):
            workers[int(blow.pick * len(workers))].kill()
    elif blow.victim in ("process", "worker"):
        _kill(pid)
    elif blow.victim == "server":
        county.stop_server_at_once()
    else:
        _kill(pid)
        county.stop_server_at_once()


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _end_group(pid: int) -> None:
    """Workers end by themselves when the command is gone; they are given a moment."""
    for _ in range(50):
        try:
            os.killpg(pid, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.1)


def _about_ending(ended: Ended, blow: Blow) -> list[str]:
    """Who was not killed says in a line what happened, and ends with a documented code."""
    found = []
    if "Traceback (most recent call last)" in ended.said:
        found.append(f"{blow}: a traceback: {_last_line(ended.said)}")
    if ended.code == TOO_LONG:
        found.append(f"{blow}: did not end")
    elif ended.code not in (*NEVER_WRONG, -signal.SIGKILL):
        found.append(f"{blow}: ended with {ended.code}: {_last_line(ended.said)}")
    elif ended.code == 1:
        found.append(f"{blow}: told as a fault of Hearth's own: {_last_line(ended.said)}")
    return found


def _differences(county: County, step: Step) -> list[str]:
    expected, found = county.track[step.name].contents, county.contents()
    names = sorted({*expected, *found})
    differing = [
        f"{name}: {found.get(name)} for {expected.get(name)}" for name in names if expected.get(name) != found.get(name)
    ]
    return [*differing, *(f"left over: {line}" for line in county.left_over())]


def _last_line(said: str) -> str:
    lines = [line for line in said.strip().splitlines() if line.strip()]
    return lines[-1][:300] if lines else "nothing"


# Preparing, and playing side by side


def prepared(place: Path, seed: int, processes: int) -> list[Path]:
    """Instances that have gone the whole way undisturbed, each with the warehouse as it was before each step."""
    folders = [place / f"instance-{number}" for number in range(processes)]
    if not (place / "seed").exists():
        _prepare(folders[0], place, seed)
        (place / "seed").write_text(str(seed), encoding="utf-8")
    elif (place / "seed").read_text(encoding="utf-8") != str(seed):
        raise SystemExit(f"{place} holds the county of another seed")
    for folder in folders[1:]:
        if not folder.exists():
            County.saved(folders[0]).copied(folder)
    return folders


def _prepare(folder: Path, place: Path, seed: int) -> None:
    county = County(folder)
    try:
        county.begin()
        for step in journey(county, place, seed):
            taken = county.go(step)
            print(f"undisturbed {step.name}: {taken.seconds:.1f} s, {taken.statements} statements", flush=True)
        county.save()
    finally:
        county.end()


_COUNTY: list[County] = []


def _sit_down(folders: Queue[Path]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _COUNTY.append(County.saved(folders.get()))


def _played(seed: int, number: int, until: float) -> Round | None:
    """A round, unless time is up. Whatever the harness meets with that it does not expect is a finding too."""
    if time.time() > until:
        return None
    try:
        return struck(_COUNTY[0], seed, number)
    except Exception as error:  # noqa: BLE001 - the other rounds are played all the same
        finding = f"{type(error).__name__}: {error}"[:500]
        return Round(seed, number, drawn(seed, number)[0], codes=[TOO_LONG], findings=[finding])


def played(folders: Sequence[Path], seed: int, numbers: Iterable[int], minutes: float) -> Iterator[Round]:
    """The rounds as they end, dealt out to the instances."""
    context, until = get_context("spawn"), time.time() + 60 * minutes
    seats = context.Queue()
    for folder in folders:
        seats.put(folder)
    with ProcessPoolExecutor(len(folders), context, _sit_down, (seats,)) as pool:
        running = [pool.submit(_played, seed, number, until) for number in numbers]
        try:
            for ended in as_completed(running):
                if (found := ended.result()) is not None:
                    yield found
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


# Reports


def reported(*files: Path) -> list[Round]:
    """The rounds of reports, each once, the last one told where it was played again; a line cut short is left out."""
    found: dict[tuple[int, int], Round] = {}
    for line in (line for file in files if file.exists() for line in file.read_text("utf-8").splitlines()):
        with contextlib.suppress(json.JSONDecodeError):
            one = Round(**json.loads(line))
            found[one.seed, one.number] = one
    return list(found.values())


def summary(rounds: Sequence[Round]) -> dict[str, Any]:
    """Figures over all rounds."""
    seconds = defaultdict(list)
    for one in rounds:
        seconds[one.step].append(one.seconds)
    return {
        "seeds": dict(Counter(one.seed for one in rounds)),
        "rounds": len(rounds),
        "blows": sum(len(one.blows) for one in rounds),
        "blows that met the command at work": sum(one.landed for one in rounds),
        "rounds by step": {step: len(seconds[step]) for step in STEPS if step in seconds},
        "median seconds by step": {step: round(median(seconds[step]), 1) for step in STEPS if step in seconds},
        "blows by victim": dict(Counter(blow.split(" at ")[0] for one in rounds for blow in one.blows)),
        "exit codes after a blow": dict(Counter(str(code) for one in rounds for code in one.codes[: len(one.blows)])),
        "exit codes at the end": dict(Counter(str(code) for one in rounds for code in one.codes[len(one.blows) :])),
        "rounds with findings": sum(bool(one.findings) for one in rounds),
        "seconds": round(sum(one.seconds for one in rounds)),
        "seconds of the processor": round(sum(one.cpu_seconds for one in rounds)),
    }


def main() -> int:
    """Prepare a county, play the rounds, tell of findings as they come and of the figures at the end."""
    asked = _asked()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if asked.sum:
        rounds = reported(*asked.sum)
    else:
        known = reported(asked.report) if asked.report else []
        with _place(asked.prepared) as place:
            rounds = [one for one in known if one.seed == asked.seed] + _play(asked, place, known)
    for one in rounds:
        if one.findings:
            _tell(one)
    print(json.dumps(summary(rounds), ensure_ascii=False, indent=1))
    return 1 if any(one.findings for one in rounds) else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first round")
    parser.add_argument("--processes", type=int, default=1, help="how many rounds are played side by side")
    parser.add_argument("--step", default="", help="only rounds of steps whose name contains this")
    parser.add_argument("--report", type=Path, help="a line for each round, as JSON; its rounds are not played again")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no round after so many minutes")
    parser.add_argument("--prepared", type=Path, help="keep the prepared county there, or take it from there")
    parser.add_argument("--sum", type=Path, nargs="+", metavar="FILE", help="add reports up and play nothing")
    return parser.parse_args()


def _play(asked: argparse.Namespace, place: Path, known: list[Round]) -> list[Round]:
    done = {one.number for one in known if one.seed == asked.seed}
    numbers = [
        number
        for number in range(asked.first, asked.first + asked.rounds)
        if number not in done and asked.step in drawn(asked.seed, number)[0]
    ]
    processes = max(1, min(asked.processes, len(numbers)))
    folders = prepared(place, asked.seed, processes)
    rounds = []
    try:
        for one in played(folders, asked.seed, numbers, asked.minutes):
            rounds.append(one)
            _tell(one)
            if asked.report:
                with asked.report.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
    finally:
        for folder in folders:
            County.saved(folder).end()
    return rounds


@contextlib.contextmanager
def _place(kept: Path | None) -> Iterator[Path]:
    """The folder to keep, or one that goes when the rounds are played."""
    place = kept or Path(tempfile.mkdtemp(prefix="hearth-crash-"))
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o755)  # the server may belong to another account
    try:
        yield place
    finally:
        if kept is None:
            shutil.rmtree(place, ignore_errors=True)


def _tell(one: Round) -> None:
    said = "; ".join(one.findings) if one.findings else "equal"
    print(f"round {one.number} {one.step}: {', '.join(one.blows)} → {one.codes}, {one.seconds} s: {said}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
