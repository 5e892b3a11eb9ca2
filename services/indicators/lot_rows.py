"""The rows of a push as they came, and the names of their fields."""

from typing import Any, NamedTuple

FIELDS = (
    "ref",
    "grandeur",
    "territoire",
    "periode",
    "valeur",
    "numerateur",
    "denominateur",
    "somme",
    "effectif",
    "modalite",
    "texte",
    "statut",
    "confidentialite",
    "commentaire",
    "extrait_le",
)
NUMBERS = frozenset({"valeur", "numerateur", "denominateur", "somme", "effectif"})
VENTILATION = "ventilation."
"""Prefix of the columns of a CSV that hold a breakdown."""
ERREUR = "erreur."
"""Prefix of the columns that ``rejets.csv`` adds; they are ignored when the file comes back."""
EN_TROP = None
"""The key of the cells that no column names: no field of a row written in JSON can have it."""


class LigneLue(NamedTuple):
    """One row as it came: its rank among the rows, its line in the file, and its fields as they were written."""

    indice: int
    ligne_source: int | None
    contenu: Any
