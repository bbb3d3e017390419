"""Settings of the book; `cargo xtask book` builds it. Nothing that is built asks for a network."""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

project = "leyden"
author = "The leyden developers"
copyright = author
version = release = re.search(r'^version = "(.+)"', (HERE.parent / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)[1]

extensions = ["myst_parser", "sphinx_design", "sphinx_copybutton", "sphinxcontrib.bibtex", "book"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
myst_dmath_double_inline = True

bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "alpha"
bibtex_reference_style = "label"

html_math_renderer = "mathml"
html_theme = "furo"
html_title = f"leyden {release}"
html_static_path = ["static"]
html_css_files = ["book.css"]
html_js_files = ["book.js"]
html_copy_source = False
html_show_sphinx = False
# Parts of pages would be fetched, which a browser refuses for files.
html_show_search_summary = False

copybutton_exclude = ".linenos, .gp, .go"
pygments_style = "book.Readable"
pygments_dark_style = "github-dark"
