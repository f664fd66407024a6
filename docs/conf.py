"""Sphinx: MyST pages with furo, built without a network. `make docs` writes docs/_build/html."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from frechet import __version__

project, author, copyright = "Frechet", "The Frechet contributors", "The Frechet contributors, MIT licence"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton", "reference_pages"]
exclude_patterns = ["_build"]
suppress_warnings = ["myst.xref_missing"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = True
nitpick_ignore_regex = [("py:.*", r".*")]
autodoc_typehints = "none"
html_theme = "furo"
html_title = "Frechet"
html_show_sphinx = False
html_copy_source = False
copybutton_prompt_text = "$ "
