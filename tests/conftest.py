"""How the suite draws its examples: the same ones in every run, so that a red run can be repeated.

`HYPOTHESIS_PROFILE=explore make test` looks for new ones instead.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True)
settings.register_profile("explore", print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
