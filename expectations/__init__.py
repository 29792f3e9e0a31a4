"""What every delivery and every month must hold: suites of Great Expectations, written in code (`kinds.py`).

`suite(source, extract)` is the contract's baseline followed by the department's own expectations; a
department's module is named as its source. `marts.suites(…)` is what a built month must hold before it is
published. Each expectation has a name, a severity and a sentence saying why, in English and Chinese
(`terms.py`). `critical` stops the delivery or the month, `warning` goes into the quality report.
"""

from importlib import import_module

from expectations import from_contract
from expectations.kinds import Suite
from hearth.contracts.model import Extract, Source, raw_table


def suite(source: Source, extract: Extract) -> Suite:
    """The baseline of the contract and the department's own expectations for one extract.

    Raises:
        ModuleNotFoundError: the source has no module here, not even an empty one.
    """
    department = import_module(f"{__name__}.{source.name}").BY_EXTRACT
    own = department[extract.name]() if extract.name in department else []
    return Suite(
        name=raw_table(source.name, extract.name),
        expectations=[*from_contract.expectations(extract), *own],
    )
