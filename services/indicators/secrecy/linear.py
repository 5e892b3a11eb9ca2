"""What an outsider can prove about hidden cells, by linear programming (HiGHS, loaded on first use)."""

import ctypes
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from services.indicators.secrecy.cases import PRECISION, PublicationImpossibleError
from services.indicators.secrecy.secondary import Masque

if TYPE_CHECKING:
    import highspy
    import numpy as np

    Vecteur = np.ndarray[Any, np.dtype[np.float64]]

PRIMAL = 4  # the last table stays possible when only the objective changes: four times faster than the dual
INFINI = float("inf")


@dataclass(slots=True)
class Lignes:
    """Rows of the program, in the form HiGHS reads, and the equation each one says."""

    debuts: list[int] = field(default_factory=lambda: [0])
    colonnes: list[int] = field(default_factory=list)
    coefficients: list[float] = field(default_factory=list)
    constantes: list[float] = field(default_factory=list)
    plafonds: list[float] = field(default_factory=list)
    sources: list[int] = field(default_factory=list)

    def add(self, termes: dict[int, float], constante: float, plafond: float, source: int) -> None:
        """Add ``constante`` ≤ Σ coefficient × unknown ≤ ``plafond``; every unknown is two columns."""
        for place, coefficient in termes.items():
            self.colonnes += (2 * place, 2 * place + 1)
            self.coefficients += (coefficient, coefficient)
        self.debuts.append(len(self.colonnes))
        self.constantes.append(constante)
        self.plafonds.append(plafond)
        self.sources.append(source)


class Systeme:
    """The equations, in one quantity, around hidden cells that hang together.

    Each unknown is the sum of two columns, so that one program raises many unknowns to a target at once (or lowers
    them to one): up to the target only the first earns, beyond it only the second costs.
    """

    def __init__(self, masque: Masque, quantite: int, rangs: Sequence[int], equations: Iterable[int]) -> None:
        self.masque, self.tableau, self.quantite = masque, masque.tableau, quantite
        self.rangs = rangs
        self.place = {rang: place for place, rang in enumerate(rangs)}
        self.lignes = Lignes()
        for numero in equations:
            self._add_equation(numero)
        self.highs = self._load()
        self.couts: list[int] = []

    def raise_together(self, rangs: Iterable[int]) -> "Vecteur":
        """Return a table in which as many of these cells as possible reach the target."""
        return self._solve([2 * self.place[rang] for rang in rangs], -1.0)

    def lower_together(self, rangs: Iterable[int]) -> "Vecteur":
        """Return a table in which as many of these cells as possible come down to the target."""
        return self._solve([2 * self.place[rang] + 1 for rang in rangs], 1.0)

    def aim(self, cible: float, planchers: Sequence[float] | None = None) -> None:
        """Set the target, and the least an outsider grants each cell."""
        import numpy as np  # noqa: PLC0415 - comes with the solver

        nombre = 2 * len(self.rangs)
        lower, upper = np.zeros(nombre), np.full(nombre, INFINI)
        lower[::2] = 0.0 if planchers is None else planchers
        upper[::2] = np.maximum(cible, lower[::2])
        self.highs.changeColsBounds(nombre, np.arange(nombre, dtype=np.int32), lower, upper)

    def read_proof(self) -> list[int]:
        """Return the equations that keep the last objective where it is."""
        duals = self.highs.getSolution().row_dual
        return [source for source, dual in zip(self.lignes.sources, duals, strict=True) if abs(dual) > PRECISION]

    def _add_equation(self, numero: int) -> None:
        """A parent above its known children leaves room for others; below them, it says nothing that is true."""
        parent, enfants = self.tableau.equations[numero]
        gap = self.tableau.gap(numero, self.quantite)
        termes: dict[int, float] = {}
        constante = 0.0
        for rang, signe in ((parent, 1.0), *((enfant, -1.0) for enfant in enfants)):
            place = self.place.get(rang)
            if place is None:
                constante -= signe * self.tableau.variables[rang].quantites[self.quantite]
            else:
                termes[place] = termes.get(place, 0.0) + signe
        if gap >= 0:
            self.lignes.add(termes, constante, INFINI if gap > 0 else constante, numero)

    def _load(self) -> "highspy.Highs":
        import highspy  # noqa: PLC0415 - only what publishes pays for the solver
        import numpy as np  # noqa: PLC0415

        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = 2 * len(self.rangs), len(self.lignes.sources)
        lp.col_cost_ = lp.col_lower_ = np.zeros(lp.num_col_)
        lp.col_upper_ = np.full(lp.num_col_, INFINI)
        lp.row_lower_, lp.row_upper_ = np.array(self.lignes.constantes), np.array(self.lignes.plafonds)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.array(self.lignes.debuts, dtype=np.int32)
        lp.a_matrix_.index_ = np.array(self.lignes.colonnes, dtype=np.int32)
        lp.a_matrix_.value_ = np.array(self.lignes.coefficients)
        _say_nothing()
        highs = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, valeur in (("output_flag", False), ("threads", 1), ("simplex_strategy", PRIMAL)):
            highs.setOptionValue(option, valeur)
        highs.passModel(lp)
        return highs

    def _solve(self, colonnes: list[int], cout: float) -> "Vecteur":
        import highspy  # noqa: PLC0415
        import numpy as np  # noqa: PLC0415

        changes = {**dict.fromkeys(self.couts, 0.0), **dict.fromkeys(colonnes, cout)}
        places = np.array(list(changes), dtype=np.int32)
        self.highs.changeColsCost(len(changes), places, np.array(list(changes.values())))
        self.couts = colonnes
        self.highs.run()
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise PublicationImpossibleError(self.highs.modelStatusToString(self.highs.getModelStatus()))
        valeurs = np.array(self.highs.getSolution().col_value)
        somme: Vecteur = valeurs[::2] + valeurs[1::2]
        return somme


@cache
def _say_nothing() -> None:
    """Let HiGHS print its banner, once in a process and whatever its options, where nobody reads it."""
    import highspy  # noqa: PLC0415

    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highspy.Highs()  # type: ignore[no-untyped-call]
        ctypes.CDLL(None).fflush(None)
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
