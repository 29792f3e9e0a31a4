"""Nothing tracked knows the machine it was written on: no home folders, no address of a package registry."""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:work|root|home)(?![\w-])|(?<![\w/])[A-Z]:\\Users")
REGISTRY = re.compile(r"--(?:extra-)?index-url|--find-links|pythonhosted|//[\w.:@-]+/(?:[\w-]+/)*simple\b")
INDEX_VARIABLES = re.compile(r"(?:INDEX|REGISTRY|PROXY|MIRROR)")
TEXT_LIMIT = 5_000_000


def tracked_texts() -> dict[str, str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    read = {}
    for name in listed.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file() and path.stat().st_size < TEXT_LIMIT:
            try:
                read[name] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
    return read


def hosts_of_this_machine() -> set[str]:
    """Hosts of the registries this machine is told to use; they must not leak into what is committed."""
    given = (value for name, value in os.environ.items() if INDEX_VARIABLES.search(name.upper()))
    hosts = {urlsplit(word).hostname for value in given for word in re.split(r"[\s,|]+", value) if "://" in word}
    return {host for host in hosts if host and host not in ("localhost", "127.0.0.1", "pypi.org", "github.com")}


def places(pattern: re.Pattern[str]) -> list[str]:
    this = Path(__file__).relative_to(ROOT).as_posix()
    return [
        f"{name}, line {number}"
        for name, text in tracked_texts().items()
        if name != this
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_machine_path_is_tracked() -> None:
    assert not places(MACHINE_PATH)


def test_no_compiled_file_is_tracked() -> None:
    """Compiled Python files carry the paths of the machine that made them."""
    listed = subprocess.run(["git", "ls-files", "*.pyc"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    assert listed.split() == []


def test_no_registry_address_is_tracked() -> None:
    assert not places(REGISTRY)


def test_no_registry_host_of_this_machine_is_tracked() -> None:
    hosts = hosts_of_this_machine()
    found = places(re.compile("|".join(re.escape(host) for host in hosts))) if hosts else []
    assert not found


def test_patterns_find_what_they_refuse() -> None:
    for line in ("cd /" + "work/main", "'/" + "root'", "/" + "home/me/file", "C:" + "\\Users\\me"):
        assert MACHINE_PATH.search(line), line
    for line in ("homework/notes", "https://example.org/home", "dbt_project/root.yml", "/workers"):
        assert not MACHINE_PATH.search(line), line
    assert REGISTRY.search("https://mirror.example.org/pypi/" + "simple/")
