"""Metrics: what dbt's semantic layer names, counted over the published marts.

MetricFlow writes the SQL from the definitions beside the marts (`dbt_project/models/marts/*.yml`); it is run as the
analyst, who reads `marts` and nothing else. Nothing here leaves the machine: MetricFlow's own command line, which
looks for updates, is not used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import psycopg

from hearth.building.dbt import PUBLISHED, invoke, target_path
from hearth.database.engine import connect
from hearth.errors import DatabaseUnavailable, UsageError
from hearth.settings import Settings

if TYPE_CHECKING:
    from metricflow.engine.metricflow_engine import MetricFlowEngine
    from metricflow.protocols.sql_client import SqlEngine
    from metricflow.sql.render.sql_plan_renderer import SqlPlanRenderer

MONTH = "metric_time__month"


@dataclass(frozen=True)
class Metric:
    """One metric; `label` is English · Chinese, `dimensions` the short names of what it can be grouped by."""

    name: str
    label: str
    description: str
    dimensions: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """A query's result, with the SQL it came from."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    sql: str


class Writer:
    """What MetricFlow asks of a database in order to write SQL for it, without a connection."""

    @property
    def sql_engine_type(self) -> SqlEngine:
        """PostgreSQL."""
        from metricflow.protocols.sql_client import SqlEngine

        return SqlEngine.POSTGRES

    @cached_property
    def sql_plan_renderer(self) -> SqlPlanRenderer:
        """PostgreSQL's."""
        from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer

        return PostgresSQLSqlPlanRenderer()


class Metrics:
    """The metrics of a warehouse. Making one parses the dbt project, which takes a second, four the first time."""

    def __init__(self, settings: Settings) -> None:
        """Read the definitions.

        Raises:
            BuildFailed: the dbt project does not parse.
        """
        self._settings = settings
        self._engine = _engine(settings)

    def list(self) -> list[Metric]:
        """Every metric, by name."""
        return [
            Metric(
                found.name,
                found.label or found.name,
                found.description or "",
                ("month", *(name.rpartition("__")[2] for name in _names(found.dimensions))),
            )
            for found in sorted(self._engine.list_metrics(), key=lambda metric: metric.name)
        ]

    def sql(
        self,
        names: Sequence[str],
        by: Sequence[str] = (),
        where: Sequence[str] = (),
        order: Sequence[str] = (),
        limit: int | None = None,
    ) -> str:
        """The SQL that answers a query.

        Args:
            names: metrics.
            by: dimensions, whole (`household_month__township_code`) or as far as they are clear (`township_code`);
                `month` is the month.
            where: conditions in MetricFlow's words, as `{{ Dimension('household_month__risk_level') }} = 'red'`.
            order: metrics or dimensions that were asked for; `-` before one turns it around.
            limit: rows at most.

        Raises:
            UsageError: there is no such metric or dimension, or they do not go together.
        """
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest
        from metricflow_semantics.errors.error_classes import CustomerFacingSemanticException, InvalidQueryException

        self._refuse_unknown(names)
        whole = {short: self._dimension(names, short) for short in by}
        try:
            request = MetricFlowQueryRequest.create(
                metric_names=list(names),
                group_by_names=list(whole.values()),
                where_constraints=list(where) or None,
                order_by_names=[_signed(item, whole) for item in order] or None,
                limit=limit,
            )
            return self._engine.explain(request).sql_statement.without_descriptions.sql
        except (CustomerFacingSemanticException, InvalidQueryException) as error:
            raise UsageError(_first_lines(error)) from error

    def query(self, names: Sequence[str], **options: Any) -> Answer:
        """Answer a query as the analyst; arguments as `sql`.

        Raises:
            UsageError: as `sql`; or a condition is no SQL.
            DatabaseUnavailable: nothing has been published yet.
        """
        statement = self.sql(names, **options)
        with connect(self._settings, "analyst") as connection:
            try:
                cursor = connection.execute(statement.encode())
            except psycopg.errors.UndefinedTable as error:
                raise DatabaseUnavailable("No month has been published yet; there is nothing to count.") from error
            except (psycopg.ProgrammingError, psycopg.DataError) as error:
                raise UsageError(f"PostgreSQL refuses the condition: {error.diag.message_primary}") from error
            return Answer(tuple(column.name for column in cursor.description or ()), cursor.fetchall(), statement)

    def _dimension(self, names: Sequence[str], short: str) -> str:
        """A dimension's whole name, from as much of its end as is clear."""
        if short == "month":
            return MONTH
        known = self._dimensions(names)
        if short in known or short.partition("__")[0] == "metric_time":
            return short
        fitting = [name for name in known if name.endswith(f"__{short}")]
        if len(fitting) == 1:
            return fitting[0]
        listed = ", ".join(fitting or known)
        raise UsageError(f"{short!r} is {'more than one' if fitting else 'no'} dimension here; there are: {listed}")

    def _dimensions(self, names: Sequence[str]) -> Sequence[str]:
        return _names(self._engine.simple_dimensions_for_metrics(list(names)))

    def _refuse_unknown(self, names: Sequence[str]) -> None:
        known = {metric.name for metric in self._engine.list_metrics(include_dimensions=False)}
        unknown = sorted(set(names) - known)
        if unknown:
            raise UsageError(f"There is no metric {', '.join(unknown)}; `hearth metrics list` shows those there are.")


def _engine(settings: Settings) -> MetricFlowEngine:
    from metricflow.engine.metricflow_engine import MetricFlowEngine
    from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

    invoke(settings, ["parse"], target=PUBLISHED)
    file = target_path(settings, PUBLISHED) / "semantic_manifest.json"
    manifest = parse_manifest_from_dbt_generated_manifest(manifest_json_string=file.read_text(encoding="utf-8"))
    return MetricFlowEngine(SemanticManifestLookup(manifest), Writer())  # type: ignore[arg-type]


def _names(dimensions: Iterable[Any]) -> list[str]:
    """Whole names without the months of each model: those are asked for as `month`."""
    names = sorted(dimension.granularity_free_dunder_name for dimension in dimensions)
    return [name for name in names if "__" in name and not name.endswith("_month")]


def _signed(item: str, whole: dict[str, str]) -> str:
    name = item.removeprefix("-")
    return item.removesuffix(name) + whole.get(name, name)


def _first_lines(error: Exception) -> str:
    """MetricFlow's explanation without its tree of causes."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:4])
