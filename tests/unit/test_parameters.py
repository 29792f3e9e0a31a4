"""A parameter file is told everything that is wrong with it, in the reader's language."""

import csv
from pathlib import Path

import pytest
from rich.console import Console

from hearth.building.comparing import NAMES, Changes, Idle, ParameterChange
from hearth.building.parameters import COLUMNS, GROUPS, UNITS, read_parameters
from hearth.errors import InputError
from hearth.reporting.what_if import as_json, print_changes
from hearth.settings import PROJECT_ROOT


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def refusal(tmp_path: Path, *lines: str) -> list[str]:
    """What a file of these lines is told."""
    file = tmp_path / "county.csv"
    file.write_text("\n".join([",".join(COLUMNS), *lines]), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_parameters(file)
    assert refused.value.exit_code == 3
    return str(refused.value).splitlines()


FAULTY = (
    "income_line,,990121,,,-5,",
    "",
    "income_lime,,990121,,,1,",
    "income_line,,990121,2025-02-01,,8000,",
    "single_admission,,99012,2025-02-30,,x,",
    "compulsory_cutoff,,00,2025-02-01,2025-01-31,02-32,",
)


def test_every_fault_is_told_with_line_column_expected_and_found(tmp_path: Path) -> None:
    assert refusal(tmp_path, *FAULTY) == [
        "county.csv: line 2: value: expected a number not below 0, found '-5'",
        "county.csv: line 4: parameter: expected a known parameter, perhaps income_line, found 'income_lime'",
        "county.csv: line 6: division_code: expected 00 or a code of 2, 4, 6, 9 or 12 digits, found '99012'",
        "county.csv: line 6: population_group: expected assisted or other for single_admission, found nothing",
        "county.csv: line 6: valid_from: expected a date as 2025-01-31 or nothing, found '2025-02-30'",
        "county.csv: line 6: value: expected a number not below 0, found 'x'",
        "county.csv: line 7: valid_to: expected a day not before valid_from, 2025-02-01, found '2025-01-31'",
        "county.csv: line 7: value: expected a month and day as 08-31, found '02-32'",
    ]


WRONG_UNITS = ("income_line,,990121,,,0.84,万元", "premium_subsidy_ratio,monitored,00,,,0.5,%")


def test_a_value_in_another_unit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(tmp_path, *WRONG_UNITS) == [
        "county.csv: line 2: unit: expected yuan per person per year or nothing (give the value in that unit), found"
        " '万元'",
        "county.csv: line 3: unit: expected share or nothing (give the value in that unit), found '%'",
    ]
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert refusal(tmp_path, *WRONG_UNITS) == [
        "county.csv：第 2 行：unit：应为元/人·年（yuan per person per year）或空，数值请按该单位填写，实际为“万元”",
        "county.csv：第 3 行：unit：应为比例（share）或空，数值请按该单位填写，实际为“%”",
    ]


def test_a_blank_unit_and_other_spellings_are_the_parameters_own(tmp_path: Path) -> None:
    file = tmp_path / "county.csv"
    lines = [f"{name},{groups[0]},00,,,{'08-31' if 'cutoff' in name else 1}," for name, groups in GROUPS.items()]
    lines += ["single_admission,other,00,,,9,元", "premium_standard,,9901,,,400,元／人·年", "income_line,,99,,,1,YUAN"]
    file.write_text("\n".join([",".join(COLUMNS), *lines]), encoding="utf-8")
    assert {(row[0], row[6]) for row in read_parameters(file)} == set(UNITS.items())


def test_the_defaults_are_in_their_parameters_units() -> None:
    seed = PROJECT_ROOT / "dbt_project" / "seeds" / "rule_parameter_defaults.csv"
    rows = csv.DictReader(seed.read_text(encoding="utf-8").splitlines())
    assert {(row["parameter"], row["unit"]) for row in rows} <= set(UNITS.items())
    assert UNITS.keys() == GROUPS.keys()


@pytest.mark.parametrize("file", sorted(PROJECT_ROOT.glob("tests/**/rule_parameters.csv")))
def test_a_countys_file_that_is_shipped_is_taken(file: Path) -> None:
    assert read_parameters(file)


def test_in_a_chinese_locale_it_is_told_in_chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    told = refusal(tmp_path, *FAULTY)
    assert told[0] == "county.csv：第 2 行：value：应为不小于 0 的数，实际为“-5”"
    assert len(told) == 8
    assert not any("expected" in line for line in told)
    assert refusal(tmp_path, *["income_line,,990121,,,1,"] * 2) == [
        "county.csv：第 2 行：与第 3 行重复：income_line，区划 990121，未写起始日期"
    ]
    assert refusal(tmp_path, *["income_line,,990121,,,,"] * 25)[-1] == "county.csv：另有 5 处错误未列出"


def test_of_many_faults_the_first_are_told_and_the_rest_counted(tmp_path: Path) -> None:
    told = refusal(tmp_path, *["income_line,,990121,,,,"] * 25)
    assert len(told) == 21
    assert told[19:] == [
        "county.csv: line 21: value: expected a number not below 0, found nothing",
        "county.csv: and 5 more like these",
    ]


def test_rows_that_start_together_are_named_by_their_lines(tmp_path: Path) -> None:
    rows = (
        "income_line,,990121,,,8000,",
        "single_admission,other,990121,2025-01-01,,1,",
        "income_line,,990121,,,9000,",
        "single_admission,other,990121,2025-01-01,,2,",
        "allowance_line,,990121,1949-10-01,,2,",
        "allowance_line,,990121,,,2,",
    )
    assert refusal(tmp_path, *rows) == [
        "county.csv: line 2: the same again in line 4: income_line for 990121 without a start",
        "county.csv: line 3: the same again in line 5: single_admission (other) for 990121 with the start 2025-01-01",
        "county.csv: line 6: the same again in line 7: allowance_line for 990121 without a start"
        " or with the start 1949-10-01",
    ]


def test_columns_that_are_missing_are_named(tmp_path: Path) -> None:
    file = tmp_path / "county.csv"
    file.write_text("parameter,value\nincome_line,1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"line 1: the columns population_group, division_code, .* are missing"):
        read_parameters(file)


def test_a_trial_names_parameters_as_the_file_and_the_explanation_do(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = [ParameterChange(*NAMES["out_of_pocket_year_to_date_assisted"], "5000", "2500", ("990121101201",))]
    idle = Idle("income_line", "", "nobody lives in 99", "区划 99 没有农户", "99", "8000")
    names = {"out_of_pocket_year_to_date": "年度自付标准", "income_line": "监测线"}
    found = Changes("202502", 1, 1, 1, {}, {}, names, changed, [], [idle])
    print_changes(Console(width=120), found, show_all=False)
    told = capfd.readouterr().out
    assert "out_of_pocket_year_to_date (assisted) " in told
    assert "changes nothing in 202502: income_line 8000 for 99: nobody lives in 99" in told
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    print_changes(Console(width=120), found, show_all=False)
    told = capfd.readouterr().out
    assert "年度自付标准（脱贫户或正在监测户）" in told
    assert "对 202502 不起作用：监测线 8000，区划 99：区划 99 没有农户" in told
    shaped = as_json(found, show_all=False)
    differing = shaped["parameters"][0]
    assert (differing["parameter"], differing["population_group"]) == ("out_of_pocket_year_to_date", "assisted")
    assert shaped["without_effect"][0]["reason_zh"] == "区划 99 没有农户"


def test_a_line_of_another_width_is_not_read_by_its_columns(tmp_path: Path) -> None:
    assert refusal(tmp_path, "income_line,,990121,,,7,000,yuan", "income_line,,990121,,,7000") == [
        f"county.csv: line {line}: {cells} cells where the header has 7: write numbers without a thousands comma, and"
        " text that holds a comma in quotation marks"
        for line, cells in ((2, 8), (3, 6))
    ]


def test_a_share_is_at_most_one(tmp_path: Path) -> None:
    assert refusal(tmp_path, "income_drop_share,,00,,,30,share", "premium_subsidy_ratio,allowance,00,,,1.01,share") == [
        f"county.csv: line {line}: value: expected a share from 0 to 1, as 0.30, found '{found}'"
        for line, found in ((2, "30"), (3, "1.01"))
    ]
    file = tmp_path / "county.csv"
    sound = (
        f"income_drop_share,,{place:02},,,{share}," for place, share in enumerate(("0", "0.3", "1", "1.0", "00.5"))
    )
    file.write_text("\n".join([",".join(COLUMNS), *sound]), encoding="utf-8")
    assert len(read_parameters(file)) == 5
