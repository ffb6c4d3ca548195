"""Plain text files: decoded as UTF-8 or GB 18030, kept as UTF-8."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

from portal.core.errors import Refused

_ENCODINGS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAMPLE = 64 * 1024

# Some GBK bytes are UTF-8 by chance: 通知 reads as two combining marks. Such letters without a single Han
# character mean GBK.
_FOREIGN = re.compile("[\u0250-\u0390\u03d0-\u07ff]")
_WIDE = re.compile("[\u0800-\U0010ffff]")

# C0 and C1 controls except tab, line ends and form feed; then those that reorder what people read.
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


def is_text(file: BinaryIO) -> bool:
    """Return whether the start of the file reads as text without binary zeros."""
    sample = file.read(_SAMPLE)
    try:
        return "\x00" not in decode(sample, complete=len(sample) < _SAMPLE)
    except UnicodeDecodeError:
        return False


def decode(raw: bytes, *, complete: bool = True) -> str:
    """Decode UTF-16 with a mark, UTF-8, else GB 18030; a sample may end within a character (not `complete`).

    Raises UnicodeDecodeError.
    """
    for mark, encoding in _ENCODINGS:
        if raw.startswith(mark):
            return codecs.getincrementaldecoder(encoding)().decode(raw, complete)
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(raw, complete)
    except UnicodeDecodeError:
        text = ""
    if raw and (not text or (_FOREIGN.search(text) and not _WIDE.search(text))):
        return codecs.getincrementaldecoder("gb18030")().decode(raw, complete)
    return text


def clean_text(source: BinaryIO, target: BinaryIO, name: str) -> None:
    """Write the text as UTF-8. Raises Refused for undecodable bytes and control characters."""
    try:
        text = decode(source.read())
    except UnicodeDecodeError as error:
        raise Refused("%(name)s isn't readable text: save it as UTF-8 or GB 18030.", name=name) from error
    if found := _CONTROL.search(text):
        raise Refused(
            "%(name)s holds a control character in line %(line)s: remove it and attach the file again.",
            name=name,
            line=text.count("\n", 0, found.start()) + 1,
        )
    target.write(text.encode())
