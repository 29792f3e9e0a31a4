"""What the server's messages hold where those who hand them on give no SQLSTATE: dbt, pg_dump, pg_restore."""

NO_SPACE = "No space left on device"
OVER_LIMIT = "temp_file_limit"
"""Sorts and joins of one process came to their limit on the disk."""
