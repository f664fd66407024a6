import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="8 Adjoint methods", css_file="lessons.css")


@app.cell(hide_code=True)
def _():
    from time import perf_counter

    import marimo as mo
    import numpy as np

    import frechet as fr
    from frechet.lessons.exercises import Exercise
    from frechet.lessons.figures import Figures
    from frechet.lessons.pictures import beam, lines
    from frechet.lessons.sheets import fields, sheet

    return Figures, beam, Exercise, fields, fr, lines, mo, np, perf_counter, sheet


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # 8 Adjoint methods

    ## A number that depends on a solution

    A bridge has a thousand bars. Their thicknesses $p$ decide the stiffness matrix $A(p)$; the load $b$ decides the displacement, $A(p)\,x = b$; one cares for one number, $g = c^\top x$.
    How does $g$ depend on *every* thickness?

    Differentiate the equation: $dA\,x + A\,dx = 0$, so $dx = -A^{-1} dA\,x$. Then $dg = -c^\top A^{-1} dA\,x$. Now the order of the chain rule decides: from the right, each of the
    thousand directions $dA$ needs a solve. From the left, **one** does it for all:

    $$A^\top \lambda = c, \qquad dg = -\lambda^\top\, dA\; x.$$

    The vector $\lambda$ is the *adjoint* solution. The picture never changes, whatever the equation is: one more linear system, with the transposed matrix.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    size = mo.ui.slider(50, 400, 50, value=200, label="unknowns and parameters", show_value=True)
    size
    return (size,)


@app.cell(hide_code=True)
def _(fr, mo, np, perf_counter, size):
    _n = size.value
    _rng = np.random.default_rng(0)
    _base = np.diag(np.full(_n, 3.0)) + np.diag(np.full(_n - 1, -1.0), 1) + np.diag(np.full(_n - 1, -1.0), -1)
    _low = _rng.standard_normal((_n, 3)) / np.sqrt(_n)
    _b, _c, _p = _rng.standard_normal(_n), _rng.standard_normal(_n), np.ones(_n)

    def _number(p):
        # springs in a row, a rank-three coupling, and p on the diagonal
        return _c @ np.linalg.solve(_base + np.diag(p) + _low @ _low.T, _b)

    def _seconds(run, times=3):
        run()
        start = perf_counter()
        for _ in range(times):
            run()
        return (perf_counter() - start) / times

    _adjoint = fr.value_and_gradient(_number)
    _solve, _both = _seconds(lambda: _number(_p)), _seconds(lambda: _adjoint(_p))
    _matrix = _base + np.diag(_p) + _low @ _low.T
    _by_hand = -np.linalg.solve(_matrix.T, _c) * np.linalg.solve(_matrix, _b)
    mo.md(
        f"""
    | | time | solves |
    | --- | --- | --- |
    | the number itself | {_solve * 1e3:.2f} ms | 1 |
    | with all {_n} derivatives, adjoint | {_both * 1e3:.2f} ms | 2 |
    | the same by differences | {_solve * (_n + 1) * 1e3:.0f} ms | {_n + 1} |

    Distance of the gradient from the formula $-\\lambda_i x_i$: {np.linalg.norm(_adjoint(_p)[1] - _by_hand):.1e}.
    """
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## On paper

    In the language a word binds the solution, `where`, and the adjoint equation comes out with a multiplier of its own:
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    problem = mo.ui.dropdown(
        {
            "a linear system": "c'*x where A*x = b",
            "a square root": "tr(B*X) where X*X = A",
            "a Lyapunov equation": "tr(B*X) where X: A*X + X*A' = C",
        },
        value="a linear system",
        label="problem",
    )
    problem
    return (problem,)


@app.cell(hide_code=True)
def _(fr, mo, problem):
    mo.plain_text(str(fr.adjoint.explain(problem.value, "A")))
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Nonlinear equations

    Nothing new: at the solution of $F(x, p) = 0$, $F_x\,dx + F_p\,dp = 0$. How the solution was found plays no part; Newton's method, a loop, a simulator of somebody else's. Here it is a
    loop, $x \leftarrow \tanh(Wx + p)$. The slider says how long it runs. The *certificate* looks at the residual that is left and says how many digits the gradient can have.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    rounds = mo.ui.slider(5, 60, 5, value=40, label="rounds of the loop", show_value=True)
    rounds
    return (rounds,)


@app.cell(hide_code=True)
def _(fr, mo, np, rounds):
    import warnings

    _W = 0.3 * np.random.default_rng(1).standard_normal((4, 4))

    def _solve(p):
        x = np.zeros(4)
        for _ in range(rounds.value):
            x = np.tanh(_W @ x + p)
        return x

    _x = fr.implicit(lambda x, p: np.tanh(_W @ x + p) - x, _solve)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the certificate below says the same
        _g = fr.gradient(lambda p: np.sum(_x(p) ** 2))(np.full(4, 0.5))
    mo.vstack([mo.md(f"gradient `{np.round(_g, 6).tolist()}`"), mo.plain_text(str(_x.certificate))])
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Differential equations

    The state of a double pendulum after a time $T$ is a function of how it was released. Forward mode integrates the sensitivities along with the motion; the adjoint integrates one equation
    *backwards* in time. The motion is chaotic: move the time, and watch the sensitivity of the lower angle to the four numbers of the start grow.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    until = mo.ui.slider(0.2, 1.2, 0.2, value=0.6, label="T in seconds", show_value=True)
    until
    return (until,)


@app.cell(hide_code=True)
def _(fr, lines, mo, np, until):
    def _motion(t, y, p):
        a, b, u, v = y[0], y[1], y[2], y[3]
        l1, l2, m1, m2, g = p[0], p[1], p[2], p[3], p[4]
        s, c, total = np.sin(a - b), np.cos(a - b), m1 + m2
        bottom = m1 + m2 * s * s
        du = (m2 * g * np.sin(b) * c - m2 * s * (l1 * u * u * c + l2 * v * v) - total * g * np.sin(a)) / (l1 * bottom)
        dv = (total * (l1 * u * u * s - g * np.sin(b) + g * np.sin(a) * c) + m2 * l2 * v * v * s * c) / (l2 * bottom)
        return np.array([u, v, du, dv])

    _p = np.array([1.0, 0.8, 1.0, 0.7, 9.81])
    _start = np.array([2.0, 2.5, 0.0, 0.3])

    def _lower_angle(y0):
        return fr.odeint(_motion, y0, [0.0, until.value], _p, rtol=1e-8, atol=1e-8)[-1][1]

    _gradient = fr.gradient(_lower_angle)(_start)
    _times = np.linspace(0, until.value, 60)
    _path = fr.odeint(_motion, _start, _times, _p, rtol=1e-6, atol=1e-6)
    mo.vstack(
        [
            lines(_times, {"upper angle": _path[:, 0], "lower angle": _path[:, 1]}, "seconds"),
            mo.md(
                "Sensitivity of the lower angle at the end to the angles and speeds at the start, by one adjoint sweep: "
                f"`{np.round(_gradient, 4).tolist()}`"
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## A structure, optimized

    A cantilever of forty elements carries a load at its tip. Where should the material be? The compliance (the work of the load) is $c = f^\top u$ with $K(h)\,u = f$: the adjoint equation is
    the forward equation itself, so the gradient costs no second solve. Each round makes an element higher where the gradient says that it pays, by a small power of it, and rescales all to the same
    volume. Move the rounds:
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    steps = mo.ui.slider(0, 40, 1, value=20, label="rounds of optimization", show_value=True)
    steps
    return (steps,)


@app.cell(hide_code=True)
def _(Figures, beam, fr, mo, np, steps):
    _n = 40
    _element = np.array(
        [[12.0, 6.0, -12.0, 6.0], [6.0, 4.0, -6.0, 2.0], [-12.0, -6.0, 12.0, -6.0], [6.0, 2.0, -6.0, 4.0]]
    )
    _load = np.zeros(2 * _n)
    _load[-2] = 1.0

    # The Euler-Bernoulli beam: displacement and slope at each node, the stiffness of an element grows with the cube of its height.
    _places = np.zeros((_n, 2 * _n + 2, 4))
    for _e in range(_n):
        _places[_e, 2 * _e : 2 * _e + 4] = np.eye(4)
    _pieces = np.einsum("eia,ab,ejb->eij", _places, _element, _places)[:, 2:, 2:]

    def _compliance(h):
        return _load @ np.linalg.solve(np.tensordot(h**3, _pieces, 1), _load)

    # The gradient falls like the fourth power of the height where the bending stays: with the power 1/4 one round would do, larger
    # ones overshoot.
    _both, _heights, _all = fr.value_and_gradient(_compliance), np.ones(_n), []
    for _ in range(41):
        _value, _slope = _both(_heights)
        _all.append((_heights, _value))
        _next = _heights * (-_slope) ** 0.05
        _heights = _next / np.mean(_next)

    def _share(k):
        return _all[k][1] / _all[0][1]

    mo.vstack(
        [
            beam(_all[steps.value][0]),
            mo.md(
                f"After {steps.value} rounds the compliance is **{_share(steps.value):.3f}** of that of the even beam."
            ),
            mo.md(
                f"Three stages side by side, of compliance {_share(0):.3f}, {_share(4):.3f} and {_share(40):.3f}. The best beam is a parabola lying on its side: its height grows with "
                "the square root of the distance from the load, as it does in leaf springs and in the arms of cranes."
            ),
            Figures([figure for k in (0, 4, 40) for figure in beam(_all[k][0]).figures]),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Exercises

    In all of them the solution stands as an inverse: write $\lambda$ as `inv(A)'*c` and $x$ as `inv(A)*b`.
    """)
    return


@app.cell(hide_code=True)
def _(Exercise, fields):
    exercises = [
        Exercise(
            question="The gradient of $c^\\top A^{-1} b$ by $A$: all entries at once.",
            f="c'*inv(A)*b",
            wrt="A",
            form="gradient",
            solution="-inv(A)'*c*b'*inv(A)'",
            hint="$dg = -\\lambda^\\top dA\\,x = -\\langle \\lambda x^\\top, dA\\rangle$.",
            worked="$-\\lambda x^\\top$ with $\\lambda = A^{-\\top}c$ and $x = A^{-1}b$: `-inv(A)'*c*b'*inv(A)'`.",
            wrong={
                "inv(A)'*c*b'*inv(A)'": "sign",
                "-inv(A)*b*c'*inv(A)": "transpose",
                "-2*inv(A)'*c*b'*inv(A)'": "factor",
            },
            declared={"c": "vector(n)", "b": "vector(n)"},
        ),
        Exercise(
            question="The gradient of $c^\\top A^{-1} b$ by the load $b$.",
            f="c'*inv(A)*b",
            wrt="b",
            form="gradient",
            solution="inv(A)'*c",
            hint="It is linear in $b$.",
            worked="It is $\\lambda$ itself: `inv(A)'*c`. The adjoint solution is the sensitivity to the load.",
            wrong={"inv(A)*c": "transpose", "-inv(A)'*c": "sign", "2*inv(A)'*c": "factor"},
            declared={"c": "vector(n)", "b": "vector(n)"},
        ),
        Exercise(
            question="One parameter: the derivative of $c^\\top (A + tB)^{-1} b$ by the number $t$.",
            f="c'*inv(A + t*B)*b",
            wrt="t",
            form="gradient",
            solution="-c'*inv(A + t*B)*B*inv(A + t*B)*b",
            hint="$dA = B\\,dt$.",
            worked="$-\\lambda^\\top B\\,x$: `-c'*inv(A + t*B)*B*inv(A + t*B)*b`.",
            wrong={
                "c'*inv(A + t*B)*B*inv(A + t*B)*b": "sign",
                "-c'*B*inv(A + t*B)*b": "factor inv(A + t*B) is missing",
                "-2*c'*inv(A + t*B)*B*inv(A + t*B)*b": "factor",
            },
            declared={"c": "vector(n)", "b": "vector(n)", "t": "scalar"},
        ),
        Exercise(
            question="The compliance $f^\\top K^{-1} f$, by a symmetric $K$.",
            f="f'*inv(K)*f",
            wrt="K",
            form="gradient",
            solution="-inv(K)*f*f'*inv(K)",
            hint="Here $\\lambda = x$.",
            worked="$-x x^\\top$: `-inv(K)*f*f'*inv(K)`. It is negative semidefinite: more stiffness anywhere never makes a structure softer.",
            wrong={"inv(K)*f*f'*inv(K)": "sign", "-2*inv(K)*f*f'*inv(K)": "factor", "-inv(K)^2*f*f'": "right only if"},
            declared={"f": "vector(n)", "K": "spd(n)"},
        ),
        Exercise(
            question="A low-rank update: the gradient of $c^\\top (A + uu^\\top)^{-1} b$ by $u$. Write the inverse out as `inv(A + u*u')`.",
            f="c'*inv(A + u*u')*b",
            wrt="u",
            form="gradient",
            solution="-(inv(A + u*u')'*c*(b'*inv(A + u*u')'*u) + inv(A + u*u')*b*(c'*inv(A + u*u')*u))",
            hint="$dA = du\\,u^\\top + u\\,du^\\top$: two terms.",
            worked="$-\\lambda^\\top(du\\,u^\\top + u\\,du^\\top)x = -(u^\\top x)\\,\\lambda^\\top du - (\\lambda^\\top u)\\,x^\\top du$.",
            wrong={
                "-inv(A + u*u')'*c*(b'*inv(A + u*u')'*u)": "missing",
                "inv(A + u*u')'*c*(b'*inv(A + u*u')'*u) + inv(A + u*u')*b*(c'*inv(A + u*u')*u)": "sign",
                "-(inv(A + u*u')*c*(b'*inv(A + u*u')'*u) + inv(A + u*u')*b*(c'*inv(A + u*u')*u))": "transpose is missing",
            },
            declared={"c": "vector(n)", "b": "vector(n)", "u": "vector(n)"},
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
