"""What a build leaves for the queue: its unlinked rows and their candidates, and which decisions it met."""

from typing import Any

import psycopg

from hearth.building.months import first_day, with_decisions

ITEMS = """
    insert into restricted.queue_items (source, extract, record_key)
    select source, extract, record_key
    from intermediate.int_queue_records
    group by source, extract, record_key
    order by source, extract, min(delivery_id), min(row_number)
    on conflict (source, extract, record_key) do nothing
"""

RECORDS = """
    insert into restricted.queue_records
        (
            month, source, extract, record_key, delivery_id, row_number, village_code, is_counting, state, reason,
            candidate_count, rows_together, decision_id, lapsed_because
        )
    select
        %s, source, extract, record_key, delivery_id, row_number, village_code, is_counting, state, reason,
        candidate_count, rows_together, decision_id, lapsed_because
    from intermediate.int_queue_records
"""

CANDIDATES = """
    insert into restricted.queue_candidates
        (
            month, delivery_id, row_number, person_key, household_key, household_no, name, birth_date, id_17,
            village_code, last_month, reasons
        )
    select
        %s, candidates.delivery_id, candidates.row_number, candidates.person_key, candidates.household_key,
        persons.household_no, persons.name_key, persons.birth_date, persons.id_17, persons.village_code,
        persons.last_month, candidates.reasons
    from intermediate.int_queued_candidates as candidates
    inner join intermediate.int_spine_persons as persons using (person_key)
"""

MET = """
    select md5(string_agg(met.decision_id || met.decision, ',' order by met.decision_id))
    from (select distinct decision_id, decision from intermediate.int_unlinked_decided) as met
"""


def publish_queue(connection: psycopg.Connection[Any], month: str) -> None:
    """Show the month's records in doubt, within the caller's transaction, and note which decisions the build met.

    A decision that was made while the month was being built is not among them, so that the month is due again.
    """
    day = first_day(month)
    connection.execute(ITEMS)
    connection.execute("delete from restricted.queue_records where month = %s", (day,))
    connection.execute(RECORDS, (day,))
    connection.execute("delete from restricted.queue_candidates where month = %s", (day,))
    connection.execute(CANDIDATES, (day,))
    met = connection.execute(MET).fetchone()
    build = connection.execute(
        "select build_id, fingerprint from ops.builds inner join ops.current_build using (build_id)"
    ).fetchone()
    if build and build[1]:
        stamped = with_decisions(build[1], met[0] if met else None)
        connection.execute("update ops.builds set fingerprint = %s where build_id = %s", (stamped, build[0]))
