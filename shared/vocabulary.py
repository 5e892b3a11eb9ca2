"""Closed lists: each value with its label and its meaning, served at ``/v1/vocabulaires``."""

from enum import StrEnum
from typing import Self, cast


class Terme(StrEnum):
    """A closed list of the interface. Members are declared as ``(valeur, libelle, description)``."""

    libelle: str
    description: str

    def __new__(cls, valeur: str, libelle: str, description: str) -> Self:
        """Make a member that is its value, with its label and description."""
        member = str.__new__(cls, valeur)
        member._value_ = valeur
        member.libelle = libelle
        member.description = description
        return member

    @classmethod
    def of(cls, valeur: str) -> Self:
        """Return the member whose value is ``valeur``. Raises ``KeyError``."""
        return cast("Self", cls._value2member_map_[valeur])


def describe(name: str, terms: type[Terme]) -> dict[str, object]:
    """Return one closed list as the interface shows it."""
    return {
        "code": name,
        "libelle": (terms.__doc__ or "").strip().split("\n")[0],
        "valeurs": [{"valeur": term.value, "libelle": term.libelle, "description": term.description} for term in terms],
    }
