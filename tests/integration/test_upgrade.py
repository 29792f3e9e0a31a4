"""A warehouse whose marts have another shape than the models have now: no month loses what it says, all are due."""

from collections.abc import Iterator
from typing import Any

import pytest

import hearth.gating
from hearth.building import build_month
from hearth.building.months import months_due
from hearth.building.parameters import load_parameters
from hearth.building.shape import columns_of
from hearth.contracts import SOURCES
from hearth.database.bootstrap import bootstrap
from hearth.database.engine import connect
from hearth.loading import load
from hearth.loading.load import load_source
from hearth.settings import PROJECT_ROOT, Settings
from tests.integration.support import ask, one, passing_gate

COUNTY = PROJECT_ROOT / "tests" / "acceptance"
JANUARY, FEBRUARY = "202501", "202502"
FACT = "marts.fct_household_month"
OLDER = """
    alter table marts.fct_household_month drop column flagged_count cascade;
    alter table marts.fct_household_month alter column member_count type text;
    alter table marts.fct_household_month alter column employed_member_count type text using 'about one';
    alter table marts.fct_household_month add column mood text;
    update marts.fct_household_month set mood = 'as it was';
    alter table marts.agg_division_month add column nobody_asked integer;
    alter table ops.builds drop column marts_shape;
    drop function ops.fit_mart;
    delete from ops.instance_facts where name = 'bootstrap_fingerprint';
"""
"""As an older Hearth left it: a column less, two of other types, two more; one of which nothing fills."""


@pytest.fixture(scope="module")
def older(warehouse: Settings) -> Iterator[Settings]:
    """January of the acceptance county, published by an older Hearth; February has come since."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hearth.gating, "gate_month", passing_gate)
        patch.setattr(load, "gate_delivery", passing_gate)
        for source in SOURCES:
            load_source(warehouse, source.name, landing=COUNTY / "landing", months=[JANUARY, FEBRUARY])
        load_parameters(warehouse, COUNTY / "config" / "rule_parameters.csv")
        assert build_month(warehouse, JANUARY).status == "published"
        yield warehouse


def facts_of_january(settings: Settings) -> list[str]:
    query = f"select to_jsonb(fact)::text from {FACT} as fact where month = '2025-01-01' order by household_key"
    return [row for (row,) in ask(settings, query)]


def shape(settings: Settings, mart: str = FACT) -> dict[str, Any]:
    with connect(settings) as connection:
        return dict(columns_of(connection, mart))


def test_months_of_another_shape_stay_readable_until_they_are_rebuilt(older: Settings) -> None:
    today, facts = shape(older), facts_of_january(older)
    assert months_due(older, [JANUARY]) == []
    with connect(older) as connection:
        connection.execute(OLDER)

    bootstrap(older)
    assert months_due(older, [JANUARY, FEBRUARY]) == [JANUARY, FEBRUARY]

    assert build_month(older, FEBRUARY).status == "published"
    between = shape(older)
    assert {name: between[name] for name in today} == today
    assert set(between) - set(today) == {"mood", "employed_member_count__former"}
    assert one(older, f"select count(*) from {FACT} where month = '2025-01-01' and mood = 'as it was'") == len(facts)
    assert one(older, f"select count(*) from {FACT} where month = '2025-02-01' and mood is null") > 0
    assert one(older, f"select count(*) from {FACT} where member_count > 0 and month = '2025-01-01'") > 0
    assert one(older, f"select min(employed_member_count__former) from {FACT}") == "about one"
    assert "nobody_asked" not in shape(older, "marts.agg_division_month")

    assert months_due(older, [JANUARY, FEBRUARY]) == [JANUARY]
    assert build_month(older, JANUARY).status == "published"
    assert months_due(older, [JANUARY, FEBRUARY]) == []
    assert shape(older) == today
    assert facts_of_january(older) == facts
    assert one(older, "select count(*) from marts.household_history where flagged_count is not null") > 0
