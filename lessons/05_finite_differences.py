import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="5 Finite differences", css_file="lessons.css")


@app.cell(hide_code=True)
def _():
    from itertools import pairwise

    import marimo as mo
    import numpy as np

    import frechet as fr
    from frechet.lessons.exercises import Exercise
    from frechet.lessons.multiples import difference_errors, step_errors
    from frechet.lessons.pictures import remainders
    from frechet.lessons.sheets import fields, sheet

    return difference_errors, Exercise, fields, fr, mo, np, pairwise, remainders, sheet, step_errors


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # 5 Finite differences

    You derived a gradient, over three pages. Is it right? There is a test that needs no algebra: move the input a little, and look at what the output does.

    $$f'(x)[dx] \approx \frac{f(x + h\,dx) - f(x)}{h}$$

    with a small number $h$. It works for numbers, vectors and matrices, and for programs that nobody can read. The only question is: *how small is small?*

    ## The smaller, the better?

    Take $f(x) = \sin x$ at $x = 1$, where the derivative is $\cos 1$. Move $h$ from large to small, and count the digits that are right.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    digits = mo.ui.slider(1, 16, 1, value=4, label="h = 10 to the power of minus", show_value=True)
    digits
    return (digits,)


@app.cell(hide_code=True)
def _(digits, mo, np, step_errors):
    h = 10.0**-digits.value
    _quotient = (np.sin(1 + h) - np.sin(1)) / h
    _steps = 10.0 ** -np.arange(0.0, 16.1, 0.25)
    _errors = abs((np.sin(1 + _steps) - np.sin(1)) / _steps - np.cos(1))
    _cutting, _rounding = _steps * np.sin(1) / 2, 2**-53 * 2 * np.sin(1) / _steps
    _right = max(0, int(-np.log10(max(abs(_quotient / np.cos(1) - 1), 1e-16))))
    mo.vstack(
        [
            step_errors(
                {
                    "what you see": (_steps, _errors),
                    "truncation, h f″/2": (_steps, _cutting),
                    "rounding, 2ε f/h": (_steps, _rounding),
                },
                h,
            ),
            mo.md(
                f"""
    | | |
    | --- | --- |
    | difference quotient | `{_quotient:.16f}` |
    | derivative | `{np.cos(1):.16f}` |

    About **{_right}** digits are right."""
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    Two errors are at work, and they pull in opposite directions.

    - **Truncation.** Taylor's formula, cut after the linear term, leaves $\tfrac{h}{2} f''(x)$. It falls with $h$: the slope to the right is 1.
    - **Rounding.** The computer keeps 16 digits of $f(x+h)$ and of $f(x)$. Where the two agree in ten digits, the difference keeps six. Divided by $h$, that is an error of
      about $2\varepsilon\,|f|/h$ with $\varepsilon = 2^{-53}$. It *grows* as $h$ falls: the slope to the left is $-1$.

    The best step is where they are equal. Ask Frechet for the minimum of $a\,t + b/t$:
    """)
    return


@app.cell(hide_code=True)
def _(fr, mo, np):
    _slope = fr.gradient("a*t + b/t", "t")
    _best = np.sqrt(2 * 2**-53 * np.sin(1) / (np.sin(1) / 2))
    mo.md(
        f"""
    $$\\frac{{d}}{{dt}}\\left(a\\,t + \\frac bt\\right) = {fr.to_latex(_slope)} = 0 \\quad\\text{{at}}\\quad t = \\sqrt{{b/a}}.$$

    With $a = f''/2$ and $b = 2\\varepsilon f$ this is {_best:.1e}: about $\\sqrt\\varepsilon$, and half of the digits are lost. No step does better with this rule. A better *rule* does.
    """
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Better rules

    A *stencil* combines values at several points so that more terms of Taylor's formula cancel. Its weights solve a small linear system; Frechet solves it in fractions. Choose the points:
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    points = mo.ui.dropdown(
        {
            "0, 1": (0, 1),
            "-1, 1": (-1, 1),
            "0, 1, 2": (0, 1, 2),
            "0, 1, 2, 3": (0, 1, 2, 3),
            "-2, -1, 1, 2": (-2, -1, 1, 2),
            "-3, -2, -1, 1, 2, 3": (-3, -2, -1, 1, 2, 3),
        },
        value="-1, 1",
        label="points, in steps of h",
    )
    points
    return (points,)


@app.cell(hide_code=True)
def _(fr, mo, np, points, remainders):
    _chosen = fr.finite.stencil(1, points.value)
    _steps = np.logspace(-2.5, -0.3, 12)

    def _errors(stencil):
        return np.array([abs(stencil.apply(np.sin, 1.0, t) - np.cos(1)) for t in _steps])

    def _fraction(w):
        return str(w) if w.denominator == 1 else f"\\tfrac{{{w.numerator}}}{{{w.denominator}}}"

    def _term(c, w):
        place = "" if c == 0 else f" {'+' if c > 0 else '-'} {'' if abs(c) == 1 else abs(c)}h"
        return f"{'+' if w > 0 else '-'} {'' if abs(w) == 1 else _fraction(abs(w))} f(x{place})"

    _terms = " ".join(_term(c, w) for c, w in zip(_chosen.offsets, _chosen.weights, strict=True) if w)
    _measured = np.polyfit(np.log(_steps), np.log(_errors(_chosen)), 1)[0]
    _others = {
        f"order {k}": (_steps, _errors(fr.finite.stencil(1, p)))
        for k, p in ((1, (0, 1)), (2, (-1, 1)), (3, (0, 1, 2, 3)), (4, (-2, -1, 1, 2)))
    }
    mo.vstack(
        [
            mo.md(
                f"$$f'(x) \\approx \\frac1h\\Big({_terms}\\Big)$$\n\n"
                f"Order **{_chosen.accuracy}**: the error is ${_fraction(_chosen.leading)}\\,h^{{{_chosen.accuracy}}} f^{{({_chosen.accuracy + 1})}}(x)$ and smaller terms. "
                f"Measured slope for the sine at 1: **{_measured:.2f}**."
            ),
            mo.md("Four of them side by side; the slope of a line is the order:"),
            remainders(_others, "step h"),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    The symmetric rule with the points $-1$ and $1$ costs one value more than the first one and has order 2, since the quadratic terms of $f(x+h)$ and $f(x-h)$ are equal. For a *quadratic*
    function nothing is left to cut, whatever the step is.

    ## Matrices: choose a direction

    A matrix has many entries, but a direction $dX$ is enough: both sides of $f'(X)[dX]$ are matrices of the same shape, compared in norm. Choose a function. The
    star is the step that Frechet chose, from values of $f$ alone; where the complex step (below) exists, it is drawn too.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    chosen = mo.ui.dropdown(["X^2", "X^3", "inv(X)", "expm(X)", "det(X)*X"], value="X^3", label="f =")
    chosen
    return (chosen,)


@app.cell(hide_code=True)
def _(chosen, difference_errors, fr, mo, np):
    _rng = np.random.default_rng(5)
    X0, dX0 = _rng.standard_normal((4, 4)), _rng.standard_normal((4, 4))

    def _asked(text):
        value = fr.compile(fr.parse(text, X="matrix(n,n)"))
        return (lambda X: value(X=X)), X0, dX0, fr.derivative(text, "X").at(X=X0)(dX0)

    _f, _, _, _exact = _asked(chosen.value)
    _estimate = fr.finite.directional(_f, X0, dX0)
    mo.vstack(
        [
            difference_errors({chosen.value: (_f, X0, dX0, _exact)}),
            mo.md(
                f"Frechet's own difference: **{_estimate.method}**, {_estimate.evaluations} values of f. It promises an error below {_estimate.error_norm:.0e}; "
                f"the true error is {np.linalg.norm(_estimate.value - _exact):.0e}."
            ),
            mo.md(
                "Two of them side by side. For $X^2$ the symmetric rule has no truncation error: its line only rises to the left."
            ),
            difference_errors({name: _asked(name) for name in ("X^2", "inv(X)")}),
        ]
    )
    return X0, dX0


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Richardson's idea

    Halving the step of the symmetric rule divides its error by four. So two results tell where they are heading: $\tfrac{1}{3}\,(4 D(h/2) - D(h))$ has order 4. Do it again with the results, and
    again. Every column of the table is the one before it, combined; the digits grow to the right, with steps that are not small at all.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    start = mo.ui.slider(0.1, 1.5, 0.1, value=0.8, label="largest step", show_value=True)
    start
    return (start,)


@app.cell(hide_code=True)
def _(fr, mo, np, pairwise, start):
    _central = fr.finite.central(1)
    _steps = [start.value / 2**k for k in range(5)]
    _columns = [[_central.apply(np.sin, 1.0, t) for t in _steps]]
    for _k in range(1, 5):
        _c = _columns[-1]
        _columns.append([(4**_k * fine - coarse) / (4**_k - 1) for coarse, fine in pairwise(_c)])
    _rows = [
        f"| {t:.3g} | "
        + " | ".join(f"{abs(c[i - k] - np.cos(1)):.0e}" if i >= k else "" for k, c in enumerate(_columns))
        + " |"
        for i, t in enumerate(_steps)
    ]
    mo.md(
        "**Errors**\n\n| step | order 2 | 4 | 6 | 8 | 10 |\n| --- | --- | --- | --- | --- | --- |\n" + "\n".join(_rows)
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## A step into the complex plane

    Rounding hurts because two nearly equal numbers are subtracted. There is a rule without a subtraction. Let the step be imaginary:

    $$f(x + ih) = f(x) + ih\,f'(x) - \tfrac{h^2}{2} f''(x) - \dots$$

    The derivative is the imaginary part: $f'(x) \approx \operatorname{Im} f(x + ih)/h$. Nothing cancels, so $h$ may be as small as you like, $10^{-100}$ if you please, and all digits come out. The price: $f$ must take complex numbers *and be analytic*. An absolute value, a
    maximum, a conjugate transpose in the code breaks it without a word.
    """)
    return


@app.cell(hide_code=True)
def _(fr, mo, np):
    def _complex_step(f, x, size=1e-100):
        return np.imag(f(x + 1j * size)) / size

    _cases = {
        "sin x": (np.sin, np.cos(1)),
        "x / (1 + x²)": (lambda x: x / (1 + x * x), 0.0),
        "abs(x)": (abs, 1.0),
    }
    _rows = [
        f"| {name} | {_complex_step(f, 1.0):.16f} | {abs(_complex_step(f, 1.0) - exact):.0e} "
        f"| {abs(float(fr.finite.derivative(f, 1.0).value) - exact):.0e} |"
        for name, (f, exact) in _cases.items()
    ]
    mo.md(
        "| f, at 1 | complex step | its error | error of real differences |\n| --- | --- | --- | --- |\n"
        + "\n".join(_rows)
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Functions with noise

    A simulator that stops at a tolerance does not give sixteen digits. Then $\varepsilon$ is not $2^{-53}$ but the noise of the function, and the best step is much larger: $10^{-8}$, which every
    textbook recommends, returns garbage. Move the noise. Frechet measures it, chooses the step and says how far the result can be trusted.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    noise = mo.ui.slider(3, 15, 1, value=6, label="digits of f that are right", show_value=True)
    noise
    return (noise,)


@app.cell(hide_code=True)
def _(fr, mo, noise, np):
    _size = 10.0**-noise.value

    def _simulator(x):
        return np.sin(x) + _size * np.sin(1e9 * x)  # as good as random

    _found = fr.finite.derivative(_simulator, 1.0)
    _textbook = (_simulator(1 + 1e-8) - _simulator(1)) / 1e-8
    mo.md(
        f"""
    | | derivative | true error |
    | --- | --- | --- |
    | step 1e-8 | {_textbook:.6g} | {abs(_textbook - np.cos(1)):.0e} |
    | Frechet: step {_found.step:.1e}, {_found.method} | {_found.value:.12g} | {abs(_found.value - np.cos(1)):.0e}, promised {_found.error_norm:.0e} |
    """
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Checking a gradient

    A gradient of $n$ entries by differences costs $n$ differences, each of a whole function. The *check* of a gradient $G$ costs one: compare $\langle G, dX\rangle$ with the difference along a random
    direction $dX$. A wrong $G$ passes only by accident. This is what stands behind every verdict in these lessons. Here is a typical mistake, the gradient of
    $\|AX\|^2$ without its factor, and it takes no algebra to see it:
    """)
    return


@app.cell(hide_code=True)
def _(X0, dX0, fr, mo, np):
    _A = np.arange(16.0).reshape(4, 4) / 8

    def _f(X):
        return np.sum((_A @ X) ** 2)

    _difference = float(fr.finite.directional(_f, X0, dX0).value)
    _claims = {"A'·A·X": _A.T @ _A @ X0, "2·A'·A·X": 2 * _A.T @ _A @ X0}
    _rows = [
        f"| {name} | {np.sum(G * dX0):.10f} | {abs(np.sum(G * dX0) / _difference - 1):.0e} |"
        for name, G in _claims.items()
    ]
    mo.md(
        f"Difference of $f$ along $dX$: **{_difference:.10f}**\n\n| claimed gradient G | ⟨G, dX⟩ | relative distance |\n| --- | --- | --- |\n"
        + "\n".join(_rows)
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Exercises

    Here $t$ is the step, and the question is how a rule depends on it. Type `dt` for the small change where a differential is asked.
    """)
    return


@app.cell(hide_code=True)
def _(Exercise, fields):
    square = {"X": "matrix(n,n)", "E": "matrix(n,n)", "t": "scalar"}
    exercises = [
        Exercise(
            question="The forward difference of $X^2$ in the direction $E$ is $\\frac1t\\left((X+tE)^2 - X^2\\right)$. What is its differential by the step $t$?",
            f="((X + t*E)^2 - X^2)/t",
            wrt="t",
            form="differential",
            solution="dt*E^2",
            hint="Multiply out before you differentiate: most of it cancels.",
            worked="The difference is $XE + EX + tE^2$: the derivative, and an error that is exactly linear in $t$. So the answer is `dt*E^2`.",
            wrong={"dt*E^2/2": "factor", "2*t*E^2*dt": "factor", "-dt*E^2": "sign"},
            declared=square,
        ),
        Exercise(
            question="And the symmetric difference of $X^3$, $\\frac1{2t}\\left((X+tE)^3 - (X-tE)^3\\right)$? Its differential by $t$.",
            f="((X + t*E)^3 - (X - t*E)^3)/(2*t)",
            wrt="t",
            form="differential",
            solution="2*t*dt*E^3",
            hint="Terms with an even power of $t$ cancel in the difference. Which ones are left?",
            worked="It is $X^2E + XEX + EX^2 + t^2E^3$: the derivative, and a quadratic error. So `2*t*dt*E^3`.",
            wrong={"t*dt*E^3": "factor", "dt*E^3": "factor", "-2*t*dt*E^3": "sign"},
            declared=square,
        ),
        Exercise(
            question="The symmetric rule has a truncation error $a t^2$ and a rounding error $b/t$. What is the derivative of their sum by $t$? (Its zero is the best step.)",
            f="a*t^2 + b/t",
            wrt="t",
            form="gradient",
            solution="2*a*t - b/t^2",
            hint="The derivative of $1/t$ is $-1/t^2$.",
            worked="`2*a*t - b/t^2`, zero at $t = \\sqrt[3]{b/2a}$: with $b \\approx \\varepsilon$ the best step is about $10^{-5}$, and ten digits are right.",
            wrong={"2*a*t + b/t^2": "sign", "a*t - b/t^2": "multiplied by 2", "2*a*t": "missing"},
            declared={"t": "scalar"},
        ),
        Exercise(
            question="For $f(x) = e^x$ the complex step gives $e^x\\,\\frac{\\sin t}{t}$. What is its derivative by $t$?",
            f="exp(c)*sin(t)/t",
            wrt="t",
            form="gradient",
            solution="exp(c)*(t*cos(t) - sin(t))/t^2",
            hint="The quotient rule. (In the formula, $x$ is the number `c`.)",
            worked="`exp(c)*(t*cos(t) - sin(t))/t^2`. Near $t = 0$ this is $-t\\,e^x/3$: the error of the rule itself is $-t^2 e^x/6$, below rounding from $t = 10^{-8}$ on.",
            wrong={
                "exp(c)*(t*cos(t) - sin(t))/t": "factor",
                "exp(c)*(t*cos(t) + sin(t))/t^2": "sign",
                "exp(c)*cos(t)/t": "missing",
            },
            declared={"t": "scalar", "c": "scalar"},
        ),
        Exercise(
            question="A colleague has the gradient $2Ax + b$ for $x^\\top A x + b^\\top x$, with a general square $A$, and differences disagree. What is the right gradient?",
            f="x'*A*x + b'*x",
            wrt="x",
            form="gradient",
            solution="(A + A')*x + b",
            hint="Differences along one coordinate would show which entries are off. Is $A$ symmetric?",
            worked="$d(x^\\top A x) = dx^\\top A x + x^\\top A\\,dx = \\langle (A + A^\\top)x, dx\\rangle$: `(A + A')*x + b`.",
            wrong={"2*A*x + b": "symmetric", "(A + A')*x": "missing", "(A - A')*x + b": "sign"},
            declared={"x": "vector(n)", "b": "vector(n)"},
        ),
    ]
    answers = fields(exercises)
    return answers, exercises


@app.cell(hide_code=True)
def _(answers, exercises, sheet):
    sheet(exercises, answers)
    return


if __name__ == "__main__":
    app.run()
