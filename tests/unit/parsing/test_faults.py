"""What is said of a fault, by the column it stands in."""

from hearth.contracts.education import PUPILS
from hearth.contracts.model import Column, Kind
from hearth.parsing.faults import sentence

STATUS = next(column for column in PUPILS.columns if "辍学" in column.allowed)


def test_an_unknown_code_says_which_values_there_are() -> None:
    said = sentence("unknown_code", STATUS)
    assert said.zh.endswith("可填：在读、休学、辍学、转出、毕业。")
    assert said.en.endswith("Allowed: 在读, 休学, 辍学, 转出, 毕业.")
    assert "可填：是、否。" in sentence("unknown_code", PUPILS.column("is_aided")).zh


def test_of_many_values_a_dozen_are_listed() -> None:
    column = Column("grade", "等级", Kind.CODE, "Grade", allowed=tuple(f"{n}级" for n in range(1, 15)))
    assert sentence("unknown_code", column).zh.endswith("11级、12级、…。")


def test_other_faults_are_the_same_in_every_column() -> None:
    assert sentence("blank", STATUS) == sentence("blank")
