"""What is published: one version, the Pythons that are tested, the extras that messages name. `.ci/package` builds it and tries it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import frechet
from tests.test_missing_libraries import TRIED

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_version_has_one_home():
    assert PROJECT["dynamic"] == ["version"]
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited is not None
    assert cited[1] == frechet.__version__


def test_the_changelog_has_the_version_that_is_cited_below_what_is_not_released():
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    released = re.search(r"^date-released: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert released is not None
    assert headings[:2] == ["[Unreleased]", f"[{frechet.__version__}] - {released[1]}"]


def test_the_pythons_of_the_workflow_are_those_of_the_package():
    workflow = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    said = [c.rpartition(" ")[2] for c in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", c)]
    matrices = re.findall(r"python: (\[.*\])", workflow)
    assert said
    assert [tomllib.loads(f"x = {m}")["x"] for m in matrices] == [said, said]
    assert PROJECT["requires-python"] == f">={said[0]}"
    assert "run: .ci/run\n" in workflow


def test_extras_that_messages_name_exist():
    assert set(TRIED.values()) <= set(PROJECT["optional-dependencies"])


def test_it_says_that_it_is_typed():
    assert (Path(frechet.__file__).parent / "py.typed").is_file()
