"""The codes of faults, in words for the person who sent the file: what was expected, and what to do.

No sentence quotes a cell: a fault travels further than the row it was found in.
"""

from typing import NamedTuple

from hearth.contracts.model import Column
from hearth.language import Listed, Words, filled


class Sentence(NamedTuple):
    """One fault in both languages."""

    zh: str
    en: str


FAULTS: dict[str, Sentence] = {
    "missing_key": Sentence(
        "编号为空：本列是区分记录的编号，必须填写，请补填。",
        "The key is blank: this column tells records apart and must be filled in.",
    ),
    "missing_date": Sentence(
        "日期为空：本列必须填写日期，如 2025-01-03，请补填。",
        "The date is blank: fill in a date such as 2025-01-03.",
    ),
    "missing_amount": Sentence(
        "金额为空：本列必须填写金额，没有发生额请填 0。",
        "The amount is blank: fill it in; write 0 where there is none.",
    ),
    "unreadable_date": Sentence(
        "日期无法识别：应为 2025-01-03、20250103、2025年1月3日等写法，请改写。",
        "The date cannot be read: write it like 2025-01-03, 20250103 or 2025年1月3日.",
    ),
    "impossible_date": Sentence(
        "日期不存在：年、月、日或时间超出范围（如2月30日），请核对后更正。",
        "There is no such date: year, month, day or time is out of range (as 30 February is); check and correct it.",
    ),
    "future_date": Sentence(
        "日期晚于数据月份月末：已发生的事项不应晚于数据日期，请核对后更正。",
        "The date is after the end of the data month: what has happened cannot be later; check and correct it.",
    ),
    "unreadable_amount": Sentence(
        "金额无法识别：应为数字，如 1234.50，可带“元”“万元”，请不要填写文字说明。",
        "The amount cannot be read: write a number such as 1234.50, with 元 or 万元 if you like, and no words.",
    ),
    "unreadable_number": Sentence(
        "数值无法识别：应为一个数字，可带本列的单位，请不要填写范围或文字说明。",
        "The number cannot be read: write one number, with this column's unit if you like, no range and no words.",
    ),
    "unknown_code": Sentence(
        "取值不在规定范围内：请按本列规定的选项填写。",
        "The value is not in this column's list: use one of the values laid down for it.",
    ),
    "key_digits_lost": Sentence(
        "编号位数已丢失：单元格是数字或科学计数格式，请改为文本格式后重新填写完整编号。",
        "The number has lost digits: the cell is a number or in scientific notation; make it text, enter it again.",
    ),
    "unreadable_division": Sentence(
        "区划代码无法识别：应为12位数字（乡镇9位、县6位也可），请更正。",
        "The division code cannot be read: 12 digits (9 for a township, 6 for a county).",
    ),
    "missing_household": Sentence(
        "户编号为空：不知道这个人属于哪一户，无法计入，请补填。",
        "The household number is blank: whose member this is cannot be told, so the person does not count; fill it in.",
    ),
    "formula_without_value": Sentence(
        "单元格只有公式，没有保存计算结果：请用 Excel 或 WPS 打开文件并保存一次，或改填数值。",
        "The cell holds a formula without its stored result: open and save the file in Excel or WPS, or enter a value.",
    ),
    "undecodable_bytes": Sentence(
        "有无法识别的字节，已写成 \\xC3 这样的十六进制：请对照原件改成正确的文字。",
        "Some bytes are no text; they stand there in hexadecimal, as \\xC3: put the right characters in their place.",
    ),
    "other_encoding": Sentence(
        "这一行的编码与文件其他行不同，文字已写成 \\xC3 这样的十六进制：请改成正确的文字，不要拼接不同编码的文件。",
        "This row is in another encoding than the file; its text stands there in hexadecimal, as \\xC3: write it "
        "anew, and do not join files of different encodings.",
    ),
    "open_quotation": Sentence(
        "有一个双引号没有成对，这一行从这里起无法分列：请删去或补齐双引号，并核对其后各列。",
        "A quotation mark opens here and does not close, so the columns behind it are in doubt: remove or complete it, "
        "and check these columns.",
    ),
    "already_corrected": Sentence(
        "这一错误行此前已由另一份退回表更正，本次内容又不同：如仍需修改，请重新报送整份文件。",
        "Another returned workbook corrected this row before, in another way: to change it again, send the whole file.",
    ),
    "blank": Sentence(
        "证件号码为空：请补填18位公民身份号码。",
        "The ID number is blank: fill in the 18 characters.",
    ),
    "placeholder": Sentence(
        "证件号码是占位符（如一串9或“无”）：请补填真实号码，没有证件的请留空。",
        "The ID number is a placeholder (a run of 9s, 无): fill in the real one, or leave the cell blank.",
    ),
    "masked": Sentence(
        "证件号码被遮盖：请提供未脱敏的完整号码。",
        "The ID number is masked: send the whole number.",
    ),
    "scientific": Sentence(
        "证件号码成了科学计数法，位数已丢失：请将该列设为文本格式后重新导出。",
        "The ID number is in scientific notation and has lost digits: format the column as text and export again.",
    ),
    "number_cell": Sentence(
        "证件号码存成了数字，末几位已丢失：请将该列设为文本格式后重新填写。",
        "The ID number is stored as a number and has lost its last digits: format the column as text, enter it again.",
    ),
    "wrong_check_digit": Sentence(
        "证件号码校验位不符：可能有一位录错，请对照证件核对。",
        "The check digit of the ID number is wrong: a digit may be mistyped; compare it with the card.",
    ),
    "wrong_length": Sentence(
        "证件号码位数不对：应为18位（旧证15位），请核对。",
        "The ID number has the wrong length: 18 characters are expected (15 on old cards).",
    ),
    "several": Sentence(
        "一个单元格内有多个证件号码：请每行只填本人的号码。",
        "There are several ID numbers in one cell: give each row only its own person's.",
    ),
    "other_document": Sentence(
        "不是居民身份证号码（如护照、出生医学证明）：已按无身份证号处理，如有身份证请填写。",
        "This is another document's number (a passport, a birth certificate): give the ID if there is one.",
    ),
    "impossible_birth": Sentence(
        "证件号码中的出生日期不存在或晚于数据日期：请对照证件核对。",
        "The birth date in the ID number does not exist or is after the data date: compare it with the card.",
    ),
    "unreadable": Sentence(
        "证件号码无法识别：应只填18位号码，请不要附加文字。",
        "The ID number cannot be read: give only the 18 characters, without words.",
    ),
}


UNKNOWN_CODE = "unknown_code"
ALLOWED = Sentence("可填：{values}。", "Allowed: {values}.")
"""What is added to `unknown_code` where the column is known."""
VALUES_SHOWN = 12


def sentence(code: str, column: Column | None = None) -> Sentence:
    """The sentences of a fault code; with the column it was found in, also the values that column may hold.

    Raises:
        KeyError: no such code.
    """
    plain = FAULTS[code]
    if code != UNKNOWN_CODE or column is None or not column.allowed:
        return plain
    shown = Listed([*column.allowed[:VALUES_SHOWN], *["…"] * (len(column.allowed) > VALUES_SHOWN)])
    return with_allowed(plain, filled(Words(*ALLOWED), values=shown))


def with_allowed(plain: Sentence, allowed: Sentence | Words) -> Sentence:
    """The sentence with the values behind it."""
    return Sentence(f"{plain.zh}{allowed.zh}", f"{plain.en} {allowed.en}")
