"""Each lesson runs from top to bottom; its exercises take their own solutions, and say what is wrong with typical wrong answers."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

import frechet as fr
from frechet.lessons.exercises import Exercise
from frechet.lessons.exercises_of_forms import FormExercise, VolumeExercise
from frechet.lessons.figures import panels

LESSONS = sorted((Path(__file__).parent.parent.parent / "lessons").glob("*.py"))


def run(path: Path) -> dict:
    """What the cells of a lesson define, once it has run as a script runs it."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.app.run()[1])


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_its_five_exercises_know_their_solutions_and_what_is_wrong_with_wrong_answers(path):
    exercises = run(path)["exercises"]
    assert len(exercises) == 5
    for number, exercise in enumerate(exercises, 1):
        reply = exercise.reply(exercise.solution)
        assert reply.right, f"{number}: {reply.text}"
        assert all((exercise.question, exercise.hint, exercise.worked))
        assert len(exercise.wrong) >= 3, number
        for answer, word in exercise.wrong.items():
            reply = exercise.reply(answer)
            assert reply.right is False, f"{number}: {answer}: {reply.text}"
            assert any(word in line for line in diagnoses(exercise, reply)), f"{number}: {answer}: {reply.text}"


def diagnoses(exercise, reply) -> list[str]:
    """The lines that say what is wrong: neither the verdict nor the difference from the right answer."""
    lines = reply.text.splitlines()[1:]
    return lines if isinstance(exercise, FormExercise) else [x for x in lines if x.startswith("what is wrong: ")]


def slips(solution: str) -> Iterator[str]:
    """What anybody may write instead: a sign, a factor, a transpose or an inverse that is forgotten, a transpose too many."""
    yield from (f"-({solution})", f"2*({solution})", f"({solution})/2", f"({solution})'")
    for found in re.finditer(r"(?<=[\w)])'|\binv(?=\(\w\))", solution):
        yield solution[: found.start()] + solution[found.end() :]


@pytest.mark.slow
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_slips_that_no_exercise_lists_are_explained_too(path):
    tried = 0
    for exercise in run(path)["exercises"]:
        for answer in slips(exercise.solution) if isinstance(exercise, Exercise) else ():
            reply = exercise.reply(answer)
            if reply.right is False:  # a transpose may not matter; one that does not fit is refused with its place
                tried += 1
                assert diagnoses(exercise, reply), f"{exercise.f}: {answer}: {reply.text}"
    assert tried or path.stem.endswith("exterior_calculus")


def test_there_are_ten_and_none_has_a_name_twice_or_a_circle():
    assert len(LESSONS) == 10
    done = subprocess.run(
        [sys.executable, "-m", "marimo", "check", "--strict", *map(str, LESSONS)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


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


def test_what_does_not_read_is_neither_right_nor_wrong():
    volume = VolumeExercise("", "Y = A*X*A'", "|A|^(n+1)", "", "", {}, {"X": "symmetric(n)"})
    form = FormExercise("", fr.chart("x y").form("x*dx^dy"), "x*dx^dy", "", "", {})
    for exercise in (volume, form):
        assert [exercise.reply(text).right for text in ("", "2*(", exercise.solution)] == [None, None, True]
    assert "|A|^(n + 1)" not in volume.reply("|A|^n").text


def test_pictures_stand_side_by_side_with_words_for_those_who_do_not_see_them():
    figures, axes = panels(2)
    axes[0].set_title('a "first" one')
    shown = figures._repr_html_()
    assert shown.count("<img ") == 2
    assert 'alt="a &quot;first&quot; one"' in shown
    assert "flex-wrap: wrap" in shown
