"""A cell as the interface shows it."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from services.indicators.definitions import Grandeur, split_canonical
from services.indicators.series import Cellule
from services.indicators.series.arrondis import CALCUL
from services.indicators.vocabulary import Confidentialite, MotifCellule
from shared import clock

EXACT_DIGITS = 15
EXACT_BELOW = 10**EXACT_DIGITS


def show_number(value: Decimal | str | None) -> int | float | str | None:
    """Return a number that JSON carries exactly: as such up to 15 significant digits, as text beyond."""
    if value is None or isinstance(value, str):
        return value
    whole = int(value)
    if whole == value and -EXACT_BELOW < whole < EXACT_BELOW:
        return whole
    plain = CALCUL.normalize(value)
    if whole == value or len(plain.as_tuple().digits) > EXACT_DIGITS or abs(plain) >= EXACT_BELOW:
        return format(plain, "f")
    return float(plain)


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


def write_cell(grandeur: Grandeur, territoire: str, periode: str, ventilation: str, cellule: Cellule) -> str:
    """Return what :func:`show_cell` gives, as JSON: by hand for plain numbers, which are nearly all there are."""
    if cellule.bornes is not None or cellule.composants is not None or isinstance(cellule.valeur, str):
        return write_shown(show_cell(grandeur, territoire, periode, ventilation, cellule))
    valeur, numerateur = _write_number(cellule.valeur), _write_number(cellule.numerateur)
    return (
        f'{{"grandeur":"{grandeur.code}","territoire":"{territoire}","periode":"{periode}",'
        f'"ventilation":{_write_ventilation(ventilation)},"valeur":{valeur},"numerateur":{numerateur},'
        f'"denominateur":{_write_number(cellule.denominateur)},"bornes":null,'
        f'"couverture":{_write_couverture(cellule.recus, cellule.attendus)},"statut":{_write_word(cellule.statut)},'
        f'"confidentialite":{_write_word(cellule.confidentialite)},"definition":{grandeur.version},'
        f'"revise_le":{_write_instant(cellule.revise_le)},"composants":null,"motif":{_write_word(cellule.motif)}}}'
    )


def write_shown(cell: Mapping[str, Any]) -> str:
    """Return a cell as JSON."""
    return json.dumps(cell, ensure_ascii=False, separators=(",", ":"))


def _write_number(value: Decimal | str | None) -> str:
    number = show_number(value)
    return "null" if number is None else f'"{number}"' if isinstance(number, str) else repr(number)


def _write_word(word: str | None) -> str:
    return "null" if word is None else f'"{word}"'


@lru_cache(maxsize=4096)
def _write_ventilation(ventilation: str) -> str:
    return write_shown(split_canonical(ventilation))


@lru_cache(maxsize=4096)
def _write_couverture(recus: int, attendus: int) -> str:
    part = float(Cellule(recus, attendus).part)
    return f'{{"recus":{recus},"attendus":{attendus},"part":{part}}}'


@lru_cache(maxsize=1024)
def _write_instant(instant: datetime | None) -> str:
    return "null" if instant is None else f'"{clock.write_instant(instant)}"'


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
