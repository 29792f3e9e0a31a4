"""Whatever stands in a cell: it has a value or a fault, and never stops the file."""

from collections.abc import Callable

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hearth.contracts.model import Column, Extract, ExtractKind, Kind, Stem
from hearth.parsing.faults import FAULTS
from hearth.parsing.frame import Parsed

EVERY_KIND = Extract(
    name="everything",
    title="全部",
    label="A column of every kind",
    stems=(Stem("全部"),),
    kind=ExtractKind.EVENT,
    columns=tuple(
        Column(kind.value, kind.value, kind, kind.value, required=True, allowed=("A",) if kind is Kind.CODE else ())
        for kind in Kind
    ),
    key=("key", "division"),
)
TYPED = st.text(alphabet="0123456789０９X*.,-/年月日:元万Ee+() ='\"", max_size=24)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=12), TYPED), min_size=1, max_size=20), st.booleans())
def test_any_text_has_a_value_or_a_known_fault(
    parsed: Callable[..., Parsed], texts: list[str | None], are_numbers: bool
) -> None:
    numbers = pl.DataFrame({f"c{i}": [are_numbers] * len(texts) for i in range(len(Kind))})
    result = parsed(EVERY_KIND, [[text] * len(Kind) for text in texts], number_cells=numbers)
    counted = result.rows.height + result.quarantined.height + result.rows_duplicate
    assert counted == result.rows_read == len(texts)
    assert set(result.faults["code"]) <= set(FAULTS)
    identifiers = result.rows.select("identifier", "identifier_fault").rows()
    assert all((value is None) != (fault is None) for value, fault in identifiers)
