"""What stands below a header and is no data row: blanks, totals, notes, signatures, numbering, headers again.

Polars picks the few suspects out of millions of rows; each suspect is then judged by itself.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence, Set
from functools import reduce

import polars as pl

from hearth.contracts.model import SEQUENCE, Extract, Kind
from hearth.reading.header import Header, Vocabulary, matched
from hearth.reading.problems import DeliveryProblem

JUST_BELOW = 3
"""As many rows below the header may still belong to it."""
FIRST_CELLS = 6
"""Labels such as 合计 stand in one of the first cells of a row."""

_TOTAL = re.compile(
    r".{0,12}?(?:合计|小计|总计|累计|共计|总数)(?:\(.*\))?:?(?:共?[\d,.]+)?(?:人次|人|户|万?元|条|笔|名|个|次)?:?"
    r"|共计?[\d,]+(?:人次|人|户|条|笔|名|行)"
)
_SIGNATURE = (
    r"(?:填表|填报|填制|审核|审批|审定|复核|制表|制单|经办|负责|分管|主管|统计|编制|报送|上报|打印|导出|单位)"
    r"(?:负责人|人员|人|员|单位|部门|机构|领导|日期|时间|意见)?(?:\((?:签字|签名|盖章|签章|公章)\)|签字|签名|盖章)?"
)
_NOTE = re.compile(
    rf"(?:备?注|说明|附注?|[填编][表报制]说明|数据来源|数据日期|联系电话|联系人|日期)[\d一二三四五]?[:、.]"
    rf"|{_SIGNATURE}(?::|$)|第\d+页|共\d+页|-\d+-$|\*?\(?以下(?:空白|无正文)|\(?续表\)?$|[※★]"
)
_DIGIT = r"[\d〇零一二三四五六七八九十]"
_DAY = rf"{_DIGIT}{{2,4}}年{_DIGIT}{{1,3}}月(?:{_DIGIT}{{1,3}}[日号])?|\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}"
_STAMP = r".{0,20}\(?(?:加盖|盖章|公章|签章|印章)(?:处|有效)?\)?"
_OFFICE = r".{3,}(?:局|委|委员会|办公室|政府|中心|医院|小学|中学|学校)"
_DATE_OR_STAMP = re.compile(rf"{_DAY}|{_STAMP}|{_OFFICE}|年月日")
_SECTION = re.compile(rf".*(?:镇|乡|街道|村|社区|县)|.*[。;:,、!].*|.{{11,}}|{_DATE_OR_STAMP.pattern}")
_COUNT_OR_DASH = re.compile(r"[¥-]?(?=[\d,.]{1,14}\D*$)[\d,]*\.?\d*(?:人次|人|户|万?元|条|笔|名|个|次)?|[-—/]+|")
_LONG_NUMBER = re.compile(r"[GL]?\d{14,}")
_ORDINAL = re.compile(r"\(?(?:第|列|栏|项|col)?(\d{1,3})(?:列|栏|项)?\)?(?:=.*)?", re.IGNORECASE)
_CHINESE_NUMBER = re.compile(
    r"(\(?第?)([一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])?((?:列|栏|项)?\)?)"
)
_NUMERALS = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")
_HINT = re.compile(
    r"(?:非?必|选|可)(?:填|录|空|不填)项?|(?:文本|字符|数字|数值|整数|小数|日期|字典|代码)(?:型|格式|串)?"
)
_LETTERS = ("甲乙丙丁戊己庚辛壬癸", "ABCDEFGHIJ")
_NUMBERED = ("栏次", "栏目", "列次", "列号", "行次", "栏号")

_SUSPECT_WORDS = ("计", "总数")
_SUSPECT_START = r"^\s*(?:[注备说附填编数联日审复制经负分主统报上打导单第共以续*(（※★-]|$)"
_IDENTITY = (Kind.NAME, Kind.IDENTIFIER, Kind.KEY)
_TELLING = (*_IDENTITY, Kind.CODE, Kind.FLAG, Kind.DIVISION, Kind.DATE, Kind.TIMESTAMP)


def data_rows(header: Header, extract: Extract) -> tuple[pl.Series, list[int]]:
    """Which rows of the header's sheet are data rows, a Boolean for each of them; and the sender's numbers of those
    that are headers again.

    Raises:
        DeliveryProblem: there are rows above the header, or another header with other columns below it.
    """
    _refuse_rows_above(header)
    cells = header.sheet.cells
    index = pl.int_range(cells.height, eager=True)
    below = (index > header.last) & cells.select(~pl.all_horizontal(pl.all().is_null())).to_series()
    judge = _Judge(header, extract)
    suspects = index.filter(below & cells.select(_is_suspect(cells, judge)).to_series())
    suspects = pl.concat([suspects, index.filter(below).head(JUST_BELOW)]).unique().sort()
    rejected = [n for n, row in zip(suspects, cells[suspects].iter_rows(), strict=True) if judge.is_furniture(n, row)]
    return below & ~index.is_in(rejected), [n + 1 for n in judge.headers_again]


def _refuse_rows_above(header: Header) -> None:
    """A list that begins above the header that was found would be lost up to there."""
    for n, row in enumerate(header.sheet.top(header.first)):
        if sum(bool(_LONG_NUMBER.match(cell)) for cell in _plain_row(row)) and sum(map(bool, row)) > 2:
            raise DeliveryProblem(
                "rows_above_header", sheet=header.sheet.name, row=n + 1, header_row=str(header.last + 1)
            )


def _is_suspect(cells: pl.DataFrame, judge: "_Judge") -> pl.Expr:
    """Rows that are nearly empty, have a label in a first cell, begin like a note, or hold headers."""
    first = cells.columns[:FIRST_CELLS]
    filled = pl.sum_horizontal(pl.all().is_not_null())
    reasons = [
        filled <= max(2, cells.width // 4),
        pl.coalesce(pl.all()).str.contains(_SUSPECT_START),
        *(pl.col(name).str.contains(word, literal=True) for name in first for word in _SUSPECT_WORDS),
        *(_repeats(cells, pattern) for pattern in judge.patterns),
        pl.sum_horizontal(pl.col(first).str.strip_chars().is_in(judge.words)) >= 2,
    ]
    return reduce(lambda one, other: one | other, (reason.fill_null(False) for reason in reasons))


def _repeats(cells: pl.DataFrame, pattern: Sequence[str | None]) -> pl.Expr:
    told = [(n, text) for n, text in enumerate(pattern) if text][:FIRST_CELLS]
    same = [pl.col(cells.columns[n]).eq_missing(text) for n, text in told]
    return pl.sum_horizontal(same) >= min(2, len(told)) if told else pl.lit(False)


class _Judge:
    """Judges one suspect row at a time, knowing the header, what stands above it and the numbering below it."""

    def __init__(self, header: Header, extract: Extract) -> None:
        top = list(header.sheet.cells.head(header.last + 1).iter_rows())
        self.numbering_index, numbering = _numbering_row(header) or (header.last, ())
        self.patterns = [row for row in (*top, numbering) if sum(map(bool, row)) >= 2]
        self.plain_patterns = [_plain_row(row) for row in self.patterns]
        self.above = [_plain_row(row) for row in top if any(row)]
        kinds = {n: extract.column(name).kind for name, n in header.positions.items()}
        self.telling = [n for n, kind in kinds.items() if kind in _TELLING]
        self.identity = {n for n, kind in kinds.items() if kind in _IDENTITY}
        self.sequence = {n for n, (_, leaf) in enumerate(header.columns) if leaf.replace(" ", "") == "序号"}
        self.sequence |= {n for name, n in header.positions.items() if name == SEQUENCE}
        self.wide = {(top, left) for top, left, bottom, right in header.sheet.merges if right - left >= 2}
        self.header = header
        self.leaves = _plain_row([leaf for _, leaf in header.columns])
        self.vocabulary = Vocabulary(extract)
        self.words = sorted({word for column in extract.columns for word in (column.header, *column.aliases)})
        self.headers_again: list[int] = []

    def is_furniture(self, index: int, row: Sequence[str | None]) -> bool:
        """Whether a row is anything but data."""
        cells = _plain_row(row)
        filled = [n for n, cell in enumerate(cells) if cell]
        if not filled or (set(filled) <= self.sequence and cells[filled[0]].isdecimal()):
            return True
        if index == self.numbering_index or self._is_hint(cells, filled):
            return True
        self._refuse_other_order(index, cells)
        if self._is_header_again(cells) or self._is_header_in_other_words(index, row, cells, filled):
            self.headers_again += [index] * (len(filled) > 1)
            return True
        if any(_LONG_NUMBER.match(cell) for cell in cells):
            return False
        return self._is_total(cells) or bool(_NOTE.match(cells[filled[0]])) or self._is_section(index, cells, filled)

    @staticmethod
    def _is_hint(cells: list[str], filled: list[int]) -> bool:
        """必填 选填 文本: what is to be written into the columns."""
        return len(filled) > 1 and all(_HINT.fullmatch(cells[n]) for n in filled)

    def _is_header_again(self, cells: list[str]) -> bool:
        if cells in self.above:
            return True
        counted = sum(map(bool, cells))
        hits = [sum(one == other != "" for one, other in zip(cells, p, strict=True)) for p in self.plain_patterns]
        return any(hit >= 2 and hit >= 0.6 * counted for hit in hits)

    def _refuse_other_order(self, index: int, cells: list[str]) -> None:
        """Refuse a list whose header stands there again with its columns in another order: what follows would be read
        under each other's names.

        Raises:
            DeliveryProblem: it does.
        """
        leaves = self.leaves
        in_place = sum(cell == leaf != "" for cell, leaf in zip(cells, leaves, strict=True))
        moved = [n for n, cell in enumerate(cells) if cell and cell != leaves[n] and leaves.count(cell) == 1]
        if len(moved) > 1 and in_place + len(moved) >= max(3, 0.6 * sum(map(bool, cells))):
            raise self._second_header(index)

    def _second_header(self, index: int) -> DeliveryProblem:
        first_row = str(self.header.last + 1)
        return DeliveryProblem("second_header", sheet=self.header.sheet.name, row=index + 1, first_row=first_row)

    def _is_header_in_other_words(
        self, index: int, row: Sequence[str | None], cells: list[str], filled: list[int]
    ) -> bool:
        """A header of this extract, spelt differently; or, right below the header, cells that resemble it.

        Raises:
            DeliveryProblem: it is a header, but its columns are others.
        """
        if len(filled) < 2 or any(any(map(str.isdigit, cells[n])) for n in filled):
            return False
        if index <= self.header.last + JUST_BELOW:
            alike = {n for n in filled if _resemble(cells[n], self.leaves[n])}
            if len(alike) >= max(2, 0.6 * len(filled)) and self._names_identity(alike):
                return True
        if self.header.first != self.header.last:
            return False
        positions = matched(
            self.header.sheet, index, index, [("", cell or "") for cell in row], self.vocabulary
        ).positions
        if len(positions) < max(2, 0.6 * len(filled)):
            return False
        if not self._names_identity(set(positions.values())):
            return False
        if any(self.header.positions.get(name, n) != n for name, n in positions.items()):
            raise self._second_header(index)
        return True

    def _names_identity(self, headers: Set[int]) -> bool:
        """Whether 姓名 or the like stands among the cells that read as headers: a row whose name and number are lost
        may say 镇, 村 or 集中供养 and is data."""
        return not self.identity or not self.identity.isdisjoint(headers)

    def _is_total(self, cells: list[str]) -> bool:
        """A label, and nothing that tells a person or a thing: a person may be called 小计."""
        labels = [n for n, cell in enumerate(cells[:FIRST_CELLS]) if _TOTAL.fullmatch(cell)]
        if not labels:
            return False
        is_numbered = any(cells[n].isdecimal() for n in self.sequence)
        if is_numbered and set(labels) <= self.identity:
            return False
        return all(n in labels or _COUNT_OR_DASH.fullmatch(cells[n]) for n in self.telling)

    def _is_section(self, index: int, cells: list[str], filled: list[int]) -> bool:
        """A single cell of text: the name of a township above its people, a title, a sentence; or who stamped when."""
        if len(filled) <= 3 and all(_DATE_OR_STAMP.fullmatch(cells[n]) for n in filled):
            return True
        if len(filled) != 1 or cells[filled[0]].replace(".", "").isdecimal():
            return False
        only = filled[0]
        return (index, only) in self.wide or only not in self.identity or bool(_SECTION.fullmatch(cells[only]))


def _resemble(cell: str, header: str) -> bool:
    """Whether a cell is its header in other words: 金额 below 救助金额."""
    return any(header[n : n + 2] in cell for n in range(len(header) - 1))


def _numbering_row(header: Header) -> tuple[int, Sequence[str | None]] | None:
    """The row right below the header, or below its repetition, with its index, if it only numbers the columns."""
    width = sum(1 for text in header.headers if text)
    for n, row in enumerate(header.sheet.cells.slice(header.last + 1, JUST_BELOW).iter_rows(), header.last + 1):
        tokens = [cell for cell in _plain_row(row) if cell]
        if tokens and _are_numbers(tokens, width):
            return n, row
    return None


def _are_numbers(tokens: list[str], width: int) -> bool:
    """栏次 1 2 3, (1) (2) (3), 甲 乙 1 2, also with sums such as 7=5+6."""
    is_titled = tokens[0] in _NUMBERED
    tokens = tokens[is_titled:]
    if not is_titled and len(tokens) < max(3, width / 2):
        return False
    ordinals = [_CHINESE_NUMBER.sub(_in_digits, token) for token in _without_letters(tokens)]
    matches = [_ORDINAL.fullmatch(token) for token in ordinals]
    values = [int(match[1]) for match in matches if match]
    return len(values) == len(ordinals) and values == list(range(values[0], values[0] + len(values)) if values else ())


def _in_digits(match: re.Match[str]) -> str:
    """一 as 1, 十二 as 12, 二十 as 20."""
    before, number, after = match.groups()
    if not number:
        return match[0]
    tens, is_tens, ones = number.rpartition("十")
    value = (_NUMERALS.index(tens) or 1) * 10 * bool(is_tens) + _NUMERALS.index(ones)
    return f"{before}{value}{after}"


def _without_letters(tokens: list[str]) -> Iterator[str]:
    for n, token in enumerate(tokens):
        if not any(n < len(letters) and token.strip("()") == letters[n] for letters in _LETTERS):
            yield token


def _plain_row(row: Sequence[str | None]) -> list[str]:
    return [re.sub(r"\s", "", unicodedata.normalize("NFKC", cell or "")) for cell in row]
