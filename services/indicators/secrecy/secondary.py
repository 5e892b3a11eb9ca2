"""Secondary secret: what else to hide so that no sum gives a hidden cell back. To a fixed point over crossed groups."""

from collections import deque
from collections.abc import Iterable, Iterator

from services.indicators.secrecy.cases import Equation, Tableau, Variable


class Masque:
    """What is hidden; what was never published (``libres``) is as unknown, but needs no protection."""

    def __init__(self, tableau: Tableau, seuil: int, caches: Iterable[int]) -> None:
        self.tableau, self.seuil = tableau, seuil
        self.caches: set[int] = set()
        self.libres = {rang for rang, variable in enumerate(tableau.variables) if not variable.publiee}
        self.hide(caches)

    def hide(self, rangs: Iterable[int]) -> None:
        """Hide these cells, and what follows from them."""
        a_voir: deque[int] = deque()
        self._take(rangs, a_voir)
        while a_voir:
            equation = self.tableau.equations[a_voir.popleft()]
            self._take(self._complete(equation), a_voir)

    def is_shown(self, rang: int) -> bool:
        """Whether the outside reads this cell."""
        return rang not in self.caches and rang not in self.libres

    def floor(self, rang: int, quantite: int) -> float:
        """Return the least an outsider grants the headcount of a hidden cell: a zero would have been shown."""
        variable = self._variable(rang)
        return min(1.0, variable.taille) if quantite == variable.effectif and rang not in self.libres else 0.0

    def sort(self, rangs: Iterable[int]) -> list[int]:
        """Order cells by the people they count, the fewest first."""
        return sorted(set(rangs), key=lambda rang: (self._variable(rang).taille, self._variable(rang).cases[0].cle))

    def weigh(self, rang: int) -> int:
        """Return what hiding a cell would cost: the cells that go with it and the sums it would bring into play."""
        partants = [rang]
        for partant in partants:  # grows as it goes
            partants += [enfant for enfant in self._follow(partant) if enfant not in partants]
        numeros = {numero for partant in partants for numero in self.tableau.equations_de[partant]}
        return len(partants) + sum(self._is_intact(self.tableau.equations[numero], partants) for numero in numeros)

    def _follow(self, rang: int) -> Iterator[int]:
        """Yield the shown cells that would tell a hidden parent apart from a small one."""
        for numero in self.tableau.equations_de[rang]:
            parent, enfants = self.tableau.equations[numero]
            vide = self._variable(parent).taille == 0
            if parent == rang:
                yield from (
                    enfant
                    for enfant in enfants
                    if self.is_shown(enfant) and (vide or self._variable(enfant).taille > 0)
                )

    def _is_intact(self, equation: Equation, partants: list[int]) -> bool:
        return (
            self.is_shown(equation.parent)
            and equation.parent not in partants
            and all(self.is_shown(enfant) for enfant in equation.enfants)
        )

    def _variable(self, rang: int) -> Variable:
        return self.tableau.variables[rang]

    def _take(self, rangs: Iterable[int], a_voir: deque[int]) -> None:
        for rang in set(rangs) - self.caches:
            self.caches.add(rang)
            a_voir.extend(self.tableau.equations_de[rang])

    def _complete(self, equation: Equation) -> list[int]:
        """Return what to hide next in a group, nothing when it keeps its secret."""
        if equation.parent in self.caches:
            return list(self._follow(equation.parent))
        if not self.is_shown(equation.parent):
            return []
        shown = [enfant for enfant in equation.enfants if self.is_shown(enfant)]
        manque = self._find_lack([enfant for enfant in equation.enfants if enfant not in shown])
        if manque is None:
            return []
        useful = [enfant for enfant in shown if self._variable(enfant).quantites[manque] > 0]
        return self.sort(useful)[:1] or [equation.parent]

    def _find_lack(self, inconnus: list[int]) -> int | None:
        """Return the quantity too small, or too alone, to hide people in the sum of the unknown cells."""
        if self.caches.isdisjoint(inconnus):
            return None
        for quantite in range(len(self._variable(inconnus[0]).quantites)):
            somme = sum(self._variable(rang).quantites[quantite] for rang in inconnus)
            marge = somme - sum(self.floor(rang, quantite) for rang in inconnus)
            if len(inconnus) == 1 or somme < self.seuil or marge < self.seuil - 2:
                return quantite
        return None
