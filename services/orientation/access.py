"""The rights of the orientation service, by name: pathways, facts and rules are public, persons never are."""

from typing import Annotated

from fastapi import Depends

from shared.tokens import Identite, exige, public

LIRE, ECRIRE, STATISTIQUES = "orientation:lire", "orientation:ecrire", "orientation:statistiques"
REGLES, POUSSER = "orientation:regles", "orientation:pousser"

Lecture = Annotated[Identite | None, Depends(public)]
Lire = Annotated[Identite, Depends(exige(LIRE))]
Ecrire = Annotated[Identite, Depends(exige(ECRIRE))]
Statistiques = Annotated[Identite, Depends(exige(STATISTIQUES))]
Regles = Annotated[Identite, Depends(exige(REGLES))]
Pousser = Annotated[Identite, Depends(exige(POUSSER))]
