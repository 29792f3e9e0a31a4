"""The figures behind a hold as sentences, for Airflow's page and for the command line."""

from __future__ import annotations

from collections.abc import Iterator

from hearth.language import Listed, Words, filled
from hearth.loading.held import NAMED_AT_MOST, HeldDelivery, Villages


def figures(held: HeldDelivery) -> list[Words]:
    """What a person needs to decide: why, rows now and before, villages that went, the count in the file's name."""
    return [Words(held.reason_zh, held.reason), *_rows(held), *_of_villages(held.villages), *_stated(held)]


def _rows(held: HeldDelivery) -> Iterator[Words]:
    if held.rows_now is not None:
        yield filled(
            Words(
                "本次 {now} 行，其中 {faulty} 行有误、已隔离。",
                "Now: {now} rows, {faulty} of them faulty and kept apart.",
            ),
            now=held.rows_now,
            faulty=held.rows_quarantined or 0,
        )
    if held.rows_before is None:
        yield Words("此前没有已接收的同类文件。", "Before: no list of this kind and part was accepted.")
        return
    yield filled(
        Words("上一份（{file}）{before} 行{change}。", "Before: {before} rows ({file}){change}."),
        file=held.file_before,
        before=held.rows_before,
        change=_change(held),
    )


def _change(held: HeldDelivery) -> str:
    if held.rows_now is None or not held.rows_before:
        return ""
    return f" {held.rows_now / held.rows_before - 1:+.1%}"


def _of_villages(villages: Villages | None) -> Iterator[Words]:
    if villages is None:
        return
    facts = {"before": villages.before, "now": villages.now, "gone": villages.gone_count}
    yield filled(
        Words(
            "涉及行政村：上一份 {before} 个，本次 {now} 个，消失 {gone} 个。",
            "Villages: {before} before, {now} now; {gone} vanished.",
        ),
        **facts,
    )
    if villages.gone:
        names = Listed(villages.gone[:NAMED_AT_MOST])
        rest = villages.gone_count - len(names)
        yield filled(
            Words("消失的行政村：{names}{rest}", "Vanished: {names}{rest}"),
            names=names,
            rest=filled(Words("等，另有 {n} 个", ", and {n} more"), n=rest) if rest else "",
        )


def _stated(held: HeldDelivery) -> Iterator[Words]:
    if held.stated_count is None:
        yield Words("文件名未注明数量。", "The file's name states no count.")
        return
    yield filled(
        Words("文件名注明 {count} {unit}。", "The file's name states {count} ({unit})."),
        count=held.stated_count,
        unit=held.stated_unit or Words("", "no unit"),
    )
