"""Copies the parts of the npm packages that the pages are served into `portal/static/vendor`.

The icons are named one a line in `portal/static/icons.txt` and become symbols `i-<name>` of one SVG sprite,
so that a browser loads them once and a page draws each by `<svg><use href="…/icons.svg#i-<name>"/></svg>`.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
STATIC = ROOT / "portal" / "static"
VENDOR = STATIC / "vendor"

SERVED = ("htmx.org/dist/htmx.min.js",)
DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
STROKE = (
    'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
    'stroke-linecap="round" stroke-linejoin="round"'
)
# A browser's developer tools would ask for the map, which isn't served.
SOURCE_MAP = re.compile(r"\n?(/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=\S+)\s*$")


def icon_names() -> list[str]:
    """The wanted icons in alphabetical order; `#` starts a comment."""
    lines = (STATIC / "icons.txt").read_text("utf-8").splitlines()
    return sorted({name for line in lines if (name := line.partition("#")[0].strip())})


def symbol(name: str) -> str:
    """One outline icon as a symbol of the sprite."""
    source = PACKAGES / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg"
    if not source.exists():
        sys.exit(f"portal/static/icons.txt: there is no icon named {name}")
    drawing = DRAWING.search(source.read_text("utf-8"))
    if drawing is None:
        sys.exit(f"{source.name} holds no drawing")
    return f'<symbol id="i-{name}" {STROKE}>{" ".join(drawing[1].split())}</symbol>'


def main() -> None:
    """Makes the folder anew, the sprite last: set-up takes its presence as a sign that all is there."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for path in SERVED:
        text = (PACKAGES / path).read_text("utf-8")
        (VENDOR / Path(path).name).write_text(SOURCE_MAP.sub("\n", text), "utf-8")
    sprite = ['<svg xmlns="http://www.w3.org/2000/svg">', *map(symbol, icon_names()), "</svg>\n"]
    (VENDOR / "icons.svg").write_text("\n".join(sprite), "utf-8")


if __name__ == "__main__":
    main()
