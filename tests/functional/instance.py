"""One Hearth of a test's own: a home in a temporary folder, driven through the installed command."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

ROOT = Path(__file__).resolve().parents[2]
ACCEPTANCE = ROOT / "tests" / "acceptance"
HEARTH = Path(sys.executable).with_name("hearth")


@dataclass
class Instance:
    """`hearth` with its own HEARTH_HOME."""

    home: Path
    urls: dict[str, str] = field(default_factory=dict)

    def hearth(self, *arguments: str | Path, expect: int | None = 0, timeout: float = 900) -> str:
        """Run a command; its output, standard error included.

        Raises:
            AssertionError: it ended with another exit code than expected.
        """
        done = self._run([str(HEARTH), *map(str, arguments)], timeout)
        output = done.stdout + done.stderr
        assert expect in (None, done.returncode), f"hearth {arguments[0]} ended with {done.returncode}:\n{output}"
        return output

    def check(self, county: Path) -> str:
        """Hold the warehouse against a county's truth, as the acceptance does."""
        check = [sys.executable, str(ACCEPTANCE / "check.py"), "--url", self.url(), "--county", str(county)]
        done = self._run(check, 300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def url(self, role: str = "owner") -> str:
        """The warehouse's URL for a role, as `hearth url` prints it."""
        if role not in self.urls:
            self.urls[role] = self._run([str(HEARTH), "url", "--role", role], 60).stdout.strip()
        return self.urls[role]

    def rows(self, query: str, role: str = "owner", **parameters: Any) -> Sequence[Any]:
        """What a query gives."""
        engine = create_engine(self.url(role))
        try:
            with engine.connect() as connection:
                return connection.execute(text(query), parameters).fetchall()
        finally:
            engine.dispose()

    def fact_rows(self) -> set[tuple[Any, ...]]:
        """Every published fact and signal, under the household numbers, without what differs between instances."""
        facts = self.rows(
            """
            select household_no, to_jsonb(f) - 'household_key'
            from marts.fct_household_month as f
            inner join restricted.households using (household_key)
            """
        )
        signals = self.rows(
            """
            select household_no, month::text, rule_code, state, observed_value, threshold_value, queued_candidate_count
            from marts.fct_household_risk_signal
            inner join restricted.households using (household_key)
            """
        )
        return {(no, str(sorted(fact.items()))) for no, fact in facts} | {tuple(map(str, row)) for row in signals}

    def _run(self, command: list[str], timeout: float) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("HEARTH_", "AIRFLOW"))}
        environment["HEARTH_HOME"] = str(self.home)
        return subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            check=False,
        )
