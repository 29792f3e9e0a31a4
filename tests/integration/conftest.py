"""A real PostgreSQL for the session, and a warehouse as good as new for each module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hearth.database import server
from hearth.loading import load
from hearth.loading.outcome import DeliveryOutcome
from hearth.settings import Settings, load_settings
from tests.integration.support import Loader, begin_anew, passing_gate


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
    begin_anew(instance)
    return instance


@pytest.fixture
def fresh(instance: Settings) -> Settings:
    """Such a warehouse for each test."""
    begin_anew(instance)
    return instance


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    """An empty landing folder."""
    folder = tmp_path / "landing"
    folder.mkdir()
    return folder


@pytest.fixture
def every_gate_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that are not about the gate, and have rows that none would pass."""
    monkeypatch.setattr(load, "gate_delivery", passing_gate)


@pytest.fixture
def load_all(fresh: Settings, landing: Path) -> Loader:
    """Load civil affairs; outcomes by path in the source's folder."""

    def loaded() -> dict[str, DeliveryOutcome]:
        outcomes = load.load_source(fresh, "civil_affairs", landing=landing)
        return {f"{outcome.month}/{outcome.file_name}": outcome for outcome in outcomes}

    return loaded
