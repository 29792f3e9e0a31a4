"""A source that is half added is named together with exactly what it lacks.

The facts of a department stand in its contract; a reader, staging models, expectations, synthetic data and the
dictionary derive from it or stand beside it. Whoever adds a department runs this test and is told what is next.
"""

import csv
import importlib
import pkgutil
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import expectations
import hearth.contracts
from hearth.building.parameters import GROUPS
from hearth.contracts import KNOWN, OPTIONAL, SOURCES
from hearth.contracts.dictionary import data_dictionary
from hearth.contracts.model import Column, Extract, ExtractKind, Kind, Source, Stem
from hearth.synthesis.records import WRITERS

ROOT = Path(__file__).resolve().parents[2]
DBT = ROOT / "dbt_project"
SPINE = "registry"
LEFT_IN_RAW = {"sequence_no"}
"""Columns that staging leaves behind: 序号 tells nothing about the row."""

RULES = {
    *("EDU01", "EDU02", "EDU03", "MED01", "MED02", "MED03", "MED04", "HOU01", "HOU02", "WAT01", "WAT02"),
    *("CIV01", "CIV02", "CIV04", "INC01", "INC02", "INC03", "LAB01", "MON02", "MON03"),
}


def lacking(source: Source) -> list[str]:
    """What a source still needs, one sentence each, in the order in which one would add it."""
    return [
        *_contract_lacks(source),
        *(lack for extract in source.extracts for lack in _staging_lacks(source, extract)),
        *_expectations_lack(source),
        *_synthesis_lacks(source),
        *_dictionary_lacks(source),
        *_identity_lacks(source),
    ]


def _contract_lacks(source: Source) -> list[str]:
    file = ROOT / "src/hearth/contracts" / f"{source.name}.py"
    return [] if file.is_file() else [f"contract module src/hearth/contracts/{source.name}.py"]


def _staging_lacks(source: Source, extract: Extract) -> list[str]:
    name = f"stg_{source.name}__{extract.name}"
    model = DBT / "models/staging" / source.name / f"{name}.sql"
    if not model.is_file():
        return [f"staging model models/staging/{source.name}/{name}.sql", *_described(source, extract, name)]
    words = set(re.findall(r"\w+", model.read_text(encoding="utf-8")))
    wanted = ["delivery_id", "row_number", *(raw.name for raw in extract.raw_columns if raw.name not in LEFT_IN_RAW)]
    columns = [f"column {column} in {name}.sql" for column in wanted if column not in words]
    return [*columns, *_described(source, extract, name)]


def _described(source: Source, extract: Extract, model: str) -> list[str]:
    file = f"models/staging/{source.name}/_{source.name}.yml"
    said = _yaml(DBT / file)
    tables = {table["name"] for entry in said.get("sources", []) for table in entry["tables"]}
    descriptions = {entry["name"]: entry.get("description", "") for entry in said.get("models", [])}
    lacks = [] if extract.name in tables else [f"source table {extract.name} in {file}"]
    if model not in descriptions:
        lacks.append(f"model {model} in {file}")
    elif "One row per" not in descriptions[model]:
        lacks.append(f"grain (One row per …) of {model} in {file}")
    return lacks


def _expectations_lack(source: Source) -> list[str]:
    name = f"expectations/{source.name}.py"
    if not (ROOT / name).is_file():
        return [f"expectations module {name}"]
    unknown = set(importlib.import_module(f"expectations.{source.name}").BY_EXTRACT) - {e.name for e in source.extracts}
    return [f"an extract {extract} that {name} speaks of" for extract in sorted(unknown)]


def _synthesis_lacks(source: Source) -> list[str]:
    """The synthetic county holds what every county has; a source of some counties brings a sample of its own."""
    if source.is_optional:
        missing = {extract.name for extract in source.extracts} - set(_sample_writers(source.name))
        return [f"sample of {extract} (WRITERS in tests/samples/{source.name}.py)" for extract in sorted(missing)]
    missing = [extract.name for extract in source.extracts if (source.name, extract.name) not in WRITERS]
    return [f"synthetic data of {extract} (WRITERS in hearth.synthesis.records)" for extract in missing]


def _sample_writers(source: str) -> dict[str, Any]:
    if not (ROOT / "tests/samples" / f"{source}.py").is_file():
        return {}
    return importlib.import_module(f"tests.samples.{source}").WRITERS


def _dictionary_lacks(source: Source) -> list[str]:
    page = (ROOT / "docs/reference/data-dictionary.md").read_text(encoding="utf-8")
    missing = [extract for extract in source.extracts if f"\n### {source.name}.{extract.name} " not in page]
    return [f"{extract.name} in docs/reference/data-dictionary.md (python -m hearth.reference)" for extract in missing]


def _identity_lacks(source: Source) -> list[str]:
    """The roster is the spine itself; every other extract that names persons is linked to it."""
    if source.name == SPINE:
        return []
    union = (DBT / "models/intermediate/identity/int_person_records.sql").read_text(encoding="utf-8")
    named = [extract for extract in source.extracts if any(c.kind is Kind.NAME for c in extract.columns)]
    missing = [extract for extract in named if f"stg_{source.name}__{extract.name}'" not in union]
    return [f"block of {extract.name} in int_person_records.sql" for extract in missing]


def _yaml(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _seed(name: str) -> list[dict[str, str]]:
    with (DBT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("source", KNOWN, ids=lambda source: source.name)
def test_source_is_complete(source: Source) -> None:
    assert lacking(source) == []


def test_a_half_added_source_is_told_what_it_lacks() -> None:
    subsidies = Extract(
        name="subsidies",
        title="惠农补贴发放",
        label="Subsidies",
        stems=(Stem("惠农补贴发放"),),
        kind=ExtractKind.EVENT,
        columns=(Column("person_name", "姓名", Kind.NAME, "Name"),),
    )
    source = Source("agriculture", "农业农村局", "Agriculture", (subsidies,))
    everything_but_a_sample = [
        "contract module src/hearth/contracts/agriculture.py",
        "staging model models/staging/agriculture/stg_agriculture__subsidies.sql",
        "source table subsidies in models/staging/agriculture/_agriculture.yml",
        "model stg_agriculture__subsidies in models/staging/agriculture/_agriculture.yml",
        "expectations module expectations/agriculture.py",
        "subsidies in docs/reference/data-dictionary.md (python -m hearth.reference)",
        "block of subsidies in int_person_records.sql",
    ]
    assert lacking(source) == [
        *everything_but_a_sample[:5],
        "synthetic data of subsidies (WRITERS in hearth.synthesis.records)",
        *everything_but_a_sample[5:],
    ]
    assert lacking(replace(source, is_optional=True)) == [
        *everything_but_a_sample[:5],
        "sample of subsidies (WRITERS in tests/samples/agriculture.py)",
        *everything_but_a_sample[5:],
    ]


def test_a_column_that_staging_forgot_is_named() -> None:
    registry = SOURCES[0]
    income = registry.extract("income")
    grown = Extract(
        name=income.name,
        title=income.title,
        label=income.label,
        stems=income.stems,
        kind=income.kind,
        columns=(*income.columns, Column("debt_yuan", "负债", Kind.AMOUNT, "Debt")),
    )
    assert _staging_lacks(registry, grown) == ["column debt_yuan in stg_registry__income.sql"]


def test_nineteen_extracts_of_six_sources() -> None:
    assert [source.name for source in SOURCES] == [
        "registry",
        "education",
        "medical_insurance",
        "housing",
        "water",
        "civil_affairs",
    ]
    assert sum(len(source.extracts) for source in SOURCES) == 19


def test_what_only_some_counties_have_is_marked_so() -> None:
    assert [source.name for source in OPTIONAL] == ["employment"]
    assert [source.name for source in KNOWN if source.is_optional] == ["employment"]


def test_no_rule_needs_what_only_some_counties_have() -> None:
    optional = {source.name for source in OPTIONAL}
    for seed in ("rule_needs", "rule_extracts"):
        assert optional.isdisjoint(row["source"] for row in _seed(seed))


def test_nothing_belongs_to_a_source_that_has_no_contract() -> None:
    names = {source.name for source in KNOWN}
    contracts = {
        module.name
        for module in pkgutil.iter_modules(hearth.contracts.__path__)
        if hasattr(importlib.import_module(f"hearth.contracts.{module.name}"), "SOURCE")
    }
    suites = {
        module.name
        for module in pkgutil.iter_modules(expectations.__path__)
        if hasattr(importlib.import_module(f"expectations.{module.name}"), "BY_EXTRACT")
    }
    staging = {folder.name for folder in (DBT / "models/staging").iterdir() if folder.is_dir()}
    models = {file.stem for file in (DBT / "models/staging").rglob("*.sql")}
    assert contracts == names
    assert suites == names
    assert staging == names
    assert models == {f"stg_{source.name}__{extract.name}" for source in KNOWN for extract in source.extracts}
    assert set(WRITERS) == {(source.name, extract.name) for source in SOURCES for extract in source.extracts}


def test_file_stems_tell_extracts_of_a_source_apart() -> None:
    for source in KNOWN:
        stems = [stem.text for extract in source.extracts for stem in extract.stems]
        assert len(stems) == len(set(stems)), source.name


def test_columns_of_an_extract_have_one_name_each() -> None:
    for source in KNOWN:
        for extract in source.extracts:
            raw = [column.name for column in extract.raw_columns]
            assert len(raw) == len(set(raw)), f"{source.name}.{extract.name}"
            assert set(extract.key) <= set(extract.names), f"{source.name}.{extract.name}"


def test_the_dictionary_page_is_up_to_date() -> None:
    page = ROOT / "docs/reference/data-dictionary.md"
    assert page.read_text(encoding="utf-8") == data_dictionary(), "run: python -m hearth.reference"


def test_parameters_have_a_column_each() -> None:
    model = (DBT / "models/intermediate/households/int_parameters.sql").read_text(encoding="utf-8")
    column = re.compile(
        r"parameter_value\('(?P<parameter>\w+)'(?:,\s*'(?P<group>\w*)')?(?:,\s*type='\w+')?\)\s*}}\s+as\s+(?P<name>\w+)"
    )
    found = [(m["parameter"], m["group"] or "", m["name"]) for m in column.finditer(model)]
    expected = [
        (parameter, group, f"{parameter}_{group}" if group else parameter)
        for parameter, groups in GROUPS.items()
        for group in groups
    ]
    assert sorted(found) == sorted(expected)


def test_defaults_are_of_known_parameters() -> None:
    seeded = {(row["parameter"], row["population_group"]) for row in _seed("rule_parameter_defaults")}
    known = {(parameter, group) for parameter, groups in GROUPS.items() for group in groups}
    assert seeded <= known, f"nobody reads {sorted(seeded - known)}"


def test_rule_catalogue_has_the_twenty_rules() -> None:
    codes = [row["rule_code"] for row in _seed("rule_catalogue")]
    assert sorted(codes) == sorted(RULES)


def test_rules_name_known_parameters_and_extracts() -> None:
    extracts = {(source.name, extract.name) for source in SOURCES for extract in source.extracts}
    for row in _seed("rule_catalogue"):
        named = {name.strip() for name in row["parameters"].split(",") if name.strip()}
        assert named <= set(GROUPS), row["rule_code"]
    for seed in ("rule_needs", "rule_extracts"):
        rows = _seed(seed)
        assert {row["rule_code"] for row in rows} <= RULES, seed
        assert {(row["source"], row["extract"]) for row in rows} <= extracts, seed


@pytest.mark.parametrize("rule", sorted(RULES))
def test_rule_has_its_model_its_place_in_the_union_and_unit_tests(rule: str) -> None:
    folder = DBT / "models/intermediate/risk"
    models = [file.stem for file in folder.glob(f"int_{rule.lower()}_*.sql")]
    assert len(models) == 1, f"{rule} has the models {models}"
    union = (folder / "int_risk_signals.sql").read_text(encoding="utf-8")
    assert f"ref('{models[0]}')" in union, f"{models[0]} is not in int_risk_signals"
    assert models[0] in _unit_tested(), f"{models[0]} has no dbt unit test"


@cache
def _unit_tested() -> set[str]:
    files = [*(DBT / "models").rglob("*.yml"), *(DBT / "tests").rglob("*.yml")]
    return {test["model"] for file in files for test in _yaml(file).get("unit_tests", [])}
