"""What a ceremony of each kind does, in words for people who do it once in years."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.text import N_
from portal.seals.models import OF_THE_DEVICE, SEAT_LABELS, ApplicationKind, Seat

Step = tuple[str, str]


@dataclass(frozen=True)
class Words:
    """The texts of one kind; all are msgids. `title` takes the unit's %(name)s."""

    title: str
    plan: str
    """Heading over what was approved."""
    plain: tuple[str, ...]
    """What will happen, sentence by sentence."""
    act: Step
    """The step of the script in which the device works."""
    working: Step
    done: Step


_PRINT = N_("Print the account of the ceremony and file it.")
_LEAVE = N_("Leave this page open until the device is done.")

WORDS: dict[ApplicationKind, Words] = {
    ApplicationKind.MAKE: Words(
        N_("Ceremony: seals of %(name)s"),
        N_("What will be made"),
        (N_("Two new seals are made for this unit. No other seal is touched."),),
        (N_("Make the seals"), N_("The device makes two keys; certificates are issued and custody is recorded.")),
        (
            N_("The device is making the seals"),
            N_("Keys are made, certificates issued, the custody record is signed. Leave this page open."),
        ),
        (N_("The seals are made"), _PRINT),
    ),
    ApplicationKind.REPLACE: Words(
        N_("Ceremony: replaced seals of %(name)s"),
        N_("What will be replaced"),
        (
            N_("A new seal takes the place of each seal named below."),
            N_("The old ones are revoked and their keys destroyed for good. What they sealed before stays valid."),
        ),
        (N_("Replace the seals"), N_("New keys are made, the old certificates revoked, the old keys destroyed.")),
        (N_("The device is replacing the seals"), _LEAVE),
        (N_("The seals are replaced"), _PRINT),
    ),
    ApplicationKind.CHANGE: Words(
        N_("Ceremony: changed seals of %(name)s"),
        N_("What will be changed"),
        (
            N_("Seals with the new name take the place of the seals named below."),
            N_("The old ones are revoked and their keys destroyed for good. What they sealed before stays valid."),
        ),
        (N_("Change the seals"), N_("New keys are made, the old certificates revoked, the old keys destroyed.")),
        (N_("The device is changing the seals"), _LEAVE),
        (N_("The seals are changed"), _PRINT),
    ),
    ApplicationKind.CHANGE_CUSTODY: Words(
        N_("Ceremony: custody of the seals of %(name)s"),
        N_("Who will keep the seals"),
        (
            N_("The seals stay as they are; only the people who may use them change."),
            N_("From the end of this ceremony, only the people named below can stamp."),
        ),
        (N_("Record the custody"), N_("A new custody record is signed; the old one doesn't count any more.")),
        (N_("The device is signing the custody record"), _LEAVE),
        (N_("The custody is changed"), _PRINT),
    ),
    ApplicationKind.UNFREEZE: Words(
        N_("Ceremony: suspension of seals of %(name)s"),
        N_("What will be usable again"),
        (N_("The seals named below were suspended. After this ceremony their keepers can use them again."),),
        (
            N_("Lift the suspension"),
            N_("The custody record is signed anew for the same keepers; keys reported lost are left out."),
        ),
        (N_("The device is signing the custody record"), _LEAVE),
        (N_("The seals can be used again"), _PRINT),
    ),
    ApplicationKind.DESTROY: Words(
        N_("Ceremony: end of seals of %(name)s"),
        N_("What will be destroyed"),
        (
            N_("The seals named below are revoked and their keys destroyed. This can't be undone."),
            N_("What they sealed before stays valid."),
        ),
        (N_("Destroy the seals"), N_("The revocation is signed, then the keys are destroyed in the device.")),
        (N_("The device is destroying the keys"), _LEAVE),
        (N_("The seals are destroyed"), _PRINT),
    ),
    ApplicationKind.ROTATE_SHARES: Words(
        N_("Ceremony: new shares for the device"),
        N_("What will be renewed"),
        (
            N_("Both offices get new shares, made in their own browsers. No seal is touched."),
            N_("Afterwards the old sheets open nothing. Until this page says that it is done, keep both sheets."),
        ),
        (N_("Change the PINs"), N_("The device takes the new shares; the old ones are dead.")),
        (N_("The device is taking the new shares"), _LEAVE),
        (N_("The new shares are in force"), N_("Seal the new sheets, destroy the old ones, print the account.")),
    ),
    ApplicationKind.RENEW_CA: Words(
        N_("Ceremony: longer life of the Seal CA"),
        N_("What will be renewed"),
        (
            N_("The Seal CA gets a certificate that is valid for longer. Its key stays, and no seal is touched."),
            N_("Whatever was sealed before verifies as it did."),
        ),
        (N_("Renew the certificate"), N_("A new certificate is signed and trusted in place of the old one.")),
        (N_("The device is signing the certificate"), _LEAVE),
        (N_("The Seal CA is renewed"), _PRINT),
    ),
    ApplicationKind.CLEAR_ORPHANS: Words(
        N_("Ceremony: clearing the device"),
        N_("What will be cleared"),
        (N_("Keys that broken ceremonies left on the device are destroyed. No seal in the register is touched."),),
        (N_("Clear the device"), N_("Keys that are in no register are listed and destroyed.")),
        (N_("The device is being cleared"), _LEAVE),
        (N_("The device is cleared"), _PRINT),
    ),
}

KEEP_BOTH = N_(
    "Keep the old and the new sheets, apart from each other. Which of them opens the device shows in the next "
    "ceremony; if one is refused, call another and use the other."
)
_SHARES = (N_("Enter the shares"), N_("The two operators open their sheets and enter one share each."))
_NEW_SHARES = (
    N_("Enter old and new shares"),
    N_("Both operators enter their old sheet, write down the new one and type it again."),
)


def words_of(kind: str) -> Words:
    """The texts of a kind."""
    return WORDS[ApplicationKind(kind)]


def script_of(kind: str) -> tuple[Step, ...]:
    """The script everyone sees: a step, and in plain words what happens in it."""
    return (
        (N_("Call"), N_("The secrecy office calls the ceremony for one approved application.")),
        (N_("Check the device"), N_("The seal server looks for the registered device and lets it sign a test.")),
        (N_("Take seats"), N_("Three people, each at their own computer, each with a code.")),
        _NEW_SHARES if kind == ApplicationKind.ROTATE_SHARES else _SHARES,
        words_of(kind).act,
        (N_("File the account"), N_("The signed account of the ceremony is printed and filed.")),
    )


def seats_of(kind: str) -> dict[Seat, str]:
    """Names of the seats; for the device itself, the office is the unit."""
    return SEAT_LABELS | ({Seat.UNIT: N_("Municipal office")} if kind in OF_THE_DEVICE else {})
