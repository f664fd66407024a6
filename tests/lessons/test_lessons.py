"""Each lesson runs from top to bottom; its exercises take their own solutions, and say what is wrong with typical wrong answers."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from frechet.lessons.exercises import Exercise

LESSONS = sorted((Path(__file__).parent.parent.parent / "lessons").glob("*.py"))


@cache
def run(path: Path) -> dict:
    """What the cells of a lesson define, once it has run as a script runs it."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.app.run()[1])


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_it_has_five_exercises_that_know_their_solutions(path):
    exercises = run(path)["exercises"]
    assert len(exercises) == 5
    for name, exercise in exercises.items():
        reply = exercise.reply(exercise.solution)
        assert reply.right, f"{name}: {reply.text}"
        assert all((exercise.question, exercise.hint, exercise.worked))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_wrong_answers_learn_what_is_wrong(path):
    for name, exercise in run(path)["exercises"].items():
        assert len(exercise.wrong) >= 3, name
        for answer, word in exercise.wrong.items():
            reply = exercise.reply(answer)
            assert reply.right is False, f"{name}: {answer}: {reply.text}"
            assert word in reply.text, f"{name}: {answer}: {reply.text}"


def test_an_exercise_is_a_link_to_the_page():
    """Names as the page writes its links (`web/static/state.js`); a letter that is a field of the link carries a dot."""
    exercise = Exercise("", "f'*inv(K)*f", "K", "gradient", "", "", "", {}, {"f": "vector(n)", "K": "spd(n)"})
    fields = parse_qs(exercise.link("-inv(K)*f*f'*inv(K)").removeprefix("#"))
    expected = {
        "f": "f'*inv(K)*f",
        "by": "K",
        "form": "gradient",
        "mine": "-inv(K)*f*f'*inv(K)",
        ".f": "vector(n)",
        "K": "spd(n)",
    }
    assert {name: values[0] for name, values in fields.items()} == expected
    assert "+" not in exercise.link("a + b")
