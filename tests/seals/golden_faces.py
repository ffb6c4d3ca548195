"""Golden pictures of seal faces: `python -m tests.seals.golden_faces` draws them anew. Look at what changed."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
from PIL import Image

from portal.seals.faces import SealFace, face_for, pdf
from portal.seals.models import SealClass
from portal.units.models import UnitKind

FOLDER = Path(__file__).parent / "golden"
DOTS_A_MM = 4
SIGNATURE, VERIFICATION = SealClass.SIGNATURE, SealClass.VERIFICATION
# By length of the name, kind of unit, class of seal.
CASES: tuple[tuple[str, UnitKind, SealClass], ...] = (
    ("南澄中学", UnitKind.INSTITUTION, SIGNATURE),
    ("南澄市人民政府", UnitKind.GOVERNMENT, SIGNATURE),
    ("南澄市人民政府", UnitKind.GOVERNMENT, VERIFICATION),
    ("南澄市人民政府办公室", UnitKind.GOVERNMENT_OFFICE, SIGNATURE),
    ("南澄市青溪区柳浪镇人民政府", UnitKind.TOWNSHIP, SIGNATURE),
    ("南澄市城市管理和综合行政执法局", UnitKind.DEPARTMENT, VERIFICATION),
    ("南澄市轨道交通投资建设运营集团有限公司", UnitKind.ENTERPRISE, SIGNATURE),
    ("南澄市推进政府职能转变和政务信息报送工作协调领导小组", UnitKind.DEPARTMENT, SIGNATURE),
    ("南澄市推进政府职能转变和政务信息报送工作协调领导小组办公室值班", UnitKind.DEPARTMENT, SIGNATURE),
    ("南澄市推进政府职能转变和政务信息报送工作协调领导小组办公室值班", UnitKind.DEPARTMENT, VERIFICATION),
)


def face_of(case: tuple[str, UnitKind, SealClass]) -> SealFace:
    """The face of a case; names are cut to the longest a seal holds."""
    name, kind, seal_class = case
    return face_for(kind, name[:30], seal_class)


def file_of(case: tuple[str, UnitKind, SealClass]) -> Path:
    """Where its picture is."""
    name, kind, seal_class = case
    return FOLDER / f"{min(len(name), 30):02d}-{kind}-{seal_class}.png"


def draw(face: SealFace) -> Image.Image:
    """The impression in grey on white, 4 dots a millimetre."""
    document = pypdfium2.PdfDocument(pdf(face))
    try:
        return document[0].render(scale=DOTS_A_MM * 25.4 / 72).to_pil().convert("L")
    finally:
        document.close()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for case in CASES:
        draw(face_of(case)).save(file_of(case), optimize=True)
