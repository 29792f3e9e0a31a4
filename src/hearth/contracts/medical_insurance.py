"""医保: who is insured, and what was settled, in the field codes of the national platform."""

from hearth.contracts.build import code, day, identifier, key, moment, number, person, text, township, village, yuan
from hearth.contracts.model import FLAG_VALUES, Extract, ExtractKind, Source, Stem

_INSURANCE_TYPES = {
    "城乡居民基本医疗保险": "390",
    "居民医保": "390",
    "城乡居民": "390",
    "职工基本医疗保险": "310",
    "职工医保": "310",
    "城镇职工基本医疗保险": "310",
}

ENROLMENTS = Extract(
    name="enrolments",
    title="城乡居民参保",
    label="Enrolments in basic medical insurance",
    stems=(Stem("城乡居民参保"),),
    kind=ExtractKind.SNAPSHOT,
    key=("insured_no", "enrolment_year"),
    max_age_days=45,
    one_part_per_year=True,
    columns=(
        key(
            "insured_no",
            "个人编号",
            "Insured person's number",
            required=True,
            is_personal=True,
            aliases=("人员编号", "psn_no"),
        ),
        person("person_name", "姓名", "Name", required=True),
        text("document_type", "证件类型", "Type of document"),
        identifier("citizen_id", "证件号码", "ID number", required=True),
        township(),
        village(),
        number("enrolment_year", "参保年度", "Year of enrolment", required=True, aliases=("参保年份", "年度")),
        code(
            "insurance_type",
            "险种代码",
            "Type of insurance: 390 resident, 310 employee",
            required=True,
            values=_INSURANCE_TYPES,
            allowed=("390", "310"),
            aliases=("险种类型代码", "险种类型"),
        ),
        text("insurance_name", "险种名称", "Name of the insurance"),
        text("special_status", "特殊身份", "Group of subsidised persons", aliases=("特殊人员身份",)),
        yuan("premium_paid_yuan", "个人缴费金额", "Premium paid by the person", required=True, aliases=("个人缴费",)),
        yuan("premium_subsidy_yuan", "财政资助金额", "Premium paid by the treasury", aliases=("资助金额",)),
        code(
            "payment_status",
            "缴费状态",
            "Whether the premium is paid",
            required=True,
            values={
                "已缴": "已缴费",
                "缴费成功": "已缴费",
                "已到账": "已缴费",
                "正常缴费": "已缴费",
                "已参保": "已缴费",
                "正常参保": "已缴费",
                "参保缴费": "已缴费",
                "正常": "已缴费",
                "缴费": "已缴费",
                **{yes: "已缴费" for yes, meaning in FLAG_VALUES.items() if meaning == "是"},
                **{no: "未缴费" for no, meaning in FLAG_VALUES.items() if meaning == "否"},
                "未缴": "未缴费",
                "欠费": "未缴费",
                "待缴费": "未缴费",
                "未参保": "未缴费",
            },
        ),
        day("enrolled_on", "参保日期", "Date of enrolment", aliases=("缴费日期",)),
    ),
)

SETTLEMENTS = Extract(
    name="settlements",
    title="医保结算明细",
    label="Medical settlements",
    stems=(Stem("医保结算明细"),),
    kind=ExtractKind.EVENT,
    key=("settlement_no",),
    columns=(
        key(
            "settlement_no", "setl_id", "Settlement number", required=True, aliases=("结算编号", "结算ID", "结算流水号")
        ),
        key(
            "insured_no",
            "psn_no",
            "Insured person's number",
            required=True,
            is_personal=True,
            aliases=("个人编号", "人员编号"),
        ),
        person("person_name", "psn_name", "Name", required=True, aliases=("姓名", "人员姓名")),
        identifier("citizen_id", "certno", "ID number", required=True),
        text("insurance_type", "insutype", "Type of insurance", aliases=("险种类型", "险种代码")),
        code(
            "medical_type",
            "med_type",
            "11 outpatient, 21 inpatient",
            required=True,
            values={"门诊": "11", "普通门诊": "11", "住院": "21", "普通住院": "21"},
            aliases=("医疗类别",),
        ),
        moment(
            "settled_at",
            "setl_time",
            "Time of settlement",
            required=True,
            future_is_a_fault=True,
            aliases=("结算时间", "结算日期"),
        ),
        yuan("total_yuan", "medfee_sumamt", "Total of the bill", required=True, aliases=("医疗费总额", "医疗费用总额")),
        yuan(
            "basic_fund_yuan",
            "hifp_pay",
            "Paid by the basic fund",
            aliases=("基本医疗保险统筹基金支出", "统筹基金支付"),
        ),
        yuan("major_illness_fund_yuan", "hifmi_pay", "Paid by the major-illness fund", aliases=("大病保险支付",)),
        yuan("assistance_yuan", "maf_pay", "Paid by medical assistance", aliases=("医疗救助支付",)),
        yuan(
            "own_share_yuan", "psn_selfpay", "Own share within the policy (自付)", required=True, aliases=("个人自付",)
        ),
        yuan("own_outside_yuan", "psn_ownpay", "Paid outside the policy (自费)", required=True, aliases=("个人自费",)),
        code(
            "is_refund",
            "refd_setl_flag",
            "1 = refund",
            required=True,
            values={"是": "1", "否": "0", "退费": "1", "正常": "0", "√": "1"},
            allowed=("0", "1"),
            aliases=("退费标志", "退费结算标志"),
        ),
        text("admission_division", "admdvs", "Division of insurance", aliases=("参保所属医保区划", "医保区划")),
    ),
)

SOURCE = Source(
    name="medical_insurance", title="医保局", label="Medical insurance bureau", extracts=(ENROLMENTS, SETTLEMENTS)
)
