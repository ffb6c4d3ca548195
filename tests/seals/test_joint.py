"""The seals of a joint document 联合公文: side by side, in the issuers' order, each over what the one before left."""

from __future__ import annotations

import itertools
import subprocess
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from portal.seals.blocks import NoSignatureBlock, NotSealable
from portal.seals.verifying import verify
from tests.seals.pki import Authority
from tests.seals.samples import frozen_bytes, seal


def with_blocks(*corners: tuple[float, float]) -> bytes:
    """The sample with its blocks moved: each corner is left and top of a block of 42 mm, in points."""
    side = 42 * 72 / 25.4
    with pikepdf.open(BytesIO(frozen_bytes())) as pdf:
        leaf = pdf.pages[1].obj
        names: list[object] = []
        for number, (left, top) in enumerate(corners, 1):
            for corner, x, y in (("br", left + side, top - side), ("tl", left, top)):
                place = pikepdf.Array([leaf, pikepdf.Name.XYZ, x, y, 0])
                names += [pikepdf.String(f"seal-{number}-{corner}"), place]
        pdf.Root.Names.Dests = pikepdf.Dictionary(Names=pikepdf.Array(names))
        out = BytesIO()
        pdf.save(out)
    return out.getvalue()


def press(data: bytes, authority: Authority, folder: Path, *places: int) -> Path:
    """Press the seals in this order."""
    path = folder / "0.pdf"
    path.write_bytes(data)
    for turn, place in enumerate(places, 1):
        target = folder / f"{turn}.pdf"
        seal(path, target, authority, number=place)
        path = target
    return path


@pytest.mark.req("S-11")
def test_three_issuers_seal_side_by_side(authority: Authority, tmp_path: Path) -> None:
    joint = press(with_blocks((60, 500), (200, 500), (340, 500)), authority, tmp_path, 1, 2, 3)
    verdict = verify(joint, trust_roots=[authority.root.asn1])
    assert verdict.valid and len(verdict.seals) == 3
    said = subprocess.run(["pdfsig", "-nocert", str(joint)], check=True, capture_output=True, text=True).stdout
    assert said.count("Signature is Valid.") == 3
    with pikepdf.open(joint) as pdf:
        places = {
            str(field.T): [float(side) for side in field.Rect]
            for field in pdf.Root.AcroForm.Fields
            if str(field.T).startswith("Seal")
        }
    assert list(places) == ["Seal1", "Seal2", "Seal3"], "in the order in which they were pressed"
    tops = {round(box[3], 2) for box in places.values()}
    assert len(tops) == 1, "aligned"
    ordered = sorted(places.values())
    assert all(one[2] < other[0] for one, other in itertools.pairwise(ordered)), "none touches another"


@pytest.mark.req("S-11")
@pytest.mark.parametrize("places", [(2,), (1, 3), (1, 2, 2), (1, 1)])
def test_the_order_of_the_issuers_is_kept(places: tuple[int, ...], authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(NotSealable):
        press(with_blocks((60, 500), (200, 500), (340, 500)), authority, tmp_path, *places)


@pytest.mark.req("S-11")
def test_seals_that_would_touch_are_not_pressed(authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(NotSealable, match="touch"):
        press(with_blocks((60, 500), (170, 480)), authority, tmp_path, 1, 2)


@pytest.mark.req("S-10")
def test_an_issuer_without_a_block_presses_nothing(authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(NoSignatureBlock):
        press(with_blocks((60, 500)), authority, tmp_path, 1, 2)


@pytest.mark.req("S-10")
def test_a_block_on_a_page_without_print_is_refused(authority: Authority, tmp_path: Path) -> None:
    """The anchors alone don't make a blank sheet a document (空盖)."""
    with pikepdf.open(BytesIO(frozen_bytes())) as pdf:
        pdf.pages[1].Contents = pdf.make_stream(b"0.8 w 60 700 m 500 700 l S")
        out = BytesIO()
        pdf.save(out)
    with pytest.raises(NoSignatureBlock, match="blank"):
        press(out.getvalue(), authority, tmp_path, 1)
