"""How a file was read: what is registered of its layout, and the digest of the contract and the code it was read by."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from hearth.contracts.model import Extract
from hearth.parsing.frame import Parsed
from hearth.reading.table import Table


def contract_digest(extract: Extract) -> str:
    """What a rejection rests on besides the bytes: the contract with the county's overlay, and how we read."""
    return hashlib.sha256(f"{_reader_digest()} {extract!r}".encode()).hexdigest()[:16]


def description(table: Table, parsed: Parsed) -> dict[str, Any]:
    """Rows read, layout and warnings, as `ops.deliveries` keeps them: headers and counts, no cell."""
    return {
        "rows_read": parsed.rows_read,
        "layout": {
            "sheet": table.sheet,
            "header_row": table.header_row,
            "headers": list(table.headers),
            "positions": table.positions,
            "unknown_headers": list(table.unknown_headers),
        },
        "warnings": parsed.warnings,
    }


@cache
def _reader_digest() -> str:
    """Changes with the code that reads, so that a file we could not read is tried again once we can."""
    folders = (Path(__file__).parents[1] / name for name in ("reading", "parsing"))
    code = b"".join(file.read_bytes() for folder in folders for file in sorted(folder.glob("*.py")))
    return hashlib.sha256(code).hexdigest()
