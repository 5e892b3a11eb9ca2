"""What a definition says of sums, in pure form."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from services.indicators.periods import Periode, split
from services.indicators.vocabulary import Nature, Periodicite, RegleQualitative, RegleTemps

PERIODES = (Periodicite.MOIS, Periodicite.TRIMESTRE, Periodicite.SEMESTRE, Periodicite.ANNEE)
COARSEST_FIRST = tuple(reversed(Periodicite))
QUOTIENTS = frozenset({Nature.RATIO, Nature.MOYENNE, Nature.COHORTE, Nature.TAUX})
WORDS = frozenset({Nature.QUALITATIF, Nature.TEXTE})
NEVER_SUMMED = frozenset({Nature.MEDIANE, Nature.PERSONNES_DISTINCTES, Nature.INDICE, Nature.TEXTE})
ALWAYS_LAST = frozenset({Nature.STOCK, Nature.CUMUL, Nature.INDICE, Nature.QUALITATIF, Nature.TEXTE})
BY_DEFINITION = frozenset({Nature.RATIO, Nature.MOYENNE, Nature.TAUX})
HALF_IS_ENOUGH = frozenset({Nature.RATIO, Nature.MOYENNE, Nature.COHORTE})


@dataclass(frozen=True, slots=True)
class Regles:
    """One version of the definition of a quantity, as far as sums are concerned."""

    nature: Nature
    periodes: tuple[Periodicite, ...] = PERIODES
    decimales: int = 0
    pour: int = 1
    temps: RegleTemps | None = None
    couverture_minimale: Decimal | None = None
    modalites: tuple[str, ...] = ()
    regle: RegleQualitative | None = None
    horizon_jours: int | None = None

    @property
    def quotient(self) -> bool:
        """Whether a value is a numerator over a denominator."""
        return self.nature in QUOTIENTS

    @property
    def summed(self) -> bool:
        """Whether a value of a territory is deduced from its parts, once covered."""
        return self.nature not in NEVER_SUMMED and (self.nature is not Nature.QUALITATIF or self.regle is not None)

    @property
    def additive(self) -> bool:
        """Whether components add up."""
        return self.nature not in NEVER_SUMMED | WORDS

    @property
    def rolled_up(self) -> bool:
        """Whether sums kept beside the rows are enough: a rate also needs to know whose population to take."""
        return self.additive and self.nature is not Nature.TAUX

    @property
    def last(self) -> bool:
        """Whether the last finer period stands for the whole."""
        asked = self.nature in BY_DEFINITION and self.temps is RegleTemps.DERNIER
        return asked or self.nature in ALWAYS_LAST

    @property
    def seuil(self) -> Decimal:
        """The least coverage under which nothing is said."""
        if self.couverture_minimale is not None:
            return self.couverture_minimale
        return Decimal("0.5") if self.nature in HALF_IS_ENOUGH else Decimal("0.8")

    def is_immature(self, periode: Periode, today: date) -> bool:
        """Whether those who entered in the period have not all had their days."""
        return self.horizon_jours is not None and periode.dernier_jour + timedelta(days=self.horizon_jours) > today

    def list_splits(self, periode: Periode) -> list[tuple[Periode, ...]]:
        """Return the ways to make up the period from finer ones, the coarsest first."""
        finer = COARSEST_FIRST[COARSEST_FIRST.index(periode.genre) + 1 :]
        return [parts for genre in finer if genre in self.periodes and (parts := split(periode, genre))]
