"""The dbt project on an empty warehouse: it builds, keeps its contracts, and its unit tests pass."""

import html
import json
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest

from hearth.building import dbt
from hearth.building.dbt import NOT_BUILT, PROJECT, invoke, target_path
from hearth.building.touched import PLACE
from hearth.database.engine import connect
from hearth.errors import ServiceFailed
from hearth.reporting.model_docs import POLICY, server, write_docs
from hearth.settings import Settings
from tests.integration.support import begin_build

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
    "dim_date",
    "dim_policy_indicator",
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
    begin_build(warehouse, "2025-03-01")
    assert _failures(invoke(warehouse, ["build", "--exclude", *NOT_BUILT])) == []
    yield warehouse


def _failures(results: list) -> list[str]:
    assert results
    return [f"{r.node.name}: {r.status}" for r in results if str(r.status) not in ("success", "pass")]


def test_unit_tests_pass(built: Settings) -> None:
    assert _failures(invoke(built, ["test", "--select", "test_type:unit"])) == []


RESTS_ON = {
    "order": {"order"},
    "roster": {"order", "roster"},
    "record": {"order", "roster", "record", "insured_no", "department_no"},
    "insured_no": {"roster"},
    "department_no": {"record"},
    "household": {"order", "roster", "record", "household"},
    "build": {"order", "roster", "record", "household", "build"},
    "nothing": {"order", "roster", "build"},
}
"""What a model may read, by what renews it: what stands rests on nothing renewed, and a record not on households."""


def test_every_model_says_what_renews_it_and_rests_on_nothing_later(built: Settings) -> None:
    manifest = json.loads((target_path(built) / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    kinds = {
        key: node["config"]["meta"].get("renewed_by", node["name"])
        for key, node in manifest.items()
        if node["resource_type"] == "model" and not node["name"].startswith("stg_")
    }
    assert set(kinds.values()) == set(RESTS_ON)
    for key, kind in kinds.items():
        above = {kinds[parent] for parent in manifest[key]["depends_on"]["nodes"] if parent in kinds}
        assert above <= RESTS_ON[kind], f"{key} is renewed by {kind} and reads what is renewed by {above}"
        if kind in PLACE:
            # A view goes with what it reads: nothing that is made anew meanwhile, or stands elsewhere.
            how = manifest[key]["config"]["materialized"]
            assert how == "table" or (how == "view" and above == {kind}), key
            with connect(built) as connection:
                found = connection.execute(f"select * from intermediate.{manifest[key]['name']} limit 0").description
            assert set(PLACE[kind][1]) <= {column.name for column in found or ()}, key


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


def test_docs_and_lineage_are_pages_that_load_nothing_from_elsewhere(built: Settings) -> None:
    folder = write_docs(built)
    pages = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.html")}
    assert set(pages) == {"index.html", "models.html", "lineage.html"}
    assert all(POLICY in html.unescape(text.partition("</head>")[0]) for text in pages.values())
    entries = [html.unescape(link) for link in re.findall('href="([^"]+)"', pages["index.html"])]
    assert entries[0] == "models.html"
    models = json.loads((folder / "lineage.json").read_text(encoding="utf-8"))["nodes"]
    for entry in entries[1:]:
        page, _, place = entry.partition("?")
        opened = dict(parse_qsl(place))
        assert page == "lineage.html"
        assert opened["model"] in models
        assert opened.get("column", "month") in models[opened["model"]]["columns"]
    assert len(entries) > 3
    assert "fct_household_month" in pages["models.html"]
    assert "work_lists" in pages["models.html"], "who uses the marts is told"
    with server(folder, 0) as pages_served:
        threading.Thread(target=pages_served.serve_forever, daemon=True).start()
        host, port = pages_served.server_address[:2]
        assert host == "127.0.0.1"
        answer = httpx.get(f"http://{host}:{port}/")
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.text == pages["index.html"]
        with pytest.raises(ServiceFailed, match=str(port)):
            server(folder, int(port))
        pages_served.shutdown()


def test_lineage_leads_from_a_mart_to_the_senders_columns(built: Settings) -> None:
    lineage = json.loads((write_docs(built) / "lineage.json").read_text(encoding="utf-8"))["lineage"]["edges"]
    above: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for edge in lineage:
        target = (edge["target"].rpartition(".")[2], edge["targetColumn"])
        above.setdefault(target, set()).add((edge["source"].rpartition(".")[2], edge["sourceColumn"]))
    facts = {column for model, column in above if model == "fct_household_month"}
    assert len(facts) > 60, "every column of the fact, through its own materialisation"
    seen, waiting = set(), {("fct_household_month", "income_per_capita")}
    while waiting:
        seen |= waiting
        waiting = {source for target in waiting for source in above.get(target, ())} - seen
    assert ("stg_registry__income", "income_per_capita_yuan") in seen
    assert ("income", "income_per_capita_yuan") in seen


def test_marts_keep_contracts(built: Settings) -> None:
    manifest = json.loads((built.artifacts_dir / "dbt" / "manifest.json").read_text(encoding="utf-8"))
    marts = [n for n in manifest["nodes"].values() if n["resource_type"] == "model" and n["path"].startswith("marts/")]
    assert {n["name"] for n in marts} == MARTS | DIMENSIONS
    assert [n["name"] for n in marts if not n["contract"]["enforced"]] == []


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


def test_a_model_that_an_upgrade_changed_is_parsed_anew(
    warehouse: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dbt itself takes up its last parse, and then finds the metrics beside a changed model twice."""
    project = Path(shutil.copytree(PROJECT, tmp_path / "dbt_project"))
    monkeypatch.setattr(dbt, "PROJECT", project)
    monkeypatch.setattr(dbt, "target_path", lambda settings, target="": tmp_path / "target")
    invoke(warehouse, ["parse"])
    fact = project / "models" / "marts" / "fct_household_month.sql"
    fact.write_text(fact.read_text(encoding="utf-8") + "\n-- another version\n", encoding="utf-8")
    invoke(warehouse, ["parse"])
    assert (tmp_path / "target" / "partial_parse.msgpack").exists()
