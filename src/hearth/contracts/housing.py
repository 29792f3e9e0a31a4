"""住建: the ledger of dwellings and the aid for dwellings lost to disasters."""

from hearth.contracts.build import (
    code,
    day,
    flag,
    identifier,
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

_GRADES = {f"{grade}{suffix}": grade for grade in "ABCD" for suffix in ("级", "类", "级房", "级危房")}

DWELLINGS = Extract(
    name="dwellings",
    title="农村住房安全台账",
    label="Ledger of dwelling safety",
    stems=(Stem("农村住房安全台账"),),
    kind=ExtractKind.SNAPSHOT,
    max_age_days=45,
    counts_households=True,
    columns=(
        sequence(),
        township(group="所在地"),
        village(group="所在地"),
        village_code(group="所在地"),
        person(
            "head_name", "姓名", "Name of the head of household", group="户主", required=True, aliases=("户主姓名",)
        ),
        identifier(
            "head_citizen_id",
            "身份证号码",
            "ID number of the head of household",
            group="户主",
            required=True,
            aliases=("户主身份证号", "户主身份证号码", "户主身份证件号"),
        ),
        number("stated_member_count", "家庭人口", "Members as stated", aliases=("家庭人口数",)),
        text("household_category", "对象类别", "Category of household"),
        text("built_in", "建造年代", "Year built", group="房屋情况"),
        text("structure", "结构类型", "Structure", group="房屋情况"),
        number("floor_area", "建筑面积", "Floor area", group="房屋情况", unit="平方米"),
        flag("is_only_dwelling", "是否唯一住房", "Only dwelling of the household", group="房屋情况", required=True),
        code(
            "grade",
            "等级",
            "Safety grade, A to D",
            group="安全鉴定",
            required=True,
            values=_GRADES,
            allowed=("A", "B", "C", "D"),
            aliases=("鉴定等级", "安全等级", "房屋等级", "危房等级"),
        ),
        day("appraised_on", "日期", "Date of the appraisal", group="安全鉴定", aliases=("鉴定日期",)),
        text("appraiser", "机构", "Who appraised", group="安全鉴定", aliases=("鉴定机构",)),
        text("renovation", "方式", "Kind of renovation", group="改造情况", aliases=("改造方式",)),
        yuan(
            "subsidy_yuan",
            "补助金额",
            "Renovation subsidy",
            group="改造情况",
            required=True,
            aliases=("改造补助", "改造补助金额"),
        ),
        day("started_on", "开工日期", "Start of the works", group="改造情况"),
        day("completed_on", "竣工日期", "End of the works", group="改造情况"),
        day("accepted_on", "验收日期", "Acceptance of the works", group="改造情况", required=True),
        text("remark", "备注", "Remark"),
    ),
)

DISASTER_REBUILDS = Extract(
    name="disaster_rebuilds",
    title="因灾倒损农房重建补助",
    label="Aid for rebuilding dwellings lost to disasters",
    stems=(Stem("因灾倒损农房重建补助"),),
    kind=ExtractKind.EVENT,
    key=("head_citizen_id", "paid_on", "subsidy_yuan"),
    columns=(
        sequence(),
        person("head_name", "户主姓名", "Name of the head of household", required=True, aliases=("姓名",)),
        identifier(
            "head_citizen_id",
            "身份证号",
            "ID number of the head of household",
            required=True,
            aliases=("户主身份证号",),
        ),
        township(),
        village(),
        text("disaster", "灾害类型", "Kind of disaster"),
        yuan("subsidy_yuan", "补助金额", "Amount paid", required=True),
        day("paid_on", "发放日期", "Date of payment", required=True, future_is_a_fault=True),
    ),
)

SOURCE = Source(
    name="housing",
    title="住房和城乡建设局",
    label="Housing and construction bureau",
    extracts=(DWELLINGS, DISASTER_REBUILDS),
)
