"""水利: water schemes, the water of each household, and tests of its quality."""

from hearth.contracts.build import code, day, flag, identifier, key, number, person, text, village_code
from hearth.contracts.model import Extract, ExtractKind, Source, Stem

SCHEMES = Extract(
    name="schemes",
    title="农村供水工程",
    label="Rural water schemes",
    stems=(Stem("农村供水工程"),),
    kind=ExtractKind.SNAPSHOT,
    key=("scheme_no",),
    max_age_days=400,
    columns=(
        key("scheme_no", "工程编号", "Scheme number", required=True, aliases=("供水工程编号",)),
        text("scheme_name", "工程名称", "Name of the scheme"),
        text("scheme_type", "工程类型", "Type of the scheme"),
        text("supply", "供水方式", "Way of supply"),
        village_code("服务行政村代码"),
        text("keeper", "管护责任人", "Who keeps it", is_personal=True),
    ),
)

HOUSEHOLD_WATER = Extract(
    name="household_water",
    title="农户饮水状况",
    label="Drinking water of households",
    stems=(Stem("农户饮水状况"),),
    kind=ExtractKind.SNAPSHOT,
    max_age_days=45,
    counts_households=True,
    columns=(
        village_code(required=True),
        person("head_name", "户主姓名", "Name of the head of household", required=True, aliases=("姓名",)),
        identifier(
            "head_citizen_id",
            "户主身份证号",
            "ID number of the head of household",
            required=True,
            aliases=("户主身份证号码", "户主身份证件号"),
        ),
        key("household_no", "户编号", "Household number, often blank", is_personal=True),
        key("scheme_no", "工程编号", "Scheme number", required=True, aliases=("供水工程编号",)),
        number("litres_per_day", "人均日供水量", "Water per person and day", required=True, unit="升"),
        number("minutes_round_trip", "取水往返时间", "Time to fetch water, both ways", required=True, unit="分钟"),
        number("shortage_days", "年缺水天数", "Days without water in a year", required=True, unit="天"),
        code(
            "quality",
            "水质评价",
            "Assessment of the water",
            required=True,
            values={"合格": "达标", "基本合格": "基本达标", "不合格": "不达标", "未达标": "不达标"},
            allowed=("达标", "基本达标", "不达标"),
        ),
        flag("is_piped", "是否自来水入户", "Piped into the house", aliases=("自来水是否入户",)),
        day("assessed_on", "评价日期", "Date of the assessment"),
    ),
)

QUALITY_TESTS = Extract(
    name="quality_tests",
    title="水质检测",
    label="Tests of water quality",
    stems=(Stem("水质检测"),),
    kind=ExtractKind.EVENT,
    key=("scheme_no", "sampled_on"),
    columns=(
        key("scheme_no", "工程编号", "Scheme number", required=True, aliases=("供水工程编号",)),
        day(
            "sampled_on",
            "采样日期",
            "Date of the sample",
            required=True,
            future_is_a_fault=True,
            aliases=("取样日期", "采样时间"),
        ),
        code(
            "result",
            "检测结论",
            "Result of the test",
            required=True,
            values={"达标": "合格", "不达标": "不合格", "未达标": "不合格", "超标": "不合格"},
            allowed=("合格", "不合格"),
            aliases=("检测结果",),
        ),
        text("failed_indicators", "不合格指标", "Indicators that failed"),
    ),
)

SOURCE = Source(name="water", title="水利局", label="Water bureau", extracts=(SCHEMES, HOUSEHOLD_WATER, QUALITY_TESTS))
