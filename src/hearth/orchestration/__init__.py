"""Airflow as a part of the instance: its processes, its REST interface, and when a month is ready."""
