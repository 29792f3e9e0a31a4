"""The command `hearth`.

    from hearth.cli import main
    status = main(["status", "--json"], {"HEARTH_HOME": "/tmp/hearth"})

Modules are imported when a command needs them, so that `hearth --help` answers at once.
"""

from hearth.cli.entry import main

__all__ = ["main"]
