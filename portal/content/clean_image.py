"""Pictures: decoded and encoded anew, so that only the pixels pass (no EXIF, no place, no hidden data)."""

from __future__ import annotations

import struct
from typing import BinaryIO

from PIL import Image, ImageFile, ImageOps

from portal.core.errors import Refused

# An A3 page scanned at 600 dpi has 70 million pixels.
MAX_PIXELS = 80_000_000
_JPEG_QUALITY = 92
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, struct.error, IndexError, KeyError)


def clean_png(source: BinaryIO, target: BinaryIO, name: str) -> int:
    """Write the first frame as PNG. Raises Refused for a picture that is too large or damaged."""
    _pixels(source, name, "PNG").save(target, "PNG")
    return 1


def clean_jpeg(source: BinaryIO, target: BinaryIO, name: str) -> int:
    """Write the picture as JPEG, upright. Raises as `clean_png`."""
    _pixels(source, name, "JPEG").save(target, "JPEG", quality=_JPEG_QUALITY)
    return 1


def _pixels(source: BinaryIO, name: str, kind: str) -> Image.Image:
    """Decode within the pixel limit, judged before anything is decoded; keep pixels and resolution only."""
    # Another library in the process may have made Pillow accept cut-off pictures.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(source, formats=[kind]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_many(name)
            upright = ImageOps.exif_transpose(image)
            upright.load()
            kept: dict[str | tuple[int, int], object] = {
                key: image.info[key] for key in ("dpi", "transparency") if key in image.info
            }
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many(name) from error
    except _BROKEN as error:
        raise Refused("The picture %(name)s is damaged: save it anew and attach it again.", name=name) from error
    plain = upright.copy()
    plain.info = kept
    return plain


def _too_many(name: str) -> Refused:
    return Refused(
        "The picture %(name)s has more than %(limit)s million pixels: make it smaller, then attach it.",
        name=name,
        limit=MAX_PIXELS // 1_000_000,
    )
