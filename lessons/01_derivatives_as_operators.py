import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="1 Derivatives as linear operators", css_file="lessons.css")


@app.cell(hide_code=True)
def _():
    import marimo as mo
    import numpy as np

    import frechet as fr
    from frechet.lessons.exercises import Exercise
    from frechet.lessons.pictures import image_of_circle, remainders, tangent
    from frechet.lessons.sheets import derivation, fields, on_page, sheet
    from frechet.lessons.vectors import Vectors

    return Exercise, derivation, fields, fr, image_of_circle, mo, np, on_page, remainders, sheet, tangent, Vectors


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # 1 Derivatives as linear operators

    What is the derivative of $X^2$, when $X$ is a matrix? Not $2X$. To see what it is, go back to what a derivative is *for*: it says what a small change of the
    input does to the output.

    ## A number near a number

    Move $x$ by a small $dx$. The output moves too, and for a smooth function the change is a multiple of $dx$, up to something that is small *even compared
    with* $dx$:

    $$f(x + dx) = f(x) + f'(x)\,dx + o(dx).$$

    The symbol $o(dx)$ stands for anything whose quotient by $dx$ tends to zero. Move the two sliders. The green bar is what the tangent misses. When you halve $dx$ it
    shrinks to about a quarter.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    x0 = mo.ui.slider(-1.5, 1.5, 0.1, value=0.5, label="x", show_value=True)
    dx = mo.ui.slider(-1.0, 1.0, 0.05, value=0.8, label="dx", show_value=True)
    mo.hstack([x0, dx], justify="start", wrap=True)
    return dx, x0


@app.cell(hide_code=True)
def _(dx, fr, mo, np, tangent, x0):
    slope = float(fr.gradient(lambda t: np.sin(2 * t) + t**2 / 2)(x0.value))

    def _f(t):
        return np.sin(2 * t) + t**2 / 2

    missed = _f(x0.value + dx.value) - _f(x0.value) - slope * dx.value
    mo.vstack(
        [
            tangent(_f, slope, x0.value, dx.value),
            mo.md(f"The tangent predicts a change of {slope * dx.value:+.4f} and misses **{missed:+.4f}**."),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## A matrix near a matrix

    Nothing in that sentence needs numbers. Let $X$ be a matrix, move it by a matrix $dX$, and multiply out:

    $$(X + dX)^2 = X^2 + \underbrace{X\,dX + dX\,X}_{\text{linear in } dX} + \underbrace{dX\,dX}_{o(\|dX\|)}.$$

    The part that is linear in $dX$ **is the derivative**: a rule that takes a small matrix and returns a small matrix,
    $f'(X)[dX] = X\,dX + dX\,X$. It is written in the same way for matrices of every size.
    """)
    return


@app.cell(hide_code=True)
def _(fr):
    fr.derivative("X^2", "X")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    Below, drag the columns of $X$ (with a mouse, a finger, or the arrow keys), and those of $dX$. The picture shows what each matrix makes of the unit circle: the true
    $(X+dX)^2$, and its linear prediction. A slider scales $dX$ down: watch how fast the two curves come together.
    """)
    return


@app.cell(hide_code=True)
def _(Vectors, mo):
    columns = mo.ui.anywidget(Vectors(2.0, x1=(1.2, 0.3), x2=(-0.4, 1.0)))
    change = mo.ui.anywidget(Vectors(1.0, dx1=(0.3, 0.4), dx2=(0.5, -0.2)))
    scale = mo.ui.slider(0.0, 1.0, 0.05, value=1.0, label="scale of dX", show_value=True)
    mo.vstack([mo.hstack([columns, change], justify="start", wrap=True), scale])
    return change, columns, scale


@app.cell(hide_code=True)
def _(change, columns, fr, image_of_circle, mo, np, scale):
    X0 = np.array(columns.value["vectors"], float).T
    E0 = np.array(change.value["vectors"], float).T
    dX0 = scale.value * E0
    linear = fr.derivative("X^2", "X").at(X=X0)(dX0)
    true = (X0 + dX0) @ (X0 + dX0) - X0 @ X0
    mo.vstack(
        [
            image_of_circle(
                {
                    "X² and its neighbour": {
                        "X²": X0 @ X0,
                        "(X+dX)²": X0 @ X0 + true,
                        "X² + X dX + dX X": X0 @ X0 + linear,
                    }
                }
            ),
            mo.md(
                f"True change `{np.round(true, 3).tolist()}`, predicted `{np.round(linear, 3).tolist()}`, "
                f"difference of norm **{np.linalg.norm(true - linear):.4f}**, which is the norm of $dX\\,dX$."
            ),
        ]
    )
    return E0, X0


@app.cell(hide_code=True)
def _(E0, X0, fr, image_of_circle, mo):
    # For the printed page: four settings side by side.
    _operator = fr.derivative("X^2", "X").at(X=X0)
    _panels = {
        f"scale {t}": {"(X+dX)²": (X0 + t * E0) @ (X0 + t * E0), "prediction": X0 @ X0 + _operator(t * E0)}
        for t in (1.0, 0.5, 0.25)
    }
    mo.vstack([mo.md("Three scales side by side:"), image_of_circle(_panels)])
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ### Why not $2X\,dX$?

    For numbers $x\,dx + dx\,x = 2x\,dx$. Matrices do not commute, so the two products are different matrices. If *this* $dX$ happens to commute with $X$, for instance
    $dX = \varepsilon X$, the shortcut is right; for others it is not. Frechet's check says exactly that:
    """)
    return


@app.cell(hide_code=True)
def _(Exercise):
    Exercise("", "X^2", "X", "differential", "X*dX + dX*X", "", "", {}).reply("2*X*dX")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## The rules

    The rules are those of calculus, with the order of the factors kept:

    | rule | for matrices |
    | --- | --- |
    | sum | $d(A + B) = dA + dB$ |
    | constant | $d(A X B) = A\,dX\,B$ for fixed $A$, $B$ |
    | product | $d(A B) = dA\,B + A\,dB$ |
    | transpose | $d(A^\top) = (dA)^\top$ |
    | inverse | $d(A^{-1}) = -A^{-1}\,dA\,A^{-1}$ |
    | chain | $d\,f(g(X)) = f'(g(X))\,[\,g'(X)[dX]\,]$ |

    The rule for the inverse follows from the product rule: $A^{-1}A = I$ does not change, so $d(A^{-1})\,A + A^{-1}\,dA = 0$. Choose a function and read its derivation,
    one rule a line:
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    chosen = mo.ui.dropdown(
        ["X^3", "A*X*B", "inv(X)", "X'*A*X", "inv(X)*A*X", "sin(A*x)", "norm2(A*x - b)^2", "tr(A*X^2)"],
        value="inv(X)*A*X",
        label="f =",
    )
    chosen
    return (chosen,)


@app.cell(hide_code=True)
def _(chosen, derivation, fr, mo, on_page):
    answer = fr.derivative(chosen.value, "X" if "X" in chosen.value else "x")
    mo.vstack(
        [
            derivation(answer),
            mo.md(f"$$d f = {fr.to_latex(answer.differential)}$$"),
            on_page(chosen.value, "X" if "X" in chosen.value else "x"),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Further: Taylor expansions

    The same story continues. The next term is quadratic in $dX$, and what is left after it is smaller than $\|dX\|^2$. For a function with a number as its value, the first term is an
    inner product with a matrix, the **gradient**, and the second one is the **Hessian** as a quadratic form:
    """)
    return


@app.cell(hide_code=True)
def _(fr):
    expansion = fr.taylor("logdet(X)", "X", order=2)
    expansion
    return


@app.cell(hide_code=True)
def _(fr, np, remainders):
    _rng = np.random.default_rng(3)
    _X = np.eye(3) + 0.2 * _rng.standard_normal((3, 3))
    _dX = _rng.standard_normal((3, 3))
    _steps = np.logspace(-3, -0.3, 12)
    _value = fr.compile([fr.taylor("logdet(X)", "X", order=k) for k in (0, 1, 2)])
    _true = np.array([np.linalg.slogdet(_X + t * _dX)[1] for t in _steps])
    _guesses = np.array([_value(X=_X, dX=t * _dX) for t in _steps])
    remainders({f"order {k}: the slope is {k + 1}": (_steps, abs(_true - _guesses[:, k])) for k in range(3)})
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Exercises

    Type a formula for the differential (`dX` is the small change) and leave the field. `*` is the matrix product, `.*` acts entry by entry, `'` transposes.
    The answer is checked as a colleague would: against the function itself, at points that you did not choose.
    """)
    return


@app.cell(hide_code=True)
def _(Exercise, fields):
    exercises = [
        Exercise(
            question="What is the differential of $X^3$?",
            f="X^3",
            wrt="X",
            form="differential",
            solution="dX*X^2 + X*dX*X + X^2*dX",
            hint="Write $X^3 = X\\,X\\,X$ and let one factor vary at a time.",
            worked="Each factor varies in its place: `dX*X^2 + X*dX*X + X^2*dX`. Only if $dX$ commutes with $X$ this is $3X^2\\,dX$.",
            wrong={"3*X^2*dX": "commute", "dX*X^2 + X^2*dX": "missing", "X*dX*X": "missing"},
        ),
        Exercise(
            question="$A$ and $B$ are fixed. What is the differential of $A\\,X^{-1} B$ by $X$?",
            f="A*inv(X)*B",
            wrt="X",
            form="differential",
            solution="-A*inv(X)*dX*inv(X)*B",
            hint="Constants stay outside. What is the differential of the inverse?",
            worked="$d(X^{-1}) = -X^{-1}\\,dX\\,X^{-1}$ stands between the constants: `-A*inv(X)*dX*inv(X)*B`.",
            wrong={"A*inv(X)*dX*inv(X)*B": "sign", "-A*inv(X)^2*dX*B": "commute", "-2*A*inv(X)*dX*inv(X)*B": "factor"},
        ),
        Exercise(
            question="What is the differential of $x^\\top A x$, for any square $A$?",
            f="x'*A*x",
            wrt="x",
            form="differential",
            solution="x'*(A + A')*dx",
            hint="Two factors vary. A number equals its own transpose.",
            worked="$dx^\\top A x + x^\\top A\\,dx$. The first term is a number, so it equals its transpose $x^\\top A^\\top dx$: together `x'*(A + A')*dx`.",
            wrong={"2*x'*A*dx": "symmetric", "x'*A*dx": "missing", "2*x'*A'*dx": "symmetric"},
        ),
        Exercise(
            question="What is the differential of $X^\\top X$?",
            f="X'*X",
            wrt="X",
            form="differential",
            solution="dX'*X + X'*dX",
            hint="The transpose of a product reverses the order; the product rule does not.",
            worked="`dX'*X + X'*dX`, a symmetric matrix: the second term is the transpose of the first.",
            wrong={"2*X'*dX": "a term and its transpose are not equal", "X'*dX": "missing", "dX'*X - X'*dX": "sign"},
        ),
        Exercise(
            question="The sine acts on every entry. What is the differential of $\\sin(A x)$ by $x$?",
            f="sin(A*x)",
            wrt="x",
            form="differential",
            solution="cos(A*x).*(A*dx)",
            hint="Entry $i$ is $\\sin((Ax)_i)$. The chain rule multiplies entry by entry.",
            worked="`cos(A*x).*(A*dx)`: the inner change $A\\,dx$, each entry times the cosine that belongs to it.",
            wrong={
                "-cos(A*x).*(A*dx)": "sign",
                "sin(A*x).*(A*dx)": "exchanged",
                "cos(A*dx).*(A*x)": "in each other's places",
            },
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
