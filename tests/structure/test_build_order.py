"""What to build is asked in one place, so that a trial of other parameters (`hearth whatif`) can give its own order."""

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"


def naming(words: str, *folders: str) -> set[str]:
    """The SQL files of the project that hold the words."""
    files = (file for folder in folders for file in (PROJECT / folder).rglob("*.sql"))
    return {file.stem for file in files if re.search(words, file.read_text(encoding="utf-8"))}


def test_parameters_reach_the_rules_through_one_model() -> None:
    """A trial builds what hangs on `int_parameters`, and reads the rest as it was published."""
    read_them = r"\bparameters_in_force\(|\brule_parameters\b"
    assert naming(read_them, "models/staging", "models/intermediate", "tests") == {"int_parameters"}
    assert naming(read_them, "macros") == {"parameters"}


def test_no_model_and_no_macro_names_the_warehouses_own_order() -> None:
    assert naming(r"\bops\.(current_build|rule_parameters)\b", "models", "macros", "tests") == set()


def test_no_model_and_no_macro_names_the_schema_of_a_model() -> None:
    """A trial's models stand elsewhere; `ref` knows where."""
    assert naming(r"\b(staging|intermediate)\.(stg|int)_", "models", "macros", "tests") == set()
