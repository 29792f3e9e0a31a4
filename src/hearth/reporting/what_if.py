"""What a month would be under other parameters: on the terminal, as JSON, as a workbook or CSV files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hearth.building.comparing import ANY
from hearth.building.parameters import parameter_name
from hearth.errors import InputError, UsageError
from hearth.explaining.printing import WORDS
from hearth.language import said
from hearth.reporting.formulas import AS_TEXT, neutral_frame
from hearth.secret_files import made_whole

if TYPE_CHECKING:
    import polars as pl

    from hearth.building.comparing import Changes, Idle, Line, Movement, ParameterChange

SUFFIXES = (".xlsx", ".csv")
SHEET_ROWS = 1_000_000
EVERYWHERE = "全县 all"
KINDS = {"level": "等级", "category": "建议类别"}
HEADINGS = {
    "parameter": "参数 parameter",
    "population_group": "人群 population_group",
    "before": "现值 before",
    "after": "试算值 after",
    "villages": "涉及村数 villages",
    "township_code": "乡镇代码 township_code",
    "township_name": "乡镇 township_name",
    "kind": "类别 kind",
    "code": "规则 code",
    "title": "规则名称 title",
    "value": "状态 value",
    "households_before": "现有户数 households_before",
    "households_after": "试算户数 households_after",
    "households_entering": "新增户数 households_entering",
    "households_leaving": "减少户数 households_leaving",
    "members_before": "现有人数 members_before",
    "members_after": "试算人数 members_after",
    "members_entering": "新增人数 members_entering",
    "members_leaving": "减少人数 members_leaving",
    "household_key": "户假名 household_key",
    "village_code": "行政村代码 village_code",
    "village_name": "行政村 village_name",
    "member_count": "人数 member_count",
    "value_before": "现状 value_before",
    "value_after": "试算 value_after",
}


def check_target(target: Path) -> None:
    """Refuse a file that cannot be written, before the work is done.

    Raises:
        UsageError: its name ends neither in .xlsx nor in .csv.
        InputError: it, or the households' file beside it, exists already.
    """
    if target.suffix.lower() not in SUFFIXES:
        found = target.suffix or target.name
        raise UsageError(
            said(f"--output writes .xlsx or .csv, not {found!r}.", f"--output 只能写 .xlsx 或 .csv，不能写“{found}”。")
        )
    for file in _files(target):
        if file.exists():
            raise InputError(said(f"{file} exists already.", f"{file} 已存在。"))
        if not file.parent.is_dir():
            raise InputError(said(f"There is no folder {file.parent}.", f"没有文件夹 {file.parent}。"))


def print_changes(console: Console, found: Changes, *, show_all: bool) -> None:
    """The parameters that differ, then who would enter and leave, in all and by township; in the locale's language."""
    households, members = f"{found.households:,}", f"{found.members:,}"
    console.print(
        said(
            f"{found.month}: {households} households, {members} people, as published",
            f"{found.month}：已发布 {households} 户 {members} 人",
        )
    )
    if found.parameters:
        console.print(_parameters(found))
    else:
        console.print(said("No village's parameters would be others.", "没有一个村的参数会变。"))
    for idle in found.without_effect:
        console.print(Text(_idle(idle, found), style="yellow"), soft_wrap=True)
    lines = _shown(found, show_all)
    if not any(line.is_changed for line in found.lines):
        english = "No household would enter or leave any rule, level or category: nothing would change."
        console.print(said(english, "没有任何户进出任何规则、等级或类别：不会有变化。"))
    if lines:
        console.print(_table(said("In all", "全县合计"), [line for line in lines if line.township is None], found))
    below = [line for line in lines if line.township]
    if below:
        console.print(_table(said("By township", "分乡镇"), below, found, by_township=True))


def as_json(found: Changes, *, show_all: bool) -> dict[str, Any]:
    """The same for programs."""
    lines = _shown(found, show_all)
    return {
        "month": found.month,
        "households": found.households,
        "members": found.members,
        "parameters": [
            {
                "parameter": c.parameter,
                "population_group": c.group,
                "before": c.before,
                "after": c.after,
                "villages": list(c.villages),
            }
            for c in found.parameters
        ],
        "without_effect": [_without_effect(idle) for idle in found.without_effect],
        "total": [_line(line) for line in lines if line.township is None],
        "townships": [
            {"code": code, "name": name, "lines": [_line(line) for line in lines if line.township == code]}
            for code, name in found.townships.items()
        ],
    }


def write_changes(found: Changes, target: Path, *, show_all: bool) -> list[Path]:
    """Write a workbook of three sheets, or two CSV files: the changes, and the households by their pseudonym.

    Returns:
        The files written, for their owner's eyes only.
    """
    files = _files(target)
    with ExitStack() as stack:
        writing = [stack.enter_context(made_whole(file)) for file in files]
        if target.suffix.lower() == ".csv":
            neutral_frame(_lines_frame(found, show_all)).write_csv(writing[0], include_bom=True)
            neutral_frame(_moves(found)).write_csv(writing[1], include_bom=True)
        else:
            _write_workbook(found, writing[0], show_all=show_all)
    return files


def _files(target: Path) -> list[Path]:
    if target.suffix.lower() == ".csv":
        return [target, target.with_name(f"{target.stem}-households{target.suffix}")]
    return [target]


def _write_workbook(found: Changes, target: Path, *, show_all: bool) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(target), AS_TEXT) as book:
        _sheet(book, "参数 parameters", _parameters_frame(found))
        _sheet(book, "变化 changes", _lines_frame(found, show_all))
        for number, part in enumerate(_moves(found).iter_slices(SHEET_ROWS) if found.moves is not None else ()):
            _sheet(book, "户 households" + (f" {number + 1}" if number else ""), part)


def _sheet(book: Any, name: str, frame: pl.DataFrame) -> None:
    frame.rename(HEADINGS, strict=False).write_excel(book, worksheet=name, autofit=frame.height < 10_000)


def _parameters_frame(found: Changes) -> pl.DataFrame:
    import polars as pl

    rows = [(c.parameter, c.group, c.before, c.after, len(c.villages)) for c in found.parameters]
    texts = ("parameter", "population_group", "before", "after")
    schema = dict.fromkeys(texts, pl.String) | {"villages": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _lines_frame(found: Changes, show_all: bool) -> pl.DataFrame:
    import polars as pl

    texts = ("township_code", "township_name", "kind", "code", "title", "value")
    sides = ("before", "after", "entering", "leaving")
    numbers = [f"{who}_{side}" for who in ("households", "members") for side in sides]
    rows = [
        (
            x.township,
            _place(x, found),
            x.kind,
            x.code,
            found.titles.get(x.code),
            x.value,
            *_row(x.households),
            *_row(x.members),
        )
        for x in _shown(found, show_all)
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(texts, pl.String) | dict.fromkeys(numbers, pl.Int64), orient="row")


def _moves(found: Changes) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(schema={"household_key": pl.String}) if found.moves is None else found.moves


def _shown(found: Changes, show_all: bool) -> list[Line]:
    return [line for line in found.lines if show_all or line.is_changed]


def _without_effect(idle: Idle) -> dict[str, str | None]:
    return {
        "parameter": idle.parameter,
        "population_group": idle.group,
        "division_code": idle.division,
        "value": idle.value,
        "reason": idle.english,
        "reason_zh": idle.chinese,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "code": line.code,
        "value": line.value,
        "households": vars(line.households),
        "members": vars(line.members),
    }


def _row(moved: Movement) -> tuple[int, ...]:
    return moved.before, moved.after, moved.entering, moved.leaving


def _parameters(found: Changes) -> Table:
    now, then = said("now", "现在"), said("then", "改后")
    title = said("Parameters that would change", "会变的参数")
    table = _empty(title, [said("parameter", "参数")], [now, then], [said("where", "范围")])
    for change in found.parameters:
        table.add_row(_name(change, found), change.before or "–", change.after or "–", _where(change.villages, found))
    return table


def _name(named: ParameterChange | Idle, found: Changes) -> str:
    """As a parameter file and `hearth explain` name it."""
    chinese = found.names[named.parameter]
    group = WORDS.get(named.group, named.group)
    return said(parameter_name(named.parameter, named.group), f"{chinese}（{group}）" if group else chinese)


def _idle(idle: Idle, found: Changes) -> str:
    """A row of the file, or a parameter as a whole, with why nothing follows from it."""
    name = _name(idle, found)
    if idle.division is None:
        return said(f"nobody moves by {name}: {idle.english}", f"不因此变动：{name}：{idle.chinese}")
    row = said(f"{name} {idle.value} for {idle.division}", f"{name} {idle.value}，区划 {idle.division}")
    words = said(f"changes nothing in {found.month}", f"对 {found.month} 不起作用")
    return said(f"{words}: {row}: {idle.english}", f"{words}：{row}：{idle.chinese}")


def _where(villages: Sequence[str], found: Changes) -> str:
    if len(villages) == found.village_count:
        return said("every village", "所有村")
    names = sorted({found.townships.get(village[:9] + "000", village[:9]) for village in villages})
    share = f"{len(villages)}/{found.village_count}"
    return said(f"{share} villages ({', '.join(names)})", f"{share} 个村（{'、'.join(names)}）")


def _table(title: str, lines: Iterable[Line], found: Changes, *, by_township: bool = False) -> Table:
    left = [*([said("township", "乡镇")] if by_township else []), said("households", "户数")]
    sides = [said(*words) for words in (("now", "现在"), ("then", "改后"), ("enter", "新进"), ("leave", "退出"))]
    table = _empty(title, left, [*sides, said("people", "人数") + f" {sides[0]}", *sides[1:]])
    before = None
    for line in lines:
        place = "" if line.township == before else _place(line, found)
        if by_township and place and before is not None:
            table.add_section()
        before = line.township
        table.add_row(
            *([place] if by_township else []), _subject(line, found), *_counts(line.households), *_counts(line.members)
        )
    return table


def _place(line: Line, found: Changes) -> str:
    return EVERYWHERE if line.township is None else found.townships.get(line.township, line.township)


def _subject(line: Line, found: Changes) -> str:
    if (line.kind, line.code) == ("rule", ANY):
        return said("flagged by any rule", "命中任一规则")
    if (line.kind, line.code) == ("category", ANY):
        return said("any suggested category", "任一建议类别")
    name, value = (line.code if line.kind == "rule" else line.kind), line.value
    title = f" {found.titles.get(line.code, '')}" if line.kind == "rule" else ""
    return said(f"{name} {value}", f"{KINDS.get(name, name)}{title} {WORDS.get(value, value)}")


def _counts(moved: Movement) -> tuple[str, ...]:
    return (
        f"{moved.before:,}",
        f"{moved.after:,}",
        f"+{moved.entering:,}" if moved.entering else "",
        f"−{moved.leaving:,}" if moved.leaving else "",
    )


def _empty(title: str, left: Sequence[str], right: Sequence[str], after: Sequence[str] = ()) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for name in left:
        table.add_column(name, no_wrap=True)
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    for name in after:
        table.add_column(name, overflow="fold")
    return table
