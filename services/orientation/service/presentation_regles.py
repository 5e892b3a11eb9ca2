"""Rule sets as they are read: by everybody, and by those who write them."""

from typing import Any

from services.orientation.models import JeuRegles
from services.orientation.rule_files import JeuFile
from services.orientation.rules import Jeu
from services.orientation.schemas.regles import JeuOut, JeuResume, VieOut
from services.orientation.service.propositions import Regles
from services.orientation.vocabulary_regles import StatutRegles
from shared import clock

PARTS = {"parametres", "regles", "signalements"}


def summarize(jeu: Jeu, regles: Regles, publie_le: str | None) -> JeuResume:
    """Return a rule set in force, without its parts."""
    last_day = regles.last_day_of(jeu)
    return _summary(jeu.source, jeu.empreinte, last_day, StatutRegles.PUBLIE, publie_le)


def show_in_force(jeu: Jeu, regles: Regles, publie_le: str | None) -> bytes:
    """Return a rule set in force, whole, for everybody."""
    return _whole(summarize(jeu, regles, publie_le), jeu.source)


def summarize_written(written: JeuRegles) -> JeuResume:
    """Return a draft, without its parts."""
    source = JeuFile.model_validate_json(written.contenu)
    return _summary(source, written.empreinte, source.valide_au, StatutRegles.BROUILLON, None)


def show_written(written: JeuRegles, regles: Regles) -> bytes:
    """Return a rule set that people wrote, for those who write them: with what it went through."""
    source = JeuFile.model_validate_json(written.contenu)
    jeu = regles.find(written.version) if written.publie_le else None
    last_day = regles.last_day_of(jeu) if jeu else source.valide_au
    statut = StatutRegles.PUBLIE if written.publie_le else StatutRegles.BROUILLON
    publie_le = clock.write_instant(written.publie_le) if written.publie_le else None
    vie = VieOut.model_validate(
        {
            "auteurs": written.auteurs,
            "cree_le": clock.write_instant(written.cree_le),
            "modifie_le": clock.write_instant(written.modifie_le),
            "publie_par": written.publie_par,
            "cas": written.cas,
            "rapport": written.rapport,
            "simulation": written.simulation,
        }
    )
    return _whole(_summary(source, written.empreinte, last_day, statut, publie_le), source, vie)


def _summary(source: JeuFile, empreinte: str, last_day: Any, statut: StatutRegles, publie_le: str | None) -> JeuResume:
    return JeuResume(
        version=f"{source.code}-{source.version}",
        libelle=source.libelle,
        auteur=source.auteur,
        valide_du=source.valide_du,
        valide_au=last_day,
        empreinte=empreinte,
        statut=statut,
        publie_le=publie_le,
    )


def _whole(summary: JeuResume, source: JeuFile, vie: VieOut | None = None) -> bytes:
    parts = source.model_dump(mode="json", include=PARTS, exclude_none=True)
    return JeuOut(**summary.model_dump(), **parts, vie=vie).model_dump_json().encode()
