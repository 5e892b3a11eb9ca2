"""What the service knows whatever the request."""

from dataclasses import dataclass, field
from pathlib import Path

from services.indicators.geography import Geographie
from services.indicators.service.gardees import Gardees
from shared.territoires import Arbre, arbre_of


@dataclass(frozen=True)
class Atelier:
    """The territories, the folder of the plan when it is not our own, and the answers that are kept."""

    arbre: Arbre
    plan_dir: Path | None
    geo: Geographie = field(init=False)
    gardees: Gardees = field(init=False, default_factory=Gardees)

    def __post_init__(self) -> None:
        object.__setattr__(self, "geo", Geographie(self.arbre))


def make_atelier(plan_dir: Path | None) -> Atelier:
    """Return what comes with the plan of ``plan_dir``, or with our own."""
    return Atelier(arbre_of(plan_dir), plan_dir)
