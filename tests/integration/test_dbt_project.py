"""The dbt project on an empty warehouse: it builds, keeps its contracts, and its unit tests pass."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hearth.building.dbt import PROJECT, invoke
from hearth.building.dbt_docs import write_docs
from hearth.database.engine import connect
from hearth.settings import Settings

MARTS = {
    "fct_household_month",
    "fct_household_risk_signal",
    "agg_division_month",
    "agg_policy_indicator_month",
    "household_history",
}
DIMENSIONS = {
    "dim_household",
    "dim_person",
    "dim_division",
    "dim_risk_rule",
    "dim_month",
    "dim_parameter_month",
    "dim_policy_sentence",
    "dim_rule_need_month",
    "dim_rule_sentence",
}

WITHOUT_CHINESE = """
    select relations.relname, columns.attname
    from pg_class as relations
    inner join pg_attribute as columns on relations.oid = columns.attrelid
    where
        relations.relnamespace = any(array['marts'::regnamespace, 'marts_next'::regnamespace]::oid[])
        and relations.relkind in ('r', 'p', 'v')
        and not relations.relispartition
        and columns.attnum > 0
        and not columns.attisdropped
        and (
            coalesce(col_description(relations.oid, columns.attnum), '') !~ '[一-龥]'
            or coalesce(obj_description(relations.oid, 'pg_class'), '') !~ '[一-龥]'
        )
"""


@pytest.fixture(scope="module")
def built(warehouse: Settings) -> Iterator[Settings]:
    """Every model built for a month in which nothing was delivered."""
    with connect(warehouse) as connection:
        row = connection.execute(
            "insert into ops.builds (month, status) values ('2025-03-01', 'building') returning build_id"
        ).fetchone()
        assert row is not None
        connection.execute("insert into ops.current_build (build_id, month) values (%s, '2025-03-01')", (row[0],))
    assert _failures(invoke(warehouse, ["build", "--exclude", "resource_type:unit_test"])) == []
    yield warehouse


def _failures(results: list) -> list[str]:
    assert results
    return [f"{r.node.name}: {r.status}" for r in results if str(r.status) not in ("success", "pass")]


def test_unit_tests_pass(built: Settings) -> None:
    assert _failures(invoke(built, ["test", "--select", "test_type:unit"])) == []


def test_every_mart_and_column_is_commented_in_chinese_too(built: Settings) -> None:
    with connect(built) as connection:
        assert connection.execute(WITHOUT_CHINESE).fetchall() == []
        tables = {
            name
            for (name,) in connection.execute(
                "select relname from pg_class where relnamespace in ('marts'::regnamespace, 'marts_next'::regnamespace)"
                " and relkind in ('r', 'p', 'v')"
            )
        }
    assert tables == MARTS | DIMENSIONS


def test_docs_are_written_as_one_page(built: Settings) -> None:
    assert "fct_household_month" in write_docs(built).read_text(encoding="utf-8")


def test_marts_keep_contracts(built: Settings) -> None:
    manifest = json.loads((built.artifacts_dir / "dbt" / "manifest.json").read_text(encoding="utf-8"))
    marts = [n for n in manifest["nodes"].values() if n["resource_type"] == "model" and n["path"].startswith("marts/")]
    assert {n["name"] for n in marts} == MARTS | DIMENSIONS
    assert [n["name"] for n in marts if not n["contract"]["enforced"]] == []


def test_docs_are_generated(built: Settings) -> None:
    invoke(built, ["docs", "generate"])
    assert (built.artifacts_dir / "dbt" / "catalog.json").is_file()


def test_each_rule_is_one_model_with_unit_tests() -> None:
    """Definition and severity stand in the seed, logic in one file per rule, its boundaries beside it."""
    codes = [line.split(",", 1)[0] for line in _lines(PROJECT / "seeds" / "rule_catalogue.csv")[1:]]
    folder = PROJECT / "models" / "intermediate" / "risk"
    tested = "\n".join(file.read_text(encoding="utf-8") for file in folder.glob("*.yml"))
    models = {code: list(folder.glob(f"int_{code.lower()}_*.sql")) for code in codes}
    assert len(codes) == 20
    assert [code for code, files in models.items() if len(files) != 1] == []
    assert [code for code, files in models.items() if f"model: {files[0].stem}\n" not in tested] == []


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
