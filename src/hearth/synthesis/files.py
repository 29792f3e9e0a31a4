"""How a file looks: its format and encoding, what stands above, between and below the rows, and the writing of it."""

import csv
import datetime as dt
import html
import io
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter

from hearth.contracts.model import IDENTIFIER_HEADERS, Column, Extract, Kind
from hearth.synthesis.dirt import Style

SHEETS = ("xlsx", "xls")
FORMATS = ("csv", "xlsx", "xls", "html", "tsv-as-xls")
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")
DELIMITERS = {",": 8, "\t": 1, ";": 1}
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
SHEET_ROWS = 1_000_000
MERGED_DOWN = (
    "township_name",
    "village_name",
    "county_name",
    "household_no",
    "head_name",
    "head_citizen_id",
    "allowance_no",
)
STRANGE_COLUMNS = (("核查人意见", "已核"), ("系统批次号", "B20"), ("数据来源", "系统导出"))

Merge = tuple[int, int, int, int]


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
    cover: str = ""
    has_numbering: bool = False
    repeat_every: int = 0
    blank_rows: int = 0
    total: str = ""
    below: list[str] = field(default_factory=list)
    merges_down: bool = False
    strange: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def has_groups(self) -> bool:
        """Two header rows."""
        return any(column.group for column in self.columns)


def draw_layout(
    extract: Extract,
    columns: Sequence[Column],
    end: dt.date,
    row_count: int,
    dirt: float,
    variant: str | None,
    rng: random.Random,
) -> Layout:
    """The layout of one file: the department's usual one, or another of those deliveries.md names."""

    def happens(chance: float) -> bool:
        return dirt > 0 and rng.random() < min(0.95, chance * dirt)

    kind, encoding = _format(extract, columns, row_count, variant, happens, rng)
    is_sheet = kind in SHEETS
    ordered = _shuffled(list(columns), rng) if happens(0.25) else list(columns)
    amounts = [c.name for c in columns if c.kind is Kind.AMOUNT and not c.header.isascii()]
    ten_thousand = frozenset(amounts) if amounts and extract.name != "allowances" and happens(0.05) else frozenset()
    style = Style(
        is_sheet=is_sheet,
        dirt=dirt,
        ten_thousand=ten_thousand,
        numbers_as_cells=is_sheet and happens(0.3),
        dates_as_cells=is_sheet and happens(0.3),
        flags=rng.choice((("是", "否"),) * 5 + (("1", "0"), ("√", "×"), ("Y", "N"))) if dirt else ("是", "否"),
        codes_as_numbers=is_sheet and happens(0.1),
    )
    title = f"{extract.title.removeprefix('（自定义）')}（{end.year}年{end.month}月）"
    notes = [
        title,
        "",
        f"填报单位：示例县，单位：元，数据日期：{end - dt.timedelta(days=rng.randrange(28)):%Y-%m-%d}",
        "说明：请勿改动表头",
    ]
    layout = Layout(
        extension="xls" if kind in ("xls", "html", "tsv-as-xls") else kind,
        kind=kind,
        encoding=encoding,
        delimiter="\t"
        if kind == "tsv-as-xls"
        else rng.choices(list(DELIMITERS), list(DELIMITERS.values()))[0]
        if dirt
        else ",",
        columns=ordered,
        headers=[_header(extract, column, style, happens, rng) for column in ordered],
        style=style,
    )
    if happens(0.75 if kind != "csv" else 0.15):
        layout.above = [notes[0]] + [note for note in notes[1:] if rng.random() < 0.35]
    if is_sheet and happens(0.2):
        layout.cover = "填报说明"
    layout.has_numbering = happens(0.15)
    layout.repeat_every = rng.choice((20, 50, 200)) if happens(0.15) else 0
    layout.blank_rows = rng.randrange(1, 4) if happens(0.25) else 0
    layout.total = rng.choice(("合计", "合计", "总计", "合 计")) if happens(0.3 if kind != "csv" else 0.1) else ""
    layout.below = [
        text
        for text in ("注：本表一式两份，报送后留存", "填表人：", "审核人：  填表日期：2025年1月31日")
        if happens(0.3 if kind != "csv" else 0.06)
    ]
    layout.merges_down = kind in (*SHEETS, "html") and happens(0.3)
    if happens(0.2):
        name, text = rng.choice(STRANGE_COLUMNS)
        layout.strange = [(len(ordered), name, text)]
    return layout


def _format(
    extract: Extract,
    columns: Sequence[Column],
    row_count: int,
    variant: str | None,
    happens: Callable[[float], bool],
    rng: random.Random,
) -> tuple[str, str]:
    kind, encoding = USUAL[extract.name]
    if variant in FORMATS:
        kind = variant
    elif variant is None and happens(0.3):
        kind = rng.choice(FORMATS)
    if any(column.group for column in columns) and kind in ("csv", "tsv-as-xls"):
        kind = rng.choice(("xlsx", "xls", "html"))
    if kind == "xls" and row_count > XLS_ROWS:
        kind = "xlsx"
    if kind in ("xlsx", "html") and row_count > SHEET_ROWS:
        kind = "csv"
    if variant in ENCODINGS:
        encoding = variant
    elif not encoding or (variant is None and happens(0.3)):
        encoding = rng.choice(ENCODINGS)
    return kind, encoding


def _shuffled(columns: list[Column], rng: random.Random) -> list[Column]:
    """Another order; grouped columns stay together, 序号 stays first."""
    blocks: list[list[Column]] = []
    for column in columns:
        if column.group and blocks and blocks[-1][0].group == column.group:
            blocks[-1].append(column)
        else:
            blocks.append([column])
    first = [block for block in blocks if block[0].name == "sequence_no"]
    rest = [block for block in blocks if block[0].name != "sequence_no"]
    rng.shuffle(rest)
    return [column for block in first + rest for column in block]


def _header(
    extract: Extract, column: Column, style: Style, happens: Callable[[float], bool], rng: random.Random
) -> str:
    text = column.header
    taken = {c.header for c in extract.columns} | {a for c in extract.columns if c is not column for a in c.aliases}
    identifiers = [c for c in extract.columns if c.kind is Kind.IDENTIFIER]
    aliases = [alias for alias in column.aliases if alias not in taken and not column.group]
    if (
        column.kind is Kind.IDENTIFIER
        and len(identifiers) == 1
        and not column.group
        and extract.name != "disability_allowances"
    ):
        aliases += [alias for alias in IDENTIFIER_HEADERS[:4] if alias not in taken]
    if aliases and happens(0.2 if column.kind is not Kind.IDENTIFIER else 0.4):
        text = rng.choice(aliases)
    if column.name in style.ten_thousand:
        return f"{text}（万元）"
    unit = UNITS.get(column.header) or HEADER_UNIT_OF.get((extract.name, column.header), "")
    if not unit and column.kind is Kind.AMOUNT and not text.isascii() and happens(0.15):
        unit = rng.choice(("（元）", "(元)"))
    if style.is_sheet and happens(0.04):
        text = " ".join(text) if len(text) == 2 else f"{text[:2]}\n{text[2:]}"
    return text + unit


# the lines of a file


@dataclass
class Page:
    """Rows of cells with merged ranges (first row, first column, last row, last column)."""

    rows: list[list[Any]]
    merges: list[Merge]


def compose(layout: Layout, rows: list[list[Any]], rng: random.Random) -> Page:
    """Puts the rows on a page with everything around and between them."""
    headers, numbers = list(layout.headers), [column.name for column in layout.columns]
    for place, name, text in layout.strange:
        headers.insert(place, name)
        numbers.insert(place, "")
        rows = [[*row[:place], text, *row[place:]] for row in rows]
    width = len(headers)
    page = Page([], [])
    for text in layout.above:
        if text and layout.kind != "csv" and rng.random() < 0.5:
            page.merges.append((len(page.rows), 0, len(page.rows), width - 1))
        page.rows.append([text] + [""] * (width - 1))
    _head(layout, headers, page)
    if layout.has_numbering:
        first = "栏次" if numbers[0] == "sequence_no" else "1"
        page.rows.append([first] + [str(n) for n in range(2, width + 1)])
    blanks = (
        set(rng.sample(range(1, len(rows)), min(layout.blank_rows, max(0, len(rows) - 1)))) if len(rows) > 1 else set()
    )
    segments: list[tuple[int, int]] = []
    start = len(page.rows)
    for index, row in enumerate(rows):
        if layout.repeat_every and index and index % layout.repeat_every == 0:
            segments.append((start, len(page.rows)))
            if layout.total:
                page.rows.append(_sums(rng.choice(("本页合计", "小计")), numbers, rng))
            _head(layout, headers, page)
            start = len(page.rows)
        elif index in blanks:
            segments.append((start, len(page.rows)))
            page.rows.append([""] * width)
            start = len(page.rows)
        page.rows.append(row)
    segments.append((start, len(page.rows)))
    if layout.merges_down:
        _merge_down(page, numbers, segments)
    if layout.total:
        page.rows.append(_sums(layout.total, numbers, rng))
    page.rows += [[text] + [""] * (width - 1) for text in layout.below]
    return page


def _sums(label: str, numbers: list[str], rng: random.Random) -> list[Any]:
    """A row of sums: figures under the amounts, or none at all."""
    with_figures = rng.random() < 0.6
    sums = [str(rng.randrange(10**4, 10**6)) if with_figures and name.endswith("_yuan") else "" for name in numbers]
    return [label, *sums[1:]]


def _head(layout: Layout, headers: list[str], page: Page) -> None:
    """One header row, or two with the group above."""
    if not layout.has_groups:
        page.rows.append(list(headers))
        return
    top = len(page.rows)
    groups = [column.group for column in layout.columns] + [""] * len(layout.strange)
    over: list[Any] = []
    under: list[Any] = []
    for place, (group, header) in enumerate(zip(groups, headers, strict=True)):
        if not group:
            page.merges.append((top, place, top + 1, place))
            over.append(header)
            under.append("")
            continue
        is_first = place == 0 or groups[place - 1] != group
        over.append(group if is_first else "")
        under.append(header)
        if is_first:
            length = next((n for n, g in enumerate(groups[place:]) if g != group), len(groups) - place)
            if length > 1:
                page.merges.append((top, place, top, place + length - 1))
    page.rows += [over, under]


def _merge_down(page: Page, numbers: list[str], segments: list[tuple[int, int]]) -> None:
    """Merges equal values of neighbouring rows in the columns where clerks do it."""
    for place in (place for place, name in enumerate(numbers) if name in MERGED_DOWN):
        for first, end in segments:
            row = first
            while row < end:
                value, last = page.rows[row][place], row
                while last + 1 < end and page.rows[last + 1][place] == value:
                    last += 1
                if last > row and value and isinstance(value, str):
                    page.merges.append((row, place, last, place))
                    for covered in range(row + 1, last + 1):
                        page.rows[covered] = [*page.rows[covered]]
                        page.rows[covered][place] = ""
                row = last + 1


# writing


def write(path: Path, layout: Layout, page: Page) -> None:
    """Writes the page in the layout's format; the same page gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if layout.kind == "xlsx":
        _write_xlsx(path, layout, page)
    elif layout.kind == "xls":
        _write_xls(path, layout, page)
    elif layout.kind == "html":
        encoding = "gb18030" if layout.encoding == "gb18030" else "utf-8"
        path.write_bytes("".join(_html(page, encoding)).encode(encoding))
    else:
        path.write_bytes(_delimited(layout, page))


def _delimited(layout: Layout, page: Page) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=layout.delimiter, lineterminator="\r\n")
    writer.writerows([_text(cell) for cell in row] for row in page.rows)
    return text.getvalue().encode(layout.encoding)


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell > 1e15:
        return f"{cell:.5E}"
    return "" if cell is None else str(cell)


def _html(page: Page, encoding: str) -> Iterator[str]:
    charset = "gb2312" if encoding == "gb18030" else encoding
    yield f'<html><head><meta charset="{charset}"></head><body><table border="1">\n'
    spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in page.merges}
    hidden = {
        (row, column)
        for top, left, bottom, right in page.merges
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    } - set(spans)
    for number, row in enumerate(page.rows):
        yield "<tr>"
        for place, cell in enumerate(row):
            if (number, place) in hidden:
                continue
            down, across = spans.get((number, place), (1, 1))
            span = (f' rowspan="{down}"' if down > 1 else "") + (f' colspan="{across}"' if across > 1 else "")
            yield f"<td{span}>{html.escape(_text(cell), quote=False)}</td>"
        yield "</tr>\n"
    yield "</table></body></html>\n"


def _write_xlsx(path: Path, layout: Layout, page: Page) -> None:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": not page.merges, "strings_to_formulas": False})
    book.set_properties({"created": dt.datetime(2025, 1, 1, tzinfo=dt.UTC)})
    as_date = book.add_format({"num_format": "yyyy-mm-dd"})
    if layout.cover:
        book.add_worksheet(layout.cover).write_string(0, 0, "填报说明：请勿改动表头")
    sheet = book.add_worksheet("数据" if layout.cover else "Sheet1")
    for number, row in enumerate(page.rows):
        for place, cell in enumerate(row):
            if cell == "" or cell is None:
                continue
            if isinstance(cell, str):
                sheet.write_string(number, place, cell)
            elif isinstance(cell, dt.date):
                sheet.write_datetime(number, place, dt.datetime(cell.year, cell.month, cell.day), as_date)  # noqa: DTZ001
            else:
                sheet.write_number(number, place, cell)
    for top, left, bottom, right in page.merges:
        sheet.merge_range(top, left, bottom, right, _text(page.rows[top][left]))
    book.close()


def _write_xls(path: Path, layout: Layout, page: Page) -> None:
    import xlwt  # needed for this format only

    book = xlwt.Workbook(encoding="utf-8")
    as_date = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    plain = xlwt.easyxf()
    if layout.cover:
        book.add_sheet(layout.cover).write(0, 0, "填报说明：请勿改动表头")
    sheet = book.add_sheet("数据" if layout.cover else "Sheet1")
    merged = {(top, left) for top, left, _, _ in page.merges}
    for number, row in enumerate(page.rows):
        for place, cell in enumerate(row):
            if cell not in ("", None) and (number, place) not in merged:
                sheet.write(number, place, cell, as_date if isinstance(cell, dt.date) else plain)
    for top, left, bottom, right in page.merges:
        sheet.write_merge(top, bottom, left, right, _text(page.rows[top][left]), plain)
    book.save(str(path))


def write_locked(path: Path) -> None:
    """A workbook behind a password, as far as a reader can tell: a compound file with an encrypted package."""
    import xlwt

    book, buffer = xlwt.Workbook(), io.BytesIO()
    book.add_sheet("Sheet1").write(0, 0, "x" * 64)
    book.save(buffer)
    old, new = "Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le")
    data = bytearray(buffer.getvalue())
    place = data.rindex(old)
    data[place : place + len(new)] = new
    data[place + 64 : place + 66] = (len(new) + 2).to_bytes(2, "little")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(data))
