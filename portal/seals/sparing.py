"""Reading large files without holding them: long stretches are shown where they lie, on the disk (S-11).

pyHanko reads each object of a PDF whole when it compares revisions, an attachment of 100 MB too, though it only looks
at the object's dictionary. A view of the mapped file costs memory only where somebody looks.
"""

from __future__ import annotations

import io
import mmap
from pathlib import Path
from typing import Any

LONG = 8 << 20


class SparingReader(io.BufferedReader):
    """A file opened for reading. Nobody may shorten it meanwhile: what is mapped must stay there."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self._size = path.stat().st_size
        self._map = mmap.mmap(self.fileno(), 0, access=mmap.ACCESS_READ) if self._size else None

    def read(self, size: int | None = -1) -> Any:
        """The next bytes; more than `LONG` of them as a view, which is equal to them and can be looked at in parts."""
        if self._map is None or size is None or size <= LONG:
            return super().read(size)
        start = self.tell()
        end = min(start + size, self._size)
        self.seek(end)
        return memoryview(self._map)[start:end]
