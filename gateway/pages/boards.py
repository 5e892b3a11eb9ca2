"""What pages show of answers: fiches under their objectives with a state, cells in the order of a table."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.pages.labels import level_of_territoire
from shared.territoires import Niveau

Json = dict[str, Any]


@dataclass(frozen=True)
class EtatIndicateurs:
    """How many quantities of a fiche are at their target, on the way, without a target, without a value."""

    atteintes: int
    en_chemin: int
    sans_cible: int
    sans_valeur: int


@dataclass(frozen=True)
class Groupe:
    """The fiches of an objective, or those of an axis that follow none."""

    objectif: Json | None
    fiches: tuple[Json, ...]


@dataclass(frozen=True)
class VuePlan:
    """The plan as a map: each axis with its groups, the state of each fiche's indicators, what is counted."""

    axes: tuple[tuple[Json, tuple[Groupe, ...]], ...]
    etats: Mapping[int, EtatIndicateurs]
    statuts: Mapping[str, int]
    en_retard: int


def map_plan(joined: Mapping[str, Any]) -> VuePlan:
    """Return the map of a joined plan; a part that is away leaves its side empty."""
    fiches: list[Json] = joined["fiches"] or []
    return VuePlan(
        axes=tuple((axe, tuple(_iter_groups(axe, fiches))) for axe in joined["axes"] or ()),
        etats={each["fiche"]: count_states(each["indicateurs"]) for each in joined["tableau"] or ()},
        statuts=Counter(fiche["statut"] for fiche in fiches),
        en_retard=sum(fiche["en_retard"] for fiche in fiches),
    )


def _iter_groups(axe: Json, fiches: list[Json]) -> Iterable[Groupe]:
    of_axe = [fiche for fiche in fiches if fiche["axe"] == axe["code"]]
    for objectif in axe["objectifs"]:
        yield Groupe(objectif, tuple(fiche for fiche in of_axe if fiche["objectif"] == objectif["code"]))
    loose = tuple(fiche for fiche in of_axe if fiche["objectif"] is None)
    if loose:
        yield Groupe(None, loose)


def count_states(indicateurs: Iterable[Json]) -> EtatIndicateurs:
    """Count quantities by the last target that a value can be held against."""
    counts = Counter(state_of(grandeur) for indicateur in indicateurs for grandeur in indicateur["grandeurs"])
    return EtatIndicateurs(*(counts[name] for name in ("atteinte", "en-chemin", "sans-cible", "sans-valeur")))


def state_of(grandeur: Json) -> str:
    """Return ``sans-valeur``, ``sans-cible``, ``atteinte`` or ``en-chemin``."""
    if grandeur["constat"]["valeur"] is None:
        return "sans-valeur"
    judged = [cible["atteinte"] for cible in grandeur["cibles"] if cible["atteinte"] is not None]
    if not judged:
        return "sans-cible"
    return "atteinte" if judged[-1] else "en-chemin"


@dataclass(frozen=True)
class Ligne:
    """A row of a table of cells: a territory or a modality, and its cells in the order of the periods."""

    titre: str
    niveau: Niveau | None
    cellules: tuple[Json | None, ...]


@dataclass(frozen=True)
class Cellules:
    """Cells as a table."""

    periodes: tuple[str, ...]
    lignes: tuple[Ligne, ...]
    publie_le: str | None

    def at(self, *niveaux: str) -> tuple[Ligne, ...]:
        """Return the rows of some levels of territories."""
        return tuple(ligne for ligne in self.lignes if ligne.niveau in niveaux)

    def greatest_of(self, lignes: Iterable[Ligne]) -> float | None:
        """Return the greatest number of some rows, for bars; ``None`` when no cell has one."""
        cells = (cell for ligne in lignes for cell in ligne.cellules if cell is not None)
        return max((cell["valeur"] for cell in cells if isinstance(cell["valeur"], int | float)), default=None)


def read_cells(answer: Json | None, par: str | None) -> Cellules | None:
    """Return the cells of ``GET /v1/valeurs``, a row for each territory, or for each modality of ``par``."""
    if answer is None:
        return None
    cells: list[Json] = answer["elements"]
    periodes = tuple(dict.fromkeys(cell["periode"] for cell in cells))
    rows: dict[str, dict[str, Json]] = {}
    for cell in cells:
        key = cell["ventilation"].get(par, "") if par else cell["territoire"]
        rows.setdefault(key, {})[cell["periode"]] = cell
    lignes = tuple(
        Ligne(key, None if par else level_of_territoire(key), tuple(by_period.get(each) for each in periodes))
        for key, by_period in rows.items()
    )
    return Cellules(periodes, lignes, answer["publie_le"])
