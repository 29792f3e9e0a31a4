"""The catalogue of faults against the description of the deliveries: nothing is missing, nothing is unused."""

import re
from pathlib import Path

import pytest

from hearth.contracts import SOURCES
from hearth.synthesis import catalogue
from hearth.synthesis.catalogue import ALWAYS, BY_NAME, FAULTS, Fault
from hearth.synthesis.deliveries import MISHAPS
from hearth.synthesis.identity_faults import LOSSES, NAMES, SPELLINGS
from hearth.synthesis.spellings import OTHERS

DESCRIBED = " ".join((Path(__file__).with_name("faults_to_expect.md")).read_text(encoding="utf-8").split())
"""The list `Faults to expect` of deliveries.md, word for word."""

PACKAGE = Path(catalogue.__file__).parent
EXTRACTS = {extract.name for source in SOURCES for extract in source.extracts}


def test_every_described_fault_has_a_place_in_the_catalogue() -> None:
    left = DESCRIBED.removeprefix("## Faults to expect")
    for words in sorted({*ALWAYS, *(fault.says for fault in FAULTS)}, key=len, reverse=True):
        left = left.replace(words, " ")
    left = re.sub(r"- \*\*\w+( \w+)?\*\*:", " ", left)
    assert re.sub(r"[\s,;.:]+", " ", left).strip() == "", "deliveries.md describes what no fault stands for"


def test_names_are_unique_and_speakable() -> None:
    assert len(BY_NAME) == len(FAULTS)
    assert [name for name in BY_NAME if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_drawn_somewhere_and_fits_its_limits(fault: Fault) -> None:
    assert 0 < fault.share <= fault.most <= 1
    assert set(fault.where) <= EXTRACTS
    tables = {*MISHAPS, *LOSSES, *SPELLINGS, *NAMES, *(name for kind in OTHERS.values() for name in kind)}
    assert fault.name in tables or _is_named_in_the_code(fault.name), f"nothing draws {fault.name}"


def _is_named_in_the_code(name: str) -> bool:
    stem = name.removesuffix("-in-text")
    wanted = (f'"{name}"', f'f"{stem}{{in_text}}"')
    files = (file for file in PACKAGE.glob("*.py") if file.name != "catalogue.py")
    return any(text in file.read_text(encoding="utf-8") for file in files for text in wanted)
