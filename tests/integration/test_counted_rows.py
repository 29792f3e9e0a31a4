"""Of a record that came several times one row counts (`counted_rows`); the month in which it came first is known."""

from pathlib import Path

from hearth.building.dbt import invoke
from hearth.loading.load import load_source
from hearth.settings import Settings
from tests.integration.support import ask, begin_build, fictional_id, write_csv

HEADERS = (
    *("setl_id", "psn_no", "psn_name", "certno", "insutype", "med_type", "setl_time", "medfee_sumamt", "hifp_pay"),
    *("hifmi_pay", "maf_pay", "psn_selfpay", "psn_ownpay", "refd_setl_flag", "admdvs"),
)
COUNTED = "{{ counted_rows('medical_insurance', 'settlements', key=['settlement_no'], first_month=true) }}"


def settlement(number: str, day: str, total: int) -> list[str]:
    """A row of 医保结算明细 that the family paid itself."""
    paid = [f"{total}.00", "0.00", "0.00", "0.00", f"{total}.00", "0.00"]
    return [number, "51", "虚构甲", fictional_id(1), "390", "21", f"{day} 08:00:00", *paid, "0", "990101"]


def test_a_settlement_sent_again_counts_as_sent_last_and_keeps_its_first_month(
    warehouse: Settings, tmp_path: Path
) -> None:
    lists = {
        "202501": [settlement("again", "2025-01-05", 100), settlement("once", "2025-01-06", 1)],
        "202502": [settlement("again", "2025-01-05", 200), settlement("late", "2025-01-07", 3)],
        "202503": [settlement("again", "2025-01-05", 300), settlement("again", "2025-01-05", 301)],
    }
    for month, rows in lists.items():
        write_csv(tmp_path, f"medical_insurance/{month}/医保结算明细_{month}.csv", HEADERS, rows)
    load_source(warehouse, "medical_insurance", landing=tmp_path)
    begin_build(warehouse, "2025-03-01")
    invoke(warehouse, ["run", "--select", "stg_medical_insurance__settlements", "+int_counting_deliveries"])
    [compiled] = invoke(warehouse, ["compile", "--inline", COUNTED])
    found = ask(
        warehouse, f"select settlement_no, total_yuan::integer, first_month from ({compiled.node.compiled_code}) as c"
    )
    assert sorted(found) == [("again", 301, "202501"), ("late", 3, "202502"), ("once", 1, "202501")]
