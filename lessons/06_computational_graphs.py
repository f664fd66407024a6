import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="6 Computational graphs and neural networks", css_file="lessons.css")


@app.cell(hide_code=True)
def _():
    import marimo as mo
    import numpy as np
    from sklearn.datasets import load_digits

    import frechet as fr
    from frechet.lessons.exercises import Exercise
    from frechet.lessons.multiples import small_pictures
    from frechet.lessons.pictures import convergence, lines
    from frechet.lessons.sheets import fields, sheet

    return Exercise, convergence, fields, fr, lines, load_digits, mo, np, sheet, small_pictures


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # 6 Computational graphs and neural networks

    A program that computes a number also knows its derivative. Nobody has to derive a formula, and nothing is approximated. This lesson shows why, three times: with a square root from Babylon, with a
    picture, and with a network that reads handwriting.

    ## The Babylonian square root

    To find $\sqrt a$, guess $x$. If $x$ is too large, $a/x$ is too small; take the mean, and repeat:

    $$x \leftarrow \tfrac12\left(x + \frac ax\right).$$

    The loop contains no square root, and no calculus. Now run it with *pairs* of numbers, $(x, x')$: a value, and how fast it changes with $a$. Pairs need rules:

    $$(x, x') + (y, y') = (x + y,\; x' + y'),$$

    $$\frac{(x, x')}{(y, y')} = \left(\frac xy,\; \frac{x'y - xy'}{y^2}\right).$$

    These are the **dual numbers** $x + x'\epsilon$ with $\epsilon^2 = 0$. Start with $a = (a, 1)$, since $a$ changes with itself at rate one, and with the guess $(1, 0)$, which does not depend on $a$. A dozen lines of
    Python do it:

    ```python
    class Dual:
        def __init__(self, value, slope=0.0):
            self.value, self.slope = value, slope

        def __add__(self, other):
            return Dual(self.value + other.value, self.slope + other.slope)

        def __truediv__(self, other):
            top = self.slope * other.value - self.value * other.slope
            return Dual(self.value / other.value, top / other.value**2)
    ```
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    square = mo.ui.slider(0.5, 20.0, 0.5, value=2.0, label="a", show_value=True)
    rounds = mo.ui.slider(1, 8, 1, value=5, label="rounds", show_value=True)
    mo.hstack([square, rounds], justify="start", wrap=True)
    return rounds, square


@app.cell(hide_code=True)
def _(convergence, mo, np, rounds, square):
    class Dual:
        """A value and its slope; the arithmetic that the loop needs."""

        def __init__(self, value, slope=0.0):
            self.value, self.slope = value, slope

        def __add__(self, other):
            return Dual(self.value + other.value, self.slope + other.slope)

        def __truediv__(self, other):
            top = self.slope * other.value - self.value * other.slope
            return Dual(self.value / other.value, top / other.value**2)

    def babylonian(a, x, two, count):
        found = [x]
        for _ in range(count):
            x = (x + a / x) / two
            found.append(x)
        return found

    _way = babylonian(Dual(square.value, 1.0), Dual(1.0), Dual(2.0), rounds.value)
    _root, _slope = np.sqrt(square.value), 0.5 / np.sqrt(square.value)
    _rows = [f"| {k} | {x.value:.14f} | {x.slope:.14f} |" for k, x in enumerate(_way)]
    mo.vstack(
        [
            mo.md(
                "| round | value | slope |\n| --- | --- | --- |\n"
                + "\n".join(_rows)
                + f"\n| exact | **{_root:.14f}** | **{_slope:.14f}** |"
            ),
            convergence(
                {
                    "error of the value": np.array([abs(x.value - _root) for x in _way]),
                    "error of the slope": np.array([abs(x.slope - _slope) for x in _way]),
                }
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    The slope converges to $\frac{1}{2\sqrt a}$, as fast as the value: the loop discovered the derivative of the square root, without being told that it computes one. This is *forward mode*. It is neither
    symbolic differentiation nor finite differences: no formula grows, no step is chosen.

    ### The same, with matrices

    Where does $\epsilon^2 = 0$ exist? In matrices: let $\epsilon = [0\ 1;\ 0\ 0]$. Then $x + x'\epsilon = [x\ x';\ 0\ x]$, and the arithmetic of pairs is that of matrices. Run the *original* loop on such a
    matrix, with the inverse in place of the division:
    """)
    return


@app.cell(hide_code=True)
def _(fr, mo, np, rounds, square):
    _M = np.array([[square.value, 1.0], [0.0, square.value]])
    _X = np.eye(2)
    for _ in range(rounds.value):
        _X = (_X + _M @ np.linalg.inv(_X)) / 2

    def _loop(a):
        x = np.ones(())
        for _ in range(rounds.value):
            x = (x + a / x) / 2
        return x

    _formula, _grown = "1", []
    for _ in range(4):
        _formula = f"({_formula} + a/({_formula}))/2"
        _grown.append(len(str(fr.gradient(_formula, "a"))))

    mo.md(
        f"""
    After {rounds.value} rounds from the identity: `{np.round(_X, 10).tolist()}`. The corner is the slope, {_X[0, 1]:.10f}.

    `fr.jvp` of the plain loop gives the same: `{float(fr.jvp(_loop)(square.value, 1.0)[1]):.10f}`. On paper one would write the formula of the loop and differentiate it; after
    one, two, three and four rounds its derivative has {_grown[0]}, {_grown[1]}, {_grown[2]} and {_grown[3]} characters, while the pairs stay pairs.
    """
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## The picture of a program

    Write every operation of a program as a vertex, and an edge from each argument: the **computational graph**. On each edge stands what the operation makes of a small change of that argument. The
    chain rule is then two sentences:

    > Along a path, multiply. Over all paths, add.

    Paths may be many (their number can double with each operation), so nobody lists them. Two sweeps do the sum: *forward* (blue) carries values from the inputs on; *reverse* (red) starts with $1$ at the result and
    carries back, for each vertex, the derivative of the *result* by it. One red sweep gives the derivatives by **all** inputs. Choose a function and move $x$:
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    program = mo.ui.dropdown(
        ["sin(x)·x", "one Babylonian round", "tanh(x)² + x·exp(-x)", "x^4 by squaring"], value="sin(x)·x", label="f ="
    )
    place = mo.ui.slider(0.2, 3.0, 0.1, value=2.0, label="x", show_value=True)
    mo.hstack([program, place], justify="start", wrap=True)
    return place, program


@app.cell(hide_code=True)
def _(fr, mo, np, place, program):
    def _power(x):
        y = x * x
        return y * y

    _programs = {
        "sin(x)·x": lambda x: np.sin(x) * x,
        "one Babylonian round": lambda x: (x + 2 / x) / 2,
        "tanh(x)² + x·exp(-x)": lambda x: np.tanh(x) ** 2 + x * np.exp(-x),
        "x^4 by squaring": _power,
    }
    _programs[program.value].__name__ = program.value
    mo.Html(f'<div class="drawn">{fr.graph(_programs[program.value], place.value).svg}</div>')
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    Vertices may as well be vectors and matrices. Then the edges carry linear operators, and the reverse sweep their adjoints. This is a network with one hidden layer and a square loss:
    """)
    return


@app.cell(hide_code=True)
def _(fr, mo):
    mo.Html(f'<div class="drawn">{fr.graph("norm2(V*tanh(W*x) - y)^2", wrt=["V", "W"]).svg}</div>')
    return


@app.cell(hide_code=True)
def _(fr, mo):
    _kinds = {"V": "matrix(m,n)", "W": "matrix(n,p)", "x": "vector(p)", "y": "vector(m)"}
    _f, _h, _r = (fr.parse(text, **_kinds) for text in ("norm2(V*tanh(W*x) - y)^2", "tanh(W*x)", "V*tanh(W*x) - y"))
    _d = fr.derivative(_f, ["V", "W"])
    mo.vstack(
        [
            mo.md(
                r"""
    Run the red sweep through it, from the bottom up: the residual $r = V h - y$ with $h = \tanh(Wx)$ comes back as $2r$; through $V$ as $2V^\top r$; through the $\tanh$, entry by entry, times $1 - h^2$; and at each matrix the
    cotangent meets the value that went forward, as an outer product. That is **back-propagation**, and it is all there is to it."""
            ),
            mo.md(
                "".join(
                    f"$$\\nabla_{{{X}}} f = {fr.to_latex(G, {_h: 'h', _r: 'r'})}$$\n\n"
                    for X, G in zip("VW", _d.gradients, strict=True)
                )
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## A network that reads

    Here are handwritten digits, 8×8 grey values each (from scikit-learn). The network is five lines of NumPy; `fr.value_and_gradient` runs the two sweeps through them.

    ```python
    def scores(p, X):
        return np.tanh(X @ p["W"] + p["b"]) @ p["V"] + p["c"]

    def loss(p, X, labels):
        S = scores(p, X)
        S = S - np.max(S, axis=1, keepdims=True)
        right = S[np.arange(len(X)), labels]
        return np.mean(np.log(np.sum(np.exp(S), axis=1)) - right)
    ```

    The loss is the *cross-entropy*: minus the logarithm of the probability that the network gives to the right digit, in the mean.

    It is trained when this page runs, with 1,200 digits; the other 597 it never sees. Each step moves against the gradient, with momentum. Move the epoch back, and see it make mistakes again:
    """)
    return


@app.cell(hide_code=True)
def _(fr, load_digits, np):
    def scores(p, X):
        return np.tanh(X @ p["W"] + p["b"]) @ p["V"] + p["c"]

    def loss(p, X, labels):
        S = scores(p, X)
        S = S - np.max(S, axis=1, keepdims=True)
        return np.mean(np.log(np.sum(np.exp(S), axis=1)) - S[np.arange(len(X)), labels])

    _images, _labels = load_digits(return_X_y=True)
    _rng = np.random.default_rng(1)
    _order = _rng.permutation(len(_images))
    _images, _labels = _images[_order] / 16.0, _labels[_order]
    seen, unseen = (_images[:1200], _labels[:1200]), (_images[1200:], _labels[1200:])
    _p = {
        "W": _rng.standard_normal((64, 32)) / 8,
        "b": np.zeros(32),
        "V": _rng.standard_normal((32, 10)) / 6,
        "c": np.zeros(10),
    }
    _both, _speed = fr.value_and_gradient(loss), {k: np.zeros_like(v) for k, v in _p.items()}
    history = [(_p, float(loss(_p, *seen)))]
    for _epoch in range(20):
        for _rows in np.split(_rng.permutation(1200), 20):
            _, _slope = _both(_p, seen[0][_rows], seen[1][_rows])
            _speed = {k: 0.9 * _speed[k] - 0.1 * _slope[k] for k in _p}
            _p = {k: _p[k] + _speed[k] for k in _p}
        history.append((_p, float(loss(_p, *seen))))
    return history, loss, scores, seen, unseen


@app.cell(hide_code=True)
def _(mo):
    epoch = mo.ui.slider(0, 20, 1, value=20, label="epochs of training", show_value=True)
    epoch
    return (epoch,)


@app.cell(hide_code=True)
def _(epoch, history, lines, mo, np, scores, seen, small_pictures, unseen):
    _p = history[epoch.value][0]

    def _share(p, data):
        return float(np.mean(np.argmax(scores(p, data[0]), axis=1) == data[1]))

    _guess = np.argmax(scores(_p, unseen[0]), axis=1)
    _wrong = np.flatnonzero(_guess != unseen[1])
    _shown = np.concatenate([_wrong[:8], np.setdiff1d(np.arange(16), _wrong)[: 16 - min(8, len(_wrong))]])
    mo.vstack(
        [
            mo.md(
                f"After {epoch.value} epochs it reads **{100 * _share(_p, seen):.1f}%** of the digits it was trained with, and **{100 * _share(_p, unseen):.1f}%** of those it has never seen."
            ),
            mo.md("Mistakes first, each with what the network reads, and the label in brackets:"),
            small_pictures(
                [unseen[0][i].reshape(8, 8) for i in _shown],
                [f"{_guess[i]}" if _guess[i] == unseen[1][i] else f"{_guess[i]} ({unseen[1][i]})" for i in _shown],
            ),
            lines(
                np.arange(len(history)),
                {
                    "share that is read right, seen": np.array([_share(p, seen) for p, _ in history]),
                    "unseen": np.array([_share(p, unseen) for p, _ in history]),
                },
                "epoch",
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ### A gradient by the picture

    The red sweep does not stop at the weights. Its last vertex is the *picture*: the derivative of a score by each grey value. Orange pixels speak against the digit, violet ones for it. The first
    row shows the digits, the second what speaks for the digit that the network reads:
    """)
    return


@app.cell(hide_code=True)
def _(fr, history, mo, np, scores, small_pictures, unseen):
    _p = history[-1][0]
    _guess = np.argmax(scores(_p, unseen[0]), axis=1)
    _one_of_each = [int(np.flatnonzero(_guess == k)[0]) for k in range(8)]

    def _evidence(x, digit):
        s = scores(_p, x[None, :])[0]
        return s[digit] - np.log(np.sum(np.exp(s)))

    _slopes = [fr.gradient(_evidence)(unseen[0][i], k) for k, i in enumerate(_one_of_each)]
    mo.vstack(
        [
            small_pictures([unseen[0][i].reshape(8, 8) for i in _one_of_each], [str(k) for k in range(8)]),
            small_pictures([s.reshape(8, 8) for s in _slopes], [f"for {k}" for k in range(8)], signed=True),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ### Is the gradient right?

    A network with a wrong gradient still learns, a little; nobody notices. Differences along a random direction notice (lesson 5):
    """)
    return


@app.cell(hide_code=True)
def _(fr, history, loss, mo, np, seen):
    _p = history[5][0]
    _along = {k: np.random.default_rng(0).standard_normal(v.shape) for k, v in _p.items()}
    _slope = fr.gradient(loss)(_p, *seen)
    _product = sum(np.sum(_slope[k] * _along[k]) for k in _p)
    _difference = fr.finite.directional(lambda p: loss(p, *seen), _p, _along)
    mo.md(
        f"""
    | along a random direction in all {sum(v.size for v in _p.values())} weights | |
    | --- | --- |
    | inner product with the gradient | {_product:.12f} |
    | differences of the loss | {float(_difference.value):.12f}, error below {_difference.error_norm:.0e} |
    """
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Exercises

    Type a formula. `.*` and `.^` act entry by entry, `*` is the matrix product, `'` transposes.
    """)
    return


@app.cell(hide_code=True)
def _(Exercise, fields):
    exercises = [
        Exercise(
            question="How does one Babylonian round depend on the guess? The derivative of $\\frac12(x + a/x)$ by the number $x$ (write it `s`).",
            f="(s + a/s)/2",
            wrt="s",
            form="gradient",
            solution="(1 - a/s^2)/2",
            hint="The derivative of $a/s$ by $s$ is $-a/s^2$.",
            worked="`(1 - a/s^2)/2`. At $s = \\sqrt a$ it is **zero**: an error in the guess is forgotten to first order, so the number of right digits doubles with each round, and the slope that was wrong at the start is forgotten too.",
            wrong={"(1 + a/s^2)/2": "sign", "1 - a/s^2": "factor", "1/2": "missing"},
            declared={"s": "scalar"},
        ),
        Exercise(
            question="One layer: the differential of $\\tanh(Wx + b)$ by the weights $W$.",
            f="tanh(W*x + b)",
            wrt="W",
            form="differential",
            solution="(1 - tanh(W*x + b).^2).*(dW*x)",
            hint="The derivative of $\\tanh$ is $1 - \\tanh^2$, entry by entry.",
            worked="The inner change is $dW\\,x$, each entry times its slope: `(1 - tanh(W*x + b).^2).*(dW*x)`.",
            wrong={
                "dW*x": "factor",
                "(1 + tanh(W*x + b).^2).*(dW*x)": "sign",
                "2*(1 - tanh(W*x + b).^2).*(dW*x)": "factor",
            },
            declared={"x": "vector(n)", "b": "vector(m)"},
        ),
        Exercise(
            question="The last layer: the gradient of $\\|V h - y\\|^2$ by $V$.",
            f="norm2(V*h - y)^2",
            wrt="V",
            form="gradient",
            solution="2*(V*h - y)*h'",
            hint="$df = 2\\,(Vh - y)^\\top dV\\,h$. Which matrix has this inner product with $dV$?",
            worked="$\\langle 2(Vh-y)h^\\top, dV\\rangle$: the cotangent that comes back, times the value that went forward: `2*(V*h - y)*h'`.",
            wrong={"(V*h - y)*h'": "factor", "-2*(V*h - y)*h'": "sign", "2*V*h*h'": "missing"},
            declared={"h": "vector(n)", "y": "vector(m)"},
        ),
        Exercise(
            question="One layer further back: the gradient of $\\|V\\tanh(Wx) - y\\|^2$ by $W$.",
            f="norm2(V*tanh(W*x) - y)^2",
            wrt="W",
            form="gradient",
            solution="2*((1 - tanh(W*x).^2).*(V'*(V*tanh(W*x) - y)))*x'",
            hint="Follow the red sweep: $2r$, then $V^\\top$, then entry by entry, then the outer product with $x$.",
            worked="`2*((1 - tanh(W*x).^2).*(V'*(V*tanh(W*x) - y)))*x'`",
            wrong={
                "2*(V'*(V*tanh(W*x) - y))*x'": "chain rule",
                "((1 - tanh(W*x).^2).*(V'*(V*tanh(W*x) - y)))*x'": "factor",
                "2*((1 + tanh(W*x).^2).*(V'*(V*tanh(W*x) - y)))*x'": "sign",
            },
            declared={"x": "vector(n)", "y": "vector(m)"},
        ),
        Exercise(
            question="Cross-entropy: the gradient of $\\log\\sum_i e^{z_i} - y^\\top z$ by the scores $z$, where $y$ is the unit vector of the right digit.",
            f="logsumexp(z) - y'*z",
            wrt="z",
            form="gradient",
            solution="softmax(z) - y",
            hint="The derivative of $\\log\\sum e^{z_i}$ by $z_k$ is $e^{z_k}/\\sum e^{z_i}$; its name is `softmax(z)`.",
            worked="`softmax(z) - y`: the probabilities that the network gives, minus those that are true. No loss has a simpler gradient, which is why everybody uses it.",
            wrong={"y - softmax(z)": "sign", "softmax(z)": "missing", "softmax(z) + y": "sign"},
            declared={"z": "vector(n)", "y": "vector(n)"},
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
