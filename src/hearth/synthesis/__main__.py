"""`python -m hearth.synthesis DIR`: writes a fictional county."""

import argparse
from pathlib import Path

from hearth.synthesis.county import synthesise


def main() -> None:
    """Reads the arguments, makes the county, prints what was made."""
    parser = argparse.ArgumentParser(prog="python -m hearth.synthesis", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--households", type=int, default=2000)
    parser.add_argument("--months", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first-month", default="202501")
    parser.add_argument("--dirt", type=float, default=1.0)
    parser.add_argument("--variant")
    parser.add_argument("--counties", type=int, default=1)
    given = parser.parse_args()
    summary = synthesise(
        given.folder,
        households=given.households,
        months=given.months,
        seed=given.seed,
        first_month=given.first_month,
        dirt=given.dirt,
        variant=given.variant,
        counties=given.counties,
    )
    fates = ", ".join(f"{count} {fate}" for fate, count in sorted(summary.fates.items()))
    print(f"{summary.households} households, {summary.persons} persons, {len(summary.months)} months")
    print(f"{summary.files} files with {summary.rows} rows ({fates}), {summary.boundary_cases} boundary cases")
    print(f"{summary.strict_share:.1%} of household-months have one truth")


if __name__ == "__main__":
    main()
