"""The cell that is answered: a value, or why there is none."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.indicators.series.arrondis import CALCUL, round_quotient, round_value
from services.indicators.series.regles import Regles
from services.indicators.series.sommes import NO_STATUT, NOT_CONFIDENTIAL, Somme, merge_confidentialites, merge_statuts
from services.indicators.vocabulary import Confidentialite, MotifCellule, Nature, RegleQualitative, StatutMesure

Bornes = tuple[Decimal | None, Decimal | None]


@dataclass(frozen=True, slots=True)
class Cellule:
    """One cell; ``recus`` of ``attendus`` is its coverage."""

    recus: int
    attendus: int
    valeur: Decimal | str | None = None
    numerateur: Decimal | None = None
    denominateur: Decimal | None = None
    bornes: Bornes | None = None
    statut: StatutMesure | None = None
    confidentialite: Confidentialite | None = None
    motif: MotifCellule | None = None
    revise_le: datetime | None = None
    composants: Mapping[str, object] | None = None

    @property
    def part(self) -> Decimal:
        """The share received of what a complete answer needs, four decimals."""
        return round_quotient(Decimal(self.recus), Decimal(self.attendus), 4) if self.attendus else Decimal(0)


@dataclass(frozen=True, slots=True)
class Candidat:
    """What one granularity offers for a cell; ``troue`` when a period that a mean needs is missing."""

    somme: Somme | None
    recus: int
    attendus: int
    immatures: int = 0
    troue: bool = False

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return 0 < self.attendus == self.recus

    def beats(self, other: "Candidat") -> bool:
        """Whether it covers a greater part."""
        if not other.attendus:
            return self.recus > 0
        return self.recus * other.attendus > other.recus * self.attendus

    def reaches(self, seuil: Decimal) -> bool:
        """Whether it covers enough to say something."""
        return self.recus > 0 and not self.troue and self.recus >= CALCUL.multiply(seuil, Decimal(self.attendus))


def close_supplied(regles: Regles, somme: Somme, millesime: str) -> Cellule:
    """Return the cell of a supplied value: it is kept as supplied."""
    if somme.recus:
        return close(regles, Candidat(somme, 1, 1), millesime, supplied=True)
    confidentialite = merge_confidentialites(somme.confidentialites)
    motif = MotifCellule.SECRET if confidentialite else MotifCellule.AUCUNE_DONNEE
    return Cellule(0, 1, confidentialite=confidentialite, motif=motif, revise_le=somme.revise_le)


def close_empty(regles: Regles, candidat: Candidat, motif: MotifCellule) -> Cellule:
    """Return the cell without a value: its coverage, and of a quotient the two sums of what was received."""
    somme = candidat.somme
    if somme is None:
        return Cellule(candidat.recus, candidat.attendus, motif=motif)
    numerateur, denominateur = (somme.valeur, somme.diviseur) if regles.quotient else (None, None)
    return Cellule(
        candidat.recus,
        candidat.attendus,
        numerateur=numerateur,
        denominateur=denominateur,
        motif=motif,
        revise_le=somme.revise_le,
    )


def close(regles: Regles, candidat: Candidat, millesime: str, *, supplied: bool = False, mean: bool = False) -> Cellule:
    """Return the cell of what covers enough: the only place where a value is rounded."""
    somme = candidat.somme
    assert somme is not None
    valeur, motif = _express(regles, somme, mean=mean)
    shown = regles.quotient and somme.valeur is not None
    return Cellule(
        candidat.recus,
        candidat.attendus,
        valeur=valeur,
        numerateur=somme.valeur if shown else None,
        denominateur=somme.diviseur if shown else None,
        statut=merge_statuts(somme.statuts),
        confidentialite=merge_confidentialites(somme.confidentialites),
        motif=motif,
        revise_le=somme.revise_le,
        composants=_list_composants(regles, candidat, millesime, supplied=supplied),
    )


def close_whole(regles: Regles, somme: Somme, millesime: str) -> Cellule:
    """Return the cell of a sum that misses nothing."""
    plain = somme.statuts is NO_STATUT and somme.confidentialites is NOT_CONFIDENTIAL
    if regles.quotient or somme.valeur is None or not plain:
        return close(regles, Candidat(somme, somme.recus, somme.recus), millesime)
    valeur = round_value(somme.valeur, regles.decimales)
    return Cellule(somme.recus, somme.recus, valeur, revise_le=somme.revise_le)


def _express(regles: Regles, somme: Somme, *, mean: bool) -> tuple[Decimal | str | None, MotifCellule | None]:
    if somme.textes:
        valeur = somme.textes[0] if len(somme.textes) == 1 else choose_modalite(regles, Counter(somme.textes))
        return valeur, None if valeur is not None else MotifCellule.NON_AGREGEABLE
    if somme.valeur is None:
        return None, None
    if not (regles.quotient or mean):
        return round_value(somme.valeur, regles.decimales), None
    if not somme.diviseur:
        return None, MotifCellule.DENOMINATEUR_NUL
    pour = Decimal(1 if mean else regles.pour)
    return round_quotient(CALCUL.multiply(somme.valeur, pour), somme.diviseur, regles.decimales), None


def choose_modalite(regles: Regles, distribution: Mapping[str, int]) -> str | None:
    """Return the modality that the rule takes of those of the territories; the scale begins by the worst."""
    rangs = {modalite: rang for rang, modalite in enumerate(regles.modalites)}
    worst_first = sorted(distribution, key=lambda modalite: (rangs.get(modalite, len(rangs)), modalite))
    if regles.regle is RegleQualitative.PIRE:
        return worst_first[0]
    if regles.regle is RegleQualitative.MAJORITAIRE:
        return max(worst_first, key=lambda modalite: distribution[modalite])
    return None


def _list_composants(
    regles: Regles, candidat: Candidat, millesime: str, *, supplied: bool
) -> Mapping[str, object] | None:
    if regles.nature is Nature.TAUX:
        return {"population_millesime": millesime}
    if candidat.immatures:
        return {"immatures": candidat.immatures}
    if regles.nature is Nature.QUALITATIF and candidat.somme and candidat.somme.textes and not supplied:
        return {"distribution": dict(sorted(Counter(candidat.somme.textes).items()))}
    return None


def close_refused(regles: Regles, candidat: Candidat, millesime: str) -> Cellule:
    """Return the cell of parts that do not add up, with what may still be said of them."""
    somme = candidat.somme
    assert somme is not None
    if merge_statuts(somme.statuts) is StatutMesure.M:
        return close(regles, candidat, millesime)
    if regles.nature is Nature.QUALITATIF and not candidat.reaches(regles.seuil):
        return close_empty(regles, candidat, MotifCellule.COUVERTURE)
    return Cellule(
        candidat.recus,
        candidat.attendus,
        bornes=_bound(regles, candidat, somme) if regles.nature is Nature.PERSONNES_DISTINCTES else None,
        motif=MotifCellule.NON_AGREGEABLE,
        revise_le=somme.revise_le,
        composants=_list_composants(regles, candidat, millesime, supplied=False),
    )


def _bound(regles: Regles, candidat: Candidat, somme: Somme) -> Bornes | None:
    """As many people as the greatest part has, at most as many as all have together, were all there."""
    if somme.confidentialites != {None} or somme.maximum is None or somme.valeur is None:
        return None
    highest = round_value(somme.valeur, regles.decimales) if candidat.complete else None
    return round_value(somme.maximum, regles.decimales), highest
