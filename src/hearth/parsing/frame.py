"""One delivery's rows: duplicates out, every column read, faulty rows set apart with every reason."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from hearth.contracts.model import SEQUENCE, Column, Extract, Kind
from hearth.parsing.amounts import read_amounts
from hearth.parsing.codes import read_codes, read_divisions, read_flags, read_keys, read_texts
from hearth.parsing.dates import read_dates
from hearth.parsing.identifiers import read_identifiers
from hearth.parsing.names import read_names
from hearth.parsing.text import squeezed
from hearth.reading.table import FAULTS_SCHEMA, Table

_DATED = (Kind.DATE, Kind.MONTH, Kind.TIMESTAMP)
_FATAL_WHEN_REQUIRED = (*_DATED, Kind.AMOUNT, Kind.NUMBER, Kind.CODE, Kind.FLAG)
PROBED_ROWS = 4096
"""A column that is different in most of its first rows is not searched for cells that repeat."""
_RAW_SUFFIXES = {"value": "", "seventeen": "_17", "born_on": "_born_on", "fault": "_fault", "key": "_key"}


@dataclass(frozen=True)
class Parsed:
    """A delivery's rows as values, and what was wrong with the others.

    `rows` has `row_number` and the raw columns in the contract's order. `faults` has one row per quarantined
    row, faulty column and reason; `quarantined` the original cells of those rows (without U+0000,
    which PostgreSQL cannot store). `warnings` counts, per column and
    code, what became null without costing the row. `rows_read` counts duplicates and quarantined rows too.
    `rows_away` of a file read in pieces are the rows that are in its slice already.
    """

    rows: pl.DataFrame
    rows_read: int
    rows_duplicate: int
    faults: pl.DataFrame
    warnings: dict[str, dict[str, int]]
    quarantined: pl.DataFrame
    data_dates: list[date]
    rows_away: int = 0

    @property
    def rows_good(self) -> int:
        """The rows that are to be loaded, or are."""
        return self.rows.height + self.rows_away


@dataclass(frozen=True)
class Earlier:
    """The rows of a file's earlier pieces, as digests of 128 bits: no two rows of all there will ever be share one."""

    digests: list[pl.DataFrame] = field(default_factory=list)

    def are_first(self, cells: pl.DataFrame) -> pl.Series:
        """Marks the rows that are the first of their kind in the file so far, and remembers them."""
        whole = pl.struct(pl.all())
        digests = cells.select(one=whole.hash(0), other=whole.hash(1))
        is_first = digests.select(pl.struct(pl.all()).is_first_distinct()).to_series()
        if self.digests:
            # Digests that share one half are looked for first, against the few of this piece: what grows is only read.
            alike = pl.concat(self.digests).join(digests, on="one", how="semi")
            again = digests.with_row_index().join(alike, on=["one", "other"], how="semi")["index"]
            is_first &= ~pl.int_range(cells.height, eager=True, dtype=pl.UInt32).is_in(again.implode())
        self.digests.append(digests.filter(is_first))
        return is_first


def parse(table: Table, extract: Extract, data_date: date, earlier: Earlier | None = None) -> Parsed:
    """Read every cell of a delivery by its contract. `data_date` is the data month's last day; `earlier` holds the
    pieces before this one, where the table is a piece of its file."""
    kept = _first_of_equals(table, earlier)
    originals = table.rows.filter(kept)
    numbers = None if table.number_cells is None else table.number_cells.filter(kept)
    delivery = _Delivery(table, extract, data_date, originals, numbers)
    raw, faults = [originals["row_number"].cast(pl.Int32)], []
    warnings: dict[str, dict[str, int]] = {}
    faults.append(table.faults.filter(pl.col("row_number").is_in(originals["row_number"].to_list())))
    for column in extract.columns:
        read = delivery.read(column)
        raw += _raw_series(column, read)
        if column.name in table.positions:
            codes = delivery.codes(column, read["fault"])
            if _is_fatal(extract, column):
                faults.append(delivery.reasons(column, codes))
            else:
                warnings |= _warnings(column, codes)
    reasons = pl.concat([pl.DataFrame(schema=FAULTS_SCHEMA), *faults]).sort("row_number", maintain_order=True)
    is_faulty = originals["row_number"].is_in(reasons["row_number"].unique().to_list())
    rows = pl.DataFrame(raw)
    return Parsed(
        rows=rows.filter(~is_faulty),
        rows_read=table.rows.height,
        rows_duplicate=table.rows.height - originals.height,
        faults=reasons,
        warnings=warnings,
        quarantined=originals.filter(is_faulty).with_columns(pl.col(pl.String).str.replace_all("\0", "", literal=True)),
        data_dates=_data_dates(table, rows),
    )


def together(pieces: Sequence[Parsed]) -> Parsed:
    """The pieces of one file, in order, as one."""
    warnings: dict[str, Counter[str]] = defaultdict(Counter)
    for piece in pieces:
        for column, counts in piece.warnings.items():
            warnings[column].update(counts)
    return Parsed(
        rows=pl.concat([piece.rows for piece in pieces]),
        rows_read=sum(piece.rows_read for piece in pieces),
        rows_duplicate=sum(piece.rows_duplicate for piece in pieces),
        faults=pl.concat([piece.faults for piece in pieces]),
        warnings={column: dict(sorted(counts.items())) for column, counts in warnings.items()},
        quarantined=pl.concat([piece.quarantined for piece in pieces]),
        data_dates=sorted({day for piece in pieces for day in piece.data_dates}),
        rows_away=sum(piece.rows_away for piece in pieces),
    )


def _first_of_equals(table: Table, earlier: Earlier | None) -> pl.Series:
    """Marks the first of rows that are equal in every original cell; 序号 numbers them and is no content, nor is the
    错误原因 of a returned workbook. What a formula without its value would be equal to nobody knows."""
    numbering = {table.positions.get(SEQUENCE), table.reasons_position}
    numbering |= {place for place, header in enumerate(table.headers) if _last_word(header) == "序号"}
    cells = [f"c{i}" for i in range(len(table.headers)) if i not in numbering]
    if not cells or not table.rows.height:
        return pl.repeat(True, table.rows.height, eager=True)
    contents = table.rows.select(pl.col(cells).fill_null(""))
    if earlier is not None:
        return earlier.are_first(contents)
    is_first = contents.select(pl.struct(pl.all()).is_first_distinct()).to_series()
    if not table.uncalculated.height:
        return is_first
    return is_first | table.rows["row_number"].is_in(table.uncalculated["row_number"].unique().to_list())


def _last_word(header: str) -> str:
    return (pl.select(squeezed(pl.lit(header))).item() or "").rsplit("/", 1)[-1]


@dataclass(frozen=True)
class _Delivery:
    """What reading one column needs to know of the whole."""

    table: Table
    extract: Extract
    data_date: date
    originals: pl.DataFrame
    numbers: pl.DataFrame | None

    def read(self, column: Column) -> pl.DataFrame:
        """The column's values with `fault`; of cells that repeat every distinct one is read once."""
        cells, read = self._cells(column), self._reader(column)
        beginning = cells["text"].head(PROBED_ROWS)
        if beginning.n_unique() * 2 > beginning.len():
            return read(cells)
        distinct = cells.unique()
        if distinct.height * 8 > cells.height:
            return read(cells)
        values = pl.concat([distinct, read(distinct)], how="horizontal")
        joined = cells.join(values, on=cells.columns, how="left", nulls_equal=True, maintain_order="left")
        return joined.drop(cells.columns)

    def codes(self, column: Column, fault: pl.Series) -> pl.Series:
        """Fault codes as they are reported: a blank only where it is one."""
        if column.kind is Kind.IDENTIFIER and column.required:
            return fault
        blank = _missing(self.extract, column) if self.extract.blank_is_a_fault(column) else None
        codes = fault.replace({"blank": blank})
        return codes if blank is None else self._uncalculated(column, codes)

    def _uncalculated(self, column: Column, codes: pl.Series) -> pl.Series:
        """A formula without its value is no blank: that is what its sender is told."""
        formulas = self.table.uncalculated.filter(pl.col("position") == self.table.positions[column.name])
        if not formulas.height:
            return codes
        is_formula = self.originals["row_number"].is_in(formulas["row_number"].to_list()) & codes.is_not_null()
        return codes.zip_with(~is_formula, pl.repeat("formula_without_value", codes.len(), eager=True))

    def reasons(self, column: Column, codes: pl.Series) -> pl.DataFrame:
        """One row per row that this column sends to the quarantine."""
        header = self.table.headers[self.table.positions[column.name]]
        return self.originals.select(
            pl.col("row_number").cast(pl.Int32), column=pl.lit(column.name), header=pl.lit(header), code=codes
        ).filter(pl.col("code").is_not_null())

    def _cells(self, column: Column) -> pl.DataFrame:
        position = self.table.positions.get(column.name)
        text, is_number = pl.lit(None, pl.String), pl.lit(False)
        if position is not None:
            text = pl.col(f"c{position}").cast(pl.String)
            is_number = is_number if self.numbers is None else pl.lit(self.numbers[f"c{position}"].fill_null(False))
        cells = self.originals.select("row_number", text=text, is_number=is_number).drop("row_number")
        return cells if column.kind is not Kind.IDENTIFIER else cells.with_columns(document=self._document(column))

    def _document(self, column: Column) -> pl.Expr | pl.Series:
        """证件类型, which stands right before the number it speaks of."""
        names = self.extract.names
        before = self.extract.columns[max(names.index(column.name) - 1, 0)]
        if not before.header.endswith("证件类型") or before.name not in self.table.positions:
            return pl.lit(None, pl.String)
        return self.originals.select(squeezed(pl.col(f"c{self.table.positions[before.name]}"))).to_series()

    def _reader(self, column: Column) -> Callable[[pl.DataFrame], pl.DataFrame]:
        scale = self.table.scales.get(column.name, 1)
        match column.kind:
            case Kind.IDENTIFIER:
                return lambda cells: read_identifiers(cells, self.data_date)
            case Kind.DATE | Kind.MONTH | Kind.TIMESTAMP:
                latest = self.data_date if column.future_is_a_fault else None
                return lambda cells: read_dates(cells, column.kind, latest)
            case Kind.AMOUNT | Kind.NUMBER:
                return lambda cells: read_amounts(cells, column.kind, scale, column.unit)
            case Kind.CODE:
                return lambda cells: read_codes(cells, column)
            case Kind.FLAG:
                return lambda cells: read_flags(cells, column)
            case Kind.NAME:
                return read_names
            case Kind.KEY:
                return read_keys
            case Kind.DIVISION:
                return read_divisions
            case Kind.TEXT:
                return read_texts


def _is_fatal(extract: Extract, column: Column) -> bool:
    """Whether a fault of the column costs the row. Faults of identity never do."""
    if column.kind is Kind.IDENTIFIER:
        return False
    is_key = column.name in extract.key or column.blank_fault != ""
    return is_key or (column.required and column.kind in _FATAL_WHEN_REQUIRED)


def _missing(extract: Extract, column: Column) -> str:
    if column.name in extract.key:
        return "missing_key"
    if column.blank_fault:
        return column.blank_fault
    return "missing_date" if column.kind in _DATED else "missing_amount"


def _raw_series(column: Column, read: pl.DataFrame) -> Iterator[pl.Series]:
    """The raw columns of a contract column; only identifiers keep their fault beside the value."""
    by_name = {f"{column.name}{_RAW_SUFFIXES[name]}": name for name in read.columns}
    for raw in column.raw_columns():
        yield read[by_name[raw.name]].alias(raw.name)


def _warnings(column: Column, codes: pl.Series) -> dict[str, dict[str, int]]:
    counts = codes.drop_nulls().value_counts().sort(codes.name)
    return {column.name: dict(counts.iter_rows())} if counts.height else {}


def _data_dates(table: Table, rows: pl.DataFrame) -> list[date]:
    if "data_date" not in table.positions or "data_date" not in rows.columns:
        return []
    return rows["data_date"].drop_nulls().unique().sort().to_list()
