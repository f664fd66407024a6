"""The page and its HTTP interface: `frechet serve`. Formulas are read and derived in worker processes only.

`server` runs it, `app` has the routes, `questions` what they take, `pool` hands questions to `worker` processes, `answers`
is what those work out, `faults` what they say of errors, `guard` the limits and headers of HTTP, `static/` the page.
"""
