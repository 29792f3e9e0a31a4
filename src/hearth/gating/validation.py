"""A table held against a suite: counted here, or by Great Expectations' own engine where it says what we do not know.

The library is imported when it is asked, and once: the import takes seconds. One ephemeral context per process with one
data source per role and schema. Nothing is written to disk, no Data Docs are made, nothing is reported to anybody, and
results keep counts only: the default format copies offending cells into results and logs.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING, Any, cast

from expectations.kinds import Suite
from hearth.database import engine
from hearth.errors import DatabaseUnavailable
from hearth.gating.counting import counted
from hearth.gating.result import Finding, could_not_decide, findings
from hearth.language import Words, said
from hearth.settings import Settings

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.data_context import EphemeralDataContext
    from great_expectations.datasource.fluent import PostgresDatasource

COUNTS_ONLY: dict[str, Any] = {"result_format": "BASIC", "partial_unexpected_count": 0}

_lock = threading.RLock()
_contexts: dict[int, EphemeralDataContext] = {}


def hold_against(
    settings: Settings,
    role: str,
    schema: str,
    table: str,
    suite: Suite,
    parameters: dict[str, Any] | None = None,
) -> list[Finding]:
    """Hold one table against a suite: what each of its expectations finds.

    Raises:
        DatabaseUnavailable: the table cannot be read.
    """
    with engine.connect(settings, role) as connection:
        found = counted(connection, schema, table, suite, parameters)
    if found is None:
        found = findings(validate(settings, role, schema, table, suite, parameters))
    return found


def validate(
    settings: Settings,
    role: str,
    schema: str,
    table: str,
    suite: Suite,
    parameters: dict[str, Any] | None = None,
) -> ExpectationSuiteValidationResult:
    """Hold one table against a suite by Great Expectations' own engine, which knows every expectation there is and
    tells which of them cannot be evaluated. Leaves no transaction and no asset behind.

    Raises:
        DatabaseUnavailable: the table cannot be read.
        GateBroken: the library does not know one of the expectations.
    """
    with _lock:
        source = _data_source(settings, role, schema)
        asset = _asset(source, table)
        try:
            batch = asset.add_batch_definition_whole_table("whole").get_batch()
            return batch.validate(
                stock_suite(suite), result_format=COUNTS_ONLY, expectation_parameters=parameters or {}
            )
        finally:
            source.delete_asset(asset.name)


def stock_suite(suite: Suite) -> ExpectationSuite:
    """The suite as an object of the library.

    Raises:
        GateBroken: the library does not know one of the expectations, which it would leave out.
    """
    stock = gx().ExpectationSuite(name=suite.name, expectations=[*suite.expectations])
    if len(stock.expectations) < len(suite.expectations):
        raise could_not_decide(
            Words(
                f"Great Expectations 不认识 {suite.name} 中的某项校验。",
                f"Great Expectations does not know an expectation of {suite.name}.",
            )
        )
    return stock


def gx() -> Any:
    """The library, silenced before its first import."""
    with _lock:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        # Its errors quote the SQL and the server's words, which may hold a cell.
        logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
        import great_expectations

        return great_expectations


def _asset(source: PostgresDatasource, table: str) -> Any:
    from great_expectations.datasource.fluent.interfaces import TestConnectionError

    try:
        return source.add_table_asset(table, table_name=table)
    except TestConnectionError:
        raise DatabaseUnavailable(
            said(f"The gate cannot read the table {table}.", f"校验关口无法读取表 {table}。")
        ) from None


def _data_source(settings: Settings, role: str, schema: str) -> PostgresDatasource:
    url = engine.url(settings, role)
    context = _context()
    name = f"{role}@{schema}#{hash(url):x}"
    known = context.data_sources.all()
    if name in known:
        return cast("PostgresDatasource", known[name])
    options = {
        "application_name": "hearth gate",
        "connect_timeout": engine.CONNECT_SECONDS,
        # Great Expectations deprecated schema_name on assets; the connection says where tables are looked up.
        "options": f"-c search_path={schema}",
    }
    engine_options: Any = {"pool_pre_ping": True, "connect_args": options}
    return context.data_sources.add_postgres(
        name,
        connection_string=url,
        create_temp_table=False,
        kwargs=engine_options,  # type: ignore[call-arg]
    )


def _context() -> EphemeralDataContext:
    """The process's context. A forked child must not share its parent's connections."""
    if os.getpid() not in _contexts:
        _contexts.clear()
        _contexts[os.getpid()] = _new_context()
    return _contexts[os.getpid()]


def _new_context() -> EphemeralDataContext:
    """A context in memory, without the Data Docs sites in a temporary folder that the default one makes."""
    library = gx()
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    return cast("EphemeralDataContext", library.get_context(project_config=config, mode="ephemeral"))
