"""What names of files say; the names are those departments give."""

import pytest

from hearth.contracts import source
from hearth.reading.filename import recognise

CASES = [
    # source, name, extract, part, date, count, unit, correction
    ("civil_affairs", "农村低保保障名册_202501_299人.xls", "allowances", "农村", "202501", 299, "人", False),
    ("civil_affairs", "城市低保保障名册202501.xlsx", "allowances", "城市", "202501", None, None, False),
    (
        "civil_affairs",
        "农村低保保障名册_云岭镇_2025年1月_共1,234人.xls",
        "allowances",
        "农村云岭镇",
        "202501",
        1234,
        "人",
        False,
    ),
    ("civil_affairs", "农村低保保障名册_202503_再报.xls", "allowances", "农村", "202503", None, None, False),
    ("civil_affairs", "残疾人两项补贴（1月份）（2）.csv", "disability_allowances", "", None, None, None, False),
    ("civil_affairs", "死亡人员信息_补报_202502.csv", "deaths", "补报", "202502", None, None, False),
    ("registry", "（自定义）农户成员信息_20250131.xlsx", "members", "", "20250131", None, None, False),
    ("registry", "(自定义) 农户成员信息-2025-01-31 - 副本.xlsx", "members", "", "20250131", None, None, False),
    ("registry", "农户收支信息_2025年1月31日_1200户.csv", "income", "", "20250131", 1200, "户", False),
    ("registry", "行政区划_20250131.csv", "divisions", "", "20250131", None, None, False),
    ("registry", "行政区划变更_2025.02.csv", "division_changes", "", "202502", None, None, False),
    ("education", "中小学在籍学生_202502_更正.csv", "pupils", "", "202502", None, None, True),
    ("education", "中小学在籍学生_第二次更正_202502.csv", "pupils", "", "202502", None, None, True),
    ("education", "中小学在籍学生_202502_更正2_已审核.csv", "pupils", "", "202502", None, None, True),
    ("education", "中小学在籍学生202502更正版（138人）.csv", "pupils", "", "202502", 138, "人", True),
    (
        "education",
        "中小学在籍学生_云岭镇中心小学_在读_202502.xls.csv",
        "pupils",
        "云岭镇中心小学",
        "202502",
        None,
        None,
        False,
    ),
    ("education", "中小学在籍学生_【定稿】_20250228153000.csv", "pupils", "", "20250228", None, None, False),
    ("medical_insurance", "医保结算明细_2024年.csv", "settlements", "2024年", None, None, None, False),
    ("medical_insurance", "医保结算明细_2024年度_202501.csv", "settlements", "2024年", "202501", None, None, False),
    ("medical_insurance", "医保结算明细_2024年全年_v1.0.csv", "settlements", "2024年", None, None, None, False),
    ("medical_insurance", "医保结算明细_2024.csv", "settlements", "2024年", None, None, None, False),
    ("medical_insurance", "医保结算明细_202501_5条.csv", "settlements", "", "202501", 5, "条", False),
    ("medical_insurance", "医保结算明细_20250101-20250228.csv", "settlements", "", "20250228", None, None, False),
    (
        "medical_insurance",
        "城乡居民参保_2025年_20250131_已缴费.csv",
        "enrolments",
        "2025年",
        "20250131",
        None,
        None,
        False,
    ),
    (
        "medical_insurance",
        "城乡居民参保_云岭镇_2025年_20250131.csv",
        "enrolments",
        "2025年云岭镇",
        "20250131",
        None,
        None,
        False,
    ),
    ("registry", "行政区划变更表_20250228.csv", "division_changes", "", "20250228", None, None, False),
    ("education", "非义务教育学生汇总表_202501_修订.csv", "students", "", "202501", None, None, True),
    # A count of four digits behind a date once passed for the time of day, and its unit for a part.
    ("housing", "农村住房安全台账_20250430_1509条.xls", "dwellings", "", "20250430", 1509, "条", False),
    ("housing", "农村住房安全台账_20250430_1509.xls", "dwellings", "", "20250430", None, None, False),
    ("housing", "农村住房安全台账（终稿）20250131  40户138人.xlsx", "dwellings", "", "20250131", 138, "人", False),
    # A quarter is a part where events add up, and a date where the next list replaces the last: two parts of one
    # list would count side by side.
    ("medical_insurance", "医保结算明细_2025年一季度.csv", "settlements", "2025年一季度", None, None, None, False),
    ("medical_insurance", "医保结算明细_2025年第1季度_更正.csv", "settlements", "2025年一季度", None, None, None, True),
    (
        "medical_insurance",
        "医保结算明细_2025Q1_20250410.csv",
        "settlements",
        "2025年一季度",
        "20250410",
        None,
        None,
        False,
    ),
    ("medical_insurance", "医保结算明细_2025年上半年.csv", "settlements", "2025年上半年", None, None, None, False),
    ("medical_insurance", "城乡居民参保_2025年一季度.csv", "enrolments", "2025年", "202503", None, None, False),
    ("registry", "农户收支信息_2025年一季度.csv", "income", "", "202503", None, None, False),
    ("registry", "农户收支信息_2025年二季度末_20250630.csv", "income", "", "20250630", None, None, False),
    ("housing", "农村住房安全台账_四季青镇_2025年下半年.xls", "dwellings", "四季青镇", "202512", None, None, False),
    ("water", "水质检测_2025年1-2月.csv", "quality_tests", "", "202502", None, None, False),
]


@pytest.mark.parametrize("case", CASES, ids=[case[1] for case in CASES])
def test_a_name_says_what_it_says(case: tuple) -> None:
    source_name, name, *expected = case
    found = recognise(source(source_name), name)
    assert found is not None
    said = [found.extract.name, found.part, found.name_date, found.stated_count, found.stated_unit, found.is_correction]
    assert said == expected


@pytest.mark.parametrize(
    "name",
    ["~$农户收支信息_20250131.xlsx", ".农户收支信息.csv", "收支信息.csv", "Thumbs.db", "202501农户收支信息.csv", ""],
)
def test_unknown_names_are_never_guessed_at(name: str) -> None:
    assert recognise(source("registry"), name) is None


def test_a_stem_of_another_department_is_unknown() -> None:
    assert recognise(source("water"), "农户收支信息_20250131.csv") is None
