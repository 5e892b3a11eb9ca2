"""A cell as the interface shows it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.indicators.definitions import Grandeur, split_canonical
from services.indicators.series import Cellule
from services.indicators.series.arrondis import CALCUL
from services.indicators.vocabulary import Confidentialite, MotifCellule
from shared import clock

EXACT_DIGITS = 15


def show_number(value: Decimal | str | None) -> int | float | str | None:
    """Return a number that JSON carries exactly: as such up to 15 significant digits, as text beyond."""
    if value is None or isinstance(value, str):
        return value
    plain = CALCUL.normalize(value)
    if len(plain.as_tuple().digits) > EXACT_DIGITS or abs(plain) >= Decimal(10) ** EXACT_DIGITS:
        return format(plain, "f")
    return int(plain) if plain == plain.to_integral_value() else float(plain)


def show_cell(grandeur: Grandeur, territoire: str, periode: str, ventilation: str, cellule: Cellule) -> dict[str, Any]:
    """Return one cell with every member of the contract."""
    return {
        "grandeur": grandeur.code,
        "territoire": territoire,
        "periode": periode,
        "ventilation": split_canonical(ventilation),
        "valeur": show_number(cellule.valeur),
        "numerateur": show_number(cellule.numerateur),
        "denominateur": show_number(cellule.denominateur),
        "bornes": None if cellule.bornes is None else [show_number(bound) for bound in cellule.bornes],
        "couverture": {"recus": cellule.recus, "attendus": cellule.attendus, "part": float(cellule.part)},
        "statut": cellule.statut,
        "confidentialite": cellule.confidentialite,
        "definition": grandeur.version,
        "revise_le": clock.write_instant(cellule.revise_le) if cellule.revise_le else None,
        "composants": dict(cellule.composants) if cellule.composants else None,
        "motif": cellule.motif,
    }


def hide(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cell that statistical secrecy or its producer hides: neither its value nor anything that tells it."""
    secret = cell["confidentialite"] or Confidentialite.C
    return {**cell, **NOTHING, "confidentialite": secret, "motif": MotifCellule.SECRET}


def hold(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cell whose new value waits for a person's agreement."""
    return {**cell, **NOTHING, "confidentialite": None, "motif": MotifCellule.PUBLICATION_EN_ATTENTE}


NOTHING: Mapping[str, Any] = dict.fromkeys(
    ("valeur", "numerateur", "denominateur", "bornes", "statut", "composants"),
)
