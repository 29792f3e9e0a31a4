"""One month from accepted deliveries to published marts: prepare, transform, gate, publish.

The four steps are functions of their own, because Airflow runs each as a task; the command line runs them in one go.
One build is at work at a time: each step holds the build lock and makes sure that the month is still its own.

Between its steps a build holds no build lock, so `prepare` has to judge whether the build it finds open is still
alive. A direct build (`build_month`) holds the direct lock from start to end, and the server drops that lock with the
process, however it dies: a direct build whose lock is free is dead. A scheduled build is several tasks with nobody
between them: another scheduled one replaces it at once (Airflow runs one at a time, so it was abandoned), a direct one
waits while it is younger than `ABANDONED_AFTER` and the server has not been restarted since. One that began in the
future began before the clock was set back, and is not waited for.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import psycopg

from hearth.building import standing
from hearth.building.apart import drop_apart
from hearth.building.dbt import STAGES, models_digest, run_models
from hearth.building.gone import refuse_gone
from hearth.building.months import NOW, Moment, closed_months, fingerprint, first_day, last_finished, refuse_closed
from hearth.building.publishing import publish_tables
from hearth.building.shape import marts_shape
from hearth.building.touched import drop_touched, renew
from hearth.database.engine import connect
from hearth.errors import BuildFailed, Busy, Overtaken
from hearth.language import Words, said
from hearth.settings import Settings
from hearth.texts import words
from hearth.timing import Stopwatch, write_steps

BUILD_LOCK = 0x6865617274680001
DIRECT_LOCK = 0x6865617274680002
LOCK_TIMEOUT_SECONDS = 900
WAIT_SECONDS = 600
POLL_SECONDS = 2
ABANDONED_AFTER = "15 minutes"

ROSTER = """
    select count(*), coalesce(bool_or(is_stale), false), max(data_date)
    from ops.counting_deliveries(%s, %s)
    where source = 'registry' and extract = 'members'
"""

OPEN_BUILD = """
    select
        builds.build_id, to_char(builds.month, 'YYYYMM'), builds.is_direct,
        builds.started_at between greatest(pg_postmaster_start_time(), now() - %s::interval) and now() + '1 minute'
    from ops.current_build
    inner join ops.builds using (build_id)
    where builds.status = 'building'
"""


@dataclass(frozen=True)
class Build:
    """One attempt at a month. `status` is ready, unchanged, blocked or closed after `prepare`."""

    build_id: int
    month: str
    status: str
    message: str = ""


@dataclass(frozen=True)
class BuildOutcome:
    """How a month ended: published, unchanged, blocked or closed, with its households, and how many of them were
    renewed where not all were built."""

    month: str
    status: str
    message: str = ""
    household_count: int | None = None
    touched_count: int | None = None


def build_month(settings: Settings, month: str, *, force: bool = False) -> BuildOutcome:
    """All steps of one month in this process, holding the direct lock all the while.

    Raises:
        BuildFailed: a model failed, the gate refused the month, or rows that it rests on are not kept any more; the
            published one stays as it was.
        Busy: another build did not end in time.
        Overtaken: another build replaced this one.
    """
    with _lock(settings, DIRECT_LOCK, WAIT_SECONDS):
        build = prepare(settings, month, force=force, is_direct=True)
        if build.status != "ready":
            return BuildOutcome(month, build.status, build.message)
        transform(settings, build)
        gate(settings, build)
        return publish(settings, build)


def prepare(settings: Settings, month: str, *, force: bool = False, is_direct: bool = False) -> Build:
    """Open a build, unless nothing has changed since the last one (`force` builds all the same), no fresh roster
    counts for the month, or the month is closed. Waits for a build that is at work; writes a dead one off.

    With `is_direct` the caller holds the direct lock until its build has ended.

    Raises:
        BuildFailed: rows that the month rests on are not kept any more.
        Busy: the build at work did not end in time.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        found = _prepared(settings, month, force=force, is_direct=is_direct)
        if isinstance(found, Build):
            return found
        if time.monotonic() > deadline:
            raise Busy(words("build_at_work", month=found))
        time.sleep(POLL_SECONDS)


def _prepared(settings: Settings, month: str, *, force: bool, is_direct: bool) -> Build | str:
    """The build, or the month of the one that is to be waited for."""
    with _lock(settings), connect(settings, "transformer") as connection:
        print_of_inputs = fingerprint(connection, month)
        if not force and last_finished(connection).get(month) == print_of_inputs:
            return _unchanged(connection, month)
        closing = closed_months(connection).get(month)
        if closing:
            return Build(0, month, "closed", closing.sentence)
        obstacle = obstacle_to(connection, month)
        if obstacle:
            build_id = _open(connection, month, "blocked", print_of_inputs, *obstacle)
            return Build(build_id, month, "blocked", said(*obstacle))
        refuse_gone(connection, month)
        at_work = _make_way(connection, is_direct=is_direct)
        if at_work:
            return at_work
        drop_apart(connection)
        drop_touched(connection)
        build_id = _open(connection, month, "building", print_of_inputs, is_direct=is_direct)
        standing.order(connection, build_id, month, force=force)
        connection.execute(
            """
            insert into ops.current_build (build_id, month) values (%s, %s)
            on conflict (is_current) do update set build_id = excluded.build_id, month = excluded.month
            """,
            (build_id, first_day(month)),
        )
        return Build(build_id, month, "ready")


def transform(settings: Settings, build: Build, stage: str | None = None) -> None:
    """Build the month's models, or one stage of them: only what was touched since, where the tables of the month's last
    build still stand.

    Raises:
        BuildFailed: a model or a data test failed.
    """
    with _step(settings, build, "transform"):
        first, *later = (stage,) if stage else STAGES
        if not renew(settings, build.build_id, build.month, first):
            run_models(settings, build.build_id, stage)
            return
        for following in later:
            if not renew(settings, build.build_id, build.month, following):
                run_models(settings, build.build_id, following)


def gate(settings: Settings, build: Build) -> None:
    """Hold the built month against its expectations before anybody sees it.

    Raises:
        BuildFailed: a critical expectation failed.
    """
    from hearth.gating import gate_month

    with _step(settings, build, "gate"):
        result = gate_month(settings, build.month)
        if not result.passed:
            en, zh = "; ".join(result.failures), "；".join(result.failures_zh)
            code = "stays_as_published" if _was_published(settings, build.month) else "stays_unpublished"
            raise BuildFailed(words(code, month=build.month, why=Words(zh, en)))


def publish(settings: Settings, build: Build) -> BuildOutcome:
    """Show the month to its readers, all marts in one transaction.

    Raises:
        BuildFailed: the month holds no household. Its roster was accepted with rows, so what the steps before built
            was lost on the way: a killed server empties the unlogged tables.
        MonthClosed: somebody closed the month since the build was opened.
    """
    with _step(settings, build, "publish"), connect(settings, "transformer") as connection:
        refuse_closed(connection, build.month)
        touched = connection.execute(
            "select touched_households from ops.builds where build_id = %s", (build.build_id,)
        ).fetchone() or (None,)
        households = publish_tables(connection, build.month, is_renewed=touched[0] is not None)
        if households == 0:
            raise BuildFailed(words("no_household", month=build.month))
        connection.execute(
            "update ops.builds set status = 'published', finished_at = now(), household_count = %s where build_id = %s",
            (households, build.build_id),
        )
        standing.leave(connection, build.build_id, build.month)
    return BuildOutcome(build.month, "published", "", households, *touched)


def build_lock(settings: Settings) -> AbstractContextManager[None]:
    """Keep every build from its next step, and wait for the one at work.

    Raises:
        Busy: that one did not end in time.
    """
    return _lock(settings)


def obstacle_to(connection: psycopg.Connection, month: str, moment: Moment = NOW) -> tuple[str, str] | None:
    """What keeps the month from being published, in English and Chinese: no roster, or one that is too old."""
    found = connection.execute(ROSTER, (first_day(month), moment)).fetchone()
    parts, is_stale, data_date = found or (0, False, None)
    if parts == 0:
        return (
            f"blocked: registry — no household roster has been accepted up to {month}",
            f"受阻：registry——截至 {month} 没有已接收的农户成员信息",
        )
    if is_stale:
        return (
            f"blocked: registry — the newest household roster is of {data_date}, too old for {month}",
            f"受阻：registry——最新的农户成员信息数据日期为 {data_date}，对 {month} 已过期",
        )
    return None


def _make_way(connection: psycopg.Connection, *, is_direct: bool) -> str | None:
    """Write a dead build off; gives the month of one that is alive."""
    found = connection.execute(OPEN_BUILD, (ABANDONED_AFTER,)).fetchone()
    if found is None:
        return None
    build_id, month, other_is_direct, is_fresh = found
    is_held = other_is_direct and not is_direct and not _is_free(connection, DIRECT_LOCK)
    is_alive = is_held or (not other_is_direct and is_direct and is_fresh)
    if is_alive:
        return month
    connection.execute(
        """
        update ops.builds
        set status = 'failed', message = 'given up', message_zh = '构建中断，已放弃', finished_at = now()
        where build_id = %s
        """,
        (build_id,),
    )
    return None


def _was_published(settings: Settings, month: str) -> bool:
    query = "select exists (select from ops.builds where month = %s and status = 'published')"
    with connect(settings, "transformer") as connection:
        return connection.execute(query, (first_day(month),)).fetchone() == (True,)


def cut_off(settings: Settings) -> str | None:
    """The month of a direct build that died without a word: it stands as building until the next one writes it off."""
    with connect(settings) as connection:
        found = connection.execute(OPEN_BUILD, (ABANDONED_AFTER,)).fetchone()
        is_dead = found is not None and found[2] and _is_free(connection, DIRECT_LOCK)
        return found[1] if found is not None and is_dead else None


def _is_free(connection: psycopg.Connection, key: int) -> bool:
    row = connection.execute("select pg_try_advisory_xact_lock(%s)", (key,)).fetchone()
    return bool(row and row[0])


def _open(
    connection: psycopg.Connection,
    month: str,
    status: str,
    inputs: str,
    message: str = "",
    message_zh: str = "",
    *,
    is_direct: bool = False,
) -> int:
    row = connection.execute(
        """
        insert into ops.builds
            (month, fingerprint, models_digest, marts_shape, status, message, message_zh, finished_at, is_direct)
        values (%s, %s, %s, %s, %s, nullif(%s, ''), nullif(%s, ''), case when %s = 'blocked' then now() end, %s)
        returning build_id
        """,
        (first_day(month), inputs, models_digest(), marts_shape(), status, message, message_zh, status, is_direct),
    ).fetchone()
    assert row is not None
    return int(row[0])


def _unchanged(connection: psycopg.Connection, month: str) -> Build:
    build_id, status, *message = connection.execute(
        """
        select build_id, status, message, message_zh
        from ops.builds
        where month = %s and status in ('published', 'blocked')
        order by build_id desc
        limit 1
        """,
        (first_day(month),),
    ).fetchone() or (0, "published", None, None)
    return Build(build_id, month, "blocked" if status == "blocked" else "unchanged", said(*message))


@contextmanager
def _step(settings: Settings, build: Build, name: str) -> Iterator[None]:
    """Hold the build lock; write a failure and the time down; refuse when another month was prepared in between."""
    with _lock(settings):
        with connect(settings, "transformer") as connection:
            current = connection.execute("select build_id from ops.current_build").fetchone()
        if current is None or current[0] != build.build_id:
            raise Overtaken(words("overtaken", month=build.month))
        watch = Stopwatch()
        try:
            with watch.step(name), _limit_told():
                yield
        except (Exception, KeyboardInterrupt) as error:
            _fail(settings, build, error)
            raise
        with connect(settings, "transformer") as connection:
            write_steps(connection, watch.steps, build_id=build.build_id)


@contextmanager
def _limit_told() -> Iterator[None]:
    """Sorts that come to the database's limit fail a build, here as in one of its models (`hearth.building.dbt`)."""
    try:
        yield
    except psycopg.errors.ConfigurationLimitExceeded:
        raise BuildFailed(words("over_limit")) from None


def _fail(settings: Settings, build: Build, error: BaseException) -> None:
    name = type(error).__name__
    message = error.words if isinstance(error, BuildFailed) else Words(name, name)
    if isinstance(error, KeyboardInterrupt):
        message = words("interrupted")
    with connect(settings, "transformer") as connection:
        connection.execute(
            "update ops.builds set status = 'failed', message = %s, message_zh = %s, finished_at = now()"
            " where build_id = %s",
            (message.en, message.zh, build.build_id),
        )


@contextmanager
def _lock(settings: Settings, key: int = BUILD_LOCK, seconds: int = LOCK_TIMEOUT_SECONDS) -> Iterator[None]:
    with connect(settings, "transformer", autocommit=True) as connection:
        connection.execute(f"set lock_timeout = '{seconds}s'")
        try:
            connection.execute("select pg_advisory_lock(%s)", (key,))
        except psycopg.errors.LockNotAvailable as error:
            raise Busy(words("another_build_at_work")) from error
        yield


__all__ = ["STAGES", "Build", "BuildOutcome", "build_month", "gate", "prepare", "publish", "transform"]
