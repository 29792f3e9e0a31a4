"""What `hearth build --as-of` tells: the month as it was known, beside what is published now."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from hearth.building.as_of import SCHEMA, AsOf
from hearth.clock import ZONE
from hearth.language import said


def print_as_of(console: Console, found: AsOf) -> None:
    """A table of levels and rules, and how exact it is."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(said("households", "户数"))
    for name in (said("known then", "当时所知"), said("published now", "现已发布")):
        table.add_column(name, justify="right")
    for name, known, published in [*found.levels, *found.rules]:
        table.add_row(name, f"{known:,}", "–" if published is None else f"{published:,}")
    moment = f"{found.moment.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
    console.print(
        said(
            f"{found.month} as of {moment}: {found.households:,} households",
            f"按 {moment} 所知构建的 {found.month}：{found.households:,} 户",
        )
    )
    console.print(table)
    for line in notes(found):
        console.print(line, markup=False, soft_wrap=True)


def notes(found: AsOf) -> list[str]:
    """How it stands to what was published then and is now, and where it can be queried."""
    lines = [_of_then(found), _of_now(found)]
    lines.append(
        said(
            f"It stands in the schema {SCHEMA} until the next --as-of: hearth sql --role analyst, {SCHEMA}.about.",
            f"结果保存在模式 {SCHEMA} 中，直至下一次 --as-of：hearth sql --role analyst，{SCHEMA}.about。",
        )
    )
    return [line for line in lines if line]


def _of_then(found: AsOf) -> str:
    build = found.build_of_then
    if build is None:
        return said("The month had not been published by then.", "截至当时该月尚未发布。")
    day = f"{build.published_at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
    if not build.has_its_inputs:
        return said(
            f"It is not what was published then: something came after build {build.build_id} of {day} and before that"
            " moment.",
            f"与当时已发布的结果不同：{day} 的第 {build.build_id} 次构建之后、该时刻之前又有新的交付或参数。",
        )
    if build.has_its_models:
        return said(
            f"It is what was published then: build {build.build_id} of {day}, the same deliveries, parameters and"
            " rules.",
            f"与当时已发布的结果一致：{day} 的第 {build.build_id} 次构建，交付、参数与规则均相同。",
        )
    return said(
        f"The rules are those of now, not of then: build {build.build_id} of {day} rests on the same deliveries and"
        " parameters, but was made by another version of the models. What was published then may differ.",
        f"所用规则为现行版本而非当时版本：{day} 的第 {build.build_id} 次构建交付与参数相同，但模型版本不同，"
        "当时发布的结果可能有差异。",
    )


def _of_now(found: AsOf) -> str:
    if found.different_now is None:
        return ""
    return said(
        f"Households that are not as published now: {found.different_now:,}.",
        f"与现已发布结果不同的户：{found.different_now:,}。",
    )
