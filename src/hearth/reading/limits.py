"""What is refused before it is read: the wrong type of file, a damaged one, one larger than the extract's limits."""

from hearth.contracts.model import Extract
from hearth.language import Words
from hearth.reading.problems import DeliveryProblem

CHUNK_BYTES = 1 << 24
CELLS_DEARER_IN_A_WORKBOOK = 4
"""A workbook's cells pass through Python, an HTML table's too: as many fewer of them are taken."""
DAMAGED = {"xlsx": Words("xlsx 文件", "xlsx file"), "xls": Words("xls 文件", "xls file")}


def refuse_big(byte_count: int, extract: Extract) -> None:
    """Refuse a file with more than the extract's `max_megabytes`."""
    if byte_count > extract.max_megabytes * 1_000_000:
        raise DeliveryProblem("too_big", megabytes=byte_count // 1_000_000, limit=extract.max_megabytes)


def refuse_wide(columns: int, extract: Extract, sheet: str = "", row: int | None = None) -> None:
    """Refuse a sheet with more than the extract's `max_columns`."""
    if columns > extract.max_columns:
        raise DeliveryProblem("too_many_columns", sheet=sheet, row=row, columns=columns, limit=extract.max_columns)


def refuse_vast(rows: int, columns: int, extract: Extract, sheet: str = "", dearer: int = 1) -> None:
    """Refuse a sheet with more than the extract's `max_cells`, or than as many of them as can be held."""
    limit = extract.max_cells // dearer
    if rows * columns > limit:
        raise DeliveryProblem(
            "too_many_cells", sheet=sheet, rows=rows, columns=columns, cells=rows * columns, limit=limit
        )


def not_a_table(what: Words) -> DeliveryProblem:
    """A file of another type."""
    return DeliveryProblem("not_a_table", expected=("xlsx", "xls", "csv"), what=what)


def corrupt(what: Words) -> DeliveryProblem:
    """A file of the right type that cannot be opened."""
    return DeliveryProblem("corrupt", what=what)
