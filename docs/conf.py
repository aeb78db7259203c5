"""How the documentation is built: ``./run docs``."""

from holdfast import __version__

project = "Holdfast"
author = "The Holdfast authors"
copyright = "The Holdfast authors, Apache-2.0"
version = release = __version__

extensions = ["myst_parser"]
myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown"}

html_theme = "furo"
html_title = f"Holdfast {__version__}"
html_show_sourcelink = False
# The pages must read the same without a network: nothing is fetched from elsewhere.
html_theme_options = {"navigation_with_keys": True}
