"""Pictures for the documentation, taken from a real instance by `make screenshots`."""
