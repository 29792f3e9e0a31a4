"""The documents say what is there: links lead somewhere, commands exist, both READMEs tell the same."""

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from expectations import marts
from hearth.building.parameters import read_parameters
from hearth.contracts import KNOWN, source, with_county
from hearth.database.engine import ROLES
from hearth.errors import EXIT_CODES
from hearth.loading.outcome import Status
from hearth.parsing.faults import FAULTS
from hearth.reference import FOLDER, PAGES
from hearth.reference.commands import commands
from hearth.texts import BUILDS, LEVELS, STATES, STATUSES

ROOT = Path(__file__).resolve().parents[2]
PAGES_OF_PEOPLE = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CHINESE = ".zh-CN.md"
IN_CHINESE = {
    "README.md",
    "docs/README.md",
    "docs/tutorial/first-run.md",
    *(
        f"docs/explanation/{name}.md"
        for name in (
            "journey-of-a-row",
            "unknown-is-not-safe",
            "a-death-removes-nobody",
            "how-identity-works",
            "privacy",
            "what-the-plans-ask-for",
            "where-the-time-goes",
            "scale",
        )
    ),
    *(
        f"docs/how-to/{name}.md"
        for name in (
            "run-it",
            "query-the-marts",
            "install-offline",
            "load-a-folder",
            "follow-a-month-in-airflow",
            "read-a-rejection",
            "read-the-quarantine",
            "return-faulty-rows",
            "decide-the-queue",
            "close-a-month",
            "change-a-parameter",
            "try-other-parameters",
            "explain-a-flag",
            "write-a-county-file",
            "connect-with-sql",
            "make-a-synthetic-county",
            "run-on-a-server",
            "back-up-and-upgrade",
            "keep-it-small",
            "runbook",
            "watch-an-instance",
            "add-a-department",
        )
    ),
}
"""The pages that a county's own people work with."""
MEASURED = ("performance.md", "reliability.md")
"""Pages of the reference that tell what was seen: nothing can write them anew."""
DRAWN = ("mermaid", "text")
ROOMS = ("tutorial", "how-to", "reference", "explanation")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    return FENCE.sub("", text_of(page))


@cache
def anchors(page: Path) -> set[str]:
    """Headings as GitHub makes anchors of them."""
    headings = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@cache
def known_commands() -> dict[str, Any]:
    return dict(commands())


def spoken_commands(page: Path) -> list[str]:
    """Every `hearth …` and `make …` in code, blocks and spans."""
    blocks = [body for language, body in FENCE.findall(text_of(page)) if language in ("bash", "sh", "")]
    lines = [line.split("  #")[0] for block in blocks for line in block.splitlines()]
    spans = re.findall(r"`([^`\n]+)`", prose_of(page))
    said = [re.sub(r"^(?:HEARTH_\w+=\S+ )*(?:\.venv/bin/)?", "", text.strip()) for text in [*lines, *spans]]
    return [text for text in said if re.match(r"(?:hearth|make) [a-z]", text)]


def complaint(text: str) -> str | None:
    """What is wrong with a command, if anything."""
    words = text.split()
    if words[0] == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return None if words[1] in targets else f"the Makefile has no {words[1]}"
    names = [name for name in (" ".join(words[:3]), " ".join(words[:2])) if name in known_commands()]
    if not names:
        return "no such command"
    options = {option for parameter in known_commands()[names[0]].params for option in parameter.opts} | {"--help"}
    unknown = [word for word in words if word.startswith("-") and word.split("=")[0] not in options]
    return f"no option {', '.join(unknown)}" if unknown else None


@pytest.mark.parametrize("page", PAGES_OF_PEOPLE, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(prose_of(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} does not exist"
        if anchor:
            assert anchor in anchors(target), f"{link}: no such heading"


@pytest.mark.parametrize("page", PAGES_OF_PEOPLE, ids=name_of)
def test_commands_exist(page: Path) -> None:
    wrong = {text: why for text in spoken_commands(page) if (why := complaint(text))}
    assert not wrong


def test_a_command_that_is_not_there_is_found() -> None:
    assert complaint("hearth frobnicate --all") == "no such command"
    assert complaint("hearth run --landing DIR --sideways") == "no option --sideways"
    assert complaint("make tea") == "the Makefile has no tea"


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_up_to_date(name: str) -> None:
    assert text_of(FOLDER / name) == PAGES[name](), "run: python -m hearth.reference"


def test_the_whole_reference_is_generated() -> None:
    assert {page.name for page in FOLDER.glob("*.md")} == {*PAGES, *MEASURED}


def test_readme_names_every_command_and_exit_code() -> None:
    for readme in ("README.md", "README.zh-CN.md"):
        text = text_of(ROOT / readme)
        assert [name for name in known_commands() if name not in text] == [], readme
        assert re.findall(r"^\| (\d+) \|", text, re.MULTILINE) == [str(number) for number in EXIT_CODES], readme


def chinese_of(page: Path) -> Path:
    return page.with_name(page.name.replace(".md", CHINESE))


def english_of(page: Path) -> Path:
    return page.with_name(page.name.replace(CHINESE, ".md"))


def typed_blocks(page: Path) -> list[tuple[str, str]]:
    """The blocks of code without their comments, which are told in the reader's language."""
    blocks = FENCE.findall(text_of(page))
    return [
        (language, re.sub(r"(?m)(^|\s+)(#|--) .*$", "", body)) for language, body in blocks if language not in DRAWN
    ]


def test_the_pages_a_county_works_with_exist_in_chinese() -> None:
    there = {name_of(english_of(page)) for page in PAGES_OF_PEOPLE if page.name.endswith(CHINESE)}
    assert there == IN_CHINESE


@pytest.mark.parametrize("name", sorted(IN_CHINESE))
def test_a_page_and_its_chinese_twin_tell_the_same(name: str) -> None:
    page, twin = ROOT / name, chinese_of(ROOT / name)
    assert (twin.name in LINK.findall(text_of(page)), page.name in LINK.findall(text_of(twin))) == (True, True)
    assert typed_blocks(page) == typed_blocks(twin)
    for shape in (r"(?m)^(#+) ", r"(?m)^(\|)", r"(?m)^(\d+\.) "):
        assert re.findall(shape, prose_of(page)) == re.findall(shape, prose_of(twin)), shape
    anchored = {re.sub(r"\.zh-CN\.md", ".md", link) for link in LINK.findall(prose_of(twin))}
    wanted = {re.sub(r"\.zh-CN\.md", ".md", link) for link in LINK.findall(prose_of(page))}
    assert wanted <= anchored


@pytest.mark.parametrize("name", sorted(IN_CHINESE))
def test_a_chinese_page_leads_to_chinese_pages(name: str) -> None:
    twin = chinese_of(ROOT / name)
    targets = {
        (twin.parent / link.partition("#")[0]).resolve() for link in LINK.findall(prose_of(twin)) if ":" not in link
    }
    astray = [
        name_of(page) for page in targets if page != ROOT / name and page.suffix == ".md" and chinese_of(page).is_file()
    ]
    assert [target for target in astray if not target.endswith(CHINESE)] == []


def test_both_readmes_have_the_same_shape() -> None:
    def shape(page: Path) -> dict[str, list[str]]:
        text = text_of(page)
        return {
            "headings": [level for level, _ in re.findall(r"^(#+) (.+)$", prose_of(page), re.MULTILINE)],
            "code": [language for language, _ in FENCE.findall(text)],
            "rows": re.findall(r"^\|", text, re.MULTILINE),
            "links": sorted(
                {link.replace(CHINESE, ".md") for link in LINK.findall(text)} - {"README.md", "docs/glossary.md"}
            ),
        }

    assert shape(ROOT / "README.md") == shape(ROOT / "README.zh-CN.md")


def test_every_page_can_be_reached_from_the_index() -> None:
    reached, waiting = set(), [ROOT / "docs/README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        targets = [link.partition("#")[0] for link in LINK.findall(text_of(page)) if not re.match(r"[a-z]+:", link)]
        waiting += [(page.parent / target).resolve() for target in targets if target]
    assert {name_of(page) for page in (ROOT / "docs").rglob("*.md")} <= {name_of(page) for page in reached}


def test_there_are_four_rooms_and_numbered_decisions() -> None:
    for room in ROOMS:
        assert list((ROOT / "docs" / room).glob("*.md")), room
    numbers = sorted(int(page.name[:4]) for page in (ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_changelog_keeps_its_format() -> None:
    text = text_of(ROOT / "CHANGELOG.md")
    assert "## [Unreleased]" in text
    kinds = re.findall(r"^### (.+)$", text, re.MULTILINE)
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_licence_is_apache() -> None:
    assert "Apache License\n                           Version 2.0" in text_of(ROOT / "LICENSE")


@pytest.mark.parametrize("page", PAGES_OF_PEOPLE, ids=name_of)
def test_no_page_names_a_machine(page: Path) -> None:
    assert re.findall(r"(?<![\w.~])/(?:home|root|Users|work|tmp)/\S*", text_of(page)) == []


def example(page: str, language: str) -> str:
    """The first block of a language on a how-to page."""
    return next(body for said, body in FENCE.findall(text_of(ROOT / "docs/how-to" / page)) if said == language)


def test_the_county_file_of_the_page_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "county.toml"
    file.write_text(example("write-a-county-file.md", "toml"), encoding="utf-8")
    pupils = source("education", with_county(file)).extract("pupils")
    assert pupils.max_age_days == 60
    assert pupils.column("register_status").values["在册"] == "在读"


def test_the_optional_source_of_the_page_is_switched_on(tmp_path: Path) -> None:
    blocks = [
        body for said, body in FENCE.findall(text_of(ROOT / "docs/how-to/write-a-county-file.md")) if said == "toml"
    ]
    file = tmp_path / "county.toml"
    file.write_text(blocks[1], encoding="utf-8")
    assert source("employment", with_county(file)).extract("workers").max_age_days == 60


def test_the_parameters_of_the_page_are_accepted(tmp_path: Path) -> None:
    file = tmp_path / "rule_parameters.csv"
    file.write_text(example("change-a-parameter.md", "csv"), encoding="utf-8")
    assert len(read_parameters(file)) == 5


def test_the_fault_codes_of_the_page_are_all_there_are() -> None:
    codes = text_of(ROOT / "docs/how-to/read-the-quarantine.md").partition("## Codes")[2]
    assert set(re.findall(r"`([a-z_]+)`", codes)) == set(FAULTS)


def test_every_mart_of_the_readme_exists() -> None:
    said = set(re.findall(r"`((?:fct|dim|agg)_\w+|household_history)`", text_of(ROOT / "README.md")))
    assert said <= {file.stem for file in (ROOT / "dbt_project/models/marts").glob("*.sql")}


GLOSSARY = ROOT / "docs/glossary.md"
IN_CHINESE_LETTERS = re.compile(r"[\u4e00-\u9fff]")


def glossary() -> list[tuple[str, str, str]]:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|([^|]*)\|$", text_of(GLOSSARY), re.MULTILINE)
    return [row for row in rows if row[0] not in ("Term", "---")]


def test_every_term_of_the_glossary_stands_once_with_its_chinese() -> None:
    terms = [term for term, *_ in glossary()]
    assert len(terms) > 80
    assert [term for term in terms if terms.count(term) > 1] == []
    assert [term for term, chinese, _ in glossary() if not IN_CHINESE_LETTERS.search(chinese)] == []


def test_the_glossary_has_what_is_stored_as_a_word() -> None:
    words = {word for row in glossary() for word in re.findall(r"\w+", " ".join(row).lower())}
    stored = {
        *(source.name for source in KNOWN),
        *Status,
        *ROLES,
        *(*marts.STATES, *marts.LEVELS, *marts.CATEGORIES, *marts.DIVISION_LEVELS),
    }
    assert sorted(stored - words) == []


def test_what_the_page_and_the_reports_say_in_chinese_is_in_the_glossary() -> None:
    said = {**STATUSES, **LEVELS, **STATES, **BUILDS}
    steps = re.findall(r'"(Identity|Signals|Marts|Gate|Publish) · ([^"]+)"', text_of(ROOT / "dags/household_build.py"))
    assert len(steps) == 5
    chinese = " ".join(f"{words} {meaning}" for _, words, meaning in glossary())
    assert [f"{name} {word}" for name, word in [*said.items(), *steps] if word not in chinese] == []


def test_every_mart_and_column_is_described_in_both_languages() -> None:
    models = [
        model
        for file in (ROOT / "dbt_project/models/marts").glob("*.yml")
        for model in (yaml.safe_load(text_of(file)) or {}).get("models", [])
    ]
    said = {model["name"]: model.get("description", "") for model in models}
    said |= {f"{m['name']}.{c['name']}": c.get("description", "") for m in models for c in m.get("columns", [])}
    assert len(said) > 100
    assert [
        name for name, text in said.items() if not (IN_CHINESE_LETTERS.search(text) and re.search("[a-z]{2}", text))
    ] == []


EXAMPLE = re.compile(
    r"employment__|'employment'|\"employment\"|employment\.SOURCE|int_workers_linked|employment_data_date"
    r"|employed_member_count|public_welfare_job"
)


def test_the_worked_example_names_every_file_it_took() -> None:
    page = text_of(ROOT / "docs/how-to/add-a-department.md")
    folders = ("src", "dbt_project", "expectations", "sql", "dags", "tests", "docs/reference")
    tracked = subprocess.run(["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, check=True).stdout
    names = [name for name in tracked.decode().split("\0") if name.endswith((".py", ".sql", ".yml", ".md"))]
    took = [name for name in names if (ROOT / name).is_file() and EXAMPLE.search(text_of(ROOT / name))]
    took.remove(Path(__file__).relative_to(ROOT).as_posix())
    assert [name for name in took if f"`{name}`" not in page] == []
    named = re.findall(r"`((?:src|dbt_project|expectations|tests|docs)/[^`]+\.\w+)`", page)
    assert [name for name in named if not (ROOT / name).is_file()] == []
