"""The tables and pictures of docs/reference/performance.md, made anew from the results.

    python -m benchmarks.page [--results FILE]

Between `<!-- NAME -->` and `<!-- end -->` stands what the newest results say; everything else is written by hand.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from benchmarks.builds import exponent
from benchmarks.history import MONTHS_KEPT
from benchmarks.recording import RESULTS, newest
from hearth.errors import HearthError, InputError

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "reference" / "performance.md"
PICTURES = DOCS / "images"
COLOURS = {"hearth": "#1f5f8b"}
OTHERS = "#b9b9b9"
CURVES = ("#1f5f8b", "#c8652b", "#4f8f4f")

Record = dict[str, Any]
Records = Sequence[Record]
Found = Mapping[tuple[str, str], Record]
SIZES = ("bench", "long")
BUILDS, TWO_MILLION = ("builds", "long"), ("builds of two million", "long")


def _ways(ways: dict[str, Record]) -> Iterator[tuple[str, ...]]:
    for name, lap in ways.items():
        yield name, *_timed(lap), f"{lap['cpu_seconds']:,.1f}", f"{lap['peak_megabytes']:,}"


def _timed(lap: Record) -> tuple[str, ...]:
    """How many laps, the middle one's seconds, and between which the others were."""
    return str(lap.get("laps", "")), f"{lap['seconds']:,.1f}", f"{lap['fastest']:,.1f}–{lap['slowest']:,.1f}"


WAYS = ("", "laps", "seconds, median", "range", "CPU seconds", "peak PSS, MB")


def _load(records: Records) -> Iterator[str]:
    for record in records:
        figures = record["figures"]
        yield f"{figures['rows']:,} rows × 12, {figures['megabytes']:,} MB of GB18030, {_on(record)}:"
        yield from _table(WAYS, _ways(figures["ways"]))
        steps = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in figures["ways"]["hearth"]["steps"].items())
        yield (
            f"Hearth has {figures['of_copy']:.2f} of the speed of the server's COPY (goal 0.8) and "
            f"{figures['times_dlt']:,.1f} times that of dlt (goal 20). Its steps: {steps}."
        )
        yield _bars(f"load-{record['size']}", "seconds", figures["ways"])


def _workbooks(records: Records) -> Iterator[str]:
    for record in records:
        for extension, figures in record["figures"]["formats"].items():
            yield f"`{extension}`, {figures['rows']:,} rows × 12, {_on(record)}:"
            yield from _table(WAYS, _ways(figures["ways"]))
            yield f"{figures['times_other']:.1f} times the other's speed (goal 10)."


def _checks(records: Records) -> Iterator[str]:
    for record in records:
        figures = record["figures"]
        lap = figures["ways"]["load"]
        yield f"{lap['files']} files, {lap['rows']:,} rows of {figures['households']:,} households, {_on(record)}:"
        steps = {**lap["steps"], "all, by the clock": lap["seconds"]}
        yield from _table(("step", "seconds"), ((step, f"{took:.1f}") for step, took in steps.items()))
        yield f"The gate takes {_gate_share(figures):.0%} of a load (goal 25 %). Of the largest files' steps:"
        yield from _table(
            ("kind", "rows", "the gate's share of its steps"),
            ((name, f"{rows:,}", f"{share:.0%}") for name, rows, share in lap["largest"]),
        )


def _gate_share(figures: Record) -> float:
    """Of the seconds by the clock: the steps of a long file overlap."""
    lap = figures["ways"]["load"]
    return lap["steps"]["gate"] / lap["seconds"]


def _scheduler(records: Records) -> Iterator[str]:
    for record in records:
        figures = record["figures"]
        yield f"{figures['households']:,} households, one month, {_on(record)}:"
        yield from _table(WAYS, _ways(figures["ways"]))
        yield (
            f"{figures['seconds_more']:,.1f} s more through the scheduler, {figures['of_allowed']:.0%} of what "
            "the goal allows (25 % and 30 s)."
        )


def _builds(records: Records) -> Iterator[str]:
    for record in records:
        figures, sizes = record["figures"], record["figures"]["sizes"]
        yield f"{_on(record)}:"
        yield from _table(
            ("households", "load, s", "build, s", "CPU s", "peak PSS, MB", "database, MB", "temporary, MB", "WAL, MB"),
            (_size(int(size), lap) for size, lap in sizes.items()),
        )
        largest = max(sizes, key=int)
        slowest = ", ".join(f"`{name}` {seconds:.1f} s" for name, seconds in sizes[largest]["models"].items())
        yield f"The ten slowest models at {int(largest):,}: {slowest}."
        if powers := figures["exponents"]:
            yield (
                f"Seconds grow with households to the power of {powers['load']} (load) and {powers['build']} (build), "
                "the smallest beside the largest."
            )
            yield _growth(f"builds-{record['size']}", {int(size): lap for size, lap in sizes.items()})


def _beyond(found: Found) -> Iterator[str]:
    """How the seconds of two million grow from the largest size of the other builds."""
    if not (TWO_MILLION in found and BUILDS in found):
        return
    smaller, sizes = found[BUILDS], {**found[BUILDS]["figures"]["sizes"], **found[TWO_MILLION]["figures"]["sizes"]}
    before, after = sorted(map(int, sizes))[-2:]
    load, build = (exponent({size: sizes[str(size)][step] for size in (before, after)}) for step in ("load", "build"))
    yield (
        f"From the {before:,} of {smaller['at'][:10]}, {smaller['commit']}, the seconds grow with households to the "
        f"power of {load} (load) and {build} (build)."
    )


def _size(households: int, lap: Record) -> tuple[str, ...]:
    seconds = (f"{lap[name]:,.1f}" for name in ("load", "build", "cpu_seconds"))
    megabytes = (lap["peak_megabytes"], *(lap["megabytes"][on] for on in ("database", "temporary", "wal")))
    return f"{households:,}", *seconds, *(f"{size:,}" for size in megabytes)


STAGES = (
    *("stage", "seconds", "Python CPU s", "server CPU s", "peak PSS, MB", "of it Python, MB", "temporary, MB"),
    *("at once, MB", "WAL, MB", "read, MB", "written, MB", "data folder, MB"),
)
MODELS = ("model", "seconds", "of its select", "rows", "dearest node", "its share", "temporary blocks", "WAL, bytes")


def _profile(records: Records) -> Iterator[str]:
    for record in records:
        figures = record["figures"]
        yield f"{figures['households']:,} households, {figures['seconds']:,.1f} s, {_on(record)}:"
        yield from _table(STAGES, (_stage(name, stage) for name, stage in figures["stages"].items()))
        yield "The ten slowest models:"
        yield from _table(MODELS, (_model(name, model) for name, model in figures["models"].items()))


def _stage(name: str, stage: Record) -> tuple[str, ...]:
    seconds = (f"{stage[of]:,.1f}" for of in ("seconds", "python_seconds", "server_seconds"))
    most = ("peak", "python_peak", "temporary", "temporary_peak", "wal", "read", "written", "disk")
    return name, *seconds, *(f"{stage[f'{of}_megabytes']:,.0f}" for of in most)


def _model(name: str, model: Record) -> tuple[str, ...]:
    seconds, share = (f"{model[of]:,.1f}" for of in ("seconds", "plan_seconds")), f"{model['share']:.0%}"
    counts = (f"{model[of]:,}" for of in ("temporary_blocks", "wal_bytes"))
    return f"`{name}`", *seconds, f"{model['rows']:,}", model["dearest"], share, *counts


def _corrections(records: Records) -> Iterator[str]:
    for record in records:
        figures = record["figures"]
        renewed = figures["ways"]["renewed"]
        yield f"{figures['rows']:,} rows in a county of {figures['households']:,} households, {_on(record)}:"
        yield from _table(WAYS, _ways(figures["ways"]))
        steps = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in renewed["steps"].items())
        yield (
            f"{renewed['touched_households']:,} households were touched. Renewing them takes "
            f"{figures['of_a_whole_build']:.0%} of a whole build's seconds, {figures['of_its_processor']:.0%} of its "
            f"processor's (goal 10 %): {steps}."
        )


def _on_duckdb(records: Records) -> Iterator[str]:
    for record in records:
        figures = record["figures"]
        other, models = figures["ways"]["DuckDB from parquet"], figures["models"]
        yield f"{figures['households']:,} households, {_on(record)}:"
        yield from _table(WAYS, _ways(figures["ways"]))
        yield (
            f"A build takes {figures['times_duckdb']:.1f} times as long as DuckDB (goal 2), its models and their data "
            f"tests alone {figures['models_times_duckdb']:.1f} times. {models['table'] + models['view']} models run "
            f"on both, {models['given']} are given to DuckDB; {other['rows_that_differ']:,} of {other['rows']:,} rows "
            "of the household fact differ."
        )


MONTHS = (
    *("month", "rows", "load, s", "build, s", "builds", "CPU s", "peak PSS, MB", "temporary, MB", "WAL, MB"),
    *("raw, MB", "marts, MB", "everything else, MB"),
)


def _history(records: Records) -> Iterator[str]:
    for record in records:
        figures, retention = record["figures"], record["figures"]["retention"]
        months, freed = figures["months"], retention["megabytes"]
        cut_off = ", cut off and gone on with" if figures.get("was_cut_off") else ""
        yield f"{len(months)} months of {figures['households']:,} households{cut_off}, {_on(record)}:"
        shown = [(month, lap) for number, (month, lap) in enumerate(months.items(), 1) if number < 3 or number % 6 == 0]
        yield from _table(MONTHS, (_month(month, lap) for month, lap in shown))
        yield (
            f"Of the months before {retention['before']} {retention['slices']:,} slices with {retention['rows']:,} "
            f"rows were dropped in {retention['seconds']:,.1f} s, {retention['slices_needed']:,} stay, because later "
            f"months rest on them: the database went from {freed['before']:,} to {freed['after']:,} MB."
            f"{' This is the rest of what was cut off.' if retention.get('was_cut_off') else ''}"
        )
        if len(months) < MONTHS_KEPT:
            yield (
                f"{MONTHS_KEPT} months would come to {figures['megabytes_of_three_years']:,} MB, the yearly lists of "
                "later years not counted."
            )
        yield _curves(f"history-{figures['households']}", months)


def _month(month: str, lap: Record) -> tuple[str, ...]:
    sizes = lap["megabytes"]
    rest = sizes["database"] - sizes["raw"] - sizes["marts"]
    load, build, cpu = (f"{lap[name]:,.1f}" for name in ("load", "build", "cpu_seconds"))
    megabytes = (lap["peak_megabytes"], sizes["temporary"], sizes["wal"], sizes["raw"], sizes["marts"], rest)
    spent = (load, build, str(lap["builds"]), cpu)
    return month, f"{lap['rows']:,}", *spent, *(f"{size:,}" for size in megabytes)


def _identity(records: Records) -> Iterator[str]:
    for record in records:
        figures = record["figures"]
        yield (
            f"{figures['persons']:,} persons, {figures['records']:,} records, {figures['broken']:.0%} of them broken, "
            f"{_on(record)}:"
        )
        yield from _table(
            (
                "",
                "laps",
                "seconds, median",
                "range",
                "recall",
                "precision",
                "right person among the queue's candidates",
            ),
            (
                (name, *_timed(lap), f"{lap['recall']:.3%}", f"{lap['precision']:.3%}", _queued(lap))
                for name, lap in figures["ways"].items()
            ),
        )
        if models := figures["ways"]["hearth"].get("models"):
            linking = figures["ways"]["hearth"]["models_that_link"]
            yield (
                f"Of the {models:,.1f} s of Hearth's models, two at work at a time, {linking:,.1f} are of those about "
                "records; the others make persons, households and villages of the roster."
            )


def _queued(lap: Record) -> str:
    return f"{lap['queued']:.3%}" if "queued" in lap else ""


def _reads(records: Records) -> Iterator[str]:
    for record in records:
        figures = record["figures"]
        yield (
            f"{figures['facts']:,} facts ({figures['gigabytes']} GB), {figures['clients']} clients for "
            f"{figures['seconds']} s, {_on(record)}:"
        )
        yield from _table(
            ("query", "p50, ms", "p95, ms", "p99, ms", "answers"),
            (
                (name, *(f"{lap[key]:.2f}" for key in ("p50", "p95", "p99")), f"{lap['answers']:,}")
                for name, lap in figures["queries"].items()
            ),
        )
        yield (
            f"{figures['answers_a_second']:,} answers a second; the clients themselves kept "
            f"{figures['cores_of_the_clients']} of the {record['machine']['cores']} cores busy (goal: p95 below 5 ms)."
        )


@dataclass(frozen=True)
class Goal:
    """What is wanted of a benchmark: a figure of its record, at least or below so much. `size` is what tells how large
    it was; `part` where in the record both stand; `of` for which sizes it is a goal."""

    benchmark: str
    what: str
    size: str
    wanted: float
    reached: Callable[[Record], float]
    shown: str = "{:,.1f}"
    is_least: bool = False
    part: Sequence[str] = ()
    of: Sequence[str] = SIZES

    def row(self, figures: Record) -> tuple[str, ...]:
        """As it stands in the table of all goals."""
        for name in self.part:
            figures = figures[name]
        found = self.reached(figures)
        is_met = found >= self.wanted if self.is_least else found < self.wanted
        wanted = f"{'at least' if self.is_least else 'below'} {self.shown.format(self.wanted)}"
        size = figures[self.size] if self.size in figures else max(map(int, figures["sizes"]))
        return self.what, f"{size:,} {self.size}", wanted, self.shown.format(found), _word(is_met)


def _word(is_met: bool) -> str:
    return "yes" if is_met else "**no**"


def _slowest(figures: Record) -> float:
    return max(lap["p95"] for lap in figures["queries"].values())


def _power(figures: Record) -> float:
    """Of load or build, whichever grows more; linear is 1."""
    return max(figures["exponents"].values())


GOALS = (
    Goal("validated load", "a load, of COPY's speed", "rows", 0.8, lambda one: one["of_copy"], "{:.2f}", is_least=True),
    Goal("validated load", "a load, times dlt's speed", "rows", 20, lambda one: one["times_dlt"], is_least=True),
    Goal("validated load", "its memory, MB", "rows", 1000, lambda one: one["ways"]["hearth"]["peak_megabytes"], "{:,}"),
    *(
        Goal(
            *("workbooks", f"{extension}, times {other}'s speed", "rows", 10, lambda one: one["times_other"]),
            is_least=True,
            part=("formats", extension),
        )
        for extension, other in ((".xlsx", "openpyxl"), (".xls", "xlrd"))
    ),
    Goal("checks", "the gate, of all loads", "households", 0.25, _gate_share, "{:.0%}"),
    Goal("builds", "growth, power of households", "households", 1.1, _power, "{:.2f}", of=("long",)),
    Goal("models on DuckDB", "a build, times DuckDB", "households", 2, lambda one: one["times_duckdb"]),
    Goal("corrections", "a renewal, of a build", "households", 0.1, lambda one: one["of_a_whole_build"], "{:.0%}"),
    Goal("reads", "the slowest query's p95, ms", "facts", 5, _slowest, "{:.2f}"),
    Goal("scheduler", "of 25 % and 30 s more", "households", 1, lambda one: one["of_allowed"], "{:.0%}"),
)


def _goals(found: Found) -> Iterator[str]:
    kept = [
        (goal, found[goal.benchmark, size]) for goal in GOALS for size in goal.of if (goal.benchmark, size) in found
    ]
    head = ("what", "at", "goal", "reached", "met", "day", "commit")
    yield from _table(head, ((*goal.row(one["figures"]), one["at"][:10], one["commit"]) for goal, one in kept))


SECTIONS: dict[str, Callable[[Records], Iterable[str]]] = {
    "validated load": _load,
    "workbooks": _workbooks,
    "checks": _checks,
    "scheduler": _scheduler,
    "builds": _builds,
    "builds of two million": _builds,
    "profile": _profile,
    "corrections": _corrections,
    "models on DuckDB": _on_duckdb,
    "history": _history,
    "history of a prefecture": _history,
    "identity": _identity,
    "reads": _reads,
}


def _on(record: Record) -> str:
    machine = record["machine"]
    load = f"load at the start {machine['load_at_start']}, " if "load_at_start" in machine else ""
    return (
        f"{record['at'][:10]}, {machine['cores']} cores ({machine['processor']}), {machine['memory_gigabytes']} GB, "
        f"{load}{record['commit']}"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    yield "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _bars(name: str, unit: str, ways: dict[str, Record]) -> str:
    """A picture of the ways, the fastest on top; its address as markdown."""
    ordered = sorted(ways.items(), key=lambda item: -item[1]["seconds"])
    figure, axes = plt.subplots(figsize=(7.2, 0.5 * len(ordered) + 0.7), layout="constrained")
    names, seconds = [name for name, _ in ordered], [lap["seconds"] for _, lap in ordered]
    bars = axes.barh(names, seconds, color=[COLOURS.get(name, OTHERS) for name in names])
    axes.bar_label(bars, fmt="{:,.1f}", padding=3)
    axes.set_xlabel(unit)
    return _kept(figure, name, "seconds of each way")


def _growth(name: str, sizes: dict[int, Record]) -> str:
    """A picture of seconds by households, both on logarithmic scales, beside a line of what is linear."""
    figure, axes = plt.subplots(figsize=(7.2, 3.2), layout="constrained")
    households = sorted(sizes)
    for step, colour in zip(("load", "build"), CURVES, strict=False):
        seconds = [sizes[size][step] for size in households]
        axes.loglog(households, seconds, marker="o", label=step, color=colour)
        axes.loglog(households, [seconds[-1] * size / households[-1] for size in households], ":", color=colour)
    axes.set_xticks(households, [f"{size:,}" for size in households], minor=False)
    axes.set_xticks([], minor=True)
    axes.set_xlabel("households; dotted: linear")
    axes.set_ylabel("seconds")
    axes.legend(frameon=False)
    return _kept(figure, name, "seconds by households")


def _curves(name: str, months: dict[str, Record]) -> str:
    """A picture of a history, month by month: seconds above, megabytes below; its address as markdown."""
    figure, (above, below) = plt.subplots(2, sharex=True, figsize=(7.2, 4.4), layout="constrained")
    for step, colour in zip(("load", "build"), CURVES, strict=False):
        above.plot(list(months), [lap[step] for lap in months.values()], label=step, color=colour)
    for schema, colour in zip(("database", "raw", "marts"), CURVES, strict=True):
        below.plot(list(months), [lap["megabytes"][schema] for lap in months.values()], label=schema, color=colour)
    for axes, unit in ((above, "seconds"), (below, "MB")):
        axes.set_ylabel(unit)
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)
    below.set_xticks(list(months)[::6])
    return _kept(figure, name, "seconds and megabytes, month by month")


def _kept(figure: Figure, name: str, words: str) -> str:
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(PICTURES / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)
    return f"![{words}](../images/{name}.svg)"


def main() -> int:
    """Write the page anew; exit code 3 where the results or the page are not as they should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures are")
    try:
        found = newest(parser.parse_args().results)
        text = _filled(PAGE.read_text(encoding="utf-8"), found)
    except HearthError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    PAGE.write_text(text, encoding="utf-8")
    return 0


def _filled(text: str, found: Found) -> str:
    """The page's text with what the records say between its marks.

    Raises:
        InputError: the page lacks a mark.
    """
    for name in ("goals", *SECTIONS):
        if "<!-- end -->" not in text.partition(f"<!-- {name} -->\n")[2]:
            raise InputError(f"{PAGE} has no <!-- {name} --> with an end")
    mpl.rcParams["svg.hashsalt"] = "hearth"
    for name, parts in _made(found).items():
        lines = "\n\n".join(parts) or "Not measured yet."
        before, opening, rest = text.partition(f"<!-- {name} -->\n")
        _, closing, after = rest.partition("<!-- end -->")
        text = f"{before}{opening}\n{lines}\n\n{closing}{after}"
    return text


def _made(found: Found) -> dict[str, Iterable[str]]:
    kept = {name: [found[name, size] for size in SIZES if (name, size) in found] for name in SECTIONS}
    made = {name: section(kept[name]) for name, section in SECTIONS.items()}
    return {"goals": _goals(found), **made, TWO_MILLION[0]: (*made[TWO_MILLION[0]], *_beyond(found))}


if __name__ == "__main__":
    sys.exit(main())
