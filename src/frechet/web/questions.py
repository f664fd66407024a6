"""What the routes take and give, as schemas: of requests, which are checked, and of answers, which are documented."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from frechet.web.settings import LONGEST_FORMULA

__all__ = ["QUESTIONS", "FaultAnswer", "Health", "Question"]

Formula = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_FORMULA)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Names = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Kind = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Declarations = Annotated[
    dict[Name, Kind],
    Field(default_factory=dict, max_length=40, description='Kinds of letters: {"S": "spd(n)", "X": "matrix(m,n)"}.'),
]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1, description="The seed of the random points of the check.")]
Sizes = Annotated[
    dict[Name, Annotated[int, Field(ge=1, le=30)]],
    Field(default_factory=dict, max_length=10, description='Sizes to look at alone: {"n": 3}; others are chosen.'),
]
Form = Literal["gradient", "differential", "jacobian", "hessian", "pullback"]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    formula: Formula = Field(description="A formula as text, LaTeX or NumPy code.", examples=["logdet(X'*X)"])
    declarations: Declarations


class Read(_Asked):
    """How is this read?"""

    wrt: Annotated[str, StringConstraints(max_length=200)] = Field("", description="The variable, where it matters.")


class _About(_Asked):
    wrt: Names = Field(description="The variable, or several with commas.", examples=["X"])


class Derive(_About):
    """What is the derivative?"""

    form: Form | None = Field(None, description="By default the gradient of a scalar, else the differential.")


class Verdict(Derive):
    """Is the derivative that you gave right?"""

    sizes: Sizes
    seed: Seed = 0


class Check(_About):
    """Is my formula right?"""

    claim: Formula = Field(description="Your formula for the derivative.", examples=["2*X*inv(X'*X)"])
    form: Literal["gradient", "differential", "jacobian", "hessian"] | None = None
    sizes: Sizes
    seed: Seed = 0


class Code(Derive):
    """The derivative as a program."""

    target: Literal["numpy", "jax", "torch", "julia", "matlab", "latex"] = "numpy"


class Graph(_About):
    """Which operations, and what do the orders of the chain rule cost?"""


class Picture(_About):
    """What does the Jacobian look like?"""


class Values(_About):
    """What are the function and its derivative there?"""

    numbers: Annotated[
        dict[Name, Annotated[str, StringConstraints(max_length=LONGEST_FORMULA)]],
        Field(default_factory=dict, max_length=40, description='{"X": "[1 2; 3 4]"}; without them some are proposed.'),
    ]


class Rules(BaseModel):
    """Which operations are there?"""

    model_config = ConfigDict(extra="forbid", strict=True)

    word: Annotated[str, StringConstraints(max_length=60)] = ""


# --- answers ------------------------------------------------------------------------------------------


class Shaped(BaseModel):
    """The kind and the sizes of a value."""

    kind: Literal["scalar", "vector", "matrix"]
    rows: str
    cols: str


class Letter(Shaped):
    """What a letter was taken for."""

    name: str
    mathml: str
    properties: list[str]
    declared: bool


class Reading(BaseModel):
    """How a formula is read."""

    read_as: str
    function: str
    latex: str
    mathml: str
    value: Shaped
    letters: list[Letter]
    wrt: str = Field(description="The variable that was given, else the one that people would choose.")
    where: dict[str, str]
    notes: list[str]


class Result(Shaped):
    """One formula of the answer."""

    title: str
    sign: str = Field(description="The left side, typeset.")
    text: str
    latex: str
    mathml: str = Field(description="With the names in `named` for parts of it.")


class Named(BaseModel):
    """A name for a part of the results that is repeated, or too wide to be read."""

    name: str
    text: str
    sign: str
    mathml: str


class Step(BaseModel):
    """One line of the derivation, as text."""

    rule: str
    left: str
    right: str


class Found(BaseModel):
    """What a check found."""

    verdict: Literal["right", "wrong", "undecided"]
    right: bool | None
    kind: Literal["proved", "compared", "undecided"]
    relative_error: float | None
    expected_error: float | None
    method: str
    points: int
    sizes: list[dict[str, int]]
    larger_sizes: list[dict[str, int]]
    seed: int
    primes: list[int]
    error_probability: float | None
    given: list[str]
    counterexample: dict[str, Any] | None
    told: str = Field(description="All of it in words.")
    how: str = Field(description="How it is known, in words.")


class Derivation(BaseModel):
    """The derivative; every formula is text that the parser reads."""

    read_as: str
    order: int
    form: str
    function: str
    value_shape: list[str]
    wrt: list[str]
    differential: str
    gradient: str | dict[str, str] | None
    jacobian: str | dict[str, str]
    hessian: str | dict[str, str] | None = None
    bilinear: str | None = None
    steps: list[Step]
    where: dict[str, str]
    assumptions: list[str]
    notes: list[str]
    other_readings: dict[str, dict[str, str]] = Field(description="The results where a letter is a number instead.")
    verdict: Found | None = Field(description="The proof, where there is a short one; else null: ask `verdict`.")
    results: list[Result]
    named: list[Named]
    derivation: list[Step] = Field(description="The steps again, typeset.")


class Diagnosis(BaseModel):
    """What is wrong with a claim; `claim` is the claim put right."""

    kind: str
    message: str
    claim: str | None


class Judged(Found):
    """What the check of a claim found."""

    read_as: str
    form: str
    function: str
    wrt: list[str]
    claim: str
    answer: str | None
    diagnoses: list[Diagnosis]
    searched: bool = Field(description="Whether all known mistakes were tried.")
    notes: list[str]
    example: str | None
    mathml: str | None


class Program(BaseModel):
    """Code that runs without frechet."""

    read_as: list[str]
    target: str
    source: str
    returns: list[str]


class Rule(BaseModel):
    """One operation."""

    name: str
    also: list[str] = Field(description="Other names, and what it is called.")
    signature: str
    formulas: list[str]
    domain: str
    convention: str
    source: str


class Topic(BaseModel):
    """Operations of one kind."""

    topic: str
    calls: list[str]


class RulesAnswer(BaseModel):
    """The operations."""

    rules: list[Rule]
    topics: list[Topic]
    names: list[str] = Field(description="Every name that a formula may call.")


class Cost(BaseModel):
    """What one order of the chain rule costs."""

    order: str
    operations: int
    how: str


class Drawing(BaseModel):
    """A picture, as SVG."""

    told: str
    svg: str


class GraphAnswer(Drawing):
    """The computational graph, and the costs."""

    costs: list[Cost]


class PictureAnswer(Drawing):
    """The Jacobian by colour."""

    rows: int
    cols: int


class Value(BaseModel):
    """One value, as it is typed."""

    title: str
    value: str


class ValuesAnswer(BaseModel):
    """The numbers, given or proposed, and the values there."""

    numbers: dict[str, str]
    values: list[Value]


class Suggestion(BaseModel):
    """What to write instead: a text, or a declaration."""

    text: str | None = None
    declare: str | None = None
    kind: str | None = None


class Fault(BaseModel):
    """Where, why, and what to write instead."""

    kind: str
    message: str
    reason: str
    hint: str
    field: str | None
    position: int | None
    end: int | None
    bound: str | None
    suggestion: Suggestion | None


class FaultAnswer(BaseModel):
    """What every status but 200 says."""

    error: Fault


class Health(BaseModel):
    """Whether the service answers."""

    status: Literal["ok"]
    version: str
    workers: int
    counts: dict[str, int]


class Question(NamedTuple):
    """One route: what it takes and gives, what for, and whether it can be asked by a link."""

    takes: type[BaseModel]
    gives: type[BaseModel]
    summary: str
    linked: bool = False


QUESTIONS: dict[str, Question] = {
    "read": Question(Read, Reading, "How a formula is read: kinds and sizes of its letters", linked=True),
    "derive": Question(Derive, Derivation, "The derivative, with its derivation", linked=True),
    "verdict": Question(
        Verdict, Found, "Whether the derivative that `derive` gives is right, and how that is known", linked=True
    ),
    "check": Question(
        Check, Judged, "Whether a formula of your own is the derivative, and if not, what is wrong with it", linked=True
    ),
    "code": Question(Code, Program, "A program that computes the function and its derivative", linked=True),
    "rules": Question(Rules, RulesAnswer, "The operations of the language, their differentials and sources"),
    "graph": Question(
        Graph,
        GraphAnswer,
        "The computational graph, and what forward, reverse and the best order of the chain rule cost",
    ),
    "picture": Question(Picture, PictureAnswer, "A picture of the Jacobian at random numbers"),
    "values": Question(Values, ValuesAnswer, "The function and its derivative at numbers"),
}
"""The routes by name."""
