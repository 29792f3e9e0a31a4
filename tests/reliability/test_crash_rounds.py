"""`make crash` without its servers: what a round is, and how reports are kept and add up."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.reliability.crash import Blow, Round, drawn, reported, summary
from tests.reliability.journey import STEPS

ROUNDS = 1_000


def test_a_round_follows_from_its_seed_and_number() -> None:
    assert drawn(1, 42) == drawn(1, 42) != drawn(2, 42)


def test_a_thousand_rounds_strike_every_step_and_everybody() -> None:
    rounds = [drawn(1, number) for number in range(ROUNDS)]
    steps = Counter(step for step, _ in rounds)
    assert set(steps) == set(STEPS) and min(steps.values()) > ROUNDS / sum(STEPS.values()) / 2
    blows = [blow for _, blows in rounds for blow in blows]
    assert {blow.victim for blow in blows} == {"process", "server", "worker", "both"}
    assert 0.25 < sum(blow.is_exact for blow in blows) / len(blows) < 0.5


@pytest.mark.parametrize(("share", "statement"), [(0.0, 1), (0.5, 51), (0.999, 100)])
def test_a_blow_strikes_at_a_statement_that_there_is(share: float, statement: int) -> None:
    assert Blow("server", is_exact=True, share=share, pick=0.0).statement(100) == statement


def test_reports_add_up_each_round_once_and_without_a_line_cut_short(tmp_path: Path) -> None:
    first, second, other = Round(1, 0, "load"), Round(1, 1, "build", findings=["?"]), Round(2, 0, "run")
    lines = [json.dumps(asdict(one)) for one in (first, second, other)]
    (tmp_path / "a").write_text("\n".join([*lines[:2], lines[2][:20]]), encoding="utf-8")
    (tmp_path / "b").write_text("\n".join(lines[1:]), encoding="utf-8")
    rounds = reported(tmp_path / "a", tmp_path / "b", tmp_path / "none")
    assert sorted(rounds, key=lambda one: (one.seed, one.number)) == [first, second, other]
    assert summary(rounds)["rounds with findings"] == 1
    assert summary(rounds)["seeds"] == {1: 2, 2: 1}
