"""How the suite draws its examples, and how long it waits: the same in every run, so that a red run can be repeated.

`HYPOTHESIS_PROFILE=explore make test` looks for new examples instead. Answers are mathematics, and how long one may look
for them depends on the machine: shares of time are three times those of a user's check, in processes that tests start too.
"""

from __future__ import annotations

import os

from hypothesis import settings

os.environ.setdefault("FRECHET_PACE", "3")  # before Frechet is imported

settings.register_profile("repeatable", derandomize=True)
settings.register_profile("explore", print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
