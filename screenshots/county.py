"""The county in the pictures: the acceptance county, to which two things happened that happen everywhere.

A PDF was sent as a workbook, and a note was left in a month's folder.
"""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ACCEPTANCE = ROOT / "tests" / "acceptance"
PARAMETERS = ACCEPTANCE / "config" / "rule_parameters.csv"
ADDED = {
    "housing/202503/农村住房安全台账_20250331.xlsx": b"%PDF-1.4\n",
    "civil_affairs/202503/报送说明.txt": "三月名册见附件。\n".encode(),
}


def lay_out(landing: Path) -> None:
    """Write the county's files to the landing folder."""
    shutil.copytree(ACCEPTANCE / "landing", landing, dirs_exist_ok=True)
    for name, content in ADDED.items():
        file = landing / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
