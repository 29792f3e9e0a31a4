"""What an unexpected failure may say: its kind and its places, never a row."""

import psycopg
import pytest
import sqlalchemy.exc as sa

from hearth.errors import DatabaseUnavailable, InputError, NoRoomToSort
from hearth.failures import kind, places
from hearth.loading.registry import answering
from hearth.orchestration.steps import told_safely
from hearth.orchestration.transience import StepFailed, Unreachable

CELL = "some family's secret"


def test_places_name_functions_and_causes_but_no_message() -> None:
    try:
        try:
            int(CELL)
        except ValueError as error:
            raise KeyError(CELL) from error
    except KeyError as error:
        said = places(error)
    assert "test_failures.py" in said
    assert "because of ValueError" in said
    assert CELL not in said


def test_a_failure_of_the_database_is_told_with_its_code() -> None:
    assert kind(psycopg.errors.UniqueViolation(CELL)) == "UniqueViolation 23505"


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (psycopg.errors.UniqueViolation(CELL), StepFailed),
        (ValueError(CELL), StepFailed),
        (FileNotFoundError(2, CELL), StepFailed),
        (OSError(28, CELL), Unreachable),
        (MemoryError(CELL), Unreachable),
        (psycopg.OperationalError(CELL), DatabaseUnavailable),
        (psycopg.errors.ConfigurationLimitExceeded(CELL), NoRoomToSort),
        (sa.OperationalError(CELL, {}, psycopg.OperationalError(CELL)), DatabaseUnavailable),
    ],
)
def test_a_task_lets_nothing_through_that_quotes_a_row(raised: Exception, told: type[Exception]) -> None:
    with pytest.raises(told) as caught:
        told_safely(_raising)(raised)
    assert CELL not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_load_that_comes_to_the_limit_of_sorts_is_told_so_without_the_row() -> None:
    with pytest.raises(NoRoomToSort) as caught, answering("water"):
        raise psycopg.errors.ConfigurationLimitExceeded(CELL)
    assert CELL not in str(caught.value) and "temp_file_limit" in str(caught.value)


def test_what_is_meant_for_people_goes_through() -> None:
    with pytest.raises(InputError, match="there is no folder"):
        told_safely(_raising)(InputError("there is no folder"))


def _raising(error: Exception) -> None:
    raise error
