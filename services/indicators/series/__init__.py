"""From supplied values to the cell of any territory and period: pure functions, today's date is an argument.

Everything is said of one version of one definition, one source, one breakdown.
"""

from services.indicators.series.besoins import Besoins, needed_rows
from services.indicators.series.calcul import Serie, Tranche, compute_cell
from services.indicators.series.cellules import Cellule
from services.indicators.series.lieux import Lecture
from services.indicators.series.regles import Regles
from services.indicators.series.sommes import Donnees, Somme, Valeur, collapse, sum_children
from services.indicators.vocabulary import MotifCellule as Motif

__all__ = [
    "Besoins",
    "Cellule",
    "Donnees",
    "Lecture",
    "Motif",
    "Regles",
    "Serie",
    "Somme",
    "Tranche",
    "Valeur",
    "collapse",
    "compute_cell",
    "needed_rows",
    "sum_children",
]
