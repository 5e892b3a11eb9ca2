"""What crosses the wire of the search."""

from typing import Annotated

from pydantic import Field

from services.catalogue.schemas.listes import FiltresConnus
from services.catalogue.vocabulary import TypeResultat
from shared.query import Liste
from shared.wire import Sortie


class ResultatOut(Sortie):
    """Ce que la recherche a trouvé ; `extrait` est du HTML sûr, l'accord entre `<mark>`."""

    type: TypeResultat
    code: str
    titre: str
    extrait: str
    lien: str


class FiltresRecherche(FiltresConnus):
    """Une recherche en plein texte."""

    q: str = Field(min_length=1, max_length=200, description="Mots cherchés ; accents et accords sont indifférents.")
    type: Annotated[list[TypeResultat], Liste] = Field([], description="Types de résultats.")
