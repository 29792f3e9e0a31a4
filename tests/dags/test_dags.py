"""The flows as Airflow reads them. An empty bag would pass most of this, so the ids are exact."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hearth.building import STAGES
from hearth.contracts import SOURCES

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

DAGS = Path(__file__).resolve().parents[2] / "dags"
LOADS = {f"{source.name}_load" for source in SOURCES}
ENGLISH, CHINESE = re.compile("[a-z]{3}"), re.compile("[\u4e00-\u9fff]{2}")
OTHERS = {"household_build", "month_deadline", "held_deliveries", "department_reload", "log_rotation"}
IDS = LOADS | OTHERS


@pytest.fixture(scope="module")
def bag() -> DagBag:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(DAGS))


def test_every_file_imports(bag: DagBag) -> None:
    assert bag.import_errors == {}


def test_these_and_no_other_flows(bag: DagBag) -> None:
    assert set(bag.dags) == IDS


def test_a_countys_file_adds_the_flow_of_a_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.dag_processing.dagbag import DagBag

    file = tmp_path / "county.toml"
    file.write_text("[sources.employment]\nenabled = true\n", encoding="utf-8")
    monkeypatch.setenv("HEARTH_COUNTY_FILE", str(file))
    assert set(DagBag(str(DAGS / "department_extracts.py")).dags) == LOADS | {"employment_load"}


@pytest.mark.parametrize("dag_id", sorted(IDS))
def test_a_flows_page_says_what_to_do_when_it_fails(bag: DagBag, dag_id: str) -> None:
    dag = bag.dags[dag_id]
    assert dag.doc_md and "When it fails" in dag.doc_md
    assert dag.description
    assert dag.tags


@pytest.mark.parametrize("dag_id", sorted(IDS))
def test_one_run_at_a_time_and_none_for_the_past(bag: DagBag, dag_id: str) -> None:
    """Only questions stand side by side: each waits for a person, and none may keep another from being put."""
    dag = bag.dags[dag_id]
    assert dag.catchup is False
    assert dag.max_active_runs == 1 if dag_id != "held_deliveries" else dag.max_active_runs >= 100


def test_a_department_is_loaded_then_announced_even_when_the_load_failed(bag: DagBag) -> None:
    for dag_id in LOADS:
        load, announce = (bag.dags[dag_id].get_task(task_id) for task_id in ("load", "announce"))
        assert load.downstream_task_ids == {"not_accepted", "announce"}
        assert announce.is_teardown and not announce.on_failure_fail_dagrun


def test_a_file_that_was_not_accepted_has_a_task_of_its_own_and_fails_no_run(bag: DagBag) -> None:
    for dag_id in LOADS:
        shown = bag.dags[dag_id].get_task("not_accepted")
        assert shown.is_mapped and shown.is_teardown and not shown.on_failure_fail_dagrun
        assert "label" in shown.map_index_template


@pytest.mark.parametrize("dag_id", sorted(IDS))
def test_a_stranger_reads_names_docs_and_tags_in_two_languages(bag: DagBag, dag_id: str) -> None:
    dag = bag.dags[dag_id]
    kinds = {tag.partition(":")[0] for tag in dag.tags}
    assert {"layer", "owner"} <= kinds
    assert ("source" in kinds) is (dag_id in LOADS)
    for text in (dag.dag_display_name, dag.description, dag.doc_md, *_task_texts(dag)):
        assert text and ENGLISH.search(text) and CHINESE.search(text), text


def test_departments_differ_in_nothing_but_their_name(bag: DagBag) -> None:
    assert {dag_id: bag.dags[dag_id].get_task("load").op_args for dag_id in LOADS} == {
        f"{source.name}_load": (source.name,) for source in SOURCES
    }


def test_a_month_is_built_in_this_order_and_one_at_a_time(bag: DagBag) -> None:
    dag = bag.dags["household_build"]
    assert _chain(dag) == ["prepare", *(f"transform_{stage}" for stage in STAGES), "gate", "publish"]
    assert {task.pool for task in dag.tasks} == {"build"}


WRITERS = {("household_build", task_id) for task_id in ("prepare", "gate", "publish")} | {
    *((dag_id, "load") for dag_id in LOADS),
    ("held_deliveries", "carry_out"),
    ("department_reload", "reload"),
}


def test_whoever_writes_is_in_a_pool_that_the_setup_makes(bag: DagBag) -> None:
    from hearth.orchestration.airflow_setup import POOLS

    assert POOLS["build"][0] == 1
    pools = {(dag_id, task_id): bag.dags[dag_id].get_task(task_id).pool for dag_id, task_id in WRITERS}
    assert {pool for (dag_id, _), pool in pools.items() if dag_id == "household_build"} == {"build"}
    assert {pool for (dag_id, _), pool in pools.items() if dag_id != "household_build"} == {"load"}
    used = {task.pool for dag in bag.dags.values() for task in dag.tasks}
    assert used - {"default_pool"} == set(POOLS)


def test_the_server_of_docker_compose_makes_the_same_pools() -> None:
    script = (DAGS.parent / "docker/prepare.sh").read_text(encoding="utf-8")
    assert "python -m hearth.orchestration.airflow_setup pools" in script


def _decided(policy: Any, errors: tuple[type[Exception], ...]) -> set[str]:
    return {policy.evaluate(error(""), 1, 5).action.value for error in errors}


def test_what_may_pass_is_tried_again_and_what_a_person_must_mend_is_not(bag: DagBag) -> None:
    from hearth.errors import BuildFailed, Busy, DatabaseUnavailable, InputError, NoRoomToSort, Overtaken, UsageError
    from hearth.orchestration.transience import NotificationFailed, StepFailed, Unreachable

    for dag_id, task_id in (*WRITERS, ("month_deadline", "notify")):
        task = bag.dags[dag_id].get_task(task_id)
        assert _decided(task.retry_policy, (DatabaseUnavailable, Busy, Unreachable, NotificationFailed)) == {"retry"}
        stays = (InputError, BuildFailed, UsageError, Overtaken, NoRoomToSort, StepFailed)
        assert _decided(task.retry_policy, stays) == {"fail"}
        assert task.retries == 5 and task.retry_exponential_backoff == 2 and task.max_retry_delay is not None


def test_a_question_goes_from_its_figures_to_the_builds_it_makes_due(bag: DagBag) -> None:
    dag = bag.dags["held_deliveries"]
    assert _chain(dag) == ["decide", "carry_out", "announce"]
    decide = dag.get_task("decide")
    assert list(decide.params) == ["reason"] and decide.options == ["Approve", "Reject"]
    assert not decide.defaults and not decide.response_timeout, "nobody decides by staying silent"


def test_a_reload_says_whose_files_of_which_months_and_why(bag: DagBag) -> None:
    params = bag.dags["department_reload"].params
    assert set(params) == {"source", "months", "reason"}
    assert set(params.get_param("source").schema["enum"]) == {source.name for source in SOURCES}
    for faulty in ({"months": ["202513"]}, {"months": []}, {"reason": ""}, {"source": "nobody"}):
        with pytest.raises(Exception, match=next(iter(faulty))):
            _checked(params, {"source": "water", "months": ["202501"], "reason": "why"} | faulty)
    _checked(params, {"source": "water", "months": ["202501"], "reason": "why"})


def test_builds_do_not_wait_for_files_that_need_somebody(bag: DagBag) -> None:
    for source in SOURCES:
        dag = bag.dags[f"{source.name}_load"]
        assert dag.get_task("announce").priority_weight > dag.get_task("not_accepted").priority_weight


def test_a_notification_that_fails_fails_no_run(bag: DagBag) -> None:
    notify = bag.dags["month_deadline"].get_task("notify")
    assert notify.is_teardown and not notify.on_failure_fail_dagrun


def _task_texts(dag: Any) -> list[str]:
    """What the page says of each task: its name and its documentation."""
    return [text for task in dag.tasks for text in (task.task_display_name, task.doc_md)]


def _checked(params: Any, given: dict[str, Any]) -> None:
    """Refuse what the form would refuse."""
    for name, value in given.items():
        try:
            params.get_param(name).resolve(value)
        except Exception as error:
            raise ValueError(f"{name}: {error}") from error


def _chain(dag: Any) -> list[str]:
    """The task ids in the order in which they run."""
    return [task.task_id for task in dag.topological_sort()]
