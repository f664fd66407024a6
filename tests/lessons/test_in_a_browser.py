"""The exported lessons in Chromium: everything is there, nothing comes from elsewhere, nothing is cut. `make lessons`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_connection, socket

import pytest

from frechet.lessons.serving import export, folder

pytestmark = pytest.mark.slow
PICTURES = Path(__file__).parent / "pictures"
LESSONS = sorted(path.stem for path in folder().glob("*.py"))
WIDTHS = (1000, 390)
TALLEST = 16000


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The exported pages behind a server of this machine."""
    into = tmp_path_factory.mktemp("lessons")
    assert [page.stem for page in export(into)] == LESSONS
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(into)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tools:  # Debian's Chromium where there is one, else Playwright's own
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        yield tools.chromium.launch(executable_path=program, args=["--no-sandbox"])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lesson", LESSONS)
def test_it_is_shown_whole(lesson, width, address, browser):
    page = browser.new_page(viewport={"width": width, "height": 900})
    elsewhere = []
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else elsewhere.append(r.url))
    page.goto(f"{address}/{lesson}.html")
    page.get_by_text("Exercises", exact=True).first.wait_for(timeout=60_000)
    page.wait_for_timeout(3000)
    for _ in range(2):  # what is laid out anew at the new height may be taller
        tall = page.evaluate("Math.max(...[...document.querySelectorAll('*')].map(e => e.scrollHeight))")
        page.set_viewport_size({"width": width, "height": min(tall + 50, TALLEST)})
        page.wait_for_timeout(1000)
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{lesson}_{width}.png")
    assert elsewhere == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".katex-error").count() == 0
    assert page.locator(".marimo-error").count() == 0
    page.close()


def test_a_lesson_is_live(browser):
    """In the app a slider moves what depends on it, by the keyboard, and an answer that is typed gets its diagnosis."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        "-m",
        "marimo",
        "run",
        str(folder() / "finite_differences.py"),
        "--headless",
        "--no-token",
        "--port",
        str(port),
    ]
    server = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        page = browser.new_page(viewport={"width": 1000, "height": 900})
        for _ in range(120):
            with suppress(OSError), create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.5)
        page.goto(f"http://127.0.0.1:{port}")
        page.get_by_text("About 4 digits are right.").wait_for(timeout=90_000)
        page.get_by_role("slider").first.press("ArrowRight")
        page.get_by_text("About 5 digits are right.").wait_for(timeout=30_000)
        answer = page.get_by_placeholder("your formula").first
        answer.fill("dt*E^2/2")
        answer.press("Tab")
        page.get_by_text("it is off by the factor 0.5").wait_for(timeout=30_000)
        page.close()
    finally:
        server.terminate()
        server.wait(timeout=20)
