"""Metrics: what dbt's semantic layer names, counted over the published marts.

MetricFlow writes the SQL from the definitions beside the marts (`dbt_project/models/marts/*.yml`); it is run as the
analyst, who reads `marts` and nothing else. Nothing here leaves the machine: MetricFlow's own command line, which
looks for updates, is not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import psycopg

from hearth.building.dbt import PUBLISHED, invoke, target_path
from hearth.database.engine import connect
from hearth.errors import DatabaseUnavailable, UsageError
from hearth.language import said
from hearth.settings import Settings

if TYPE_CHECKING:
    from metricflow.engine.metricflow_engine import MetricFlowEngine
    from metricflow.protocols.sql_client import SqlEngine
    from metricflow.sql.render.sql_plan_renderer import SqlPlanRenderer

MONTH = "metric_time__month"
EXAMPLE = "{{ risk_level }} = 'red'"
PLACE = re.compile(r"\{\{\s*(?P<bare>\w+)\s*\}\}|(?<!Time)Dimension\(\s*(?P<quote>['\"])(?P<quoted>\w+)(?P=quote)\s*\)")
"""A dimension in a condition: its name in braces, or as MetricFlow writes it."""


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
                tuple(_typed(_names(found.dimensions))),
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
            by: dimensions, as far as they are clear (`township_code`) or whole (`household_month__township_code`);
                `month` is the month.
            where: conditions, dimensions in braces: `{{ risk_level }} = 'red'`; MetricFlow's own words will do too,
                as `{{ Dimension('household_month__risk_level') }} = 'red'`.
            order: metrics or dimensions that were asked for; `-` before one turns it around.
            limit: rows at most.

        Raises:
            UsageError: there is no such metric or dimension, or they do not go together.
        """
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest
        from metricflow_semantics.errors.error_classes import InformativeUserError

        self._refuse_unknown(names)
        whole = {short: self._dimension(names, short) for short in by}
        request = MetricFlowQueryRequest.create(
            metric_names=list(names),
            group_by_names=list(whole.values()),
            where_constraints=[self._condition(names, condition) for condition in where] or None,
            order_by_names=[_signed(item, names, whole) for item in order] or None,
            limit=limit,
        )
        try:
            return self._engine.explain(request).sql_statement.without_descriptions.sql
        except InformativeUserError as error:
            raise self._unanswered(names, where) from error

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
                raise DatabaseUnavailable(
                    said(
                        "No month has been published yet; there is nothing to count.",
                        "尚无已发布的月份，没有可统计的数据。",
                    )
                ) from error
            except (psycopg.ProgrammingError, psycopg.DataError) as error:
                reason = error.diag.message_primary or ""
                raise self._refused(names, reason) from error
            return Answer(tuple(column.name for column in cursor.description or ()), cursor.fetchall(), statement)

    def _dimension(self, names: Sequence[str], short: str) -> str:
        """A dimension's whole name, from as much of its end as is clear."""
        if short in ("month", MONTH):
            return MONTH
        known = self._dimensions(names)
        if short in known:
            return short
        fitting = [name for name in known if name.endswith(f"__{short}")]
        if len(fitting) == 1:
            return fitting[0]
        metrics, listed = ", ".join(names), ", ".join(_typed(known))
        raise UsageError(
            said(
                f"{metrics}: {short!r} is no dimension to group or choose by; there are: {listed}",
                f"{metrics}：没有可用于分组或筛选的维度 {short!r}；可用的有：{listed}",
            )
        )

    def _condition(self, names: Sequence[str], condition: str) -> str:
        """The condition in MetricFlow's words: whole names for `{{ risk_level }}` and `Dimension('risk_level')`."""

        def whole(found: re.Match[str]) -> str:
            name = self._dimension(names, found["bare"] or found["quoted"])
            called = "TimeDimension('metric_time', 'month')" if name == MONTH else f"Dimension('{name}')"
            return f"{{{{ {called} }}}}" if found["bare"] else called

        return PLACE.sub(whole, condition)

    def _unanswered(self, names: Sequence[str], where: Sequence[str]) -> UsageError:
        if where:
            return self._refused(names, " ".join(where))
        metrics = ", ".join(names)
        return UsageError(
            said(f"{metrics}: these cannot be counted together like this.", f"{metrics}：不能这样一起统计。")
        )

    def _refused(self, names: Sequence[str], reason: str) -> UsageError:
        listed = ", ".join(_typed(self._dimensions(names)))
        return UsageError(
            said(
                f"The condition cannot be read: {reason}. Write it as SQL, dimensions in braces, as "
                f'"{EXAMPLE}"; there are: {listed}',
                f"条件无法识别：{reason}。请按 SQL 书写，维度放在双花括号里，如“{EXAMPLE}”；可用的维度：{listed}",
            )
        )

    def _dimensions(self, names: Sequence[str]) -> Sequence[str]:
        return _names(self._engine.simple_dimensions_for_metrics(list(names)))

    def _refuse_unknown(self, names: Sequence[str]) -> None:
        known = {metric.name for metric in self._engine.list_metrics(include_dimensions=False)}
        unknown = sorted(set(names) - known)
        if unknown:
            listed = ", ".join(unknown)
            raise UsageError(
                said(
                    f"There is no metric {listed}; `hearth metrics list` shows those there are.",
                    f"没有指标 {listed}；全部指标见 `hearth metrics list`。",
                )
            )


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


def _typed(whole: Sequence[str]) -> list[str]:
    """Dimensions as a person types them: the month, and each name from where it is clear."""
    short = [name.rpartition("__")[2] for name in whole]
    return ["month", *(each if short.count(each) == 1 else name for each, name in zip(short, whole, strict=True))]


def _signed(item: str, names: Sequence[str], whole: Mapping[str, str]) -> str:
    """What to order by, with its whole name.

    Raises:
        UsageError: it was not asked for.
    """
    name = item.removeprefix("-")
    known = dict(zip(names, names, strict=True)) | {each: each for each in whole.values()} | dict(whole)
    if name not in known:
        listed = ", ".join([*names, *whole])
        raise UsageError(
            said(
                f"{name!r} was not asked for, so nothing can be ordered by it; there are: {listed}",
                f"查询中没有 {name!r}，不能按它排序；可用的有：{listed}",
            )
        )
    return item.removesuffix(name) + known[name]
