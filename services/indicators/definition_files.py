"""The reviewed files of definitions: ``data/fiches/NN.yaml`` and ``data/ventilations.yaml``."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from services.indicators.vocabulary import Nature, Periodicite, RegleQualitative, RegleTemps, Sens
from shared.data_files import DataFault, DataModel, read_model
from shared.territoires import Niveau

DATA = Path(__file__).parent / "data"
VENTILATIONS = "ventilations.yaml"
CodeIndicateur = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,3}\.I[1-9]\d{0,2}$")]
CodeGrandeur = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,3}\.I[1-9]\d{0,2}\.[a-z]$")]
Mot = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
PERIODES = (Periodicite.MOIS, Periodicite.TRIMESTRE, Periodicite.SEMESTRE, Periodicite.ANNEE)
NIVEAUX = (Niveau.METROPOLE, Niveau.CTM, Niveau.COMMUNE)
WITHOUT_NUMBER = frozenset({Nature.QUALITATIF, Nature.TEXTE})
EVERYWHERE = "flux : accepte mois, trimestre, semestre et annee, à metropole, ctm et commune"


class Attendu(DataModel):
    """What the producer is expected to push: a value per period and territory, so many days after the period."""

    periode: Periodicite = Periodicite.ANNEE
    niveau: Niveau = Niveau.METROPOLE
    delai_jours: int = Field(90, ge=1, le=730)


class Tranches(DataModel):
    """Where a median is recomputed from: a flux broken down by a dimension whose modalities are intervals."""

    grandeur: CodeGrandeur
    ventilation: Mot


class CibleFile(DataModel):
    """A target that the plan itself gives; without a period, for the last year of the plan."""

    valeur: Decimal
    periode: str | None = None
    territoire: Mot = "69M"
    objet: str
    page: int


class GrandeurFile(DataModel):
    """One version of the definition of a quantity."""

    code: CodeGrandeur
    version: int = Field(1, ge=1)
    valide_du: date | None = None
    libelle: str
    nature: Nature
    unite: str
    decimales: int = Field(0, ge=0, le=6)
    sens: Sens
    periodes: list[Periodicite] = Field(list(PERIODES), min_length=1)
    niveaux: list[Niveau] = Field(list(Niveau), min_length=1)
    ventilations: list[Mot] = Field([])
    couverture_minimale: Decimal | None = Field(None, ge=0, le=1)
    temps: RegleTemps | None = None
    modalites: list[Mot] = Field([])
    regle: RegleQualitative | None = None
    horizon_jours: int | None = Field(None, ge=1)
    pour: int = Field(1, ge=1)
    tranches: Tranches | None = None
    negatif: bool = False
    depasse: bool = False
    seuil_secret: int | None = Field(None, ge=2)
    producteur: Mot
    attendu: Attendu = Attendu()
    cibles: list[CibleFile] = Field([])
    methode: str
    limites: str

    @model_validator(mode="after")
    def _suits_its_nature(self) -> Self:
        """Refuse what its nature does not admit, or lacks."""
        _require(self.nature == Nature.QUALITATIF, self.modalites, "modalites : pour un qualitatif, et lui seul")
        _require(self.nature == Nature.COHORTE, self.horizon_jours, "horizon_jours : pour une cohorte, et elle seule")
        if self.nature != Nature.TAUX:
            by_definition = self.nature in (Nature.RATIO, Nature.MOYENNE)
            _require(
                by_definition, self.temps, "temps : pour un ratio, une moyenne ou un taux, requis des deux premiers"
            )
        _refuse(len(self.modalites) == 1, "modalites : deux au moins")
        _refuse(self.regle and self.nature != Nature.QUALITATIF, "regle : pour un qualitatif seulement")
        _refuse(self.tranches and self.nature != Nature.MEDIANE, "tranches : pour une médiane seulement")
        _refuse(self.cibles and self.nature in WITHOUT_NUMBER, "cibles : pour ce qui se mesure par un nombre")
        everywhere = set(self.periodes) >= set(PERIODES) and set(self.niveaux) >= set(NIVEAUX)
        _refuse(self.nature == Nature.FLUX and not everywhere, EVERYWHERE)
        return self

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        """Refuse what contradicts itself."""
        for name in ("periodes", "niveaux", "ventilations", "modalites"):
            given = getattr(self, name)
            _refuse(len(set(given)) < len(given), f"{name} : une valeur est donnée deux fois")
        _refuse((self.version == 1) != (self.valide_du is None), "valide_du : absent de la version 1, donné ensuite")
        _refuse(self.attendu.periode not in self.periodes, "attendu : sa période n'est pas de celles de la grandeur")
        _refuse(self.attendu.niveau not in self.niveaux, "attendu : son niveau n'est pas de ceux de la grandeur")
        return self


def _require(needed: bool, given: object, message: str) -> None:
    _refuse(bool(given) != needed, message)


def _refuse(wrong: object, message: str) -> None:
    if wrong:
        raise ValueError(message)


class IndicateurFile(DataModel):
    """The quantities that one label of the plan holds."""

    code: CodeIndicateur
    grandeurs: list[GrandeurFile] = Field(min_length=1)


class FicheDefinitionsFile(DataModel):
    """``fiches/NN.yaml``."""

    fiche: int
    indicateurs: list[IndicateurFile]


class ModaliteFile(DataModel):
    """One modality; ``debut`` and ``fin`` bound it when it is an interval (``fin`` excluded)."""

    code: Mot
    libelle: str
    residuelle: bool = False
    debut: Decimal | None = None
    fin: Decimal | None = None

    @property
    def bounded(self) -> bool:
        """Whether it is an interval, open at one end at most."""
        return self.debut is not None or self.fin is not None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        empty = self.debut is not None and self.fin is not None and self.fin <= self.debut
        _refuse(empty, "fin : après le début")
        return self


class VentilationFile(DataModel):
    """One dimension of breakdown."""

    code: Mot
    libelle: str
    partition: bool
    sensible: bool = False
    modalites: list[ModaliteFile] = Field(min_length=2)

    @model_validator(mode="after")
    def _told_once(self) -> Self:
        _refuse(len({each.code for each in self.modalites}) < len(self.modalites), "une modalité est donnée deux fois")
        return self


class VentilationsFile(DataModel):
    """``ventilations.yaml``."""

    ventilations: list[VentilationFile]

    @model_validator(mode="after")
    def _told_once(self) -> Self:
        codes = {each.code for each in self.ventilations}
        _refuse(len(codes) < len(self.ventilations), "une dimension est donnée deux fois")
        return self


def read_ventilations(folder: Path = DATA) -> list[VentilationFile]:
    """Read the dimensions of breakdown, our own when ``folder`` has none. Raises ``DataFault``."""
    path = folder / VENTILATIONS
    return read_model(path if path.exists() else DATA / VENTILATIONS, VentilationsFile).ventilations


def read_fiches(folder: Path = DATA) -> list[FicheDefinitionsFile]:
    """Read every file of definitions; raise :class:`DataFault` naming every fault of every file."""
    faults: list[str] = []
    found: list[FicheDefinitionsFile] = []
    for path in sorted((folder / "fiches").glob("*.yaml")):
        try:
            found.append(read_model(path, FicheDefinitionsFile))
        except DataFault as fault:
            faults += fault.faults
    if faults:
        raise DataFault(faults)
    return found
