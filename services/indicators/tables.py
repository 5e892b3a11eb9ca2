"""From rows to the cells of one quantity: which series, which breakdowns folded. Pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.indicators.definition_files import VentilationFile
from services.indicators.definitions import Grandeur, canonical, split_canonical
from services.indicators.geography import Geographie
from services.indicators.periods import Periode
from services.indicators.questions import Maille
from services.indicators.series import (
    Cellule,
    Donnees,
    Lecture,
    Regles,
    Serie,
    Somme,
    Tranche,
    Valeur,
    collapse,
    sum_children,
)

Cle = tuple[str, str]
Lignes = Mapping[str, Mapping[Cle, Valeur]]
Sommes = Mapping[str, Mapping[Cle, Somme]]


@lru_cache(maxsize=4096)
def regles_of(grandeur: Grandeur) -> Regles:
    """Return what a definition says of sums."""
    return Regles(
        nature=grandeur.nature,
        periodes=grandeur.periodes,
        decimales=grandeur.decimales,
        pour=grandeur.pour,
        temps=grandeur.temps,
        couverture_minimale=grandeur.couverture_minimale,
        modalites=grandeur.modalites,
        regle=grandeur.regle,
        horizon_jours=grandeur.horizon_jours,
    )


@dataclass(frozen=True)
class Etude:
    """What stays the same for every series of a question about one definition."""

    grandeur: Grandeur
    geo: Geographie
    lecture: Lecture
    ventilations: Mapping[str, VentilationFile]

    @property
    def regles(self) -> Regles:
        """What the definition says of sums."""
        return regles_of(self.grandeur)

    def series_of(self, maille: Maille, lignes: Lignes, sommes: Sommes) -> Serie:
        """Return the series of one breakdown from its rows and the sums kept beside them."""
        (fournie,) = maille.fournies
        return Serie(self.regles, self.geo, Donnees(lignes.get(fournie, {}), sommes.get(fournie, {})), self.lecture)

    def folded_series(self, maille: Maille, lignes: Lignes, tranches: Sequence[Tranche] = ()) -> Serie:
        """Return the series of one breakdown from rows alone, folding what it is made of where it is not supplied."""
        valeurs: dict[Cle, Valeur] = {}
        if len(maille.fournies) > 1:
            if self.can_fold(maille):
                own = {name: lignes.get(name, {}) for name in maille.fournies}
                valeurs = collapse(self.regles, own, maille.fournies)
        else:
            (fournie,) = maille.fournies
            for dimension in self.foldable(fournie):
                parts = {mod: lignes.get(below(fournie, dimension.code, mod), {}) for mod in codes_of(dimension)}
                valeurs = collapse(self.regles, parts, required_of(dimension)) | valeurs
            valeurs |= lignes.get(fournie, {})
        sommes = sum_children(self.regles, self.geo, valeurs)
        return Serie(self.regles, self.geo, Donnees(valeurs, sommes), self.lecture, tranches)

    def empty_series(self) -> Serie:
        """Return the series without any row: what a complete answer needs, and nothing of it."""
        return Serie(self.regles, self.geo, Donnees({}), self.lecture)

    def can_fold(self, maille: Maille) -> bool:
        """Tell whether the parts of a breakdown add up: they differ by dimensions whose modalities do not overlap."""
        parts = [split_canonical(name) for name in maille.fournies]
        differing = {name for part in parts for name, mod in part.items() if any(other[name] != mod for other in parts)}
        return self.regles.additive and all(self.ventilations[name].partition for name in differing)

    def foldable(self, fournie: str) -> list[VentilationFile]:
        """Return the dimensions over which a breakdown may be added up, besides those it is already cut by."""
        cut = split_canonical(fournie)
        names = sorted(self.grandeur.ventilations - cut.keys()) if self.regles.additive else []
        return [self.ventilations[name] for name in names if self.ventilations[name].partition]

    def finer(self, mailles: Iterable[Maille]) -> tuple[str, ...]:
        """Return every supplied breakdown that folding may need."""
        names = dict.fromkeys(name for maille in mailles for name in maille.fournies)
        for name in list(names):
            for dimension in self.foldable(name):
                names |= dict.fromkeys(below(name, dimension.code, mod) for mod in codes_of(dimension))
        return tuple(names)


def below(ventilation: str, dimension: str, modalite: str) -> str:
    """Return the breakdown cut once more."""
    return canonical({**split_canonical(ventilation), dimension: modalite})


def codes_of(dimension: VentilationFile) -> list[str]:
    """Return the modalities of a dimension."""
    return [each.code for each in dimension.modalites]


def required_of(dimension: VentilationFile) -> list[str]:
    """Return the modalities without which a total is not one."""
    return [each.code for each in dimension.modalites if not each.residuelle]


def compute_all(serie: Serie, territoires: Iterable[str], periodes: Sequence[Periode]) -> dict[Cle, Cellule]:
    """Return every cell of a series."""
    return {
        (territoire, periode.code): serie.compute(territoire, periode)
        for territoire in territoires
        for periode in periodes
    }
