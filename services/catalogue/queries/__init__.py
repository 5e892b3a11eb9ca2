"""Every SELECT of the catalogue, by noun. The database writes the JSON; Python adds the cursor and sends the bytes."""

from services.catalogue.queries.annuaire import list_lexique, list_organismes, read_lexique, read_organisme
from services.catalogue.queries.fiches import (
    find_suivi,
    has_changements,
    list_actions,
    list_changements,
    list_fiches,
    lock_suivi,
    read_action,
    read_fiche,
)
from services.catalogue.queries.plan import (
    list_axes,
    list_known_codes,
    list_plans,
    read_axe,
    read_plan,
)
from services.catalogue.queries.recherche import search

__all__ = [
    "find_suivi",
    "has_changements",
    "list_actions",
    "list_axes",
    "list_changements",
    "list_fiches",
    "list_known_codes",
    "list_lexique",
    "list_organismes",
    "list_plans",
    "lock_suivi",
    "read_action",
    "read_axe",
    "read_fiche",
    "read_lexique",
    "read_organisme",
    "read_plan",
    "search",
]
