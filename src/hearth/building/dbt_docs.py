"""`make dbt-docs`: the models' documentation as one page, with what the database knows of their tables."""

import sys
from pathlib import Path

from hearth.building.dbt import invoke
from hearth.database.bootstrap import bootstrap
from hearth.database.server import ensure_running
from hearth.errors import HearthError
from hearth.settings import Settings, load_settings

PAGE = "static_index.html"


def write_docs(settings: Settings) -> Path:
    """Write the page to the instance's artifacts, and say where it is. The database must be up.

    Raises:
        BuildFailed: dbt could not read the project or the database.
    """
    invoke(settings, ["docs", "generate", "--static"])
    return settings.artifacts_dir / "dbt" / PAGE


def main() -> int:
    """Start the database where it is down, and write the page."""
    try:
        settings = load_settings()
        ensure_running(settings)
        bootstrap(settings)
        print(write_docs(settings))
    except HearthError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
