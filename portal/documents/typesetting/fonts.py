"""The typefaces of official documents and their measures.

A style (仿宋, 楷体 …) is a chain of faces: the first that holds a character prints it. Every run of text is set in one
known face, so widths and baselines are exact and never left to the renderer's fallback.
"""

from enum import Enum
from functools import cache
from pathlib import Path

from portal.core.typefaces import DEFAULT_FONTS_DIR, Face, FontFile, load_face

TRADITIONAL_SHARE = 0.003


class Style(Enum):
    """The five typefaces GB/T 9704 names, and Western type for digits and letters."""

    FANGSONG = "fangsong"
    KAI = "kai"
    HEI = "hei"
    TITLE = "title"
    SONG = "song"
    WESTERN = "western"


_NOTO = "opentype/noto/"
_SERIF = FontFile("gw-serif", _NOTO + "NotoSerifCJK-Regular.ttc", 2)
_SERIF_BOLD = FontFile("gw-serif-bold", _NOTO + "NotoSerifCJK-Bold.ttc", 2)
_SANS = FontFile("gw-sans", _NOTO + "NotoSansCJK-Regular.ttc", 2)
_WESTERN = FontFile("gw-western", "truetype/liberation2/LiberationSerif-Regular.ttf")

CHAINS: dict[Style, tuple[FontFile, ...]] = {
    Style.FANGSONG: (
        FontFile("gw-fang", "FandolFang-Regular.otf"),
        FontFile("gw-fang-traditional", "truetype/cwtex/cwfs.ttf"),
        _SERIF,
    ),
    Style.KAI: (
        FontFile("gw-kai", "FandolKai-Regular.otf"),
        FontFile("gw-wenkai", "truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf"),
        _SERIF,
    ),
    Style.HEI: (FontFile("gw-hei", "FandolHei-Regular.otf"), _SANS),
    Style.TITLE: (FontFile("gw-song-bold", "FandolSong-Bold.otf"), _SERIF_BOLD),
    Style.SONG: (FontFile("gw-song", "FandolSong-Regular.otf"), _SERIF),
    Style.WESTERN: (_WESTERN,),
}


def _is_western(char: str) -> bool:
    return "\x20" <= char <= "\x7e" or "\u00c0" <= char <= "\u024f"


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"


@cache
def face_for(char: str, style: Style, fonts_dir: Path, traditional: bool = False) -> Face:
    """The face that prints a character in a style; the first of the chain when none holds it."""
    chain = (*CHAINS[Style.WESTERN], *CHAINS[style]) if _is_western(char) else CHAINS[style]
    if traditional and _is_han(char):
        chain = (*chain[1:2], chain[0], *chain[2:])  # one even hand, not two mixed by the character
    for file in chain:
        face = load_face(file, fonts_dir)
        if face.holds(char):
            return face
    return load_face(chain[0], fonts_dir)


def is_traditional(text: str, fonts_dir: Path) -> bool:
    """Whether a text is written in traditional characters: the simplified 仿宋 lacks more than rare names."""
    face = load_face(CHAINS[Style.FANGSONG][0], fonts_dir)
    han = [char for char in text if _is_han(char)]
    return sum(not face.holds(char) for char in han) > max(len(han) * TRADITIONAL_SHARE, 3)


def missing_characters(text: str, fonts_dir: Path = DEFAULT_FONTS_DIR) -> set[str]:
    """Characters that no 仿宋 face holds and that would be printed in a substitute face, or as an empty box."""
    chain = (*CHAINS[Style.FANGSONG][:2], *CHAINS[Style.WESTERN])
    faces = [load_face(file, fonts_dir) for file in chain]
    printable = {char for char in text if not char.isspace() and char.isprintable()}
    return {char for char in printable if not any(face.holds(char) for face in faces)}
