"""乡村振兴局: the household roster, which is the spine, with divisions and incomes."""

from hearth.contracts.build import (
    code,
    day,
    division,
    flag,
    identifier,
    key,
    month,
    number,
    person,
    sequence,
    text,
    township,
    village,
    village_code,
    yuan,
)
from hearth.contracts.model import Extract, ExtractKind, Source, Stem

DIVISIONS = Extract(
    name="divisions",
    title="行政区划",
    label="Administrative divisions",
    stems=(Stem("行政区划"),),
    kind=ExtractKind.SNAPSHOT,
    key=("division_code",),
    columns=(
        division("division_code", "区划代码", "Division code", required=True, aliases=("行政区划代码",)),
        text("division_name", "名称", "Division name", required=True, aliases=("区划名称", "行政区划名称")),
        code(
            "division_level",
            "级别",
            "Level of the division",
            required=True,
            values={
                "省级": "省",
                "市级": "市",
                "县级": "县",
                "乡级": "乡镇",
                "乡镇级": "乡镇",
                "村级": "村",
                "行政村": "村",
            },
        ),
        division("parent_code", "上级代码", "Code of the division above", required=True, aliases=("上级区划代码",)),
        flag("is_lifted_village", "是否脱贫村", "Village lifted out of poverty"),
        flag("is_key_village", "是否乡村振兴重点帮扶村", "Key village of rural revitalisation"),
        flag("is_water_scarce", "是否缺水地区", "Water-scarce area"),
    ),
)

DIVISION_CHANGES = Extract(
    name="division_changes",
    title="行政区划变更",
    label="Changes of administrative divisions",
    stems=(Stem("行政区划变更"),),
    kind=ExtractKind.EVENT,
    key=("old_code", "effective_on"),
    columns=(
        division("old_code", "原区划代码", "Old division code", required=True, aliases=("旧区划代码",)),
        division("new_code", "新区划代码", "New division code", required=True, aliases=("现区划代码",)),
        day("effective_on", "生效日期", "Date of effect", required=True, aliases=("变更日期",)),
        text("change_reason", "变更原因", "Reason of the change"),
    ),
)

MEMBERS = Extract(
    name="members",
    title="（自定义）农户成员信息",
    label="Household members",
    stems=(Stem("（自定义）农户成员信息"), Stem("农户成员信息")),
    kind=ExtractKind.SNAPSHOT,
    key=("person_no",),
    max_age_days=45,
    columns=(
        sequence(),
        day("data_date", "数据日期", "Date of the data"),
        text("county_name", "县(市、区、旗)", "County", aliases=("县", "县(市、区)", "县区")),
        township(),
        village(),
        village_code(required=True),
        key(
            "household_no",
            "户编号",
            "Household number",
            required=True,
            is_personal=True,
            blank_fault="missing_household",
        ),
        key("person_no", "人编号", "Person number", required=True, is_personal=True, aliases=("人员编号",)),
        person("person_name", "姓名", "Name", required=True),
        code("sex", "性别", "Sex", values={"男性": "男", "女性": "女", "1": "男", "2": "女"}),
        text("document_type", "证件类型", "Type of document"),
        identifier("citizen_id", "证件号码", "ID number", required=True),
        day("birth_date", "出生日期", "Date of birth", required=True, future_is_a_fault=True, aliases=("出生年月日",)),
        text(
            "relation_to_head", "与户主关系", "Relation to the head of household", required=True, aliases=("户主关系",)
        ),
        text("ethnicity", "民族", "Ethnicity"),
        text("health", "健康状况", "State of health, several joined by commas"),
        code(
            "labour_skill",
            "劳动技能",
            "Capacity for work",
            required=True,
            values={
                "普通劳动能力": "普通劳动力",
                "技能劳动能力": "技能劳动力",
                "弱劳动力": "弱劳动力或半劳动力",
                "半劳动力": "弱劳动力或半劳动力",
                "半劳动力或弱劳动力": "弱劳动力或半劳动力",
                "丧失劳动能力": "丧失劳动力",
                "无劳动能力": "无劳动力",
            },
        ),
        number("work_months", "务工时间", "Months of work away from home", unit="月"),
        code(
            "household_type",
            "户类型",
            "Type of household",
            required=True,
            values={"一般户": "一般农户", "普通农户": "一般农户", "已脱贫户": "脱贫户", "脱贫人口": "脱贫户"},
            allowed=("一般农户", "脱贫户"),
        ),
        code(
            "monitored_category",
            "监测对象类别",
            "Category of monitored household",
            required=True,
            aliases=("监测对象类型",),
            values={
                "脱贫不稳定": "脱贫不稳定户",
                "边缘易致贫": "边缘易致贫户",
                "边缘户": "边缘易致贫户",
                "突发严重困难": "突发严重困难户",
                "无": "",
                "否": "",
                "—": "",
                "-": "",
            },
            allowed=("脱贫不稳定户", "边缘易致贫户", "突发严重困难户"),
        ),
        text("risk_type", "风险类型", "Type of risk"),
        month("identified_month", "识别监测时间", "Month of identification", aliases=("识别时间", "识别监测年月")),
        flag(
            "is_risk_cleared", "风险是否已消除", "Risk cleared", required=True, aliases=("是否消除风险", "风险是否消除")
        ),
        month("cleared_month", "消除监测时间", "Month the risk was cleared", aliases=("消除时间", "风险消除时间")),
        flag("is_relocated", "是否易地扶贫搬迁户", "Relocated household", required=True, aliases=("是否易地搬迁户",)),
        number("stated_member_count", "家庭人口数", "Members as stated", aliases=("家庭人口",)),
        text("phone", "联系电话", "Telephone", is_personal=True, aliases=("电话", "手机号", "手机号码", "联系方式")),
    ),
)

INCOME = Extract(
    name="income",
    title="农户收支信息",
    label="Household incomes",
    stems=(Stem("农户收支信息"),),
    kind=ExtractKind.SNAPSHOT,
    key=("household_no",),
    max_age_days=45,
    counts_households=True,
    columns=(
        key("household_no", "户编号", "Household number", required=True, is_personal=True),
        day("period_from", "统计周期起", "Start of the twelve months"),
        day("period_to", "统计周期止", "End of the twelve months"),
        yuan("wage_income_yuan", "工资性收入", "Income from wages"),
        yuan(
            "business_income_yuan", "生产经营性收入", "Income from production and business", aliases=("生产经营收入",)
        ),
        yuan("property_income_yuan", "财产性收入", "Income from property"),
        yuan("transfer_income_yuan", "转移性收入", "Transfers"),
        yuan("business_cost_yuan", "生产经营性支出", "Cost of production and business", aliases=("生产经营支出",)),
        yuan("net_income_yuan", "家庭纯收入", "Net income of the household", required=True),
        yuan(
            "income_per_capita_yuan", "人均纯收入", "Net income per person", required=True, aliases=("家庭人均纯收入",)
        ),
        yuan("previous_income_per_capita_yuan", "上年人均纯收入", "Net income per person, year before", required=True),
    ),
)

SOURCE = Source(
    name="registry",
    title="乡村振兴局",
    label="Rural revitalisation bureau: the household roster",
    extracts=(DIVISIONS, DIVISION_CHANGES, MEMBERS, INCOME),
)
