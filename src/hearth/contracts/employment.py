"""人社: the ledger of rural workers. Not every county has it: a county's file switches it on."""

from hearth.contracts.build import (
    code,
    day,
    flag,
    identifier,
    person,
    sequence,
    text,
    township,
    village,
    yuan,
)
from hearth.contracts.model import Extract, ExtractKind, Source, Stem

_FORMS = {
    **dict.fromkeys(("省外", "跨省务工", "外出务工（省外）"), "省外务工"),
    **dict.fromkeys(("省内县外", "县外省内务工", "外出务工（省内）"), "省内县外务工"),
    **dict.fromkeys(("县内", "就近就业", "就地就近务工"), "县内务工"),
    **dict.fromkeys(("扶贫车间", "就业帮扶车间"), "帮扶车间"),
    **dict.fromkeys(("公岗", "公益岗", "乡村公益性岗位"), "公益性岗位"),
    **dict.fromkeys(("创业", "自营"), "自主创业"),
    **dict.fromkeys(("零工", "打零工"), "灵活就业"),
    **dict.fromkeys(("无业", "待业", "失业", "未务工"), "未就业"),
}

WORKERS = Extract(
    name="workers",
    title="农村劳动力务工就业台账",
    label="Ledger of rural workers",
    stems=(Stem("农村劳动力务工就业台账"),),
    kind=ExtractKind.SNAPSHOT,
    max_age_days=45,
    columns=(
        sequence(),
        person("person_name", "姓名", "Name", required=True),
        identifier("citizen_id", "身份证号", "ID number", required=True),
        text("phone", "联系电话", "Telephone", is_personal=True, aliases=("电话", "手机号")),
        township(),
        village(),
        code(
            "employment_form",
            "就业形式",
            "Form of employment",
            required=True,
            values=_FORMS,
            allowed=(
                "省外务工",
                "省内县外务工",
                "县内务工",
                "帮扶车间",
                "公益性岗位",
                "自主创业",
                "灵活就业",
                "未就业",
            ),
            aliases=("务工形式", "就业类型"),
        ),
        text("workplace", "就业地", "Place of work", aliases=("务工地", "务工地点")),
        text("employer", "就业单位", "Employer", aliases=("务工企业", "用工单位")),
        yuan("monthly_wage_yuan", "月工资", "Wage per month", aliases=("月工资收入", "月收入")),
        day("employed_from", "就业起始日期", "Employed from", aliases=("务工起始日期", "上岗日期")),
        flag("is_public_welfare_job", "是否公益性岗位", "Holds a public-welfare post"),
        text("remark", "备注", "Remark"),
    ),
)

SOURCE = Source(
    name="employment",
    title="人力资源和社会保障局",
    label="Human resources and social security bureau",
    extracts=(WORKERS,),
    is_optional=True,
)
