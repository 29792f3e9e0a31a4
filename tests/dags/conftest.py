"""Airflow reads its settings at its first import: they must be there before."""

import os
import tempfile

_HOME = tempfile.TemporaryDirectory(prefix="hearth-dags-")
os.environ["HEARTH_HOME"] = _HOME.name
os.environ["AIRFLOW_HOME"] = _HOME.name
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{_HOME.name}/airflow.db"
os.environ["AIRFLOW__LOGGING__BASE_LOG_FOLDER"] = _HOME.name
