"""A real Chromium, driven by Playwright: Debian's where there is one, else Playwright's own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

try:
    from playwright import sync_api
except ImportError:  # `make page` installs it
    collect_ignore = ["test_page.py"]

PICTURES = Path(__file__).parent / "output"
WIDTHS = (1000, 390)


@pytest.fixture(scope="module")  # while it is open, an event loop runs, which other tests have themselves
def browser() -> Iterator:
    with sync_api.sync_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("chromium-browser")
        try:
            chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        except sync_api.Error as error:
            pytest.fail(f"no Chromium: apt-get install chromium, or playwright install chromium ({error.message[:80]})")
        yield chromium
        chromium.close()


class Sheet:
    """The page in a window of one width. What it asks of other hosts, and every error in it, is an error of the test."""

    def __init__(self, browser, url: str, width: int):
        self.url, self.width = url, width
        self.context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        self.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda m: self.faults.append(m.text) if _is_fault(m) else None)
        self.page.on("request", lambda r: self.faults.append(r.url) if not r.url.startswith((url, "data:")) else None)

    def open(self, link: str = "") -> None:
        """The page at a link, once it has answered."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.url}/{link}")
        self.answered()

    def answered(self) -> None:
        self.page.wait_for_selector("#answer[aria-busy=false] #results .result", timeout=20_000)

    def type(self, field: str, text: str) -> None:
        self.page.fill(field, "")
        self.page.type(field, text)

    def wait_for_text(self, selector: str, text: str) -> None:
        self.page.wait_for_function(
            "([s, t]) => document.querySelector(s)?.textContent.includes(t)", arg=[selector, text], timeout=20_000
        )

    def gradient(self) -> str:
        """The text of the first result."""
        self.page.click("#results .tools button >> nth=0")
        return self.copied()

    def copied(self) -> str:
        return self.page.evaluate("navigator.clipboard.readText()")

    def picture(self, name: str) -> None:
        PICTURES.mkdir(exist_ok=True)
        self.page.screenshot(path=str(PICTURES / f"{name}-{self.width}.png"), full_page=True)

    def fits(self) -> bool:
        """Whether nothing makes the page scroll sideways."""
        return self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _is_fault(message) -> bool:
    return message.type == "error" and "status of 422" not in message.text  # a formula that does not read is no fault


@pytest.fixture(params=WIDTHS)
def sheet(request, browser, server) -> Iterator[Sheet]:
    found = Sheet(browser, server.url, request.param)
    yield found
    found.context.close()
    assert found.faults == []
