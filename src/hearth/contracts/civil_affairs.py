"""民政: allowances, persons in extreme poverty, disability allowances, temporary relief, deaths."""

from hearth.contracts.build import day, identifier, month, person, sequence, text, township, village, yuan
from hearth.contracts.model import Extract, ExtractKind, Source, Stem

ALLOWANCES = Extract(
    name="allowances",
    title="低保保障名册",
    label="Roster of the minimum-living allowance",
    stems=(Stem("农村低保保障名册", part="农村"), Stem("城市低保保障名册", part="城市")),
    kind=ExtractKind.SNAPSHOT,
    max_age_days=45,
    columns=(
        sequence(),
        township(group="所在地"),
        village(group="所在地"),
        person("head_name", "姓名", "Name of the head of household", group="户主", aliases=("户主姓名",)),
        identifier(
            "head_citizen_id", "身份证号", "ID number of the head of household", group="户主", aliases=("户主身份证号",)
        ),
        text(
            "allowance_no", "低保证号", "Number of the allowance certificate", is_personal=True, aliases=("低保证编号",)
        ),
        person("person_name", "姓名", "Name", group="保障对象", required=True, aliases=("保障对象姓名", "保障人姓名")),
        identifier(
            "citizen_id",
            "身份证号",
            "ID number",
            group="保障对象",
            required=True,
            aliases=("保障对象身份证号", "保障人身份证号"),
        ),
        text("relation_to_head", "与户主关系", "Relation to the head of household", group="保障对象"),
        yuan("amount_yuan", "领取金额", "Amount per month", aliases=("月保障金额",)),
        month("entitled_from", "起始保障年月", "Entitled from", aliases=("起始年月",)),
    ),
)

EXTREME_POVERTY = Extract(
    name="extreme_poverty",
    title="特困人员供养名册",
    label="Roster of persons in extreme poverty",
    stems=(Stem("特困人员供养名册"),),
    kind=ExtractKind.SNAPSHOT,
    max_age_days=45,
    columns=(
        sequence(),
        person("person_name", "姓名", "Name", required=True),
        identifier("citizen_id", "身份证号", "ID number", required=True),
        township(),
        village(),
        text("support_form", "供养方式", "Form of support"),
        text("self_care", "生活自理能力", "Ability to care for oneself"),
        month("supported_from", "起始年月", "Supported from", aliases=("起始供养年月",)),
    ),
)

DISABILITY_ALLOWANCES = Extract(
    name="disability_allowances",
    title="残疾人两项补贴",
    label="The two allowances for disabled persons",
    stems=(Stem("残疾人两项补贴"),),
    kind=ExtractKind.SNAPSHOT,
    key=("citizen_id",),
    max_age_days=45,
    columns=(
        person("person_name", "姓名", "Name", required=True),
        identifier(
            "citizen_id",
            "残疾人证号",
            "Certificate of disability: ID, type and grade",
            required=True,
            aliases=("残疾证号", "残疾人证号码", "残疾证号码"),
        ),
        text("disability_type", "残疾类别", "Kind of disability"),
        text("disability_grade", "残疾等级", "Grade of disability"),
        yuan("living_allowance_yuan", "生活补贴", "Living allowance per month"),
        yuan("care_allowance_yuan", "护理补贴", "Care allowance per month"),
        township(),
        village(),
    ),
)

TEMPORARY_RELIEF = Extract(
    name="temporary_relief",
    title="临时救助发放",
    label="Temporary relief",
    stems=(Stem("临时救助发放"),),
    kind=ExtractKind.EVENT,
    key=("citizen_id", "paid_on", "amount_yuan"),
    columns=(
        person("person_name", "姓名", "Name", required=True),
        identifier("citizen_id", "身份证号", "ID number", required=True),
        text("relief_reason", "救助原因", "Reason"),
        yuan("amount_yuan", "救助金额", "Amount paid", required=True),
        day("paid_on", "发放日期", "Date of payment", required=True, future_is_a_fault=True),
    ),
)

DEATHS = Extract(
    name="deaths",
    title="死亡人员信息",
    label="Deaths",
    stems=(Stem("死亡人员信息"),),
    kind=ExtractKind.EVENT,
    key=("citizen_id", "died_on"),
    columns=(
        person("person_name", "姓名", "Name", required=True),
        identifier("citizen_id", "身份证号", "ID number", required=True),
        day("died_on", "死亡日期", "Date of death", required=True, future_is_a_fault=True),
        text("reported_by", "信息来源", "Where the information came from"),
    ),
)

SOURCE = Source(
    name="civil_affairs",
    title="民政局",
    label="Civil affairs bureau",
    extracts=(ALLOWANCES, EXTREME_POVERTY, DISABILITY_ALLOWANCES, TEMPORARY_RELIEF, DEATHS),
)
