#!/bin/sh
# What has to be there before Airflow's parts start. Quick, and harmless to repeat; after an update it migrates.
set -eu

hearth up --database-only
python docker/parameters.py
airflow db migrate
airflow pools set build 1 "Builds share the schemas of the month being built"
python docker/users.py
