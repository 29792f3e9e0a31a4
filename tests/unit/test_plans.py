"""What the benchmarks read in a plan: whose time it was, and what it wrote."""

import pytest

from benchmarks.explained import by_kind, read_plan

PLAN = """\
Hash Join  (cost=1.00..9.00 rows=4 width=8) (actual time=1.000..100.000 rows=40.00 loops=1)
  Hash Cond: (linked.person_key = members.person_key)
  Buffers: shared hit=9, temp read=3 written=12
  WAL: records=2 bytes=120
  CTE linked
    ->  Sort  (cost=1.00..2.00 rows=4 width=8) (actual time=1.000..30.000 rows=40.00 loops=1)
          Buffers: shared hit=4, temp read=3 written=7
          ->  Seq Scan on links  (cost=0.00..1.00 rows=4 width=8) (actual time=0.100..10.000 rows=40.00 loops=1)
  ->  CTE Scan on linked  (cost=0.00..1.00 rows=4 width=8) (actual time=1.000..35.000 rows=40.00 loops=1)
  ->  Hash  (cost=1.00..2.00 rows=4 width=8) (actual time=50.000..50.000 rows=40.00 loops=1)
        ->  Gather  (cost=1.00..2.00 rows=4 width=8) (actual time=1.000..48.000 rows=40.00 loops=1)
              Workers Planned: 1
              Workers Launched: 1
              ->  Parallel Seq Scan on members  (cost=0..1.00 rows=2 width=8) (actual time=0.1..44.0 rows=20.0 loops=2)
              ->  Seq Scan on nobody  (cost=0.00..1.00 rows=2 width=8) (never executed)
Planning Time: 1.000 ms
Execution Time: 101.000 ms
"""


def test_each_type_has_its_own_time() -> None:
    """A CTE's time is taken from those that scan it, and processes that share a node share its time."""
    assert by_kind(PLAN) == {
        "Hash Join": pytest.approx(100 - 35 - 50),
        "CTE Scan": pytest.approx(35 - 30),
        "Sort": pytest.approx(30 - 10),
        "Seq Scan": pytest.approx(10),
        "Hash": pytest.approx(50 - 48),
        "Gather": pytest.approx(48 - 44),
        "Parallel Seq Scan": pytest.approx(44),
    }


def test_a_plan_is_told_in_short() -> None:
    assert read_plan(PLAN) == {
        "plan_seconds": 0.1,
        "rows": 40,
        "dearest": "Parallel Seq Scan",
        "share": 0.44,
        "temporary_blocks": 12,
        "wal_bytes": 120,
    }
