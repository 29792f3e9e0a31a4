"""The plans of a build's slowest models: each one's select explained, and run, over the tables that the build left.

What stands in a plan is read from its text, so that the page says nothing that the kept file does not.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hearth.building.dbt import target_path
from hearth.database.engine import connect
from hearth.settings import Settings

SLOWEST = """
    select model, seconds::float
    from ops.model_runs
    where build_id = %s and model = any(%s)
    order by seconds desc
    limit 10
"""
EXPLAIN = "explain (analyze, buffers, wal, settings, format text) "
HASH_JOINS_ONLY = "hash_joins_only"
"""The macro that a model's hook calls; models without the hook are planned as the server would."""
SETTING = re.compile(r"set local \w+ = \w+")

NODE = re.compile(
    r"(?P<indent> *)(?:->  )?(?P<kind>\w[\w ]*?)(?: (?:on|using) .*)?  \(cost=.*\)"
    r" \(actual time=[\d.]+\.\.(?P<milliseconds>[\d.]+) rows=(?P<rows>[\d.]+) loops=(?P<loops>\d+)\)"
)
CTE = re.compile(r" +CTE \w+")
LAUNCHED = re.compile(r" *Workers Launched: (\d+)")
BUFFERS = re.compile(r" *Buffers: .*")
TEMPORARY = re.compile(r"temp (?:read=\d+ ?)?(?:written=(\d+))?")
WAL = re.compile(r"  WAL: .*bytes=(\d+)")


@dataclass
class _Above:
    """A node whose inner nodes are being read, and how many processes share each of these."""

    indent: int
    kind: str
    processes: int


def explain_slowest(settings: Settings, build_id: int, households: int, folder: Path) -> dict[str, dict[str, Any]]:
    """Explain the ten slowest models of a build; their plans are all that the folder holds afterwards."""
    target = target_path(settings)
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    planned_by = SETTING.findall(manifest["macros"][f"macro.hearth.{HASH_JOINS_ONLY}"]["macro_sql"])
    models = {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    folder.mkdir(parents=True, exist_ok=True)
    for former in folder.glob("*.txt"):
        former.unlink()
    found = {}
    with connect(settings, "transformer") as connection:
        for name, seconds in connection.execute(SLOWEST, (build_id, [*models])).fetchall():
            node = models[name]
            hooks = " ".join(hook["sql"] for hook in node["config"]["pre-hook"])
            script = (target / "compiled" / "hearth" / node["original_file_path"]).read_text(encoding="utf-8")
            with connection.transaction(force_rollback=True):
                for setting in planned_by if HASH_JOINS_ONLY in hooks else ():
                    connection.execute(setting.encode())
                plan = "\n".join(line for (line,) in connection.execute(EXPLAIN.encode() + script.encode()))
            head = f"{name}: {households:,} households, {seconds:.2f} s in the build"
            (folder / f"{name}.txt").write_text(f"{head}\n\n{plan}\n", encoding="utf-8")
            found[name] = {"seconds": round(seconds, 2), **read_plan(plan)}
    return found


def read_plan(plan: str) -> dict[str, Any]:
    """Seconds and rows of a plan, its dearest type of node with that one's share, temporary blocks, bytes of log."""
    root = NODE.match(plan)
    assert root, "a plan that was run begins with its outermost node"
    kind, share = dearest(plan)
    buffers = BUFFERS.search(plan)
    temporary = TEMPORARY.search(buffers[0]) if buffers else None
    wal = WAL.search(plan)
    return {
        "plan_seconds": round(float(root["milliseconds"]) / 1000, 2),
        "rows": int(float(root["rows"])),
        "dearest": kind,
        "share": round(share, 3),
        "temporary_blocks": int(temporary[1] or 0) if temporary else 0,
        "wal_bytes": int(wal[1]) if wal else 0,
    }


def dearest(plan: str) -> tuple[str, float]:
    """The type of node that took most of a plan's time itself, without what stands under it, and its share."""
    took = by_kind(plan)
    (kind, most), *_ = took.most_common(1)
    return kind, most / (took.total() or 1)


def by_kind(plan: str) -> Counter[str]:
    """Milliseconds that the nodes of each type took themselves.

    A node's time holds that of the nodes under it, and is a mean of the processes that share it. A CTE stands under the
    node it is declared at, but is run by those that scan it.
    """
    took: Counter[str] = Counter()
    above: list[_Above] = []
    is_cte = False
    for line in plan.splitlines():
        if launched := LAUNCHED.match(line):
            above[-1].processes = 1 + int(launched[1])
        is_declared, is_cte = is_cte, CTE.fullmatch(line) is not None
        node = NODE.match(line)
        if node is None:
            continue
        while above and above[-1].indent >= len(node["indent"]):
            above.pop()
        processes = above[-1].processes if above else 1
        milliseconds = float(node["milliseconds"]) * int(node["loops"]) / processes
        took[node["kind"]] += milliseconds  # type: ignore[assignment]
        if above:
            took["CTE Scan" if is_declared else above[-1].kind] -= milliseconds  # type: ignore[assignment]
        above.append(_Above(len(node["indent"]), node["kind"], processes))
    return took
