"""Makes the page's first users where they are missing; those that are there stay as they are.

What `airflow users create` does, in one process for all three and with no password on a command line.
"""

import os
import sys

from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
from flask import current_app
from flask_appbuilder.exceptions import PasswordComplexityValidationError

ROLES = {"admin": "Admin", "operator": "Op", "viewer": "Viewer"}


def main() -> int:
    """Make the missing users; gives the exit status."""
    with get_application_builder() as builder:
        for name, role in ROLES.items():
            if builder.sm.find_user(name):
                print(f"{name} is there already")
                continue
            variable = f"AIRFLOW_{name.upper()}_PASSWORD"
            try:
                current_app.config["FAB_PASSWORD_COMPLEXITY_VALIDATOR"](os.environ[variable])
            except PasswordComplexityValidationError as error:
                print(f"{variable}: {error}", file=sys.stderr)
                return 1
            address = f"{name}@hearth.invalid"
            found = builder.sm.find_role(role)
            if not builder.sm.add_user(name, name.title(), "Hearth", address, found, os.environ[variable]):
                print(f"{name} could not be made", file=sys.stderr)
                return 1
            print(f"{name} is made, with the role {role}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
