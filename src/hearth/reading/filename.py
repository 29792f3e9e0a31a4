"""What a file's name says: extract, part, date, stated count, correction.

Names begin with a contract's stem. After it come, in any order and with any separators, a date, a status, a
count, marks of correction and copying; what is left is the delivery's part.
"""

import itertools
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePath

from hearth.contracts.model import Extract, ExtractKind, Source, Stem


@dataclass(frozen=True)
class FileName:
    """What a name says. `name_date` is YYYYMMDD or YYYYMM, comparable as text; `return_number`: how often it had
    gone back to its sender (退回 1, 退回2 2), 0 without that mark, as `ops.return_number` has it."""

    extract: Extract
    part: str
    name_date: str | None
    stated_count: int | None
    stated_unit: str | None
    is_correction: bool
    return_number: int = 0

    @property
    def is_returned(self) -> bool:
        """Whether it carries the mark of a workbook that went back to its sender."""
        return self.return_number > 0


_EXTENSION = re.compile(r"\.(?=[A-Za-z0-9]{1,5}$)[0-9]*[A-Za-z][A-Za-z0-9]*$")
_COPY = re.compile(r"\(\d{1,2}\)|\[\d{1,2}\]|-?\s*(?:的?副本|复件|copy)(?:\s*\(?\d{1,2}\)?)?", re.IGNORECASE)
_RETURNED = re.compile(r"[_\-]?\(?退回(\d{0,2})\)?")
_MARK_AT_END = re.compile(r"[_\-]?[（(]?退回\d{0,2}[）)]?$")
_TIMES = r"第?[\d一二三四五六七八九十]{1,3}次"
_UNITS = "人户条行名笔例座处"
_TRIAL = rf"(?:\(?\d{{1,2}}\)?(?![\d月{_UNITS}]))?"
_CORRECTION = re.compile(rf"(?:{_TIMES})?(?:更正|修正|订正|修订)(?:后|版|稿|件|表|数据)?{_TRIAL}")
_AGAIN = re.compile(
    rf"(?:{_TIMES})?(?:再报|重报|(?:再次|重新)(?:上报|报送)){_TRIAL}|{_TIMES}(?:上报|报送)|第[二三四五]次"
)
_COUNT = re.compile(r"(?<![\d.])(?:共计|合计|共)?(\d{1,3}(?:,\d{3})+|\d+)\s*(人次|人|户|条|行|名|笔|例|座|处)")
_COUNT_ORDER = ("行", "条", "笔", "例", "座", "处", "人次", "人", "名", "户")

_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0[1-9]|1[0-2])"
_LOOSE_MONTH = r"(?:1[0-2]|0?[1-9])"
_CLOCK = rf"(?:[-_ T]?(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?(?![\d{_UNITS}]))?"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d)(?P<y>20\d\d)(?P<m>{_MONTH})(?P<d>{_DAY}){_CLOCK}(?!\d)",
        rf"(?<!\d)(?P<y>20\d\d)(?P<s>[-./_])(?P<m>{_LOOSE_MONTH})(?P=s)(?P<d>[12]\d|3[01]|0?[1-9])(?!\d)",
        rf"(?<!\d)(?P<y>20\d\d)年(?P<m>{_LOOSE_MONTH})月(?P<d>[12]\d|3[01]|0?[1-9])[日号]",
        rf"(?<!\d)(?P<y>20\d\d)年(?:{_LOOSE_MONTH}月?[-~—至到])?(?P<m>{_LOOSE_MONTH})月(?:份|底|末)?",
        rf"(?<!\d)(?P<y>20\d\d)[-./_]?(?P<m>{_MONTH})(?![\d年{_UNITS}])",
    )
)
_PERIOD = re.compile(
    r"(?<!\d)(?:(?P<year>20\d\d)年?度?[-_ ]?)?"
    r"(?:第?(?P<quarter>[一二三四1-4])季度|(?<![A-Za-z])Q(?P<number>[1-4])(?![A-Za-z\d])|(?P<half>[上下])半年)[末底]?",
    re.IGNORECASE,
)
_BARE_MONTH = re.compile(rf"(?<!\d){_LOOSE_MONTH}月份?(?:底|末)?")
_YEAR = re.compile(r"(?<!\d)(20\d\d)年(?:度|全年)?(?!\d)")
_STATUS = (
    r"(?:已|未|待|经)?(?:审核通过|审核|审定|上报|报送|盖章|签字|确认|核对|核实|公示|发放|缴费|参保|导出|归档)(?:版|稿|件)?"
    r"|已审|在读|在籍|在校|定稿|终稿|初稿|最终(?:版|稿)?|正式(?:版|稿)?|终版|最新(?:版)?|更新(?:版|稿)"
)
_VERSION = re.compile(r"(?<![a-z])(?:v\d+(?:\.\d+)*|final)(?![a-z])", re.IGNORECASE)
_KIND_OF_LIST = re.compile(r"(?:汇总|统计|一览|明细|登记|花名|名)?[表册单]|汇总|明细|台账|全县")
_SEPARATORS = re.compile(r"[\s_\-—–~.,、;:+()\[\]{}【】《》〈〉“”\"'·&#@]+")


def recognise(source: Source, file_name: str) -> FileName | None:
    """The extract and the facts a file's name states, or None where no stem of the source begins it.

    Lock files and hidden files are nobody's delivery.
    """
    name = unicodedata.normalize("NFKC", PurePath(file_name).name).strip()
    if name.startswith(("~$", ".")):
        return None
    found = _longest_stem(source, _without_extensions(name))
    if found is None:
        return None
    extract, stem, rest = found
    mark = _RETURNED.search(rest)
    rest = _RETURNED.sub("_", rest)
    rest = _COPY.sub("_", rest)
    rest, is_correction = _taken(_CORRECTION, rest)
    rest, _ = _taken(_AGAIN, rest)
    rest, periods = _take_periods(rest)
    rest, name_date = _take_dates(rest)
    rest, count, unit = _take_count(rest)
    rest = _VERSION.sub("_", _BARE_MONTH.sub("_", rest))
    if extract.kind is ExtractKind.SNAPSHOT:
        name_date = name_date or max(
            (f"{period.year}{period.last_month}" for period in periods if period.year), default=None
        )
        rest += "".join(f"_{period.year}年" for period in periods if period.year and extract.one_part_per_year)
    else:
        rest += "".join(f"_{period.label}" for period in periods)
    times = max(1, int(mark[1] or 1)) if mark else 0
    return FileName(extract, stem.part + _part(rest), name_date, count, unit, is_correction, times)


def returned_name(file_name: str, taken: Collection[str] = ()) -> str:
    """What the workbook that goes back is called: the file's own name, marked, always an .xlsx.

    What came back once and is faulty still is marked 退回2, and so on past the names that are `taken`.
    """
    base, own = unmarked_name(file_name), _without_extensions(file_name)
    times = int(re.sub(r"\D", "", own[len(base) :]) or own != base)
    names = (f"{base}（退回{n if n > 1 else ''}）.xlsx" for n in itertools.count(times + 1))
    return next(name for name in names if name not in taken)


def unmarked_name(file_name: str) -> str:
    """A file's name without its extensions and the mark of a returned workbook."""
    return _MARK_AT_END.sub("", _without_extensions(file_name))


def _without_extensions(name: str) -> str:
    while match := _EXTENSION.search(name):
        name = name[: match.start()].rstrip()
    return name


def _longest_stem(source: Source, name: str) -> tuple[Extract, Stem, str] | None:
    candidates = []
    for extract in source.extracts:
        for stem in extract.stems:
            letters = re.sub(r"\s", "", unicodedata.normalize("NFKC", stem.text))
            match = re.match(r"\s*".join(map(re.escape, letters)), name)
            if match:
                candidates.append((len(letters), extract, stem, name[match.end() :]))
    if not candidates:
        return None
    _, extract, stem, rest = max(candidates, key=lambda candidate: candidate[0])
    return extract, stem, rest


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str, bool]:
    rest, times = pattern.subn("_", text)
    return rest, times > 0


@dataclass(frozen=True)
class _Period:
    """A quarter or half of a year, in the one spelling in which it is a part's label.

    Events of a quarter stand beside those of the next; a list as of a quarter's end replaces the one before, so that
    there it is a date.
    """

    year: str
    label: str
    last_month: str


def _take_periods(text: str) -> tuple[str, list[_Period]]:
    """The text without its quarters and halves of a year, and these."""
    periods = [_period(match.groupdict()) for match in _PERIOD.finditer(text)]
    return _PERIOD.sub("_", text), periods


def _period(said: dict[str, str | None]) -> _Period:
    year = said["year"] or ""
    before = f"{year}年" if year else ""
    if said["half"]:
        return _Period(year, f"{before}{said['half']}半年", "06" if said["half"] == "上" else "12")
    number = "一二三四1234".index(said["quarter"] or said["number"] or "1") % 4 + 1
    return _Period(year, f"{before}{'一二三四'[number - 1]}季度", f"{number * 3:02d}")


def _take_dates(text: str) -> tuple[str, str | None]:
    """The text without its dates, and the latest of them."""
    dates = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            facts = match.groupdict()
            dates.append(facts["y"] + facts["m"].zfill(2) + (facts.get("d") or "").zfill(2) * bool(facts.get("d")))
        text = pattern.sub("_", text)
    return text, max(dates, default=None)


def _take_count(text: str) -> tuple[str, int | None, str | None]:
    """The text without its counts, and the one that counts rows best (138人 rather than 40户)."""
    counts = [(match[2], int(match[1].replace(",", ""))) for match in _COUNT.finditer(text)]
    if not counts:
        return text, None, None
    unit, count = min(counts, key=lambda found: _COUNT_ORDER.index(found[0]))
    return _COUNT.sub("_", text), count, unit


def _part(text: str) -> str:
    """What is left without separators and statuses, a year label first and always as `2024年`."""
    tokens = [_without_status(token) for token in _SEPARATORS.split(text) if not _KIND_OF_LIST.fullmatch(token)]
    label = "".join(tokens)
    if re.fullmatch(r"20\d\d", label):
        return f"{label}年"
    years = sorted(set(_YEAR.findall(label)))
    return "".join(f"{year}年" for year in years) + _YEAR.sub("", label)


def _without_status(token: str) -> str:
    """A token without statuses at its beginning and end; a place's name in between stays whole."""
    return re.sub(rf"^(?:{_STATUS})+|(?:{_STATUS})+$", "", token)
