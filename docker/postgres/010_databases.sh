#!/bin/sh
# Two logins, two databases: the warehouse and Airflow's own. Run once, when the data folder is empty.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv warehouse_password HEARTH_WAREHOUSE_PASSWORD
\getenv airflow_password AIRFLOW_DATABASE_PASSWORD
create role hearth login createrole password :'warehouse_password';
create role airflow login password :'airflow_password';
create database hearth owner hearth template template0 encoding 'UTF8' locale 'C.UTF-8';
create database hearth_airflow owner airflow template template0 encoding 'UTF8' locale 'C.UTF-8';
revoke connect on database hearth from public;
revoke connect on database hearth_airflow from public;
SQL
