"""What the option parser refuses is told in the language of the locale, with the same exit status."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from typer import _click, core
from typer._click import exceptions
from typer.exceptions import TyperException

from hearth.cli.entry import main
from hearth.cli.usage import refusal
from hearth.language import speaking

MISUSED = {
    "burn": ("No such command 'burn'.", "没有命令 burn"),
    "runn": ("Did you mean 'run'?", "没有命令 runn；是否要用 run？"),
    "deliveries lst": ("No such command 'lst'", "是否要用 list？"),
    "--colour": ("No such option: --colour", "没有选项 --colour"),
    "run -x": ("No such option: -x", "没有选项 -x"),
    "run --landin x": ("(Possible options: --landing)", "没有选项 --landin；是否要用 --landing？"),
    "run --landing": ("Option '--landing' requires an argument.", "选项 --landing 后面要写值。"),
    "run --direct=3": ("Option '--direct' does not take a value.", "选项 --direct 后面不写值。"),
    "run one two": ("Got unexpected extra argument(s) (one two)", "多出的参数：one two。"),
    "explain": ("Missing argument 'HOUSEHOLD_KEY'.", "缺少参数 HOUSEHOLD_KEY。"),
    "explain K": ("Missing option '--month'.", "缺少选项 --month。"),
    "explain K --month 202501 --language fr": ("--language: fr is none of en, zh.", "--language 没有 fr 这个值"),
    "deliveries show one": ("ID: a whole number is expected.", "ID 应为整数。"),
    "docs --port 99999": ("--port: 65535 or less is expected.", "--port 应不大于 65535。"),
    "docs --port -1": ("--port: 0 or more is expected.", "--port 应不小于 0。"),
    "metrics query people --limit 0": ("--limit: 1 or more is expected.", "--limit 应不小于 1。"),
}
RAISED = {
    _click.exceptions.UsageError: ("Missing command.", "缺少命令"),
    exceptions.BadArgumentUsage: ("Argument 'PAIR' takes 2 values.", "参数 PAIR 要写 2 个值。"),
    exceptions.BadOptionUsage: ("Option '--pair' requires 2 arguments.", "选项 --pair 后面要写 2 个值。"),
}
"""What no command of ours can cause today."""
NEVER = {
    "ClickException": "the base of the others",
    "NoArgsIsHelpError": "it has printed the help",
    "FileError": "no option opens a file",
}
ENGLISH = re.compile(r"(?i)\b(?:no such|missing|invalid|option|argument|expected|input|should|did you)\b")


@pytest.mark.parametrize("typed", MISUSED)
def test_a_misuse_is_told_in_the_language_of_the_locale(
    typed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for locale, expected in zip(("en_US.UTF-8", "zh_CN.UTF-8"), MISUSED[typed], strict=True):
        monkeypatch.setenv("LC_ALL", locale)
        assert main(typed.split(), {"HEARTH_HOME": str(tmp_path)}) == 2
        said = capsys.readouterr().err
        assert expected in said
        assert len(said.splitlines()) == 1
    assert not ENGLISH.search(re.sub(r"--\w+", "", said)), said


@pytest.mark.parametrize("kind", RAISED)
def test_what_no_command_causes_today_is_known_too(kind: type[TyperException]) -> None:
    english, chinese = RAISED[kind]
    error = kind("--pair", english) if kind is exceptions.BadOptionUsage else kind(english)
    with speaking(chinese=False):
        assert refusal(error) == english
    with speaking(chinese=True):
        assert chinese in refusal(error)


def test_every_kind_of_refusal_is_tried() -> None:
    kinds = {
        name for name, kind in vars(exceptions).items() if inspect.isclass(kind) and issubclass(kind, TyperException)
    }
    tried = {"NoSuchOption", "BadParameter", "MissingParameter", *(kind.__name__ for kind in RAISED)}
    assert kinds - {"TyperException"} == tried | set(NEVER)


def test_every_sentence_of_the_parser_is_known() -> None:
    """A new version of it may say more: `Words` are missing for it then."""
    sources = [inspect.getsource(module) for module in (_click.core, _click.parser, core)]
    sentences = re.findall(
        r"(?:ctx|self)\.fail\(\s*(?:_\()?f?\"([^\"]+)\"|_\(f?\"([A-Z][^\"]+\.)\"\)", "".join(sources)
    )
    found = {sentence or other for sentence, other in sentences}
    assert found == {"Got unexpected extra argument(s) ({extra_args})", "Missing command.", "No such command {name!r}."}


def test_a_line_break_that_was_typed_stays_on_the_line() -> None:
    with speaking(chinese=True):
        assert refusal(exceptions.NoSuchOption("--a\x1b[31m\nb")).count("\n") == 0


def test_a_file_named_on_the_command_line_gives_the_terminal_no_command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "农户\x1b[31m\u202e"
    assert main(["load", "--landing", str(folder)], {"HEARTH_HOME": str(tmp_path / "home")}) == 3
    assert "\x1b" not in (said := capsys.readouterr().err)
    assert "\u202e" not in said
    assert "农户" in said
