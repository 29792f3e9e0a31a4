"""The queue of persons: records that no tier could link, looked at and decided by people, replayed at every rebuild."""
