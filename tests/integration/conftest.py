"""A real PostgreSQL for the session, and a warehouse as good as new for each module."""

from collections.abc import Iterator

import pytest

from hearth.database import server
from hearth.database.bootstrap import bootstrap
from hearth.database.engine import connect
from hearth.settings import Settings, load_settings

SCHEMAS = "raw, staging, intermediate, marts_next, marts, as_of, ops, restricted"


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """An instance with its embedded server running."""
    settings = load_settings({"HEARTH_HOME": str(tmp_path_factory.mktemp("hearth") / "home")})
    server.ensure_running(settings)
    yield settings
    server.stop(settings)


@pytest.fixture(scope="module")
def warehouse(instance: Settings) -> Settings:
    """The instance with a bootstrapped warehouse in which nothing was ever loaded."""
    with connect(instance) as connection:
        connection.execute(f"drop schema if exists {SCHEMAS} cascade")
    bootstrap(instance)
    return instance
