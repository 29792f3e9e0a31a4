"""The models' documentation, made from the warehouse and served on this machine only.

Three pages in the instance's artifacts: a start page, dbt's documentation of the published marts and what they are
made of, and their column lineage by dbt-colibri. A content policy in each page, and one from the server, keep a
browser from asking any other machine for anything.
"""

from __future__ import annotations

import functools
import http.server
import logging
import shutil
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader

from hearth.building.dbt import PUBLISHED, invoke, target_path
from hearth.errors import ServiceFailed
from hearth.language import said
from hearth.settings import Settings

HOST = "127.0.0.1"
POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; form-action 'none'"
MODELS, LINEAGE = "models.html", "lineage.html"

VIEWS = (
    ("fct_household_month", "", {"zh": "每户每月一行的事实表", "en": "the fact: a household's month"}),
    ("fct_household_month", "risk_level", {"zh": "风险等级", "en": "the level of risk"}),
    ("fct_household_month", "income_per_capita", {"zh": "人均纯收入", "en": "income per head"}),
    ("agg_division_month", "red_count", {"zh": "各区划红色等级户数", "en": "red households of a division"}),
)
"""Where a newcomer enters the lineage: mart, column, what it is. Left to itself the page opens on any model."""


def write_docs(settings: Settings) -> Path:
    """Write the pages anew, from the newest build; gives their folder. The database must be up.

    Raises:
        BuildFailed: dbt could not read the project, or no month was built yet.
    """
    invoke(settings, ["docs", "generate", "--static"], target=PUBLISHED)
    made = target_path(settings, PUBLISHED)
    folder = settings.artifacts_dir / "docs"
    folder.mkdir(parents=True, exist_ok=True)
    _sealed(made / "static_index.html", folder / MODELS)
    _write_lineage(made, folder)
    start = Environment(loader=PackageLoader("hearth.reporting"), autoescape=True).get_template("docs.html.j2")
    views = [{**words, "page": _lineage_at(model, column)} for model, column, words in VIEWS]
    page = start.render(policy=POLICY, models=MODELS, lineage=_lineage_at(*VIEWS[0][:2]), views=views)
    (folder / "index.html").write_text(page, encoding="utf-8")
    return folder


def server(folder: Path, port: int) -> http.server.ThreadingHTTPServer:
    """A server of the pages, bound to this machine; port 0 is any that is free.

    Raises:
        ServiceFailed: the port is taken.
    """
    handler = functools.partial(_Pages, directory=str(folder))
    try:
        return http.server.ThreadingHTTPServer((HOST, port), handler)
    except OSError as error:
        raise ServiceFailed(
            said(
                f"port {port} of {HOST} is not free; name another with --port",
                f"{HOST} 的端口 {port} 已被占用；请用 --port 另指定一个",
            )
        ) from error


class _Pages(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *args: object) -> None:
        """Nobody reads who looked at a page."""


def _write_lineage(made: Path, folder: Path) -> None:
    # colibri sets up the root logger when it is imported, and speaks of each column it cannot follow.
    from dbt_colibri.lineage_extractor.extractor import DbtColumnLineageExtractor
    from dbt_colibri.report.generator import DbtColibriReportGenerator

    logging.getLogger("colibri").setLevel(logging.CRITICAL)
    report = made / "colibri"
    lineage = DbtColumnLineageExtractor(str(made / "manifest.json"), str(made / "catalog.json"))
    DbtColibriReportGenerator(lineage, light_mode=True, disable_telemetry=True).generate_report(output_dir=str(report))
    _sealed(report / "index.html", folder / LINEAGE)
    shutil.copyfile(report / "colibri-manifest.json", folder / "lineage.json")


def _lineage_at(model: str, column: str) -> str:
    """The lineage page, opened on a mart or on one of its columns: colibri's own parameters."""
    place = {
        "model": f"model.hearth.{model}",
        "parents": "1",
        "children": "0",
        **({"column": column} if column else {}),
    }
    return f"{LINEAGE}?{urlencode(place)}"


def _sealed(page: Path, target: Path) -> None:
    """A page with the content policy in its head, for those who open it from the folder."""
    text = page.read_text(encoding="utf-8")
    sealed = text.replace("<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{POLICY}">', 1)
    if sealed == text:
        raise ServiceFailed(
            said(
                f"{page.name}: there is no <head> to put the content policy in",
                f"{page.name}：没有可写入内容安全策略的 <head>",
            )
        )
    target.write_text(sealed, encoding="utf-8")
