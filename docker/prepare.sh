#!/bin/sh
# What has to be there before Airflow's parts start. Quick, and harmless to repeat.
set -eu

hearth up --database-only
umask 077
python - <<'PYTHON'
import json
import os
from pathlib import Path

file = Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
file.write_text(json.dumps({"admin": os.environ["AIRFLOW_ADMIN_PASSWORD"]}), encoding="utf-8")
PYTHON
airflow db migrate
airflow pools set build 1 "Builds share the schemas of the month being built"
