"""The warehouse's PostgreSQL: the embedded server, connections by role, and the bootstrap."""
