"""Results, appended to a file with the machine and the versions they were obtained on."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from hearth.errors import InputError

RESULTS = Path(__file__).parent / "results.jsonl"
PACKAGES = (
    *("polars", "python-calamine", "psycopg", "great-expectations", "dbt-core", "apache-airflow"),
    *("dlt", "pandas", "adbc-driver-postgresql", "duckdb", "openpyxl", "xlrd", "splink"),
)


def circumstances() -> dict[str, Any]:
    """What figures depend on, asked before they are taken: the moment, the commit, the machine, the versions."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": machine(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }


def record(benchmark: str, size: str, before: dict[str, Any], figures: dict[str, Any], results: Path = RESULTS) -> None:
    """Append what was found, as one line, with the circumstances before it."""
    line = json.dumps({**before, "benchmark": benchmark, "size": size, "figures": figures}, ensure_ascii=False)
    is_cut_off = results.exists() and not results.read_bytes().endswith(b"\n")
    with results.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n" if is_cut_off else f"{line}\n")


def newest(results: Path = RESULTS) -> dict[tuple[str, str], dict[str, Any]]:
    """The last record of each benchmark and size.

    Raises:
        InputError: there is no such file, or one of its lines is not whole.
    """
    return {(line["benchmark"], line["size"]): line for line in _lines(results)}


def machine() -> dict[str, Any]:
    """Processors, memory, system, and how busy it is now."""
    return {
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory_gigabytes": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_at_start": round(psutil.getloadavg()[0], 1),
    }


def _lines(results: Path) -> Iterator[dict[str, Any]]:
    if not results.exists():
        raise InputError(f"there are no results at {results}")
    for number, line in enumerate(results.read_text(encoding="utf-8").splitlines(), 1):
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            raise InputError(f"line {number} of {results} is cut off or damaged: take it out") from None


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _commit() -> str:
    """The commit, marked where files other than results and plans differ from it."""
    commit = _git("describe", "--always").stdout.strip()
    others = (f":(exclude){path}" for path in (RESULTS.name, "plans"))
    is_clean = _git("diff", "--quiet", "HEAD", "--", ":/", *others).returncode == 0
    return f"{commit}{'' if is_clean else '-dirty'}" if commit else "unknown"


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=RESULTS.parent, capture_output=True, text=True, check=False)
