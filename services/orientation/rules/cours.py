"""Rules as one engine holds them, and where an evaluation stands."""

from dataclasses import dataclass, field
from typing import Any

from services.orientation.rules.completions import Issue
from services.orientation.rules.conditions import Check

A_DETERMINER = "A_DETERMINER"


@dataclass(frozen=True)
class Variante:
    """One way a rule applies, on the days of one engine."""

    check: Check
    parcours: str | None
    modalite: str | None
    apres: frozenset[str]
    lues: frozenset[str]
    """The names it reads, as :class:`Lues` reduces them."""


@dataclass(frozen=True)
class Regle:
    """A rule, on the days of one engine."""

    code: str
    etape: str
    variantes: tuple[Variante, ...]

    @property
    def lues(self) -> frozenset[str]:
        """The names that its variants read."""
        return frozenset().union(*(variante.lues for variante in self.variantes))


@dataclass(frozen=True)
class Avertissement:
    """A warning, on the days of one engine."""

    code: str
    check: Check
    toujours: bool
    donne: bool
    apres: frozenset[str]
    sans: frozenset[str]
    seule: str | None
    lues: frozenset[str]


@dataclass(slots=True)
class Cours:
    """Where an evaluation stands."""

    situation: dict[str, Any]
    parcours: str = A_DETERMINER
    modalite: str = ""
    etape: str = ""
    motifs: tuple[str, ...] = ()
    directs: tuple[str, ...] = ()
    issue: Issue | None = None
    constats: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """By stage, what was found of its rules."""
