"""`make screenshots`: brings an instance up, runs a county through Airflow, and takes the documentation's pictures.

    python -m screenshots [--home FOLDER] [--to FOLDER] [--only NAME]

Without `--home` the instance lives in a temporary folder and is gone afterwards; with it, a county that has been run
there is used again and stays up.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from playwright.sync_api import Browser, Page, TimeoutError, ViewportSize, expect, sync_playwright

from hearth.orchestration.airflow_environment import USER, page_url, password
from hearth.orchestration.client import AirflowClient, Site
from hearth.reporting.model_docs import HOST, server, write_docs
from hearth.settings import Settings, load_settings
from screenshots.county import PARAMETERS, ROOT, lay_out
from screenshots.shots import Shot, airflow_shots, model_docs_shots, quality_report_shots

HEARTH = Path(sys.executable).with_name("hearth")
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WINDOW: ViewportSize = {"width": 1280, "height": 800}
PATIENCE = 60_000  # milliseconds; a machine that runs tests beside is slow
MISSING = """\
make screenshots needs Chromium and Chinese fonts, which Debian and Ubuntu have as
    apt-get install chromium fonts-noto-cjk
"""


def main() -> int:
    """Take the pictures; gives the exit status."""
    options = _options()
    if not CHROMIUM.exists():
        print(MISSING, file=sys.stderr)
        return 1
    with _instance(options.home) as settings, _browser() as browser:
        options.to.mkdir(parents=True, exist_ok=True)
        for base, shots, credentials in _sessions(settings):
            _take(browser, base, [shot for shot in shots if options.only in shot.name], options.to, credentials)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m screenshots", description=__doc__)
    parser.add_argument("--home", type=Path, help="an instance to use, brought up where needed")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "images", help="where the pictures go")
    parser.add_argument("--only", default="", help="pictures whose name holds this")
    return parser.parse_args()


@contextmanager
def _instance(home: Path | None) -> Iterator[Settings]:
    """An instance with the county loaded and published by Airflow."""
    if home is not None:
        yield _run_county(home.resolve())
        return
    with tempfile.TemporaryDirectory(prefix="hearth-screenshots-") as folder:
        try:
            yield _run_county(Path(folder))
        finally:
            _hearth(Path(folder), "down")


def _run_county(home: Path) -> Settings:
    lay_out(home / "landing")
    _hearth(home, "run", "--landing", str(home / "landing"), "--parameters", str(PARAMETERS))
    return load_settings({**os.environ, "HEARTH_HOME": str(home)})


def _hearth(home: Path, *arguments: str) -> None:
    environment = {**os.environ, "HEARTH_HOME": str(home)}
    subprocess.run([str(HEARTH), *arguments], env=environment, check=True, stdout=subprocess.DEVNULL)


def _sessions(settings: Settings) -> Iterator[tuple[str, list[Shot], tuple[str, str] | None]]:
    """Each site with its pictures, and whom to log in as."""
    yield page_url(settings), airflow_shots(_runs(settings)), (USER, password(settings))
    yield (settings.artifacts_dir / "quality_report.html").as_uri(), quality_report_shots(), None
    with server(write_docs(settings), 0) as pages:
        Thread(target=pages.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{pages.server_port}", model_docs_shots(), None
        pages.shutdown()


def _runs(settings: Settings) -> dict[str, dict[str, str]]:
    """The first run of each DAG, and each month's build."""
    with AirflowClient(Site.of(settings)) as client:
        found = {dag_id: client.runs(dag_id) for dag_id in client.dag_ids()}
    return {
        dag_id: {str(run["partition_key"] or "first"): str(run["dag_run_id"]) for run in runs}
        for dag_id, runs in found.items()
    }


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


def _take(browser: Browser, base: str, shots: list[Shot], to: Path, credentials: tuple[str, str] | None) -> None:
    for locale in sorted({shot.locale for shot in shots}):
        context = browser.new_context(viewport=WINDOW, locale=locale, timezone_id="Asia/Shanghai")
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(base)
        if credentials:
            _log_in(page, *credentials)
        for shot in shots:
            if shot.locale == locale:
                _take_one(page, base, shot, to / f"{shot.name}.png")
        context.close()


def _log_in(page: Page, user: str, secret: str) -> None:
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", secret)
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "login" not in url)


def _take_one(page: Page, base: str, shot: Shot, file: Path) -> None:
    if page.url.startswith("http"):
        page.evaluate("localStorage.clear()")  # Airflow's page remembers the last view of a flow
    page.goto(base + shot.path)
    if shot.prepare:
        shot.prepare(page)
    for words in shot.shows:
        expect(page.get_by_text(words).locator("visible=true").first).to_be_visible(timeout=PATIENCE)
    _settle(page)
    page.screenshot(path=file)
    print(file.name)


def _settle(page: Page) -> None:
    """Airflow's page draws charts and graphs after the words are there, and asks for news for ever."""
    try:
        page.wait_for_load_state("networkidle", timeout=5_000)
    except TimeoutError:
        pass
    page.mouse.move(0, 0)
    page.wait_for_timeout(1_500)


if __name__ == "__main__":
    sys.exit(main())
