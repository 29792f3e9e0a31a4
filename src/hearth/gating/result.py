"""What a gate says, and what becomes of each expectation's result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from expectations.kinds import Expectation
from hearth.errors import HearthError
from hearth.language import Words, filled

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult


class GateBroken(HearthError):
    """A critical expectation could not be evaluated, so nobody knows whether the rows may count."""


def could_not_decide(why: Words) -> GateBroken:
    """The error of a gate that cannot tell."""
    return GateBroken(Words(f"校验关口无法判定：{why.zh}", f"The gate could not decide: {why.en}"))


@dataclass(frozen=True)
class GateResult:
    """Whether a delivery may count or a month be published, with a sentence for each expectation that failed.

    `failures` (`failures_zh` in Chinese) are the critical ones, `warnings` the others. Sentences name
    expectation, column and counts, never a value.
    """

    passed: bool
    failures: list[str] = field(default_factory=list)
    failures_zh: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Finding:
    """One expectation's result, without any value."""

    suite: str
    expectation: str
    column: str | None
    severity: str
    is_success: bool
    element_count: int | None
    unexpected_count: int | None
    reason_en: str
    reason_zh: str
    is_broken: bool = False
    source: str | None = None
    extract: str | None = None
    observed: Mapping[str, Any] | None = None
    """Of a sudden change: now, before and month_before; of a share also `of` and `of_before`."""

    @property
    def reason(self) -> str:
        """Both languages, as comments in the database have them."""
        return f"{self.reason_en} · {self.reason_zh}"

    @property
    def en(self) -> str:
        """The failure as a sentence."""
        count = (
            figures_of(self.observed).en if self.observed else self._count("could not be evaluated", "of", "unexpected")
        )
        return f"{self._where()}: {count}. {self.reason_en}"

    @property
    def zh(self) -> str:
        """The failure as a sentence in Chinese."""
        count = figures_of(self.observed).zh if self.observed else self._count("无法执行", "/", "处不符")
        return f"{self._where()}：{count}。{self.reason_zh}"

    def _where(self) -> str:
        column = f" ({self.column})" if self.column else ""
        return f"{self.suite}: {self.expectation}{column}"

    def _count(self, broken: str, of: str, unexpected: str) -> str:
        if self.is_broken:
            return broken
        rows = f" {of} {self.element_count}" if self.element_count is not None else ""
        return f"{self.unexpected_count}{rows} {unexpected}"


def figures_of(observed: Mapping[str, Any]) -> Words:
    """The figures of a sudden change: `12 of 300 now, 1 of 298 in 202501`."""
    now, before, month = observed["now"], observed["before"], observed["month_before"]
    if "of" not in observed:
        return filled(
            Words("本月 {now}，{month} 为 {before}", "{now} now, {before} in {month}"),
            now=now,
            before=before,
            month=month,
        )
    return filled(
        Words("本月 {now}/{of}，{month} 为 {before}/{was}", "{now} of {of} now, {before} of {was} in {month}"),
        now=now,
        of=observed["of"],
        before=before,
        was=observed["of_before"],
        month=month,
    )


def findings(result: ExpectationSuiteValidationResult) -> list[Finding]:
    """The results of one suite; where an expectation does not count rows itself, those of the others stand in."""
    rows = max(((one.result or {}).get("element_count", 0) for one in result.results), default=0)
    return [_finding(result.suite_name, one, rows) for one in result.results]


def judge(found: Iterable[Finding]) -> GateResult:
    """The gate's answer: passed where no critical expectation failed.

    Raises:
        GateBroken: a critical expectation could not be evaluated.
    """
    failed = [finding for finding in found if not finding.is_success]
    critical = [finding for finding in failed if finding.severity == "critical"]
    unknown = [finding for finding in critical if finding.is_broken]
    if unknown:
        en, zh = " ".join(finding.en for finding in unknown), "".join(finding.zh for finding in unknown)
        raise could_not_decide(Words(zh, en))
    return GateResult(
        passed=not critical,
        failures=[finding.en for finding in critical],
        failures_zh=[finding.zh for finding in critical],
        warnings=[finding.en for finding in failed if finding.severity != "critical"],
    )


def _finding(suite: str, one: ExpectationValidationResult, row_count: int) -> Finding:
    assert one.expectation_config is not None, "Great Expectations always says what it evaluated"
    stated = cast("Expectation", one.expectation_config.to_json_dict())
    counts: dict[str, Any] = one.result or {}
    return finding_of(
        suite,
        stated,
        bool(one.success),
        counts.get("element_count", row_count),
        _unexpected(counts, bool(one.success)),
        is_broken=_raised(one.exception_info),
    )


def finding_of(
    suite: str,
    stated: Expectation,
    is_success: bool,
    element_count: int | None,
    unexpected_count: int | None,
    *,
    is_broken: bool = False,
) -> Finding:
    """What an expectation's evaluation comes to, with the name, severity and reasons that its suite gives it."""
    reason_en, reason_zh = stated["notes"]
    return Finding(
        suite=suite,
        expectation=stated["meta"]["name"],
        column=stated["meta"].get("column") or _column(stated["kwargs"]),
        severity=stated["severity"],
        is_success=is_success,
        element_count=element_count,
        unexpected_count=unexpected_count,
        reason_en=reason_en,
        reason_zh=reason_zh,
        is_broken=is_broken,
    )


def _unexpected(counts: dict[str, Any], is_success: bool) -> int | None:
    """Rows that fail. Of a table without rows Great Expectations counts nothing."""
    found = counts.get("unexpected_count", counts.get("observed_value"))
    return 0 if found is None and is_success else found


def _column(kwargs: dict[str, Any]) -> str | None:
    return kwargs.get("column") or ", ".join(kwargs.get("column_list", ())) or None


def _raised(info: dict[str, Any] | None) -> bool:
    """Whether evaluating failed. Great Expectations gives one report, or one per metric."""
    if not info:
        return False
    reports = [info] if "raised_exception" in info else list(info.values())
    return any(report.get("raised_exception") for report in reports)
