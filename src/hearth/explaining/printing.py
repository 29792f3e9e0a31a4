"""An explanation on the terminal: one block per rule, in the language asked for, readable in 100 columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from rich.console import Console, Group
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from hearth.building.parameters import SPELLINGS
from hearth.explaining.explanation import Explanation, Row
from hearth.parsing.faults import FAULTS

WIDTH = 100
STYLES = {"flagged": "red", "exempt": "cyan", "unknown": "yellow", "clear": "green"}

WORDS = {
    "flagged": "命中",
    "exempt": "豁免",
    "unknown": "未知",
    "clear": "正常",
    "red": "红",
    "yellow": "黄",
    "grey": "灰",
    "green": "绿",
    "unstable": "脱贫不稳定户",
    "marginal": "边缘易致贫户",
    "sudden_hardship": "突发严重困难户",
    "assisted": "脱贫户或正在监测户",
    "other": "其他农户",
    "extreme_poverty": "特困人员",
    "allowance": "低保对象",
    "monitored": "监测对象",
    "scarce": "缺水地区",
}
"""What states, levels, categories and population groups are called in Chinese; of parameters see `ops.parameter_zh`."""

UNITS = {unit: spellings[0] for unit, spellings in SPELLINGS.items()} | {
    "yuan": "元",
    "share": "（比例）",
    "month and day": "（月-日）",
}
"""Units of parameters in Chinese; one that is not among them stays as the county wrote it."""

SOURCES = {
    "T/CHES 18-2018, 基本达标": "《农村饮水安全评价准则》T/CHES 18-2018“基本达标”",
    "the monitoring practice": "监测工作惯例",
    "ningxia 名词解释 2–3": "宁夏《关于实现巩固拓展脱贫攻坚成果同乡村振兴有效衔接的实施意见》相关名词解释 2、3",
}
"""Sources of Hearth's defaults that are no sentence of the rule's own policies, in Chinese."""


class Speaker:
    """Says things in one of the two languages."""

    def __init__(self, *, chinese: bool) -> None:
        self.chinese = chinese

    def __call__(self, english: str, chinese: str) -> str:
        return chinese if self.chinese else english

    def word(self, name: str) -> str:
        """A state, level, category or group by its name in the warehouse."""
        return WORDS.get(name, name) if self.chinese else name.replace("_", " ")

    def of(self, row: Row, name: str) -> str:
        """A column that there is in both languages."""
        first, second = ("zh", "en") if self.chinese else ("en", "zh")
        return row.get(f"{name}_{first}") or row.get(f"{name}_{second}") or ""


def print_explanation(console: Console, explanation: Explanation, *, chinese: bool) -> None:
    """Print the household's line and a block for each rule. The rows in it are personal data."""
    say = Speaker(chinese=chinese)
    console.width = min(console.width, WIDTH)
    console.print(Text(_household(explanation.household, say), style="bold"))
    shown: dict[tuple[int, int], str] = {}
    for flag in explanation.flags:
        console.print(_block(flag, say, shown))
    if not explanation.flags:
        console.print(
            say("Every rule is clear; --rule explains one of them.", "各规则均正常；可用 --rule 查看某一条。")
        )


def figure(value: Any) -> str:
    """A number as people write it: no zeros at the end, thousands apart; anything else as it is."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal | int | float):
        whole = f"{Decimal(str(value)):,f}"
        return whole.rstrip("0").rstrip(".") if "." in whole else whole
    return str(value)


def counted(count: int, thing: str) -> str:
    """`1 member`, `2 members`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _household(household: Row, say: Speaker) -> str:
    place = f"{household['township_name'] or ''}{household['village_name'] or ''} {household['village_code']}".strip()
    level = say(f"level {household['risk_level']}", f"{say.word(household['risk_level'])}色")
    counts = say(
        f"{household['flagged_count']} flagged, {household['unknown_count']} unknown",
        f"命中{household['flagged_count']}条，未知{household['unknown_count']}条",
    )
    category = household["suggested_category"]
    clue = [say("clue for verification: ", "待核实线索：") + say.word(category)] if category else []
    members = say(counted(household["member_count"], "member"), f"{household['member_count']}人")
    key = say("Household ", "户 ") + household["household_key"]
    return " · ".join([key, f"{household['month']:%Y%m}", place, members, level, counts, *clue])


def _block(flag: Row, say: Speaker, shown: dict[tuple[int, int], str]) -> Group:
    state = flag["state"]
    severity = [say.word(flag["severity"])] if state == "flagged" else []
    title = " · ".join([f"{flag['rule_code']} {say.of(flag, 'title')}", say.word(state), *severity])
    sections = Table.grid(padding=(0, 2))
    sections.add_column(no_wrap=True, style="bold")
    sections.add_column(ratio=1, overflow="fold")
    for name, lines in _sections(flag, say):
        for number, line in enumerate(lines):
            sections.add_row("" if number else name, line)
    names = {row["parameter"]: say(row["parameter"], row["parameter_zh"]) for row in flag["parameters"]}
    evidence = Group(*(piece for row in flag["evidence"] for piece in _piece(row, say, shown, names)))
    return Group(
        Text(),
        Rule(Text(title, style=STYLES[state]), align="left", style=STYLES[state]),
        Padding(Text(say.of(flag, "why"), style="bold"), (0, 0, 0, 2)),
        Padding(sections, (0, 0, 0, 2)),
        Padding(evidence, (0, 0, 0, 2)),
    )


def _sections(flag: Row, say: Speaker) -> Iterator[tuple[str, list[Text]]]:
    if flag["queued_candidate_count"]:
        count = flag["queued_candidate_count"]
        waiting = counted(count, "waiting record")
        yield (
            say("Queue", "待核"),
            [
                Text(
                    say(
                        f"Look at the queue first: {waiting} may be about a member of this household.",
                        f"请先核实待核队列：有 {count} 条待核记录可能属于本户成员。",
                    ),
                    style="yellow",
                )
            ],
        )
    if flag["observed_value"] is not None:
        values = say("observed ", "观测值 ") + figure(flag["observed_value"])
        if flag["threshold_value"] is not None:
            values += say(" · threshold ", " · 标准 ") + figure(flag["threshold_value"])
        yield say("Values", "数值"), [Text(values)]
    if flag["parameters"]:
        yield say("Parameters", "参数"), [Text(_parameter(row, flag["policies"], say)) for row in flag["parameters"]]
    if flag["state"] in ("unknown", "clear") and flag["needs"]:
        yield say("Needs", "所需名单"), [Text(_need(row, say)) for row in flag["needs"]]
    yield say("Rule", "规则"), [Text(say.of(flag, "definition"))]
    yield say("Policy", "政策"), [line for row in flag["policies"] for line in _policy(row, say)]


def _parameter(row: Row, policies: list[Row], say: Speaker) -> str:
    group = _bracketed(say.word(row["population_group"]), say) if row["population_group"] else ""
    chinese = [row["parameter_zh"]] if say.chinese else []
    name = " ".join([*chinese, row["parameter"]]) + group
    if row["is_missing"]:
        wanting = "no row holds on the month's last day, and there is no default", "月末没有有效值，也没有默认值"
        return name + say(": ", "：") + say(*wanting)
    return say("; ", "；").join([f"{name} = {_measured(row, say)}", *_origin(row, policies, say)])


def _measured(row: Row, say: Speaker) -> str:
    unit = row["unit"] or ""
    if say.chinese and unit in UNITS:
        return f"{row['value']}{UNITS[unit]}"
    return f"{row['value']} {unit}".rstrip()


def _origin(row: Row, policies: list[Row], say: Speaker) -> Iterator[str]:
    if row["is_default"]:
        yield say("Hearth's default", "系统默认值")
    else:
        division = " ".join(filter(None, (row["division_code"], row["division_name"])))
        yield say(f"the county's file, for {division}", f"本县参数文件，适用区划 {division}")
    if row["valid_from"]:
        until = row["valid_to"] or say("further notice", "长期")
        yield say(f"valid {row['valid_from']} to {until}", f"有效期 {row['valid_from']} 至 {until}")
    if row["source"]:
        yield say(f"source: {row['source']}", f"依据：{source_zh(row['source'], policies)}")


def source_zh(source: str, policies: Iterable[Row]) -> str:
    """A parameter's source in Chinese: the place in one of the rule's policies; one nobody knows stays as written."""
    places = {row.get("policy_ref"): f"《{row['document_zh']}》{row['place_zh']}" for row in policies}
    return places.get(source) or SOURCES.get(source, source)


def _need(row: Row, say: Speaker) -> str:
    title = say.of(row, "title")
    if row["data_date"] is None:
        return say(f"{title}: missing, nothing was delivered that counts", f"{title}：缺失，没有可用的交付")
    age = say(
        f"of {row['data_date']}, {counted(row['age_days'], 'day')} old at the month's end",
        f"数据日期 {row['data_date']}，距月末 {row['age_days']} 天",
    )
    if row["is_fresh"]:
        return f"{title}{say(': ', '：')}{age}"
    return say(
        f"{title}: stale, {age}; more than {row['max_age_days']} is too old",
        f"{title}：已过期，{age}，超过 {row['max_age_days']} 天",
    )


def _policy(row: Row, say: Speaker) -> Iterator[Text]:
    place = f"《{row['document_zh']}》{row['place_zh']}" if say.chinese else f"{row['document_en']}; {row['place_en']}"
    yield Text(place + _bracketed(row["issued_as"], say))
    yield Text(f"“{row['sentence_zh']}”", style="italic")
    if not say.chinese:
        yield Text(row["sentence_en"])


def _piece(row: Row, say: Speaker, shown: dict[tuple[int, int], str], names: Mapping[str, str]) -> Iterator[Padding]:
    """A piece of evidence in up to four lines: where, what, how it was linked, the whole row."""
    number = f"{row['rule_code']} {row['place']}"
    head = Text(f"[{row['place']}] ", style="bold")
    head.append(_where(row, say), style="yellow" if row["kind"] == "queued" else "")
    yield Padding(head, 0)
    for line in filter(None, (_what(row, say, names), _link(row, say), _row(row, say, shown, number))):
        yield Padding(Text(line), (0, 0, 0, 4))


def _where(row: Row, say: Speaker) -> str:
    department, month, number = say.of(row, "department"), row["delivered_month"], row["delivery_id"]
    received = f"{row['received_at']:%Y-%m-%d}"
    delivery = row["file_name"] + say(
        f" ({department}, month {month}, received {received}, no. {number})",
        f"（{department}，{month}，{received} 收到，交付 {number} 号）",
    )
    if row["kind"] == "searched":
        until = say(f", data up to {row['data_date']}", f"，数据截至 {row['data_date']}")
        return say("looked through: ", "已检索：") + delivery + until
    sheet = [say(f"sheet {row['sheet']}", f"工作表 {row['sheet']}")] if row["sheet"] else []
    line = say(f"row {row['row_number']}", f"第 {row['row_number']} 行")
    columns = [_column(row, say)] if row["column_header"] else []
    place = say(", ", "，").join([delivery, *sheet, line, *columns])
    return say("waiting in the queue: ", "待核：") + place if row["kind"] == "queued" else place


def _column(row: Row, say: Speaker) -> str:
    letters, header = row["column_letters"], row["column_header"]
    if not letters:
        return say(f"column {header}", f"{header} 列")
    return say(f"column {letters} {header}", f"{letters} 列 {header}")


def _what(row: Row, say: Speaker, names: Mapping[str, str]) -> str:
    if row["kind"] != "row":
        return ""
    value, cell = (_without_zeros(row[name] or "–") for name in ("value", "cell"))
    said = say(f"the cell: {cell}", f"单元格：{cell}") if value == cell else _taken(value, cell, say)
    if row["threshold"] is not None:
        parameter = _bracketed(names.get(row["parameter"], row["parameter"]), say) if row["parameter"] else ""
        said += say(f", held against {figure(row['threshold'])}", f"，对照 {figure(row['threshold'])}") + parameter
    return said


def _without_zeros(text: str) -> str:
    """`21.0000` is 21."""
    return text.rstrip("0").rstrip(".") if re.fullmatch(r"-?\d+\.\d+", text) else text


def _taken(value: str, cell: str, say: Speaker) -> str:
    return say(f"the cell: {cell}, taken as {value}", f"单元格：{cell}，取为 {value}")


def _link(row: Row, say: Speaker) -> str:
    if row["kind"] == "searched":
        return ""
    reason = say.of(row, "link_reason")
    if not reason:
        return say("how it was linked is not recorded", "未记录匹配方式")
    if row["kind"] == "queued":
        return say(f"may be a member's: {reason}", f"可能属于本户成员：{reason}")
    tier = "" if row["link_tier"] is None else say(f"tier {row['link_tier']}, ", f"第 {row['link_tier']} 级，")
    return say("linked: ", "匹配：") + tier + reason


def _row(row: Row, say: Speaker, shown: dict[tuple[int, int], str], number: str) -> str:
    if row["is_row_kept"] is None:
        return ""
    if not row["is_row_kept"]:
        delivery = row["delivery_id"]
        return say(
            f"the row is no longer kept; `hearth deliveries show {delivery}` says where it is, "
            "and the sender has the file",
            f"该行已不再保存；去向见 `hearth deliveries show {delivery}`，也可向报送单位查阅原文件",
        )
    place = (row["delivery_id"], row["row_number"])
    if place in shown:
        return say(f"the row: as under {shown[place]}", f"整行：见 {shown[place]}")
    shown[place] = number
    return say("the row: ", "整行：") + " · ".join(_cells(row["delivered_row"], say))


def _cells(cells: Iterable[Row], say: Speaker) -> Iterator[str]:
    for cell in cells:
        if cell["value"] is not None:
            yield f"{cell['header']} {_cell(cell)}"
        elif cell.get("fault"):
            yield f"{cell['header']} –{_bracketed(_fault(cell['fault'], say), say)}"


def _cell(cell: Row) -> str:
    """A figure of a unit as people write it; a number without one is a year, a count or a code and stays as it is."""
    written = figure(cell["value"])
    is_plain = isinstance(cell["value"], int | float) and not isinstance(cell["value"], bool) and not cell.get("unit")
    return written.replace(",", "") if is_plain else written


def _fault(code: str, say: Speaker) -> str:
    """What is wrong with a cell: the catalogue's words up to where they say what to do."""
    known = FAULTS.get(code)
    return say(known.en.partition(":")[0], known.zh.partition("：")[0]) if known else code


def _bracketed(text: str, say: Speaker) -> str:
    return say(f" ({text})", f"（{text}）")
