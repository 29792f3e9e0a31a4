#!/bin/sh
# What has to be there before Airflow's parts start. Quick, and harmless to repeat; after an update it migrates.
set -eu

hearth up --database-only
python docker/parameters.py
airflow db migrate
python -m hearth.orchestration.airflow_setup pools
python docker/users.py
