"""Ends well when Airflow's page and its database answer: the image has no curl."""

import json
import os
import sys
from urllib.request import ProxyHandler, build_opener

port = os.environ.get("AIRFLOW__API__PORT", "8080")
with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=5) as answer:
    found = json.load(answer)
sys.exit(0 if found["metadatabase"]["status"] == "healthy" else 1)
