"""Short constructors for columns, so that a contract reads as the table in the department's own manual."""

from collections.abc import Mapping
from typing import Any

from hearth.contracts.model import FLAG_VALUES, SEQUENCE, Column, Kind


def _column(kind: Kind, name: str, header: str, label: str, **facts: Any) -> Column:
    return Column(name=name, header=header, kind=kind, label=label, **facts)


def text(name: str, header: str, label: str, **facts: Any) -> Column:
    """Free text, kept as delivered."""
    return _column(Kind.TEXT, name, header, label, **facts)


def key(name: str, header: str, label: str, **facts: Any) -> Column:
    """A number the department gives to a thing or a person."""
    return _column(Kind.KEY, name, header, label, **facts)


def code(name: str, header: str, label: str, values: Mapping[str, str] | None = None, **facts: Any) -> Column:
    """One of a list; `values` maps the spellings seen to the list's own."""
    return _column(Kind.CODE, name, header, label, values=values or {}, **facts)


def flag(name: str, header: str, label: str, **facts: Any) -> Column:
    """是 or 否, in any of the spellings seen."""
    return _column(Kind.FLAG, name, header, label, values=FLAG_VALUES, allowed=("是", "否"), **facts)


def identifier(name: str, header: str, label: str, **facts: Any) -> Column:
    """A column that holds or contains a citizen's ID number."""
    return _column(Kind.IDENTIFIER, name, header, label, is_personal=True, **facts)


def person(name: str, header: str, label: str, **facts: Any) -> Column:
    """A person's name."""
    return _column(Kind.NAME, name, header, label, is_personal=True, **facts)


def day(name: str, header: str, label: str, **facts: Any) -> Column:
    """A date."""
    return _column(Kind.DATE, name, header, label, **facts)


def month(name: str, header: str, label: str, **facts: Any) -> Column:
    """A month, YYYYMM in the file, its first day in the table."""
    return _column(Kind.MONTH, name, header, label, **facts)


def moment(name: str, header: str, label: str, **facts: Any) -> Column:
    """A date with a time."""
    return _column(Kind.TIMESTAMP, name, header, label, **facts)


def yuan(name: str, header: str, label: str, **facts: Any) -> Column:
    """An amount of money in yuan."""
    return _column(Kind.AMOUNT, name, header, label, unit="元", **facts)


def number(name: str, header: str, label: str, **facts: Any) -> Column:
    """A measure or a count."""
    return _column(Kind.NUMBER, name, header, label, **facts)


def division(name: str, header: str, label: str, **facts: Any) -> Column:
    """A 12-digit code of an administrative division."""
    return _column(Kind.DIVISION, name, header, label, **facts)


def sequence(**facts: Any) -> Column:
    """序号: the row's number within the file, which tells nothing about the row."""
    return text(SEQUENCE, "序号", "Sequence number in the file", aliases=("编号",), **facts)


def township(**facts: Any) -> Column:
    """乡镇, by name."""
    return text(
        "township_name", "乡镇", "Township", aliases=("乡(镇)", "乡镇名称", "所在乡镇", "乡（镇、街道）", "镇"), **facts
    )


def village(**facts: Any) -> Column:
    """行政村, by name."""
    return text(
        "village_name", "行政村", "Village", aliases=("村", "行政村名称", "所在村", "村(社区)", "村名"), **facts
    )


def village_code(header: str = "行政村代码", **facts: Any) -> Column:
    """行政村代码, as delivered; later changes of divisions are applied for the month, not here."""
    aliases = ("行政村编码", "行政区划代码", "村代码", "行政村区划代码")
    return division("village_code", header, "Village code as delivered", aliases=aliases, **facts)
