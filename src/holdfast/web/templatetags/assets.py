"""``{% island "timeline" %}``: the script and styles that Vite built from ``islands/timeline.ts``.

Bundles carry a hash of their content in their names; ``manifest.json``, written by the same build, tells them.
"""

from __future__ import annotations

import json
import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()
logger = logging.getLogger(__name__)

BUILT = Path(settings.PACKAGE) / "web" / "static" / "built"
SOURCES = "src/holdfast/web/islands"


@register.simple_tag
def island(name: str) -> SafeString:
    """Link and script elements of one island; nothing where it has not been built, since a page works without."""
    try:
        scripts, styles = files_of(name)
    except ImproperlyConfigured as error:
        logger.warning("%s", error)
        return SafeString("")
    links = format_html_join("", '<link rel="stylesheet" href="{}">', ((static(f"built/{file}"),) for file in styles))
    return format_html('{}<script type="module" src="{}"></script>', links, static(f"built/{scripts}"))


def files_of(name: str) -> tuple[str, tuple[str, ...]]:
    """The script of an island, and every style sheet that it and what it imports bring."""
    chunks = _manifest()
    key = f"{SOURCES}/{name}.ts"
    if key not in chunks:
        raise ImproperlyConfigured(f"no island {name} in {BUILT / 'manifest.json'}: build the islands with ./run")
    styles: dict[str, None] = {}
    seen: set[str] = set()

    def gather(chunk: str) -> None:
        if chunk in seen:
            return
        seen.add(chunk)
        for imported in chunks[chunk].get("imports", ()):
            gather(imported)
        styles.update(dict.fromkeys(chunks[chunk].get("css", ())))

    gather(key)
    return chunks[key]["file"], tuple(styles)


def _manifest() -> dict[str, dict[str, Any]]:
    path = BUILT / "manifest.json"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return {}


@lru_cache(maxsize=1)
def _read(path: Path, changed: int) -> dict[str, dict[str, Any]]:
    """The manifest as it was at this time of change: read once, and again after a build."""
    return json.loads(path.read_bytes())  # type: ignore[no-any-return]
