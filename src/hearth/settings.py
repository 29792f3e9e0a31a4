"""Where an instance keeps its state, and which server and folders it uses.

Everything comes from the environment (`HEARTH_HOME`, `HEARTH_DATABASE_URL`, …), then from
`HOME/instance.toml`, which `hearth run` and `hearth up` write so that the DAGs' tasks see the same
landing folder and county file as the command that started them.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from hearth.errors import InputError, UsageError
from hearth.language import said

PROJECT_ROOT = Path(__file__).resolve().parents[2]

REMEMBERED = ("landing", "parameters_file", "county_file")
"""The settings that outlive the command that gave them, in `HOME/instance.toml`."""


class Settings(BaseSettings):
    """The settings of one instance. Paths are absolute; folders are made by whoever writes to them."""

    model_config = SettingsConfigDict(env_prefix="HEARTH_", env_ignore_empty=True, extra="ignore", frozen=True)

    home: Path = PROJECT_ROOT / ".hearth"
    database_url: str | None = None
    landing: Path | None = None
    parameters_file: Path | None = None
    county_file: Path | None = None
    deadline_day: int = Field(default=15, ge=1, le=28)  # of the month after the data month
    lineage_file: Path | None = None  # OpenLineage's events of the flows; none without it

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """`load_settings` reads the environment it is given; the process's own must not leak in."""
        return (init_settings,)

    @field_validator("home", "landing", "parameters_file", "county_file", "lineage_file")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else Path(os.path.abspath(path.expanduser()))

    @property
    def secrets_dir(self) -> Path:
        """Passwords, keys and tokens; made with mode 0700 on first use."""
        folder = self.home / "secrets"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @property
    def logs_dir(self) -> Path:
        """Logs of Hearth's own processes; made on first use."""
        return _made(self.home / "logs")

    @property
    def artifacts_dir(self) -> Path:
        """What a run leaves for people: reports, dbt targets; made on first use."""
        return _made(self.home / "artifacts")

    @property
    def run_dir(self) -> Path:
        """Pid files, locks and remembered ports; made on first use."""
        return _made(self.home / "run")

    @property
    def postgres_dir(self) -> Path:
        """The embedded server's cluster and, where needed, its copied binaries."""
        return self.home / "postgres"

    @property
    def airflow_home(self) -> Path:
        """Airflow's own folder (`AIRFLOW_HOME`)."""
        return self.home / "airflow"

    @property
    def instance_file(self) -> Path:
        """What the last `hearth run` or `hearth up` was told, for the tasks that run later."""
        return self.home / "instance.toml"

    @property
    def is_embedded(self) -> bool:
        """Whether the instance runs its own PostgreSQL."""
        return self.database_url is None

    def environment(self) -> dict[str, str]:
        """The variables by which a long-lived process finds this instance and its warehouse."""
        server = {"HEARTH_DATABASE_URL": self.database_url} if self.database_url else {}
        return {"HEARTH_HOME": str(self.home), **server}


def load_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Settings from `overrides`, then the environment, then `HOME/instance.toml`.

    Raises:
        UsageError: a variable holds what cannot be a setting.
        InputError: `instance.toml` is damaged.
    """
    environ = os.environ if environ is None else environ
    given: dict[str, Any] = {name: environ.get(f"HEARTH_{name.upper()}") or None for name in Settings.model_fields}
    given |= {name: value for name, value in overrides.items() if value is not None}
    given = {name: value for name, value in given.items() if value is not None}
    try:
        settings = Settings(**given)
        remembered = _remembered(settings.instance_file)
        return Settings(**{**remembered, **given}) if remembered else settings
    except ValidationError as error:
        names = ", ".join(f"HEARTH_{str(e['loc'][0]).upper()}" for e in error.errors() if e["loc"])
        raise UsageError(said(f"These settings make no sense: {names}", f"这些设置无效：{names}")) from None


def remembered_landing(settings: Settings) -> Path | None:
    """The landing folder of the last `hearth run` or `hearth up`, whatever this command was given."""
    found = _remembered(settings.instance_file).get("landing")
    return Path(found) if found else None


def remember(settings: Settings) -> None:
    """Write the folders and files of this command to `HOME/instance.toml`, for tasks that run later."""
    values = {name: value for name in REMEMBERED if (value := getattr(settings, name))}
    lines = [f"{name} = {json.dumps(str(value), ensure_ascii=False)}\n" for name, value in values.items()]
    text = "# Written by hearth run, up and load.\n" + "".join(lines)
    settings.home.mkdir(parents=True, exist_ok=True)
    waiting = settings.instance_file.with_suffix(f".{os.getpid()}.tmp")
    waiting.write_text(text, encoding="utf-8")
    waiting.replace(settings.instance_file)


def _remembered(file: Path) -> dict[str, str]:
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise InputError(
            said(f"{file} is damaged; delete it and run the command again.", f"{file} 已损坏；请删除后重新运行该命令。")
        ) from None
    return {name: found[name] for name in REMEMBERED if isinstance(found.get(name), str)}


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
