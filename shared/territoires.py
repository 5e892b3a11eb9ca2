"""The dated tree of territories, Métropole > CTM > commune > arrondissement: data and pure functions.

Source of the data: INSEE's COG and the compositions of the CTM (``shared/territoires.yaml`` says which is how certain).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from shared.data_files import DataModel, read_model
from shared.errors import Introuvable, Phrase
from shared.vocabulary import Terme

DEFAULT_FILE = Path(__file__).parent / "territoires.yaml"


class TerritoireInconnu(Introuvable):
    """The tree has no such territory on that day."""

    code = "TERRITOIRE_INCONNU"
    titre = Phrase("Ce territoire n'existe pas à cette date", "No such territory on that day")


class Niveau(Terme):
    """Les niveaux de l'arbre des territoires"""

    METROPOLE = "metropole", "Métropole", "Le territoire entier de la collectivité"
    CTM = "ctm", "Conférence territoriale des maires", "Regroupement de communes de la Métropole"
    COMMUNE = "commune", "Commune", "Commune, code INSEE"
    ARRONDISSEMENT = "arrondissement", "Arrondissement", "Arrondissement municipal, code INSEE"


ORDRE = tuple(Niveau)


class NomFile(DataModel):
    """A name, and the days it is borne (both included)."""

    nom: str
    valide_du: date | None = None
    valide_au: date | None = None


class TerritoireFile(DataModel):
    """A territory of the tree, and the days it exists (both included)."""

    code: str = Field(pattern=r"^[A-Z0-9_]{1,40}$")
    noms: list[NomFile] = Field(min_length=1)
    niveau: Niveau
    parent: str | None = None
    certitude: str
    population: int | None = None
    valide_du: date | None = None
    valide_au: date | None = None
    successeur: str | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valide_du and self.valide_au and self.valide_au < self.valide_du:
            raise ValueError("la fin précède le début")
        return self


class TerritoiresFile(DataModel):
    """``territoires.yaml``."""

    source: str
    partitions: list[Niveau]
    territoires: list[TerritoireFile]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        """Refuse a code given twice, a parent or successor that is not there, and circles."""
        known = {entry.code: entry for entry in self.territoires}
        if len(known) != len(self.territoires):
            raise ValueError("un code est donné deux fois")
        for entry in self.territoires:
            for name in ("parent", "successeur"):
                _follow(known, entry, name)
            if entry.parent and ORDRE.index(known[entry.parent].niveau) >= ORDRE.index(entry.niveau):
                raise ValueError(f"{entry.code} : son parent {entry.parent} n'est pas d'un niveau au-dessus")
        return self


def _follow(known: dict[str, TerritoireFile], entry: TerritoireFile, name: str) -> None:
    """Go from ``entry`` to its last parent or successor; raise when the way leads nowhere or turns in a circle."""
    seen = {entry.code}
    step: str | None = getattr(entry, name)
    while step is not None:
        if step not in known:
            raise ValueError(f"{entry.code} : {name} « {step} » inconnu")
        if step in seen:
            raise ValueError(f"{entry.code} : {name} tourne en rond")
        seen.add(step)
        step = getattr(known[step], name)


@dataclass(frozen=True)
class Territoire:
    """One territory as it is on one day."""

    code: str
    nom: str
    niveau: Niveau
    parent: str | None
    certitude: str
    population: int | None
    valide_du: date | None
    valide_au: date | None
    successeur: str | None
    partition: bool


class Arbre:
    """The tree, read at any day."""

    def __init__(self, file: TerritoiresFile) -> None:
        self._entries = {entry.code: entry for entry in file.territoires}
        self._partitions = frozenset(file.partitions)

    def codes(self) -> list[str]:
        """Return every code that ever stood in the tree."""
        return list(self._entries)

    def entry(self, code: str) -> Territoire:
        """Return the territory that ``code`` names, whatever the day, as it last was. Raises ``KeyError``."""
        entry = self._entries[code]
        return self._at(entry, entry.valide_au or date.max)

    def list_at(self, day: date) -> Iterator[Territoire]:
        """Yield the territories that exist on ``day``, level by level, in code order."""
        alive = [entry for entry in self._entries.values() if _covers(entry, day)]
        alive.sort(key=lambda entry: (ORDRE.index(entry.niveau), entry.code))
        return (self._at(entry, day) for entry in alive)

    def find(self, code: str, day: date) -> Territoire | None:
        """Return the territory that ``code`` means on ``day``, following successors; ``None`` when it means nothing."""
        entry = self._entries.get(code)
        while entry is not None and not _covers(entry, day):
            replaced = entry.valide_au is not None and day > entry.valide_au
            entry = self._entries.get(entry.successeur or "") if replaced else None
        return self._at(entry, day) if entry is not None else None

    def _at(self, entry: TerritoireFile, day: date) -> Territoire:
        return Territoire(
            code=entry.code,
            nom=next((nom.nom for nom in entry.noms if _covers(nom, day)), entry.noms[-1].nom),
            niveau=entry.niveau,
            parent=entry.parent,
            certitude=entry.certitude,
            population=entry.population,
            valide_du=entry.valide_du,
            valide_au=entry.valide_au,
            successeur=entry.successeur,
            partition=entry.niveau in self._partitions,
        )


def _covers(period: TerritoireFile | NomFile, day: date) -> bool:
    return (period.valide_du is None or period.valide_du <= day) and (
        period.valide_au is None or day <= period.valide_au
    )


@cache
def read_arbre(path: Path = DEFAULT_FILE) -> Arbre:
    """Read the tree; raise :class:`shared.data_files.DataFault` when the file is wrong."""
    return Arbre(read_model(path, TerritoiresFile))


def arbre_of(plan_dir: Path | None) -> Arbre:
    """Return the tree that comes with a plan (``DIR/territoires.yaml``), else the Métropole's."""
    own = plan_dir / "territoires.yaml" if plan_dir else DEFAULT_FILE
    return read_arbre(own if own.exists() else DEFAULT_FILE)
