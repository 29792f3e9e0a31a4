"""Backup and restore: the whole of an instance as one folder.

    manifest.json   what is in it: versions, rows and digest of every table, digest of every file
    database.dump   pg_dump's archive of raw, marts, ops and restricted, of one snapshot
    secrets/        the instance's key of pseudonyms and passwords
    county.toml, parameters.csv   where the instance had them

Staging, intermediate and whatever is built apart are made anew by the next build; views, functions, roles and grants of
ops and restricted by the bootstrap.
"""

from hearth.keeping.backing_up import back_up
from hearth.keeping.manifest import Manifest
from hearth.keeping.restoring import restore

__all__ = ["Manifest", "back_up", "restore"]
