import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="2 The order of the chain rule", css_file="lessons.css")


@app.cell(hide_code=True)
def _():
    from time import perf_counter

    import marimo as mo
    import numpy as np

    import frechet as fr
    from frechet.lessons.exercises import Exercise
    from frechet.lessons.pictures import bars
    from frechet.lessons.sheets import fields, on_page, sheet

    return bars, Exercise, fields, fr, mo, np, perf_counter, on_page, sheet


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # 2 The order of the chain rule

    The chain rule is a product. For $f(x) = a(b(c(x)))$ the derivative is

    $$f'(x) = a'\; b'\; c',$$

    three linear operators, applied from the right to the left. A product of operators does not depend on where the brackets are. Its *cost* does, and everything that is
    said about "forward mode", "reverse mode", "back-propagation" and "adjoints" is about where the brackets are.

    ## Two orders, and a third

    Let $c$ take $n$ numbers to $k$, and let $a\circ b$ take $k$ numbers to $m$.

    - **Forward**: push each of the $n$ unit directions through the chain, $a'(b'(c'\,e_j))$. The number of *inputs* counts.
    - **Reverse**: pull each of the $m$ unit cotangents back, $((e_i^\top a')\,b')\,c'$. The number of *outputs* counts.
    - **The best**: a bracket at the narrowest place. Move the sliders until neither of the two classical modes wins.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    inputs = mo.ui.slider(1, 200, 1, value=60, label="inputs n", show_value=True)
    middle = mo.ui.slider(1, 60, 1, value=4, label="middle k", show_value=True)
    outputs = mo.ui.slider(1, 200, 1, value=50, label="outputs m", show_value=True)
    mo.vstack([inputs, middle, outputs])
    return inputs, middle, outputs


@app.cell(hide_code=True)
def _(bars, fr, inputs, middle, mo, np, outputs):
    A = np.ones((middle.value, inputs.value))
    B = np.ones((outputs.value, middle.value))

    def _chain(x):
        return np.tanh(B @ np.sin(A @ x))

    _chain.__name__ = "tanh(B·sin(A·x))"
    order = fr.order(_chain, np.ones(inputs.value))
    mo.vstack(
        [
            bars(
                {"forward": order.forward, "reverse": order.reverse, "best": order.best},
                "operations for the whole Jacobian",
            ),
            mo.plain_text(str(order)),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## A thousand inputs, one output

    This is the case of optimization and machine learning, and there the difference is not a factor of two. Below, a small network with one number as its output is timed on this machine, now:
    the function itself, its gradient by one reverse sweep, and one direction of forward mode, of which the gradient would need as many as there are inputs.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    count = mo.ui.slider(100, 2000, 100, value=1000, label="inputs", show_value=True)
    count
    return (count,)


@app.cell(hide_code=True)
def _(count, fr, mo, np, perf_counter):
    _rng = np.random.default_rng(0)
    _W = _rng.standard_normal((64, count.value)) / np.sqrt(count.value)
    _V = _rng.standard_normal((64, 64)) / 8
    _x = _rng.standard_normal(count.value)

    def network(x):
        return np.sum(np.tanh(_V @ np.tanh(_W @ x)) ** 2)

    def _seconds(run):
        run()
        best = float("inf")
        for _ in range(5):
            start = perf_counter()
            run()
            best = min(best, perf_counter() - start)
        return best

    _gradient = fr.gradient(network)
    _direction = _rng.standard_normal(count.value)
    _value, _reverse = _seconds(lambda: network(_x)), _seconds(lambda: _gradient(_x))
    _forward = _seconds(lambda: fr.jvp(network)(_x, _direction))
    mo.md(
        f"""
    | | time | times the function |
    | --- | --- | --- |
    | the function | {_value * 1e6:.0f} µs | 1 |
    | its gradient, one reverse sweep | {_reverse * 1e6:.0f} µs | {_reverse / _value:.1f} |
    | one direction, forward | {_forward * 1e6:.0f} µs | {_forward / _value:.1f} |
    | its gradient, {count.value} directions forward | {_forward * count.value * 1e3:.0f} ms | {_forward * count.value / _value:.0f} |
    """
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## What reverse mode does to a formula

    One operation at a time, the derivative is a linear operator, and reverse mode applies its *adjoint*: the operator that satisfies
    $\langle w, f'(x)[dx]\rangle = \langle f'(x)^*[w], dx\rangle$. A cotangent $w$ comes in from the output's side and a cotangent leaves towards the input.

    | operation | forward: $dx \mapsto$ | reverse: $w \mapsto$ |
    | --- | --- | --- |
    | $A x$ | $A\,dx$ | $A^\top w$ |
    | $\tanh(x)$, entry by entry | $(1-\tanh^2 x)\odot dx$ | $(1-\tanh^2 x)\odot w$ |
    | $x^\top x$ | $2x^\top dx$ | $2 w x$ |
    | $A X B$ | $A\,dX\,B$ | $A^\top W B^\top$ |
    | $X^{-1}$ | $-X^{-1} dX\,X^{-1}$ | $-X^{-\top} W X^{-\top}$ |

    Below, choose an operation and see the adjoint that Frechet derives.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    operation = mo.ui.dropdown(
        ["A*X*B", "inv(X)", "X'*X", "X^2", "tanh(A*X)", "A.*X", "expm(X)", "logdet(X)"], value="A*X*B", label="f(X) ="
    )
    operation
    return (operation,)


@app.cell(hide_code=True)
def _(fr, mo, on_page, operation):
    _d = fr.derivative(operation.value, "X")
    mo.vstack(
        [
            mo.md(f"$$dX \\mapsto {fr.to_latex(_d.differential)}$$\n\n$$W \\mapsto {fr.to_latex(_d.adjoint)}$$"),
            on_page(operation.value, "X"),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## The two sweeps, drawn

    The computational graph of a small function. In blue the values of the forward sweep; in red, at each place, the derivative of the *result* by what stands there: that is what the reverse sweep
    computes, from the bottom up, each from its successors. The forward values are needed on the way back, so reverse mode pays for its speed with memory.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    at = mo.ui.slider(-2.0, 2.0, 0.1, value=0.7, label="x", show_value=True)
    at
    return (at,)


@app.cell(hide_code=True)
def _(at, fr, mo, np):
    def _f(x):
        return np.sin(x) * np.exp(x) + x**2

    _f.__name__ = "sin(x)·exp(x) + x²"
    mo.Html(f'<div class="drawn">{fr.graph(_f, at.value).svg}</div>')
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Exercises

    Each asks for a gradient. Go backwards: start with the cotangent at the output, and apply the adjoint of one operation at a time.
    """)
    return


@app.cell(hide_code=True)
def _(Exercise, fields):
    exercises = [
        Exercise(
            question="Pull $w$ back through $Ax$: what is the gradient of $w^\\top A x$ by $x$?",
            f="w'*A*x",
            wrt="x",
            form="gradient",
            solution="A'*w",
            hint="$w^\\top A\\,dx = \\langle A^\\top w, dx\\rangle$.",
            worked="`A'*w`: the adjoint of a matrix is its transpose, in this inner product.",
            wrong={"-A'*w": "sign", "2*A'*w": "factor", "A'*A*x": "A*x stands where w belongs"},
        ),
        Exercise(
            question="Pull $w$ back through an entrywise function: the gradient of $w^\\top \\tanh(x)$ by $x$.",
            f="w'*tanh(x)",
            wrt="x",
            form="gradient",
            solution="w.*(1 - tanh(x).^2)",
            hint="Entry $i$ of the output depends on entry $i$ of the input only.",
            worked="`w.*(1 - tanh(x).^2)`: a diagonal operator is its own adjoint.",
            wrong={
                "w.*tanh(x)": "stands where its derivative belongs",
                "1 - tanh(x).^2": "factor w is missing",
                "w.*(1 + tanh(x).^2)": "sign",
            },
        ),
        Exercise(
            question="One layer: the gradient of $w^\\top \\tanh(Ax)$ by $x$.",
            f="w'*tanh(A*x)",
            wrt="x",
            form="gradient",
            solution="A'*(w.*(1 - tanh(A*x).^2))",
            hint="First through $\\tanh$, then through $A$.",
            worked="The cotangent after tanh is `w.*(1 - tanh(A*x).^2)`; the matrix makes `A'*(...)` of it.",
            wrong={
                "A'*(w.*tanh(A*x))": "stands where its derivative belongs",
                "A'*w": "factor 1 - tanh(A*x).^2 is missing",
                "-A'*(w.*(1 - tanh(A*x).^2))": "sign",
            },
        ),
        Exercise(
            question="By the weights: the gradient of $\\|\\tanh(Wx) - y\\|^2$ by $W$.",
            f="norm2(tanh(W*x) - y)^2",
            wrt="W",
            form="gradient",
            solution="2*((tanh(W*x) - y).*(1 - tanh(W*x).^2))*x'",
            hint="Through the square, through tanh; then $d(Wx) = dW\\,x$, whose adjoint is $w \\mapsto w\\,x^\\top$.",
            worked="Through the square: `2*(tanh(W*x) - y)`. Through tanh: times `1 - tanh(W*x).^2`. Through the product: times `x'` from the right.",
            wrong={
                "((tanh(W*x) - y).*(1 - tanh(W*x).^2))*x'": "factor",
                "2*(tanh(W*x) - y)*x'": "factor 1 - tanh(W*x).^2 is missing",
                "-2*((tanh(W*x) - y).*(1 - tanh(W*x).^2))*x'": "sign",
            },
        ),
        Exercise(
            question="Two layers, by the first weights: the gradient of $\\|A\\tanh(Wx) - y\\|^2$ by $W$.",
            f="norm2(A*tanh(W*x) - y)^2",
            wrt="W",
            form="gradient",
            solution="2*((A'*(A*tanh(W*x) - y)).*(1 - tanh(W*x).^2))*x'",
            hint="As in 4, with one more step: the residual passes through $A^\\top$ first.",
            worked="`2*(A*tanh(W*x) - y)`, then `A'*` of it, then times `1 - tanh(W*x).^2`, then times `x'`: four adjoints in reverse order.",
            wrong={
                "((A'*(A*tanh(W*x) - y)).*(1 - tanh(W*x).^2))*x'": "factor",
                "2*(A'*(A*tanh(W*x) - y))*x'": "passes over tanh(W*x)",
                "2*((A'*(A*tanh(W*x) + y)).*(1 - tanh(W*x).^2))*x'": "sign",
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
