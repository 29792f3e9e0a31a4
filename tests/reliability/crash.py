"""`make crash N=1000`: kill processes and the database in the middle of load, build and decisions; then compare.

    python -m tests.reliability.crash [--rounds N] [--seed S] [--first K] [--report FILE] [--step NAME]

Each round puts the warehouse back to where a step began (load, build of a month, release and reject of a held delivery,
the run that follows), starts the step's command and ends it on the way: its process by SIGKILL, one of its workers, the
server by an immediate stop, or both, either at an exact statement of ours or after a share of the time the step takes
undisturbed. A round may strike again while the command is tried once more. Then the command runs to its end, and
everything the instance holds is compared with what the undisturbed step left: all facts, quarantine, registry, slices;
no relation, session, lock, process or temporary file may be left over.

The round follows from the seed and its number: `--seed 1 --first 42 --rounds 1` strikes there again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.reliability.county import NEVER_WRONG, County, Ended, Step, as_json

VICTIMS = ("process", "process", "server", "server", "worker", "both")
STRIKES = (1, 1, 1, 2, 3)


@dataclass(frozen=True)
class Blow:
    """Who is struck, and when: at a statement, or after a share of the step's time."""

    victim: str
    statement: int | None
    share: float

    def __str__(self) -> str:
        when = f"statement {self.statement}" if self.statement else f"{self.share:.0%} of the time"
        return f"{self.victim} at {when}"


@dataclass
class Round:
    """One round as it ended. `findings` is empty where everything was as it would have been."""

    number: int
    step: str
    blows: list[str] = field(default_factory=list)
    landed: int = 0
    codes: list[int] = field(default_factory=list)
    seconds: float = 0.0
    findings: list[str] = field(default_factory=list)


def struck(county: County, number: int, only: str = "") -> Round:
    """Play one round."""
    rng = random.Random(f"{county.seed}:{number}")
    steps = [step for step in county.steps() if only in step.name]
    step = rng.choices(steps, [county.track[one.name].seconds + 1 for one in steps])[0]
    found = Round(number, step.name)
    began = time.monotonic()
    county.go_back(step)
    for _ in range(rng.choice(STRIKES)):
        blow = _drawn(rng, county, step)
        found.blows.append(str(blow))
        ended, landed = _hit(county, step, blow, rng)
        found.landed += landed
        found.codes.append(ended.code)
        found.findings += _about_ending(ended, blow)
    final = county.run(step)
    found.codes.append(final.code)
    if final.code not in step.again:
        found.findings.append(f"run again it ended with {final.code}: {_last_line(final.said)}")
    found.findings += _differences(county, step)
    found.seconds = round(time.monotonic() - began, 1)
    return found


def _drawn(rng: random.Random, county: County, step: Step) -> Blow:
    undisturbed = county.track[step.name]
    victim = rng.choice(VICTIMS)
    exact = victim in ("process", "server") and rng.random() < 0.5
    return Blow(victim, rng.randint(1, undisturbed.statements) if exact else None, rng.random())


def _hit(county: County, step: Step, blow: Blow, rng: random.Random) -> tuple[Ended, bool]:
    """Start the command and strike; gives how it ended, and whether it was still at work."""
    counted = county.temporary / "statements"
    counted.unlink(missing_ok=True)
    if blow.statement:
        server_is_up = county.postmaster()
        who = "process" if blow.victim == "process" else str(server_is_up or "nobody")
        process = county.start(step, f"{who}:{blow.statement}:{counted}")
        ended = county.ended(process, step)
        counted.unlink(missing_ok=True)
        _end_group(process.pid)
        return ended, ended.code != 0
    process = county.start(step)
    with contextlib.suppress(Exception):
        process.wait(blow.share * county.track[step.name].seconds)
    landed = process.poll() is None
    _strike(county, process.pid, blow.victim, county.workers(process), rng)
    ended = county.ended(process, step)
    _end_group(process.pid)
    return ended, landed


def _strike(county: County, pid: int, victim: str, workers: list[psutil.Process], rng: random.Random) -> None:
    if victim == "worker" and workers:
        with contextlib.suppress(psutil.Error):
            rng.choice(workers).kill()
    elif victim in ("process", "worker"):
        _kill(pid)
    elif victim == "server":
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
    if ended.code not in (*NEVER_WRONG, -signal.SIGKILL):
        found.append(f"{blow}: ended with {ended.code}: {_last_line(ended.said)}")
    if ended.code == 1:
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


def summary(rounds: list[Round]) -> dict[str, Any]:
    """Figures over all rounds."""
    return {
        "rounds": len(rounds),
        "blows": sum(len(one.blows) for one in rounds),
        "blows that met the command at work": sum(one.landed for one in rounds),
        "rounds by step": dict(Counter(one.step for one in rounds)),
        "blows by victim": dict(Counter(blow.split(" at ")[0] for one in rounds for blow in one.blows)),
        "exit codes after a blow": dict(Counter(str(code) for one in rounds for code in one.codes[:-1])),
        "exit codes at the end": dict(Counter(str(one.codes[-1]) for one in rounds)),
        "rounds with findings": sum(bool(one.findings) for one in rounds),
        "seconds": round(sum(one.seconds for one in rounds)),
    }


def main() -> int:
    """Prepare a county, play the rounds, tell of findings as they come and of the figures at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first round")
    parser.add_argument("--step", default="", help="only steps whose name contains this")
    parser.add_argument("--report", type=Path, help="write figures and findings there, as JSON")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no round after so many minutes")
    asked = parser.parse_args()
    county = County(Path(tempfile.mkdtemp(prefix="hearth-crash-")), asked.seed)
    rounds: list[Round] = []
    began = time.monotonic()
    try:
        county.prepare(lambda line: print(f"undisturbed {line}", flush=True))
        for number in range(asked.first, asked.first + asked.rounds):
            if time.monotonic() - began > asked.minutes * 60:
                break
            rounds.append(struck(county, number, asked.step))
            _tell(rounds[-1])
    finally:
        county.end()
    figures = {"seed": asked.seed, "undisturbed": json.loads(as_json(county.track)), **summary(rounds)}
    print(json.dumps(figures, ensure_ascii=False, indent=1))
    if asked.report:
        failed = [asdict(one) for one in rounds if one.findings]
        asked.report.write_text(json.dumps({**figures, "failed": failed}, ensure_ascii=False, indent=1), "utf-8")
    return 1 if figures["rounds with findings"] else 0


def _tell(one: Round) -> None:
    said = "; ".join(one.findings) if one.findings else "equal"
    print(f"round {one.number} {one.step}: {', '.join(one.blows)} → {one.codes}, {one.seconds} s: {said}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
