"""What can be said of docker-compose.yml without an engine to run it."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from hearth.orchestration.airflow_environment import EXECUTOR, HEARTBEATS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
AIRFLOW = ("api-server", "scheduler", "dag-processor")
SECRET = re.compile(r"PASSWORD$|SECRET|KEY$|DATABASE_URL$|CONN")
EXECUTABLE = 0o111


def variables(text: str) -> dict[str, str]:
    """Each `${NAME…}` with what follows the name: nothing, a default or an error."""
    return dict(re.findall(r"\$\{([A-Z_]+)([^}]*)\}", text))


def example() -> dict[str, str]:
    """The names of docker/.env.example with the values it proposes."""
    text = (ROOT / "docker/.env.example").read_text(encoding="utf-8")
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


def split_mounts(service: dict[str, Any]) -> tuple[list[str], list[dict[str, Any]]]:
    """A service's volumes and files in the short form, and the server's folders in the long one."""
    mounts = service.get("volumes", [])
    return [mount for mount in mounts if isinstance(mount, str)], [mount for mount in mounts if isinstance(mount, dict)]


def test_services_are_airflows_parts_and_one_database() -> None:
    assert set(SERVICES) == {"postgres", "prepare", *AIRFLOW}
    assert SERVICES["postgres"]["image"] == "postgres:18"


@pytest.mark.parametrize("name", ["postgres", *AIRFLOW])
def test_what_stays_up_is_restarted_and_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries"} <= set(SERVICES[name]["healthcheck"])


@pytest.mark.parametrize("name", AIRFLOW)
def test_airflow_waits_until_all_is_prepared(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {"prepare": {"condition": "service_completed_successfully"}}
    assert SERVICES[name]["command"][0] == "airflow"
    assert SERVICES[name]["environment"]["AIRFLOW__CORE__EXECUTOR"] == EXECUTOR


def test_preparing_waits_for_the_database() -> None:
    assert SERVICES["prepare"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert SERVICES["prepare"]["restart"] == "no"


def test_warehouse_and_airflow_have_a_database_and_a_login_each() -> None:
    said = SERVICES["scheduler"]["environment"]
    warehouse, airflow = said["HEARTH_DATABASE_URL"], said["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    assert warehouse.startswith("postgresql://hearth:") and warehouse.endswith("/hearth")
    assert airflow.startswith("postgresql+psycopg://airflow:") and airflow.endswith("/hearth_airflow")
    made = (ROOT / "docker/postgres/010_databases.sh").read_text(encoding="utf-8")
    assert "create database hearth owner hearth" in made
    assert "create database hearth_airflow owner airflow" in made


def test_secrets_come_from_the_environment_and_must_be_set() -> None:
    for name, service in SERVICES.items():
        for key, value in service["environment"].items():
            if SECRET.search(key) and not key.endswith(("INSTANCE_NAME", "SERVER_URL")):
                said = variables(str(value))
                assert said and all(rest.startswith(":?") for rest in said.values()), f"{name}: {key}"


def test_every_variable_is_explained_in_the_example() -> None:
    assert set(variables(TEXT)) == set(example())


def test_what_only_the_administrator_knows_must_be_said() -> None:
    must = {name for name, rest in variables(TEXT).items() if rest.startswith(":?")}
    assert {name for name in example() if SECRET.search(name)} | {"HEARTH_LANDING_FOLDER"} == must
    assert {name: value for name, value in example().items() if name in must and value} == {}


@pytest.mark.parametrize("name", ["prepare", *AIRFLOW])
def test_a_folder_that_is_not_there_is_an_error_not_an_empty_one(name: str) -> None:
    assert [folder["bind"] for folder in split_mounts(SERVICES[name])[1]] == [{"create_host_path": False}] * 2


def test_people_log_in_as_themselves() -> None:
    said = SERVICES["api-server"]["environment"]
    assert said["AIRFLOW__CORE__AUTH_MANAGER"].endswith("FabAuthManager")
    config = Path(said["AIRFLOW__FAB__CONFIG_FILE"]).relative_to("/opt/hearth")
    assert "AUTH_ROLE_PUBLIC" not in (ROOT / config).read_text(encoding="utf-8")
    makers = [name for name, service in SERVICES.items() if "AIRFLOW_ADMIN_PASSWORD" in service["environment"]]
    assert makers == ["prepare"], "no other process needs a person's password"


@pytest.mark.parametrize("password", ["short1", "onlylettersandmore", "1234567890123"])
def test_a_weak_password_is_refused(password: str) -> None:
    policy = runpy.run_path(str(ROOT / "docker/webserver_config.py"))
    with pytest.raises(policy["PasswordComplexityValidationError"]):
        policy["FAB_PASSWORD_COMPLEXITY_VALIDATOR"](password)
    policy["FAB_PASSWORD_COMPLEXITY_VALIDATOR"]("0123456789abcdef")


@pytest.mark.parametrize("name", ["prepare", *AIRFLOW])
def test_our_processes_have_no_rights_they_do_not_need(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    volumes, folders = split_mounts(service)
    assert volumes == ["state:/var/lib/hearth"]
    assert [folder["target"] for folder in folders if folder["read_only"]] == ["/landing", "/config"]
    assert re.search(r"^USER (?!root)", (ROOT / "docker/Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", ["postgres", *AIRFLOW])
def test_no_service_can_fill_the_disk_with_its_output_or_take_all_memory(name: str) -> None:
    assert set(SERVICES[name]["logging"]["options"]) == {"max-size", "max-file"}
    assert set(SERVICES[name]["deploy"]["resources"]["limits"]) == {"cpus", "memory"}


def test_every_flow_can_do_without_a_triggerer() -> None:
    """There is no such service: nothing in the DAGs may wait by deferring."""
    text = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "dags").glob("*.py"))
    assert not re.search(r"deferrable|Async|Trigger\b|Sensor", text)


def test_notes_and_warm_starts_are_there_as_in_an_instance() -> None:
    from hearth.orchestration.airflow_environment import PLUGINS_FOLDER

    said = SERVICES["scheduler"]["environment"]["AIRFLOW__CORE__PLUGINS_FOLDER"]
    assert ROOT / Path(said).relative_to("/opt/hearth") == PLUGINS_FOLDER


def test_ended_tasks_are_noticed_as_soon_as_in_an_instance() -> None:
    said = SERVICES["scheduler"]["environment"]
    assert {option: said[f"AIRFLOW__{option[0]}__{option[1]}".upper()] for option in HEARTBEATS} == HEARTBEATS


def test_nothing_listens_beyond_this_machine() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_volumes_are_declared_and_files_exist() -> None:
    mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in split_mounts(service)[0]]
    named = {mount for mount in mounts if re.fullmatch(r"[a-z]+", mount)}
    assert named == set(COMPOSE["volumes"])
    assert all((ROOT / mount).exists() for mount in mounts if mount.startswith("./"))
    assert (ROOT / SERVICES["prepare"]["build"]["dockerfile"]).is_file()


def test_scripts_can_be_run_and_the_image_holds_what_they_need() -> None:
    for script in ("docker/prepare.sh", "docker/postgres/010_databases.sh"):
        assert (ROOT / script).stat().st_mode & EXECUTABLE, script
    image = (ROOT / "docker/Dockerfile").read_text(encoding="utf-8")
    copied = {name for line in re.findall(r"^COPY (.+)$", image, re.MULTILINE) for name in line.split()[:-1]}
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"
    }
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)
