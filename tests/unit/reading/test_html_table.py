"""HTML tables as exports and browsers write them, read row by row."""

import pytest

from hearth.reading import html_table
from hearth.reading.html_table import read_tables


def tables(page: str) -> list[tuple[list[tuple[str | None, ...]], tuple]]:
    """Every table's rows and merges."""
    found = read_tables(page.encode(), 100, lambda rows, columns: None)
    return [(list(cells.iter_rows()), merges) for cells, merges in found]


def test_cells_that_reach_over_others_leave_blanks_and_are_told() -> None:
    page = "<table><tr><th rowspan=2>a<th colspan=2>b</tr><tr><td>c<td>d</tr><tr><td>e<td>f<td>g</tr></table>"
    assert tables(page) == [
        ([("a", "b", None), (None, "c", "d"), ("e", "f", "g")], ((0, 0, 1, 0), (0, 1, 0, 2))),
    ]


def test_a_cell_that_reaches_below_the_table_ends_with_it() -> None:
    assert tables("<table><tr><td rowspan=99>a</td><td>b</td></tr><tr><td>c</td></tr></table>") == [
        ([("a", "b"), (None, "c")], ((0, 0, 1, 0),)),
    ]


def test_markup_in_a_cell_is_no_text() -> None:
    page = "<table><tr><td>&nbsp;a<br>b<!-- no -->c</td><td><p>甲</p> <b>乙</b></td><td> &nbsp;</td></tr></table>"
    assert tables(page) == [([("a\nbc", "甲 乙", None)], ())]


def test_rows_that_nobody_closed_are_rows() -> None:
    assert tables("<table><tbody><tr><td>a<td>b<tr><td>c</table>") == [([("a", "b"), ("c", None)], ())]


def test_a_table_around_a_table_is_layout() -> None:
    page = "<table><tr><td>outer<table><tr><td>inner</td></tr></table></td></tr></table><table><tr><td>next</table>"
    assert tables(page) == [([("inner",)], ()), ([("next",)], ())]


def test_the_pages_own_word_for_its_encoding_does_not_count() -> None:
    assert tables('<html><head><meta charset="gb2312"></head><table><tr><td>户主</table>') == [([("户主",)], ())]


def test_long_tables_are_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_table, "CHUNK_ROWS", 3)
    rows = "".join(f"<tr><td>{n}</td>{'<td>x</td>' * (n == 7)}</tr>" for n in range(8))
    (cells, _), *others = tables(f"<table>{rows}</table>")
    assert cells == [*((str(n), None) for n in range(7)), ("7", "x")]
    assert not others


def test_the_reader_hears_of_the_size_before_the_table_ends() -> None:
    def refuse(rows: int, columns: int) -> None:
        if columns > 2:
            raise ValueError(rows, columns)

    with pytest.raises(ValueError, match=r"\(1, 101\)"):
        list(read_tables(b"<table><tr><td colspan=5000>a</td></tr></table>", 100, refuse))
