import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="10 Second derivatives and optimization", css_file="lessons.css")


@app.cell(hide_code=True)
def _():
    from time import perf_counter

    import marimo as mo
    import numpy as np

    import frechet as fr
    from frechet.lessons.exercises import Exercise
    from frechet.lessons.multiples import basins, contours, heat_maps
    from frechet.lessons.pictures import convergence, remainders
    from frechet.lessons.sheets import fields, on_page, sheet
    from frechet.lessons.vectors import Vectors

    return (
        Exercise,
        Vectors,
        basins,
        contours,
        convergence,
        fields,
        fr,
        heat_maps,
        mo,
        np,
        perf_counter,
        remainders,
        on_page,
        sheet,
    )


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # 10 Second derivatives and optimization

    The derivative $f'(A)$ is a linear operator, and it depends on the place $A$. How does *it* change, when $A$ moves? Take a fixed direction $dA_1$, and differentiate the matrix $f'(A)[dA_1]$ in a second direction $dA_2$. The
    result, $f''(A)[dA_1, dA_2]$, is linear in both directions: a **bilinear map**, two small matrices in, one out.

    For $f(A) = A^2$ the first derivative is $A\,dA_1 + dA_1\,A$. Let $A$ move in it: $dA_2\,dA_1 + dA_1\,dA_2$. That is all. No array with six indices is needed, and none is ever formed.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    chosen = mo.ui.dropdown(
        ["A^2", "A^3", "inv(A)", "A*B*A'", "x'*A*x", "sin(A*x)", "logdet(A)", "norm2(x)"], value="inv(A)", label="f ="
    )
    chosen
    return (chosen,)


@app.cell(hide_code=True)
def _(chosen, fr, mo, on_page):
    _d = fr.derivative(chosen.value, "x" if "x" in chosen.value else "A")
    mo.vstack(
        [
            mo.md(f"$$f' = {fr.to_latex(_d.differential)}$$\n\n$$f'' = {fr.to_latex(_d.second)}$$"),
            on_page(chosen.value, "x" if "x" in chosen.value else "A"),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    Read each of them twice, with $dA_1$ and $dA_2$ exchanged: it is the same. That is always so (Schwarz's theorem), and here one sees why: to move in one direction and then in the other leads to the same corner of
    a parallelogram. The second derivative is what the four corners do not add up to:

    $$\begin{aligned} & f(A + sE + sF) - f(A + sE) \\ & - f(A + sF) + f(A) \\ & = s^2 f''(A)[E, F] + o(s^2). \end{aligned}$$
    """)
    return


@app.cell(hide_code=True)
def _(fr, mo, np, remainders):
    _rng = np.random.default_rng(4)
    _A, _E, _F = (
        np.eye(3) + 0.3 * _rng.standard_normal((3, 3)),
        _rng.standard_normal((3, 3)),
        _rng.standard_normal((3, 3)),
    )
    _second = fr.compile(fr.derivative("inv(A)", "A").second)(A=_A, dA1=_E, dA2=_F)
    _steps = np.logspace(-3, -0.8, 12)

    def _corners(s):
        return (
            np.linalg.inv(_A + s * (_E + _F))
            - np.linalg.inv(_A + s * _E)
            - np.linalg.inv(_A + s * _F)
            + np.linalg.inv(_A)
        )

    _curves = {
        "the four corners: slope 2": (_steps, np.array([np.linalg.norm(_corners(s)) for s in _steps])),
        "less the second derivative: slope 3": (
            _steps,
            np.array([np.linalg.norm(_corners(s) - s**2 * _second) for s in _steps]),
        ),
    }
    mo.vstack([mo.md("For the inverse of a 3×3 matrix:"), remainders(_curves, "s")])
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## A number to minimize

    Where $f$ is a number, its second derivative is a bilinear *form*, $f''(x)[u, v] = u^\top H v$, and the symmetric matrix $H$ is the **Hessian**: the derivative of the gradient. With it, $f$ near $x$ is a bowl,

    $$f(x + v) \approx f(x) + \langle g, v\rangle + \tfrac12\,v^\top H v.$$

    Drag the point. The grey lines are level lines of $f(x, y) = e^{x + 3y/2} + e^{x - 3y/2} + e^{-x}$, the dashed ones those of the bowl; the arrow leads to the bottom of the bowl. That is **Newton's step**, $v = -H^{-1}g$.
    """)
    return


@app.cell(hide_code=True)
def _(Vectors, mo):
    point = mo.ui.anywidget(Vectors(2.0, x=(-1.0, 0.8)))
    point
    return (point,)


@app.cell(hide_code=True)
def _(contours, fr, mo, np, point):
    def bowl(v):
        return np.exp(v[0] + 1.5 * v[1]) + np.exp(v[0] - 1.5 * v[1]) + np.exp(-v[0])

    def newton_path(x, rounds):
        path = [np.array(x)]
        for _ in range(rounds):
            x = path[-1]
            path.append(x - np.linalg.solve(fr.hessian(bowl)(x), fr.gradient(bowl)(x)))
        return np.array(path)

    def gradient_path(x, rounds, rate):
        path = [np.array(x)]
        for _ in range(rounds):
            if np.abs(path[-1]).max() > 6:  # lost
                break
            path.append(path[-1] - rate * fr.gradient(bowl)(path[-1]))
        return np.array(path)

    _x = np.array(point.value["vectors"][0], float)
    _value, _slope, _H = bowl(_x), fr.gradient(bowl)(_x), fr.hessian(bowl)(_x)

    def _model(grid):
        v = grid - _x[:, None, None]
        return _value + np.einsum("i,ijk", _slope, v) + np.einsum("ijk,il,ljk->jk", v, _H, v) / 2

    _eigenvalues = np.linalg.eigvalsh(_H)
    mo.vstack(
        [
            contours(bowl, {"one Newton step": {"to the bottom of the bowl": newton_path(_x, 1)}}, model=_model),
            mo.md(
                f"Hessian `{np.round(_H, 3).tolist()}` with eigenvalues {_eigenvalues[0]:.3f} and {_eigenvalues[1]:.3f}, both positive: the bowl opens upwards, and its bottom is a minimum."
            ),
        ]
    )
    return bowl, gradient_path, newton_path


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    The gradient alone knows the steepest direction, but neither how far to go nor that the valley bends. Move the rate of gradient descent until it fails:
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    rate = mo.ui.slider(0.02, 0.8, 0.02, value=0.1, label="rate", show_value=True)
    steps = mo.ui.slider(1, 20, 1, value=8, label="steps", show_value=True)
    mo.hstack([rate, steps], justify="start", wrap=True)
    return rate, steps


@app.cell(hide_code=True)
def _(bowl, contours, gradient_path, mo, newton_path, np, rate, steps):
    _start = np.array([-1.6, 1.2])
    _newton, _descent = newton_path(_start, steps.value), gradient_path(_start, steps.value, rate.value)
    _bottom = newton_path(_start, 30)[-1]
    mo.vstack(
        [
            contours(bowl, {f"{steps.value} steps": {"gradient descent": _descent, "Newton": _newton}}),
            mo.md(
                f"Distance from the minimum: gradient descent **{np.linalg.norm(_descent[-1] - _bottom):.1e}**, Newton **{np.linalg.norm(_newton[-1] - _bottom):.1e}**."
            ),
            mo.md("Three rates side by side, timid, lucky and nervous:"),
            contours(bowl, {f"rate {r}": {"gradient descent": gradient_path(_start, 8, r)} for r in (0.04, 0.2, 0.6)}),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Newton on matrix equations

    Nothing in Newton's method needs numbers. To solve $F(X) = 0$ for a matrix, replace $F$ near $X$ by its linear part, and solve *that*:

    $$F'(X)[dX] = -F(X), \qquad X \leftarrow X + dX.$$

    Each step is a linear equation for a matrix. For $X^2 = A$ it reads $X\,dX + dX\,X = A - X^2$, a *Sylvester equation*, for which there are fast methods; Frechet recognises it. Watch the number of right digits double:
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    equation = mo.ui.dropdown(
        {
            "a square root: X² = A": "X^2 - A",
            "a cube root: X³ = A": "X^3 - A",
            "an inverse, without inverting A: X⁻¹ = A": "inv(X) - A",
            "Riccati, of control: B'X + XB - X² + A = 0": "B'*X + X*B - X^2 + A",
        },
        value="a square root: X² = A",
        label="equation",
    )
    equation
    return (equation,)


@app.cell(hide_code=True)
def _(convergence, equation, fr, mo, np):
    _A = np.array([[2.0, 0.5, 0.0], [0.5, 1.5, 0.3], [0.0, 0.3, 1.0]])
    _known = {"A": _A, "B": np.array([[0.2, 1.0, 0.0], [0.0, 0.1, 1.0], [-0.5, 0.0, 0.0]])}
    _start = 0.4 * np.eye(3) if equation.value.startswith("inv") else np.eye(3)

    def _solved(text):
        F = fr.parse(text, X="matrix(n,n)")
        used = {k: v for k, v in _known.items() if k in text}
        return F, used, fr.root(F, "X", _start, used)

    _F, _used, _solution = _solved(equation.value)
    _rows = [f"| {s.number} | {s.residual:.1e} | {s.how} |" for s in _solution.steps]
    _first = fr.derivative(_F, "X")
    _residuals = np.array([*(s.residual for s in _solution.steps), _solution.residual])
    mo.vstack(
        [
            mo.md(f"$$F'(X)[dX] = {fr.to_latex(_first.differential)}$$"),
            mo.md(
                "| step | residual before it | solved by |\n| --- | --- | --- |\n"
                + "\n".join(_rows)
                + f"\n\nResidual at the end: **{_solution.residual:.1e}**."
            ),
            convergence({"residual": _residuals}, "step"),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    For the inverse the step is $dX = X - X A X$, so $X \leftarrow 2X - XAX$: products only. Chips divide numbers in this way.

    ### Where does it lead?

    Newton finds *a* root. Which one? Take $X^3 = I$ with matrices $X = [a\ {-b};\ b\ a]$: three roots, the turns by $0°$, $120°$ and $240°$. Colour each start $(a, b)$ by the root that it ends in; pale starts take longer.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    zoom = mo.ui.slider(0.2, 2.0, 0.2, value=1.6, label="half the width of the picture", show_value=True)
    zoom
    return (zoom,)


@app.cell(hide_code=True)
def _(basins, np, zoom):
    # [a -b; b a] is the complex number a + ib; all starts at once.
    _line = np.linspace(-zoom.value, zoom.value, 240)
    _z = _line[None, :] + 1j * _line[:, None]
    _roots = np.exp(2j * np.pi * np.arange(3) / 3)
    _rounds = np.zeros(_z.shape)
    for _ in range(25):
        _z = _z - (_z**3 - 1) / (3 * _z**2)
        _rounds += abs(_z[..., None] - _roots).min(-1) > 1e-6
    _which = np.where(abs(_z[..., None] - _roots).min(-1) < 1e-3, abs(_z[..., None] - _roots).argmin(-1), 3)
    basins(_which, _rounds, zoom.value)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## The structure of large derivatives

    Written as a matrix, the derivative of a function of an n×n matrix has $n^2$ rows and columns, and $n^4$ entries. But look at it: it is made of Kronecker products (lesson 3), and nearly empty or endlessly repeating. The
    pictures show the entries; orange and violet are the two signs.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    side = mo.ui.slider(2, 8, 1, value=5, label="n", show_value=True)
    side
    return (side,)


@app.cell(hide_code=True)
def _(fr, heat_maps, np, side):
    _n = side.value
    _X = np.eye(_n) + 0.5 * np.random.default_rng(2).standard_normal((_n, _n))
    _panels = {}
    for _text in ("X^2", "X'*X", "inv(X)"):
        _panels[f"Jacobian of {_text}"] = fr.derivative(_text, "X").at(X=_X).to_dense()
    _panels["Hessian of logdet(X)"] = fr.derivative("logdet(X)", "X").hessian().at(X=_X).to_dense()
    heat_maps(_panels)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    To *solve* with such a matrix as if it were any matrix takes about $n^6$ operations; by its structure, two factorizations of n×n matrices, $n^3$. The same equation $X\,dX + dX\,X = R$, both ways, timed now:
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    large = mo.ui.slider(5, 30, 5, value=20, label="n", show_value=True)
    large
    return (large,)


@app.cell(hide_code=True)
def _(fr, large, mo, np, perf_counter):
    def _timed(run):
        start = perf_counter()
        found = run()
        return found, perf_counter() - start

    _n = large.value
    _rng = np.random.default_rng(6)
    _X, _R = 3 * np.eye(_n) + _rng.standard_normal((_n, _n)) / np.sqrt(_n), _rng.standard_normal((_n, _n))
    _operator = fr.derivative("X^2", "X").at(X=_X)
    _structured, _short = _timed(lambda: _operator.solve(_R))
    _dense, _long = _timed(
        lambda: np.linalg.solve(_operator.to_dense(), _R.reshape(-1, order="F")).reshape(_R.shape, order="F")
    )
    mo.vstack(
        [
            mo.md(
                f"""
    | | unknowns | time |
    | --- | --- | --- |
    | one large matrix, {_n**2}×{_n**2} | {_n**2} | {_long * 1e3:.1f} ms |
    | by structure | {_n**2} | {_short * 1e3:.1f} ms |

    Distance of the two solutions: {np.linalg.norm(_structured - _dense):.0e}."""
            ),
            mo.plain_text(str(_operator.explain())),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Where this goes

    - **Very many variables.** A network with a million weights has a Hessian with $10^{12}$ entries, but $H v$ costs two gradients: differentiate the gradient in one direction. `fr.hvp` does it, and iterative methods need nothing else.
    - **Constraints.** On the sphere, or among orthogonal matrices, the step stays in the tangent space (lesson 7), and the Hessian gets a term for the curvature: `fr.minimize` with `unit(n)` or `orthogonal(n)`.
    - **Third and higher derivatives** are trilinear and so on: `fr.taylor(f, X, order=4)`. Nothing new is needed, since derivatives never leave the language.
    - **Functions of functions.** Replace the matrix by a curve, and the same sentence $df = f'(x)[dx]$ gives the calculus of variations.
    """)
    return


@app.cell(hide_code=True)
def _(on_page):
    on_page("logdet(X)", "X", "hessian")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Exercises

    In the first two, $E$ is a fixed first direction, and the second one is `dA`: differentiate once more. In the third and fourth the Hessian is asked, as an operator on `dX` or as a matrix.
    """)
    return


@app.cell(hide_code=True)
def _(Exercise, fields):
    matrices = {"A": "matrix(n,n)", "E": "matrix(n,n)"}
    exercises = [
        Exercise(
            question="The derivative of $A^3$ in the direction $E$ is $EA^2 + AEA + A^2E$. What is its differential by $A$, that is $f''(A)[E, dA]$?",
            f="E*A^2 + A*E*A + A^2*E",
            wrt="A",
            form="differential",
            solution="E*dA*A + E*A*dA + dA*E*A + A*E*dA + dA*A*E + A*dA*E",
            hint="Each term has two factors $A$, and each of them varies once: six terms.",
            worked="All orders of $A$, $E$ and $dA$: `E*dA*A + E*A*dA + dA*E*A + A*E*dA + dA*A*E + A*dA*E`. It is symmetric in $E$ and $dA$, as it must be.",
            wrong={
                "6*A*E*dA": "commute",
                "E*dA*A + E*A*dA + dA*E*A + A*E*dA + dA*A*E": "missing",
                "2*(E*A*dA + A*E*dA + A*dA*E)": "commute",
            },
            declared=matrices,
        ),
        Exercise(
            question="The derivative of $A^{-1}$ in the direction $E$ is $-A^{-1}EA^{-1}$. Its differential by $A$?",
            f="-inv(A)*E*inv(A)",
            wrt="A",
            form="differential",
            solution="inv(A)*dA*inv(A)*E*inv(A) + inv(A)*E*inv(A)*dA*inv(A)",
            hint="Two factors $A^{-1}$ vary, and each brings a minus sign.",
            worked="Minus times minus: `inv(A)*dA*inv(A)*E*inv(A) + inv(A)*E*inv(A)*dA*inv(A)`.",
            wrong={
                "-inv(A)*dA*inv(A)*E*inv(A) - inv(A)*E*inv(A)*dA*inv(A)": "sign",
                "inv(A)*dA*inv(A)*E*inv(A)": "missing",
                "2*inv(A)*dA*inv(A)*E*inv(A)": "commute",
            },
            declared=matrices,
        ),
        Exercise(
            question="The gradient of $\\log\\det X$ is $X^{-\\top}$. What is the Hessian as an operator, the change of the gradient for a change `dX`?",
            f="logdet(X)",
            wrt="X",
            form="hessian",
            solution="-inv(X)'*dX'*inv(X)'",
            hint="Differentiate $X^{-1}$, and transpose.",
            worked="$d(X^{-\\top}) = (-X^{-1}dX\\,X^{-1})^\\top$: `-inv(X)'*dX'*inv(X)'`.",
            wrong={"inv(X)'*dX'*inv(X)'": "sign", "-inv(X)*dX*inv(X)": "transpose", "-2*inv(X)'*dX'*inv(X)'": "factor"},
            declared={"X": "matrix(n,n)"},
        ),
        Exercise(
            question="The Hessian matrix of $\\|Ax - b\\|^2$ with a square $A$.",
            f="norm2(A*x - b)^2",
            wrt="x",
            form="hessian",
            solution="2*A'*A",
            hint="The gradient is $2A^\\top(Ax - b)$. It is linear in $x$.",
            worked="`2*A'*A`, the same everywhere: one Newton step solves the problem, from any start.",
            wrong={"A'*A": "factor", "2*A*A'": "order", "-2*A'*A": "sign"},
            declared={"A": "matrix(n,n)", "x": "vector(n)", "b": "vector(n)"},
        ),
        Exercise(
            question="The linear equation of a Newton step for Riccati's equation: the differential of $A^\\top X + XA - XBX$ by $X$.",
            f="A'*X + X*A - X*B*X",
            wrt="X",
            form="differential",
            solution="(A' - X*B)*dX + dX*(A - B*X)",
            hint="In $XBX$ two factors vary. Collect what stands left of $dX$, and what stands right of it.",
            worked="`(A' - X*B)*dX + dX*(A - B*X)`: again of Sylvester's kind, so a step costs $n^3$ and not $n^6$.",
            wrong={
                "(A' - X*B)*dX + dX*(A + B*X)": "sign",
                "A'*dX + dX*A - 2*X*B*dX": "commute",
                "A'*dX + dX*A": "constant",
            },
            declared={"X": "matrix(n,n)", "A": "matrix(n,n)", "B": "matrix(n,n)"},
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
