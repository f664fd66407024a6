"""The exported lessons in Chromium: everything is there, nothing comes from elsewhere, nothing is cut. `make lessons`."""

from __future__ import annotations

import os
import shutil
import signal
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


# What has to be scrolled to be read.
_WIDER = "found => found.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.slice(0, 80))"


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
    assert page.locator(".katex-display, .markdown table, pre").evaluate_all(_WIDER) == []
    page.close()


@pytest.fixture(scope="module")
def live():
    """The course as `frechet lessons` serves it."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "frechet", "lessons", "--headless", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        for _ in range(120):
            with suppress(OSError), create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=20)


def _opened(lesson, live, browser, elsewhere):
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    local = (live, live.replace("http", "ws"), "data:", "blob:")
    page.on("request", lambda r: None if r.url.startswith(local) else elsewhere.append(r.url))
    page.goto(f"{live}/?file={lesson}.py")
    page.get_by_text("Exercises", exact=True).first.wait_for(timeout=120_000)
    wanted = (folder() / f"{lesson}.py").read_text(encoding="utf-8").count("mo.ui.slider(")
    assert wanted >= 1
    page.get_by_role("slider").nth(wanted - 1).wait_for(timeout=120_000)
    page.wait_for_timeout(3000)
    return page


# Text and pictures of the page, in the shadow of marimo's elements too, but for the numbers beside sliders.
_SHOWN = """() => {
    const parts = [];
    const walk = (node) => {
        if (node.nodeType === Node.TEXT_NODE) parts.push(node.data);
        if (node.localName === "img") parts.push(node.src.slice(-2000));
        if (["marimo-slider", "style", "script"].includes(node.localName)) return;
        for (const child of [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes]) walk(child);
    };
    walk(document.body);
    return parts.join();
}"""


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_slider_moves_something(lesson, live, browser):
    """By the keyboard, one after the other: more changes than the number beside the slider, and nothing fails."""
    elsewhere = []
    page = _opened(lesson, live, browser, elsewhere)
    sliders = page.get_by_role("slider")
    for k in range(sliders.count()):
        slider, before = sliders.nth(k), page.evaluate(_SHOWN)
        value, last = (slider.get_attribute(f"aria-value{which}") for which in ("now", "max"))
        slider.press("ArrowLeft" if value == last else "ArrowRight")
        page.wait_for_function(f"before => ({_SHOWN})() !== before", arg=before, timeout=60_000)
        assert slider.get_attribute("aria-valuenow") != value
    page.wait_for_timeout(1000)
    assert page.locator(".marimo-error").count() == 0
    assert elsewhere == []
    page.close()


def test_an_answer_gets_its_diagnosis(live, browser):
    page = _opened("05_finite_differences", live, browser, [])
    page.get_by_text("About 4 digits are right.").wait_for(timeout=90_000)
    page.get_by_role("slider").first.press("ArrowRight")
    page.get_by_text("About 5 digits are right.").wait_for(timeout=30_000)
    answer = page.get_by_placeholder("your formula").first
    answer.fill("dt*E^2/2")
    answer.press("Tab")
    page.get_by_text("it is off by the factor 0.5").wait_for(timeout=30_000)
    page.close()
