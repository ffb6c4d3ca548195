"""The vendor's errors never pass our door as they are."""

import pkcs11
import pytest

from hsm import errors
from hsm.errors import DeviceLost, HsmError, KeyMissing, WrongPin, error_from_code, vendor_errors


@pytest.mark.parametrize(
    ("vendor", "ours"),
    [
        (pkcs11.PinIncorrect, WrongPin),
        (pkcs11.PinLocked, WrongPin),
        (pkcs11.ObjectHandleInvalid, KeyMissing),
        (pkcs11.DeviceRemoved, DeviceLost),
        (pkcs11.SessionHandleInvalid, DeviceLost),
        (pkcs11.GeneralError, DeviceLost),
    ],
)
def test_a_vendor_error_becomes_ours_and_stays_its_cause(
    vendor: type[pkcs11.PKCS11Error], ours: type[HsmError]
) -> None:
    with pytest.raises(ours) as caught, vendor_errors("signing", "seal-x"):
        raise vendor()
    assert isinstance(caught.value.__cause__, vendor)
    assert "signing" in caught.value.message
    assert caught.value.which == "seal-x"


def test_every_error_travels_by_a_code_of_its_own() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, HsmError)]
    assert len({kind.code for kind in kinds}) == len(kinds)
    for kind in kinds:
        rebuilt = error_from_code(kind.code, "message", "which")
        assert (type(rebuilt), rebuilt.message, rebuilt.which) == (kind, "message", "which")
    assert type(error_from_code("unheard-of", "message", "")) is HsmError
