"""Opening the lessons, and writing them as pages that need nothing from elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html import escape
from importlib.util import find_spec
from pathlib import Path

from frechet.errors import FrechetError, MissingLibraryError

__all__ = ["export", "folder", "serve"]

_FRONT_END = re.compile(r"https://cdn\.jsdelivr\.net/npm/@marimo-team/frontend@[^/\"']+/dist")
_ASSETS = "_marimo"  # beside the pages
_TITLE = re.compile(r"^\s*# (\d+ .+)$", re.MULTILINE)
_HEAD = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>Lessons</title><style>body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }</style>"
)


def folder() -> Path:
    """Where the notebooks are: in a clone in `lessons/`, in the wheel beside this module."""
    here = Path(__file__).parent
    for place in (here.parent.parent.parent / "lessons", here / "notebooks"):
        if any(place.glob("*.py")):
            return place
    raise FrechetError("the lessons are not installed: clone the repository, or install the wheel of Frechet")


def serve(host: str, port: int, headless: bool) -> int:
    """Runs one server for all lessons until it is stopped; its exit code."""
    command = [*_marimo(), "run", str(folder()), "--host", host, "--port", str(port)]
    return subprocess.call([*command, *(["--headless"] if headless else [])])


def export(into: Path) -> list[Path]:
    """Each lesson as an HTML page in the folder, run as it is written, and index.html with links to all; sliders stand still
    there. Serve the folder by HTTP.
    """
    command = _marimo()
    into.mkdir(parents=True, exist_ok=True)
    shutil.copytree(_static(), into / _ASSETS, dirs_exist_ok=True)
    pages = []
    for notebook in sorted(folder().glob("*.py")):
        page = into / f"{notebook.stem}.html"
        done = subprocess.run(
            [*command, "export", "html", str(notebook), "-o", str(page), "--no-include-code", "--force"],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise FrechetError(f"{notebook.name} does not run:\n{done.stderr.strip()[-2000:]}")
        page.write_text(_FRONT_END.sub(f"./{_ASSETS}", page.read_text(encoding="utf-8")), encoding="utf-8")
        pages.append(page)
    (into / "index.html").write_text(_contents(), encoding="utf-8")
    return pages


def _contents() -> str:
    """A page with a link to each lesson, in their order."""
    titles = [(path.stem, _TITLE.search(path.read_text(encoding="utf-8"))) for path in sorted(folder().glob("*.py"))]
    links = [f'<p><a href="{stem}.html">{escape(found[1])}</a></p>' for stem, found in titles if found]
    return f"{_HEAD}<h1>Matrix calculus, live</h1>{''.join(links)}"


def _marimo() -> list[str]:
    if find_spec("marimo") is None:
        raise MissingLibraryError("the course", "marimo", "lessons")
    return [sys.executable, "-m", "marimo"]


def _static() -> Path:
    found = find_spec("marimo")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "_static"
