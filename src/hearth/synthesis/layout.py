"""How a file looks: its format and encoding, its headers, and what stands above, between and below the rows."""

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from hearth.contracts.model import IDENTIFIER_HEADERS, SEQUENCE, Column, Extract, Kind
from hearth.synthesis.doses import Chance
from hearth.synthesis.spellings import Style

SHEETS = ("xlsx", "xls")
FORMATS = ("csv", "xlsx", "xls", "html", "tsv-as-xls")
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")
DELIMITERS = ("\t", ";")
USUAL = {
    "divisions": ("csv", "utf-8"),
    "division_changes": ("csv", "utf-8"),
    "members": ("xlsx", ""),
    "income": ("csv", "gb18030"),
    "pupils": ("csv", "gb18030"),
    "not_in_school": ("xlsx", ""),
    "students": ("csv", "utf-8-sig"),
    "enrolments": ("csv", "utf-8-sig"),
    "settlements": ("csv", "utf-8"),
    "dwellings": ("xlsx", ""),
    "disaster_rebuilds": ("xls", ""),
    "schemes": ("xlsx", ""),
    "household_water": ("csv", "gb18030"),
    "quality_tests": ("csv", "utf-8"),
    "allowances": ("xls", ""),
    "extreme_poverty": ("xlsx", ""),
    "disability_allowances": ("csv", "gb18030"),
    "temporary_relief": ("csv", "utf-8"),
    "deaths": ("csv", "utf-8"),
}
UNITS = {
    "务工时间": "（月）",
    "人均日供水量": "（升）",
    "取水往返时间": "（分钟）",
    "生活补贴": "（元/月）",
    "护理补贴": "（元/月）",
}
HEADER_UNIT_OF = {("pupils", "资助金额"): "（元）"}
XLS_ROWS = 65_000
"""What an .xls sheet holds, with a title and totals."""
XLS_ROWS_OF_OTHERS = 10_000
"""A department that does not use the old format is not driven to it by a long list."""
SHEET_ROWS = 1_000_000
USUAL_FLAGS = ("是", "否")
OTHER_FLAGS = (("1", "0"), ("√", "×"), ("Y", "N"))
STRANGE_COLUMNS = (("核查人意见", "已核"), ("系统批次号", "B20"), ("数据来源", "系统导出"))
NOTES_BELOW = ("注：本表一式两份，报送后留存", "填表人：", "审核人：  填表日期：2025年1月31日")


@dataclass
class Layout:
    """One file's way of looking."""

    extension: str
    kind: str
    encoding: str
    delimiter: str
    columns: list[Column]
    headers: list[str]
    style: Style
    above: list[str] = field(default_factory=list)  # title and note rows; '' is a blank row
    has_cover: bool = False
    has_numbering: bool = False
    repeat_every: int = 0
    page_total: str = ""
    blank_rows: int = 0
    total: str = ""
    below: list[str] = field(default_factory=list)
    merges_down: bool = False
    strange: tuple[str, str] | None = None  # an unknown column at the end, and what stands in it

    @property
    def has_groups(self) -> bool:
        """Two header rows."""
        return any(column.group for column in self.columns)


def draw_layout(
    extract: Extract, columns: Sequence[Column], end: dt.date, row_count: int, variant: str | None, chance: Chance
) -> Layout:
    """The layout of one file: the department's usual one, or another of those deliveries.md names."""
    kind, encoding = _format(extract, columns, row_count, variant, chance)
    style = _style(extract, columns, kind, chance)
    ordered = _shuffled(columns, chance.stream("column-order")) if chance.happens("column-order") else list(columns)
    layout = Layout(
        extension="xls" if kind in ("xls", "html", "tsv-as-xls") else kind,
        kind=kind,
        encoding=encoding,
        delimiter=_delimiter(kind, chance),
        columns=ordered,
        headers=[_header(extract, column, style, chance) for column in ordered],
        style=style,
    )
    _surround(layout, _notes(extract, end, chance.stream("notes")), chance)
    return layout


def _format(
    extract: Extract, columns: Sequence[Column], row_count: int, variant: str | None, chance: Chance
) -> tuple[str, str]:
    kind, encoding = USUAL.get(extract.name, ("csv", "utf-8"))
    if variant in FORMATS:
        kind = variant
    elif variant is None:
        kind = _another_format(kind, has_groups=any(column.group for column in columns), chance=chance)
    if any(column.group for column in columns) and kind in ("csv", "tsv-as-xls"):
        kind = "xlsx"
    if kind == "xls" and row_count > (XLS_ROWS if USUAL.get(extract.name, ("",))[0] == "xls" else XLS_ROWS_OF_OTHERS):
        kind = "xlsx"
    if kind in ("xlsx", "html") and row_count > SHEET_ROWS:
        kind = "csv"
    is_text = kind in ("csv", "tsv-as-xls")
    if variant in ENCODINGS:
        encoding = variant
    elif not encoding or (variant is None and is_text and chance.happens("another-encoding")):
        encoding = chance.stream("another-encoding").choice([e for e in ENCODINGS if e != encoding])
    return kind, encoding


def _another_format(usual: str, has_groups: bool, chance: Chance) -> str:
    if chance.happens("html-as-xls"):
        return "html"
    if not has_groups and chance.happens("text-as-xls"):
        return "tsv-as-xls"
    if chance.happens("another-format"):
        others = [kind for kind in ("csv", "xlsx", "xls") if kind != usual and not (has_groups and kind == "csv")]
        return chance.stream("another-format").choice(others)
    return usual


def _delimiter(kind: str, chance: Chance) -> str:
    if kind == "csv" and chance.happens("another-delimiter"):
        return chance.stream("another-delimiter").choice(DELIMITERS)
    return "\t" if kind == "tsv-as-xls" else ","


def _style(extract: Extract, columns: Sequence[Column], kind: str, chance: Chance) -> Style:
    kinds = {column.kind for column in columns}
    is_sheet = kind in SHEETS
    amounts = [c.name for c in columns if c.kind is Kind.AMOUNT and not c.header.isascii()]
    in_ten_thousand = amounts and extract.name != "allowances" and chance.happens("ten-thousand-heading")
    has_other_flags = Kind.FLAG in kinds and chance.happens("flag-style")
    return Style(
        is_sheet=is_sheet,
        ten_thousand=frozenset(amounts if in_ten_thousand else ()),
        numbers_as_cells=is_sheet and Kind.AMOUNT in kinds and chance.happens("amount-cells"),
        dates_as_cells=is_sheet and Kind.DATE in kinds and chance.happens("date-cells"),
        flags=chance.stream("flag-style").choice(OTHER_FLAGS) if has_other_flags else USUAL_FLAGS,
        codes_as_numbers=is_sheet and Kind.DIVISION in kinds and chance.happens("division-cells"),
    )


def _notes(extract: Extract, end: dt.date, rng: random.Random) -> list[str]:
    day = end - dt.timedelta(days=rng.randrange(28))
    others = ["", f"填报单位：示例县，单位：元，数据日期：{day:%Y-%m-%d}", "说明：请勿改动表头"]
    title = f"{extract.title.removeprefix('（自定义）')}（{end.year}年{end.month}月）"
    return [title, *(note for note in others if rng.random() < 0.35)]


def _surround(layout: Layout, notes: list[str], chance: Chance) -> None:
    """What stands above, between, below and beside the rows."""
    in_text = "-in-text" if layout.kind in ("csv", "tsv-as-xls") else ""
    if chance.happens(f"title-rows{in_text}"):
        layout.above = notes
    layout.has_cover = layout.style.is_sheet and chance.happens("cover-sheet")
    layout.has_numbering = chance.happens("numbering-row")
    if chance.happens("repeated-header"):
        layout.repeat_every = chance.stream("repeated-header").choice((20, 50, 200))
        if chance.happens("page-totals"):
            layout.page_total = chance.stream("page-totals").choice(("本页合计", "小计"))
    if chance.happens("blank-rows"):
        layout.blank_rows = chance.stream("blank-rows").randrange(1, 4)
    if chance.happens(f"totals{in_text}"):
        layout.total = chance.stream("totals").choice(("合计", "合计", "总计", "合 计"))
    if chance.happens(f"notes-below{in_text}"):
        rng = chance.stream("notes-below")
        layout.below = [note for note in NOTES_BELOW if rng.random() < 0.5] or [NOTES_BELOW[0]]
    layout.merges_down = not in_text and chance.happens("merged-downwards")
    if chance.happens("unknown-column"):
        layout.strange = chance.stream("unknown-column").choice(STRANGE_COLUMNS)


def _shuffled(columns: Sequence[Column], rng: random.Random) -> list[Column]:
    """Another order; grouped columns stay together, 序号 stays first."""
    blocks: list[list[Column]] = []
    for column in columns:
        if column.group and blocks and blocks[-1][0].group == column.group:
            blocks[-1].append(column)
        else:
            blocks.append([column])
    first = [block for block in blocks if block[0].name == SEQUENCE]
    rest = [block for block in blocks if block[0].name != SEQUENCE]
    rng.shuffle(rest)
    return [column for block in first + rest for column in block]


def _header(extract: Extract, column: Column, style: Style, chance: Chance) -> str:
    aliases, text = _aliases(extract, column), column.header
    if aliases and chance.happens("header-alias"):
        text = chance.stream("header-alias").choice(aliases)
    if column.name in style.ten_thousand:
        return f"{text}（万元）"
    unit = UNITS.get(column.header) or HEADER_UNIT_OF.get((extract.name, column.header), "")
    if not unit and column.kind is Kind.AMOUNT and not text.isascii() and chance.happens("header-unit"):
        unit = chance.stream("header-unit").choice(("（元）", "(元)"))
    if style.is_sheet and chance.happens("header-blanks"):
        text = " ".join(text) if len(text) == 2 else f"{text[:2]}\n{text[2:]}"
    return text + unit


def _aliases(extract: Extract, column: Column) -> list[str]:
    """Other names of the column that no other column of the table has."""
    if column.group:
        return []
    taken = {c.header for c in extract.columns} | {a for c in extract.columns if c is not column for a in c.aliases}
    identifiers = [c for c in extract.columns if c.kind is Kind.IDENTIFIER]
    is_the_only = identifiers == [column] and extract.name != "disability_allowances"
    return [a for a in (*column.aliases, *(IDENTIFIER_HEADERS[:4] if is_the_only else ())) if a not in taken]
