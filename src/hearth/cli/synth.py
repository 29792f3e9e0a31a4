"""`hearth synth`: a synthetic county with its truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hearth.errors import InputError

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Where landing/, config/ and truth/ are written.")]
Households = Annotated[int, typer.Option("--households", min=1, metavar="N", help="How many households.")]
MonthCount = Annotated[int, typer.Option("--months", min=1, max=60, metavar="M", help="How many months, from 202501.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Another seed is another county.")]


def synth(dir: Folder, households: Households = 2_000, months: MonthCount = 3, seed: Seed = 1) -> None:
    """Make a fictional county's deliveries, with the faults real ones have, and the truth behind them."""
    if dir.exists() and (not dir.is_dir() or any(dir.iterdir())):
        raise InputError(f"{dir} is not an empty folder.")
    from hearth.synthesis import synthesise

    synthesise(dir, households=households, months=months, seed=seed)
    typer.echo(f"{households:,} households, {months} months: {dir}")
