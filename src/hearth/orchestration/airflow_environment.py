"""How Airflow is configured: by environment variables only, so that no `airflow.cfg` can disagree."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from hearth.database.engine import airflow_url
from hearth.ports import LOCALHOST, remembered_port
from hearth.secret_files import secret, write_once
from hearth.settings import PROJECT_ROOT, Settings

PAGE = "airflow"
"""The service, and the name of its remembered port."""

USER = "admin"
DAGS_FOLDER = PROJECT_ROOT / "dags"
PLUGINS_FOLDER = Path(__file__).with_name("airflow_plugins")
EXECUTOR = "hearth.orchestration.executor.ResumingLocalExecutor"
TASKS_AT_ONCE = max(2, min(os.cpu_count() or 2, 8))
HEARTBEATS = {("workers", "min_heartbeat_interval"): "1"}
"""A task's supervisor that looks a moment before its process has ended looks again when it would send a sign of life,
and keeps the slot until then: five seconds by default, which a busy machine loses with two tasks in five."""
NOT_INHERITED = ("PYTHONDONTWRITEBYTECODE", "HEARTH_LANDING", "HEARTH_COUNTY_FILE", "HEARTH_PARAMETERS_FILE")


def page_url(settings: Settings) -> str:
    """Where people open Airflow's page."""
    return f"http://{LOCALHOST}:{remembered_port(settings, PAGE)}"


def password(settings: Settings) -> str:
    """The password of Airflow's only user, made on first use."""
    file = settings.secrets_dir / "airflow_passwords.json"
    write_once(file, json.dumps({USER: secret(settings, "airflow_admin", 12)}))
    return str(json.loads(file.read_text(encoding="utf-8"))[USER])


def environment(settings: Settings) -> dict[str, str]:
    """The whole environment of an Airflow process of this instance.

    Folders that `hearth run` names are left out: tasks read them from `instance.toml`, so that the
    next run may name others without a restart.
    """
    password(settings)
    inherited = {name: value for name, value in os.environ.items() if _is_inherited(name)}
    return {**inherited, **_quiet(), **instance_variables(settings)}


def instance_variables(settings: Settings) -> dict[str, str]:
    """The part of the environment that makes it this instance's."""
    return {**settings.environment(), **_airflow(settings)}


def airflow_program() -> str:
    """The `airflow` command beside the running Python."""
    return str(Path(sys.executable).with_name("airflow"))


def _is_inherited(name: str) -> bool:
    return not name.startswith("AIRFLOW") and name not in NOT_INHERITED


def _quiet() -> dict[str, str]:
    """Nothing is reported to anybody, and no proxy stands between our own processes."""
    return {
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "NO_PROXY": f"{LOCALHOST},localhost",
        "no_proxy": f"{LOCALHOST},localhost",
        "NO_COLOR": "1",
    }


def _airflow(settings: Settings) -> dict[str, str]:
    page = page_url(settings)
    options = {
        ("core", "dags_folder"): str(DAGS_FOLDER),
        ("core", "plugins_folder"): str(PLUGINS_FOLDER),
        ("core", "load_examples"): "False",
        ("core", "executor"): EXECUTOR,
        ("core", "parallelism"): str(TASKS_AT_ONCE),
        ("core", "dags_are_paused_at_creation"): "False",
        ("core", "simple_auth_manager_users"): f"{USER}:admin",
        ("core", "simple_auth_manager_passwords_file"): str(settings.secrets_dir / "airflow_passwords.json"),
        ("core", "fernet_key"): "",
        ("core", "default_timezone"): "Asia/Shanghai",
        ("core", "execution_api_server_url"): f"{page}/execution/",
        ("core", "hostname_callable"): "hearth.orchestration.airflow_environment.host_name",
        ("database", "sql_alchemy_conn"): airflow_url(settings),
        ("database", "sql_alchemy_conn_async"): airflow_url(settings),  # the default is asyncpg, one driver is enough
        ("database", "sql_alchemy_pool_size"): "5",
        ("api", "host"): LOCALHOST,
        ("api", "port"): page.rpartition(":")[2],
        ("api", "base_url"): page,
        ("api", "workers"): "1",
        ("api", "secret_key"): secret(settings, "airflow_api"),
        ("api", "instance_name"): "Hearth",
        ("api", "default_wrap"): "True",  # what a file's sender is told is longer than a line of the log
        ("api_auth", "jwt_secret"): secret(settings, "airflow_jwt", 64),
        ("logging", "base_log_folder"): str(settings.airflow_home / "logs"),
        ("logging", "colored_console_log"): "False",
        ("scheduler", "scheduler_idle_sleep_time"): "0.5",
        ("state_store", "clear_on_success"): "True",  # a decision that is cleared by hand is asked for anew
        ("scheduler", "orphaned_tasks_check_interval"): "30",
        ("scheduler", "task_instance_heartbeat_timeout"): "120",
        **HEARTBEATS,
        ("usage_data_collection", "enabled"): "False",
        **_lineage(settings),
    }
    variables = {f"AIRFLOW__{part.upper()}__{name.upper()}": value for (part, name), value in options.items()}
    return {"AIRFLOW_HOME": str(settings.airflow_home), **variables}


def _lineage(settings: Settings) -> dict[tuple[str, str], str]:
    """OpenLineage's events, appended to a file where one is named, a JSON object a line; nowhere else."""
    if settings.lineage_file is None:
        return {("openlineage", "disabled"): "True"}
    transport = {"type": "file", "log_file_path": str(settings.lineage_file), "append": True}
    return {
        ("openlineage", "disabled"): "False",
        ("openlineage", "namespace"): "hearth",
        ("openlineage", "transport"): json.dumps(transport),
    }


def host_name() -> str:
    """The name Airflow notes for this machine: looking up the real one may wait for a name server."""
    return LOCALHOST
