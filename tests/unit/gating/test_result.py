"""What the gate says of its findings."""

import pytest

from hearth.gating.result import Finding, GateBroken, judge


def finding(severity: str, *, is_success: bool = False, is_broken: bool = False) -> Finding:
    return Finding(
        "education__pupils", "key_present", "pupil_no", severity, is_success, 40, 3, "Why.", "原因。", is_broken
    )


def test_a_warning_lets_the_delivery_pass() -> None:
    result = judge([finding("warning"), finding("critical", is_success=True)])
    assert result.passed
    assert result.warnings == ["education__pupils: key_present (pupil_no): 3 of 40 unexpected. Why."]


def test_a_critical_failure_does_not() -> None:
    result = judge([finding("critical")])
    assert not result.passed
    assert result.failures == ["education__pupils: key_present (pupil_no): 3 of 40 unexpected. Why."]
    assert result.failures_zh == ["education__pupils: key_present (pupil_no)：3 / 40 处不符。原因。"]


def test_a_critical_expectation_that_cannot_be_evaluated_decides_nothing() -> None:
    with pytest.raises(GateBroken, match="could not"):
        judge([finding("critical", is_broken=True)])


def test_a_broken_warning_is_only_reported() -> None:
    assert judge([finding("warning", is_broken=True)]).passed
