"""Sphinx: MyST pages with furo, built without a network. `make docs` writes docs/_build/html."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from frechet import __version__

project, author, copyright = "Frechet", "The Frechet contributors", "The Frechet contributors, MIT licence"
version = release = __version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "mathematics",
    "offline",
    "problem_pages",
    "gallery_pages",
    "reference_pages",
]
exclude_patterns = ["_build"]
suppress_warnings = ["myst.xref_missing"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
smartquotes = False  # text within quotes is often input
nitpicky = True
nitpick_ignore_regex = [("py:.*", r".*")]
autodoc_typehints = "none"
html_math_renderer = "frechet"
html_theme = "furo"
html_title = "Frechet"
html_static_path, html_css_files = ["static"], ["site.css"]
html_show_sphinx = False
html_copy_source = False
copybutton_prompt_text = "$ "
