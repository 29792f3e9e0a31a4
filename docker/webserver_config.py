"""How people log in to Airflow's page: accounts in Airflow's own database, made by docker/users.py or an Admin."""

from flask_appbuilder.const import AUTH_DB
from flask_appbuilder.exceptions import PasswordComplexityValidationError

SHORTEST = 12


def check_password(password: str) -> None:
    """Refuse a password that is short, or only letters or only digits.

    Raises:
        PasswordComplexityValidationError: it is.
    """
    has_both = any(sign.isalpha() for sign in password) and any(sign.isdigit() for sign in password)
    if len(password) < SHORTEST or not has_both:
        raise PasswordComplexityValidationError(
            f"A password has at least {SHORTEST} characters, letters and digits. 密码至少{SHORTEST}位，须含字母和数字。"
        )


AUTH_TYPE = AUTH_DB
AUTH_USER_REGISTRATION = False
WTF_CSRF_ENABLED = True
FAB_PASSWORD_COMPLEXITY_ENABLED = True
FAB_PASSWORD_COMPLEXITY_VALIDATOR = check_password
