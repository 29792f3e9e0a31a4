"""Ends well when Airflow's page, its database and its scheduler are healthy: the image has no curl."""

import json
import sys
from urllib.request import urlopen

with urlopen("http://127.0.0.1:8080/api/v2/monitor/health", timeout=5) as answer:
    found = json.load(answer)
sys.exit(0 if found["metadatabase"]["status"] == "healthy" else 1)
