"""Where the header stands and which of its cells is which column of the contract."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hearth.contracts.model import IDENTIFIER_HEADERS, REASONS, Column, Extract, Kind
from hearth.reading.grid import Sheet

SCANNED_ROWS = 15
"""Header rows are looked for among the first rows; seen so far are rows 1 to 8."""

FileColumn = tuple[str, str]
"""Group and leaf as they stand in the file; the group is '' where there is none."""


@dataclass(frozen=True)
class Header:
    """A header found: `first` and `last` are its rows (from 0), equal unless it has two levels."""

    sheet: Sheet
    first: int
    last: int
    columns: tuple[FileColumn, ...]
    positions: dict[str, int]
    missing: tuple[str, ...]

    @property
    def headers(self) -> list[str]:
        """Every header in the file's order, flattened: `户主/姓名`."""
        return [f"{group}/{leaf}" if group else leaf for group, leaf in self.columns]

    @property
    def unread(self) -> list[int]:
        """Columns with a header that no column of the contract answers to, or that was taken from a column before."""
        known = {*self.positions.values(), self.reasons}
        return [n for n, header in enumerate(self.headers) if header and n not in known]

    @property
    def reasons(self) -> int | None:
        """The column of a returned workbook that said what was wrong, where there is one."""
        found = (n for n, columns in enumerate(self.columns) if REASONS in map(plain, columns))
        return next(found, None)

    @property
    def unknown(self) -> list[str]:
        """The headers of the columns that are not read."""
        return [self.headers[n] for n in self.unread]

    @property
    def repeated(self) -> list[str]:
        """Headers that stand there more than once; the first one counts."""
        return sorted({header for header in self.headers if header and self.headers.count(header) > 1})

    def merit(self) -> tuple[bool, int, bool, int, int]:
        """Complete first, then the most columns, a visible sheet, the most rows below, one level rather than two."""
        rows_below = self.sheet.cells.height - self.last
        return not self.missing, len(self.positions), self.sheet.is_visible, rows_below, self.first - self.last


def best_header(sheets: Sequence[Sheet], extract: Extract) -> Header:
    """The header with the most of the contract's columns, in whatever sheet and row it is; it may lack some."""
    return max(best_headers(sheets, extract), key=Header.merit)


def best_headers(sheets: Sequence[Sheet], extract: Extract) -> list[Header]:
    """Of each sheet the row that comes nearest to the extract's header."""
    words = Vocabulary(extract)
    return [max(_candidates(sheet, words), key=Header.merit) for sheet in sheets]


def plain(text: str) -> str:
    """A header as headers are compared: NFKC, without blanks, unit, remark, brackets or marks."""
    text = _without_blanks(text).translate(_ROUND_BRACKETS)
    without_remarks = _UNIT_AT_END.sub("", _REMARK.sub("", text))
    return re.sub(r"[()/_\-:·.*'\"]", "", without_remarks or text).casefold()


def scale(header: FileColumn) -> int | None:
    """What amounts under this header are multiplied by: 10,000 for 万元, 1 for 元, None where no unit stands."""
    group, leaf = header
    return unit_scale(leaf) or unit_scale(group)


def unit_scale(text: str) -> int | None:
    """The factor of the unit of money in a heading or a note (`单位：万元`), None where there is none."""
    text = _without_blanks(text).translate(_ROUND_BRACKETS)
    match = re.search(r"(?:\((?:单位:?)?|单位:?\(?|[:,/])(?:人民币)?(万?元)|(万元)$|\((万)\)", text)
    if not match:
        return None
    return 10_000 if "万" in "".join(filter(None, match.groups())) else 1


_ROUND_BRACKETS = str.maketrans("[]{}【】〔〕〈〉—", "()()()()()-")
_UNIT = (
    r"(?:人民币)?[百千万亿]?元(?:/.*)?|万|升(?:/.*)?|L(?:/.*)?|个?月|分钟?|小时|天|日|年|人|户|亩"
    r"|m2|平方米|平米|米|公里|%|次|周?岁"
)
_HINT = r"(?:必|选|非必)填项?|可空|可不填|是/否|是否|Y{2,4}.*|年.?月.?日?|格式.*|如.*|\d+位.*"
_REMARK = re.compile(
    rf"\((?:单位.*|{_UNIT}|{_HINT})\)|[,:/]?单位:.*$",
    re.IGNORECASE,
)
_UNIT_AT_END = re.compile(r"(?<=[^()]{2})[,:/]?万?元$")


def _without_blanks(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _plain_group(group: str) -> str:
    return re.sub(r"(?:基本)?(?:信息|情况)$", "", plain(group)) or plain(group)


def is_printable(header: str) -> bool:
    """Whether a cell of a header row is surely a header: what a message may show."""
    return len(header) <= 40 and not re.search(r"\d{6}", header)


class Vocabulary:
    """The words an extract's columns answer to; of several, the lower rank is surer.

    `leaves`: header, alias, or generic name of the ID column → columns, with the group each stands under.
    `paths`: the same with the group written before it (户主姓名), where only one column is meant.
    """

    def __init__(self, extract: Extract) -> None:
        self.extract = extract
        self.groups = {_plain_group(column.group) for column in extract.columns if column.group}
        self.leaves: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        paths: dict[str, dict[str, int]] = defaultdict(dict)
        for column in extract.columns:
            group = _plain_group(column.group)
            for rank, word in enumerate(_spellings(column, extract)):
                self.leaves[word].append((rank, column.name, group))
                for path in (group + word, plain(column.group) + word, word):
                    paths[path].setdefault(column.name, rank)
        self.paths = {path: next(iter(ranks.items())) for path, ranks in paths.items() if len(ranks) == 1}

    def certain(self, group: str, leaf: str) -> Iterator[tuple[int, str]]:
        """Columns meant by group and leaf together, or by the leaf where neither side has a group."""
        for rank, name, own_group in self.leaves.get(leaf, ()):
            if own_group == group:
                yield rank, name
        if group + leaf in self.paths:
            name, rank = self.paths[group + leaf]
            yield rank + 1, name

    def only_choice(self, group: str, leaf: str, positions: dict[str, int]) -> str | None:
        """The one column a leaf can still be, where its group does not say otherwise."""
        named = self.leaves.get(leaf, ())
        still_open = [(name, own_group) for _, name, own_group in named if name not in positions]
        if len(still_open) != 1 or (group and len(named) > 1):
            return None
        name, own_group = still_open[0]
        contradicts = own_group and group in self.groups and group != own_group
        return None if contradicts else name


def _spellings(column: Column, extract: Extract) -> list[str]:
    """Plain words for a column, the surest first; any usual name of the ID where there is only one to mean."""
    words = [column.header, *column.aliases]
    if column.kind is Kind.IDENTIFIER and _is_only_identifier(column, extract):
        words += IDENTIFIER_HEADERS
    return list(dict.fromkeys(plain(word) for word in words))


def _is_only_identifier(column: Column, extract: Extract) -> bool:
    same = [other for other in extract.columns if other.kind is Kind.IDENTIFIER]
    return len(same) == 1 or (column.group != "" and sum(other.group == column.group for other in same) == 1)


def _candidates(sheet: Sheet, words: Vocabulary) -> Iterator[Header]:
    """Each of the first rows as a header, alone and with the row below it."""
    rows = sheet.top(SCANNED_ROWS + 1)
    for n, row in enumerate(rows[:SCANNED_ROWS]):
        yield matched(sheet, n, n, [("", cell) for cell in row], words)
        if n + 1 < len(rows):
            yield matched(sheet, n, n + 1, _spread(row, rows[n + 1], sheet, n), words)


def _spread(groups: list[str], leaves: list[str], sheet: Sheet, row: int) -> list[FileColumn]:
    """Two header rows as (group, leaf); a header merged over both rows is a leaf without a group."""
    above = _reached_by_merges(groups, sheet, row) or _reached_by_blanks(groups, leaves)
    return [
        (group, leaf) if leaf and group != leaf else ("", leaf or own)
        for group, leaf, own in zip(above, leaves, groups, strict=True)
    ]


def _reached_by_merges(groups: list[str], sheet: Sheet, row: int) -> list[str]:
    """Each column's group where the row's groups are merged cells; empty where nothing is merged."""
    merges = [merge for merge in sheet.merges if merge[0] <= row <= merge[2]]
    above = list(groups) if merges else []
    for _, first, _, last in merges:
        above[first : last + 1] = [groups[first]] * len(above[first : last + 1]) if first < len(groups) else []
    return above


def _reached_by_blanks(groups: list[str], leaves: list[str]) -> list[str]:
    """Each column's group where a group's cell is followed by blanks; one without a leaf reaches nowhere."""
    above, current = [], ""
    for group, leaf in zip(groups, leaves, strict=True):
        if group:
            current = group if leaf else ""
        above.append(current)
    return above


def matched(sheet: Sheet, first: int, last: int, columns: list[FileColumn], words: Vocabulary) -> Header:
    """The header with its positions: first what is certain, the surest first, then leaves with one choice left."""
    compared = [(n, _plain_group(group), plain(leaf)) for n, (group, leaf) in enumerate(columns) if leaf]
    claims = sorted((rank, n, name) for n, group, leaf in compared for rank, name in words.certain(group, leaf))
    positions: dict[str, int] = {}
    for _, n, name in claims:
        if name not in positions and n not in positions.values():
            positions[name] = n
    for n, group, leaf in compared:
        choice = None if n in positions.values() else words.only_choice(group, leaf, positions)
        if choice:
            positions[choice] = n
    missing = [c.path for c in words.extract.columns if c.required and c.name not in positions]
    return Header(sheet, first, last, tuple(columns), positions, tuple(missing))
