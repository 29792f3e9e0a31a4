"""Hearth: from departments' files to a fact per household and month."""
