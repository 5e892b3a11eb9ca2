"""Published cells of several modalities put together, as whoever reads them could do. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from services.indicators.questions import Maille
from services.indicators.series import Cellule, Valeur
from services.indicators.series.cellules import close_supplied
from services.indicators.series.sommes import combine, weigh
from services.indicators.tables import Etude
from services.indicators.vocabulary import Confidentialite, MotifCellule, Nature, StatutMesure

NOTHING_SHOWN = Cellule(0, 0, motif=MotifCellule.AUCUNE_DONNEE)


def fold(etude: Etude, maille: Maille, cells: Sequence[Mapping[str, Any] | None]) -> Cellule:
    """Return the cell that these make up; without a value, for the first reason found, when one of them has none."""
    if len(cells) > 1 and not etude.can_fold(maille):
        return replace(NOTHING_SHOWN, motif=MotifCellule.NON_AGREGEABLE)
    known = [cell for cell in cells if cell is not None]
    if len(known) < len(cells):
        return NOTHING_SHOWN
    worst = min(known, key=lambda cell: cell["couverture"]["part"])["couverture"]
    hidden = next((cell for cell in known if cell["motif"] is not None), None)
    if hidden is not None:
        secret = hidden["confidentialite"]
        return Cellule(
            worst["recus"],
            worst["attendus"],
            motif=MotifCellule.of(hidden["motif"]),
            confidentialite=Confidentialite.of(secret) if secret else None,
        )
    population = _number(known[0]["denominateur"]) if etude.grandeur.nature is Nature.TAUX else None
    somme = combine(
        [weigh(etude.regles, _read(cell), None if population is None else int(population)) for cell in known]
    )
    somme = replace(somme, diviseur=population) if population is not None else somme
    cellule = close_supplied(etude.regles, somme, etude.geo.millesime)
    return replace(cellule, recus=worst["recus"], attendus=worst["attendus"])


def _read(cell: Mapping[str, Any]) -> Valeur:
    statut = StatutMesure.of(cell["statut"]) if cell["statut"] else None
    if cell["denominateur"] is not None:
        return Valeur(_number(cell["numerateur"]), _number(cell["denominateur"]), statut=statut)
    return Valeur(_number(cell["valeur"]), statut=statut)


def _number(value: float | str | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
