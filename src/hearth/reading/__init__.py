"""From a file as it was sent to its data rows: what the name says, cells, header, table."""
