"""What is said of a fault, by the column it stands in."""

from hearth.contracts import KNOWN, source
from hearth.contracts.model import Column, Kind
from hearth.parsing.faults import sentence

WORKERS = source("employment", KNOWN).extract("workers")


def test_an_unknown_code_says_which_values_there_are() -> None:
    said = sentence("unknown_code", WORKERS.column("employment_form"))
    values = WORKERS.column("employment_form").allowed
    assert said.zh.endswith(f"可填：{'、'.join(values)}。")
    assert said.en.endswith(f"Allowed: {', '.join(values)}.")
    assert "可填：是、否。" in sentence("unknown_code", WORKERS.column("is_public_welfare_job")).zh


def test_of_many_values_a_dozen_are_listed() -> None:
    column = Column("grade", "等级", Kind.CODE, "Grade", allowed=tuple(f"{n}级" for n in range(1, 15)))
    assert sentence("unknown_code", column).zh.endswith("11级、12级、…。")


def test_other_faults_are_the_same_in_every_column() -> None:
    assert sentence("blank", WORKERS.column("employment_form")) == sentence("blank")
