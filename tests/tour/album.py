"""var/tour/index.html: all pictures, person by person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from tests.tour.walk import Picture

STYLE = """body { font: 14px/1.5 sans-serif; margin: 2rem; background: #f4f5f7; color: #222 }
section { display: grid; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); gap: 1rem }
figure { margin: 0; background: #fff; border: 1px solid #ddd } img { width: 100%; height: 14rem; object-fit: cover;
object-position: top; border-bottom: 1px solid #ddd } figcaption { padding: .5rem; overflow-wrap: anywhere }"""


def bind(album: Path, walks: Mapping[str, Sequence[Picture]]) -> None:
    """Write the index of all walks by the people's names."""
    parts = [f"<!doctype html><html lang=en><meta charset=utf-8><title>Tour</title><style>{STYLE}</style>"]
    for name, pictures in walks.items():
        parts.append(f"<h2>{escape(name)}</h2><section>")
        parts += [_figure(picture) for picture in pictures]
        parts.append("</section>")
    (album / "index.html").write_text("\n".join(parts), encoding="utf-8")


def _figure(picture: Picture) -> str:
    file, title, address = (escape(text, quote=True) for text in (picture.file, picture.title, picture.address))
    return (
        f'<figure><a href="{file}"><img src="{file}" loading="lazy" alt="{title}"></a>'
        f"<figcaption>{title} · {picture.how}<br><code>{address}</code></figcaption></figure>"
    )
