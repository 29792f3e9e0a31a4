"""Why a file cannot be read as it is, in words for the person who sent it."""

from collections.abc import Sequence

from hearth.errors import HearthError


class DeliveryProblem(HearthError):
    """A file that is rejected, with the place and what was expected there.

    `expected` and `found` hold headers, never cells: no personal value reaches a message. `row` is the
    sender's row number. `zh` and `en` are whole messages: place, fault, advice.
    """

    def __init__(
        self,
        code: str,
        zh: str,
        en: str,
        *,
        advice: tuple[str, str] = ("", ""),
        sheet: str = "",
        row: int | None = None,
        column: str = "",
        expected: Sequence[str] = (),
        found: Sequence[str] = (),
    ) -> None:
        self.code = code
        self.sheet = sheet
        self.row = row
        self.column = column
        self.expected = tuple(expected)
        self.found = tuple(found)
        self.advice_zh, self.advice_en = advice
        self.zh = f"{_place_zh(sheet, row)}{zh}。{self.advice_zh}"
        self.en = f"{_place_en(sheet, row)}{en}. {self.advice_en}".rstrip()
        super().__init__(self.en)

    @property
    def advice(self) -> str:
        """What the sender can do, in both languages."""
        return f"{self.advice_zh} / {self.advice_en}"


def empty_file() -> DeliveryProblem:
    """A file without a byte, or without a cell."""
    return DeliveryProblem(
        "empty_file",
        "文件是空的",
        "the file is empty",
        advice=("请重新导出后再报送。", "Please export it again."),
    )


def encrypted() -> DeliveryProblem:
    """A workbook that asks for a password."""
    return DeliveryProblem(
        "encrypted",
        "文件设有打开密码，无法读取",
        "the file is protected by a password and cannot be read",
        advice=("请取消密码后重新报送。", "Please remove the password and send it again."),
    )


def not_a_table(what: str) -> DeliveryProblem:
    """A file of another kind: a PDF, a picture, an archive."""
    return DeliveryProblem(
        "not_a_table",
        f"文件不是表格（实际是：{what}）",
        f"the file is not a table (it is: {what})",
        advice=("请报送 xlsx、xls 或 csv 文件。", "Please send an xlsx, xls or csv file."),
        expected=("xlsx", "xls", "csv"),
    )


def corrupt(what: str) -> DeliveryProblem:
    """A workbook that is damaged or cut off."""
    return DeliveryProblem(
        "corrupt",
        f"{what} 文件已损坏或不完整，无法打开",
        f"the {what} file is damaged or incomplete and cannot be opened",
        advice=("请在本机确认能打开后重新报送。", "Please check that it opens, then send it again."),
    )


def undecodable(row: int) -> DeliveryProblem:
    """Text that is in no encoding we know from its `row`-th line on."""
    return DeliveryProblem(
        "undecodable",
        "文字编码无法识别（既不是 UTF-8 也不是 GB18030）",
        "the text is neither UTF-8 nor GB18030 from this line on",
        advice=("请另存为 UTF-8 编码的 CSV 或 xlsx 后重新报送。", "Please save it as UTF-8 CSV or xlsx."),
        row=row,
        expected=("UTF-8", "GB18030", "UTF-16"),
    )


def open_quotation(row: int) -> DeliveryProblem:
    """A quotation mark that opens in `row` and does not close: everything after it would become one cell."""
    return DeliveryProblem(
        "open_quotation",
        "该行有一个双引号没有成对，其后的内容无法分列",
        "a quotation mark opens in this row and does not close, so the columns after it are lost",
        advice=("请更正该行的双引号，或改报 xlsx。", "Please correct the quotation mark or send an xlsx."),
        row=row,
    )


def too_large(sheet: str, rows: int, columns: int) -> DeliveryProblem:
    """A sheet whose used area cannot be a list of people or households."""
    return DeliveryProblem(
        "too_large",
        f"表格范围异常（{rows} 行 × {columns} 列）",
        f"the used area of the table is absurd ({rows} rows × {columns} columns)",
        advice=("请删除数据区以外的内容和格式后重新报送。", "Please clear everything outside the data."),
        sheet=sheet,
    )


def no_header(sheet: str, expected: Sequence[str]) -> DeliveryProblem:
    """No row of any sheet looks like the header of this extract."""
    return DeliveryProblem(
        "no_header",
        f"前若干行中没有找到表头；应有的列：{'、'.join(expected)}",
        f"no header was found in the first rows; required columns: {', '.join(expected)}",
        advice=("请核对是否报错了文件，并保留模板的表头。", "Is this the right file? Please keep the header."),
        sheet=sheet,
        expected=expected,
    )


def missing_columns(sheet: str, row: int, missing: Sequence[str], found: Sequence[str]) -> DeliveryProblem:
    """A header was found in `row`, but required columns are not in it."""
    return DeliveryProblem(
        "missing_columns",
        f"表头缺少必需的列：{'、'.join(missing)}；该行现有的列：{'、'.join(found)}",
        f"the header lacks required columns: {', '.join(missing)}; it has: {', '.join(found)}",
        advice=("请补上缺少的列，或核对是否报错了文件。", "Please add the columns; is this the right file?"),
        sheet=sheet,
        row=row,
        column="、".join(missing),
        expected=missing,
        found=found,
    )


def _place_zh(sheet: str, row: int | None) -> str:
    where = (f"工作表“{sheet}”" if sheet else "") + (f"第 {row} 行" if row else "")
    return f"{where}：" if where else ""


def _place_en(sheet: str, row: int | None) -> str:
    where = [f"sheet “{sheet}”"] if sheet else []
    where += [f"row {row}"] if row else []
    return f"{', '.join(where)}: " if where else ""
