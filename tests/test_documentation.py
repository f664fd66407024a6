"""The pages run: what stands in them as output is what their code prints. The site is built without a warning by `make docs`."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path

import pytest

import frechet as fr
from frechet.expr.node import operations
from frechet.listing import explanation, listing

ROOT = Path(__file__).parent.parent
GENERATED = r"^```\{(?:operations|public|commands|gallery|problems)\}.*"
LEFT_OUT = {
    "name",
    "matrix_free",
    "method",
    "rtol",
    "atol",
    "library",
    "warm_start",
    "samples",
    "options",
}  # of calls in a table


def _module(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


outputs, offline = _module("outputs"), _module("offline")


@pytest.fixture(autouse=True)
def _forgotten():
    """Operations that a page declares are taken away again."""
    known = set(operations)
    yield
    for name in set(operations) - known:
        del operations[name]


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", outputs.PAGES, ids=_name)
def test_a_page_shows_what_its_code_prints(page):
    """`make docs-outputs` writes what differs; read the difference before you commit it."""
    text = page.read_text(encoding="utf-8")
    assert outputs.refreshed(text) == text


def test_an_output_that_differs_is_replaced():
    page = "```python\n1 + 1\n```\n\n```text\n3\n```\n"
    assert outputs.refreshed(page) == "```python\n1 + 1\n```\n\n```text\n2\n```\n"


def test_a_command_is_run():
    page = "```console\n$ frechet explain logdet\nold\n```\n"
    assert "call  logdet(A)" in outputs.refreshed(page)


def test_what_rounding_changes_stays():
    page = "```python\nprint('error 1.2e-16')\n```\n\n```text\nerror 3.4e-16\n```\n"
    assert outputs.refreshed(page) == page


def test_every_page_is_reached():
    """Each page of the site stands in some page's list of contents."""
    pages = {p for p in outputs.PAGES if p.is_relative_to(ROOT / "docs") and p.name != "index.md"}
    listed = set()
    for index in (ROOT / "docs").rglob("index.md"):
        for line in index.read_text(encoding="utf-8").splitlines():
            if line and " " not in line and not line.startswith(("`", ":", "#")):
                listed.add((index.parent / f"{line}.md").resolve())
    assert pages <= listed, sorted(_name(p) for p in pages - listed)


def test_what_the_site_has_instead_of_a_directive_is_told_in_the_repository():
    """A page that is made when the site is built is not empty for those who read it in a clone."""
    made = [p for p in outputs.PAGES if re.search(GENERATED, p.read_text(encoding="utf-8"), re.MULTILINE)]
    assert len(made) == 12
    for page in made:
        assert re.search(
            GENERATED + r"\nThe site \(make docs\) has ", page.read_text(encoding="utf-8"), re.MULTILINE
        ), page


def test_questions_in_the_list_are_the_titles_of_their_pages():
    index = ROOT / "docs" / "how-to" / "index.md"
    links = re.findall(r"^- \[(.*)\]\((.*)\)$", index.read_text(encoding="utf-8"), re.MULTILINE)
    assert links
    for title, page in links:
        assert f"# {title}\n" in (index.parent / page).read_text(encoding="utf-8")


def test_calls_of_ready_made_solutions_are_those_of_the_functions():
    page = (ROOT / "docs" / "how-to" / "adjoint.md").read_text(encoding="utf-8")
    calls = re.findall(r"^\| `fr\.(?:implicit\.)?(\w+)\((.*)\)` \|", page, re.MULTILINE)
    assert len(calls) == 15
    for name, written in calls:
        found = inspect.signature(getattr(fr.implicit, name)).parameters.values()
        plain = [str(p.replace(annotation=p.empty)).replace("'", '"') for p in found if p.name not in LEFT_OUT]
        assert [a for a in written.split(", ") if a != "*"] == plain, name


@pytest.mark.parametrize(
    "text",
    [
        '<script defer src="https://cdn.example/mathjax.js"></script>',
        "<link rel='stylesheet' href='//fonts.example/css?family=Inter'>",
        '<img alt="x" src="http://example.org/a.png">',
        "@font-face { src: url(https://fonts.example/a.woff2) }",
        "@import 'https://example.org/a.css';",
    ],
)
def test_what_a_page_would_fetch_is_seen(text):
    assert offline.fetched(text)


def test_links_and_names_of_namespaces_are_not_fetched():
    assert not offline.fetched(
        '<a href="https://example.org">there</a> <script src="_static/a.js"></script> <link href="_static/a.css">'
        '<svg xmlns="http://www.w3.org/2000/svg"></svg> <code>import "https://x"</code>'
    )


def test_every_function_that_is_listed_is_told_of():
    for _, calls in listing():
        for call in calls:
            assert explanation(re.split(r"\W", call)[0])["call"], call
