"""人社: a ledger of rural workers as a county's bureau exports it, with a title, a note and a signature."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

HEADERS = (
    "序号",
    "姓名",
    "身份证号",
    "联系电话",
    "乡镇",
    "行政村",
    "就业形式",
    "就业地",
    "就业单位",
    "月工资（元）",
    "就业起始日期",
    "是否公益性岗位",
)


@dataclass(frozen=True)
class Worker:
    """A row of the ledger."""

    name: str
    citizen_id: str
    township: str
    village: str
    form: str
    holds_public_welfare_post: bool = False


def write_workers(path: Path, workers: Sequence[Worker]) -> Path:
    """A workbook of 农村劳动力务工就业台账."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("台账")
        sheet.merge_range(0, 0, 0, len(HEADERS) - 1, "农村劳动力务工就业台账")
        sheet.write_row(1, 0, ["填报单位：虚构县人力资源和社会保障局"])
        sheet.write_row(2, 0, HEADERS)
        for place, worker in enumerate(workers, start=1):
            sheet.write_row(2 + place, 0, _cells(place, worker))
        sheet.write_row(4 + len(workers), 0, ["填表人：", "", "审核人："])
    return path


def _cells(place: int, worker: Worker) -> list[object]:
    works = worker.form != "未就业"
    return [
        place,
        worker.name,
        worker.citizen_id,
        "",
        worker.township,
        worker.village,
        worker.form,
        "虚构市" if works else "",
        "虚构劳务有限公司" if works else "",
        "3,200.00" if works else "—",
        "2024年3月1日" if works else "",
        "是" if worker.holds_public_welfare_post else "否",
    ]


WRITERS = {"workers": write_workers}
