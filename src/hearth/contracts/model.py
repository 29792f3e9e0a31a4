"""What a contract is made of: sources, extracts and columns, as `deliveries.md` describes them.

A contract is data. The reader, the raw tables, the baseline expectations, the synthetic county and the
data dictionary derive from it, so that a fact about a file stands in one place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How a column's cells are read, and so which raw columns it becomes."""

    TEXT = "text"
    KEY = "key"  # a department's own number: text, blanks and width normalised, never a float
    CODE = "code"  # one of a list, variants mapped
    FLAG = "flag"  # 是 / 否
    IDENTIFIER = "identifier"  # 公民身份号码, also inside a pupil number or a disability certificate
    NAME = "name"  # a person's name
    DATE = "date"
    MONTH = "month"  # YYYYMM, kept as the month's first day
    TIMESTAMP = "timestamp"
    AMOUNT = "amount"  # yuan
    NUMBER = "number"  # litres, minutes, square metres, months: any decimal number
    DIVISION = "division"  # 区划代码, 12 digits


class ExtractKind(StrEnum):
    """A snapshot is the whole list as of the month's end; an event extract adds rows."""

    SNAPSHOT = "snapshot"
    EVENT = "event"


POSTGRES_TYPES: Mapping[Kind, str] = {
    Kind.TEXT: "text",
    Kind.KEY: "text",
    Kind.CODE: "text",
    Kind.FLAG: "boolean",
    Kind.IDENTIFIER: "text",
    Kind.NAME: "text",
    Kind.DATE: "date",
    Kind.MONTH: "date",
    Kind.TIMESTAMP: "timestamp",
    Kind.AMOUNT: "numeric(16, 2)",
    Kind.NUMBER: "numeric(16, 4)",
    Kind.DIVISION: "text",
}

IDENTIFIER_HEADERS = ("证件号码", "身份证号", "身份证号码", "身份证件号", "身份证件号码", "公民身份号码")
"""One column under many names, wherever a table has one identifier column."""

SEQUENCE = "sequence_no"
"""The column 序号, wherever an extract has it."""

REASONS = "错误原因"
"""The column that a returned workbook has more than its sender's own; it marks rows as an addition to their part."""

FLAG_VALUES: Mapping[str, str] = {
    **dict.fromkeys(
        ("是", "√", "✓", "✔", "☑", "○", "1", "Y", "y", "yes", "YES", "有", "T", "true", "TRUE", "对"), "是"
    ),
    **dict.fromkeys(
        ("否", "×", "✗", "✘", "☐", "0", "N", "n", "no", "NO", "无", "没有", "不是", "非", "F", "false", "FALSE", "错"),
        "否",
    ),
}


@dataclass(frozen=True)
class RawColumn:
    """One column of a raw table."""

    name: str
    postgres_type: str
    comment: str


@dataclass(frozen=True)
class Column:
    """One column of an extract.

    `header` is the Chinese header as it stands in the file, without its unit; `group` is the header above it
    where the sheet has two header rows. `required` means that the column must be there; whether a cell may be
    blank follows from the extract (`Extract.blank_is_a_fault`). `blank_fault` is the code of a blank cell's
    fault where the row could not count anywhere without it, though rows are not told apart by this column.
    """

    name: str
    header: str
    kind: Kind
    label: str
    group: str = ""
    required: bool = False
    aliases: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()
    future_is_a_fault: bool = False
    is_personal: bool = False
    unit: str = ""
    blank_fault: str = ""

    @property
    def path(self) -> str:
        """The header with its group, as messages and the data dictionary print it: `户主/姓名`."""
        return f"{self.group}/{self.header}" if self.group else self.header

    def raw_columns(self) -> tuple[RawColumn, ...]:
        """The columns this one becomes in the raw table.

        An identifier is normalised once, at loading: the 18 characters when they are valid, else null with a
        fault; the first 17 digits as a bigint wherever there are 17, for joins; the birth date they carry.
        A name keeps its spelling and gains the key by which names are compared.
        """
        comment = f"{self.label} · {self.path}"
        own = RawColumn(self.name, POSTGRES_TYPES[self.kind], comment)
        if self.kind is Kind.IDENTIFIER:
            return (
                own,
                RawColumn(f"{self.name}_17", "bigint", f"{comment}: first 17 digits · 前17位"),
                RawColumn(f"{self.name}_born_on", "date", f"{comment}: birth date in it · 所含出生日期"),
                RawColumn(f"{self.name}_fault", "text", f"{comment}: why it is not valid · 无效原因"),
            )
        if self.kind is Kind.NAME:
            return own, RawColumn(f"{self.name}_key", "text", f"{comment}: for comparing · 比对用")
        return (own,)


@dataclass(frozen=True)
class Stem:
    """The fixed beginning of a file name; `part` where the stem itself tells one (农村, 城市)."""

    text: str
    part: str = ""


@dataclass(frozen=True)
class Extract:
    """One kind of file a department hands over.

    `key` names the columns by which a record counts once; empty where each row does. `tie` is an SQL order for
    rows of one key within one delivery (the later row otherwise). `one_part_per_year` says that a year in the
    file's name separates its parts (参保年度). A file with more than `max_megabytes` (also unpacked), `max_columns` or
    `max_cells` (a quarter of them in a workbook) is refused before it fills the memory.
    """

    name: str
    title: str
    label: str
    stems: tuple[Stem, ...]
    kind: ExtractKind
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    max_age_days: int | None = None
    tolerance: float = 0.10
    drop_share: float = 0.30
    drop_rows: int = 20
    counts_households: bool = False
    one_part_per_year: bool = False
    max_megabytes: int = 1_000
    max_columns: int = 2_000
    max_cells: int = 200_000_000

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            KeyError: the extract has no such column.
        """
        return next(c for c in self.columns if c.name == name) if name in self.names else _missing(self, name)

    @property
    def names(self) -> tuple[str, ...]:
        """English column names in the contract's order."""
        return tuple(c.name for c in self.columns)

    @property
    def raw_columns(self) -> tuple[RawColumn, ...]:
        """Every raw column in order, without `delivery_id` and `row_number`, which each raw table has first."""
        return tuple(raw for c in self.columns for raw in c.raw_columns())

    def blank_is_a_fault(self, column: Column) -> bool:
        """Whether a blank cell quarantines the row: a required date or amount of an event, a key part that is not an
        identifier, or what the row cannot do without."""
        if column.blank_fault or (column.name in self.key and column.kind is not Kind.IDENTIFIER):
            return True
        dated = column.kind in (Kind.DATE, Kind.TIMESTAMP, Kind.AMOUNT)
        return self.kind is ExtractKind.EVENT and column.required and dated


def _missing(extract: Extract, name: str) -> Column:
    raise KeyError(f"extract {extract.name} has no column {name}")


@dataclass(frozen=True)
class Source:
    """One department (or the registry) with the extracts it hands over.

    An optional one is switched on by a county's file; no month waits for it.
    """

    name: str
    title: str
    label: str
    extracts: tuple[Extract, ...]
    is_optional: bool = False

    def extract(self, name: str) -> Extract:
        """The extract of that name.

        Raises:
            KeyError: the source has no such extract.
        """
        for extract in self.extracts:
            if extract.name == name:
                return extract
        raise KeyError(f"source {self.name} has no extract {name}")

    def raw_tables(self) -> Iterator[tuple[Extract, str]]:
        """Each extract with the name of its raw table, without the schema."""
        for extract in self.extracts:
            yield extract, raw_table(self.name, extract.name)


def raw_table(source: str, extract: str) -> str:
    """The raw table of an extract, without its schema: `education__pupils`."""
    return f"{source}__{extract}"
