"""`hearth explain`: why a household is on a list."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import typer

from hearth.cli.context import Context
from hearth.cli.options import MONTH, Json
from hearth.errors import UsageError
from hearth.language import said, speaking, speaks_chinese


class Language(StrEnum):
    """In which language to explain."""

    EN = "en"
    ZH = "zh"


Key = Annotated[str, typer.Argument(metavar="HOUSEHOLD_KEY", help="The household's pseudonym, as in the marts.")]
OneMonth = Annotated[str, typer.Option("--month", metavar="YYYYMM", help="A published month.")]
Rule = Annotated[
    list[str] | None,
    typer.Option("--rule", metavar="RULE", help="Only this rule, clear or not; else all that are not clear."),
]
InLanguage = Annotated[
    Language | None, typer.Option("--language", help="English or Chinese; as the locale says by default.")
]


def explain(
    ctx: typer.Context,
    household_key: Key,
    month: OneMonth,
    rule: Rule = None,
    language: InLanguage = None,
    as_json: Json = False,
) -> None:
    """Explain why a household is flagged, exempt or unknown: parameter, policy, and the rows in the senders' files.

    Reads as the role caseworker, so only households of the divisions assigned to it; each read is logged. What is
    printed holds personal data. restricted.flag_explanations and restricted.flag_evidence give the same to SQL.
    """
    from hearth.cli.console import terminal
    from hearth.explaining import explain as explained
    from hearth.explaining.printing import print_explanation

    context: Context = ctx.obj
    chinese = speaks_chinese(context.environ) if language is None else language is Language.ZH
    with speaking(chinese=chinese):
        asked = _month(month)
        found = explained(context.settings(), household_key.strip(), asked, _rule(rule or []))
    if as_json:
        shaped = {"household": found.household, "flags": found.flags}
        typer.echo(json.dumps(shaped, ensure_ascii=False, indent=2, default=_plain))
        return
    print_explanation(terminal(), found, chinese=chinese)


def _month(text: str) -> str:
    if "," in text:
        raise UsageError(said("--month takes one month.", "--month 只能填一个月份。"))
    if not MONTH.fullmatch(text.strip()):
        raise UsageError(said(f"{text!r} is not a month; write 202501.", f"{text!r} 不是月份；请写 202501。"))
    return text.strip()


def _rule(given: list[str]) -> str | None:
    if len(given) > 1:
        raise UsageError(
            said(
                "--rule takes one rule; without it all that are not clear are explained.",
                "--rule 只能填一条规则；不填则说明所有未判为正常的规则。",
            )
        )
    return given[0].strip().upper() if given else None


def _plain(value: Any) -> Any:
    """What JSON has no word for."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
