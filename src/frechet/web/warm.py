"""Imported by the process that workers are forked from: what the first questions would work out is there in all of them."""

import gc

from frechet.web.settings import Settings
from frechet.web.worker import answer

_SETTINGS = Settings()
for _kind, _more in (
    ("read", {}),
    ("derive", {"wrt": "X"}),
    ("verdict", {"wrt": "X"}),
    ("check", {"wrt": "X", "claim": "X*inv(X*X')"}),  # wrong: every diagnosis is tried
    ("code", {"wrt": "X", "target": "numpy"}),
    ("rules", None),
):
    answer(_kind, {} if _more is None else {"formula": "logdet(X'*X)", **_more}, _SETTINGS, _SETTINGS.seconds)

gc.collect()
gc.freeze()  # what is here stays: no worker looks through it again, which would also copy its pages
