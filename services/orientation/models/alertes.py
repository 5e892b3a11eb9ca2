"""What someone should look at in dossiers, folded from their events."""

from datetime import date

from sqlalchemy import Index, Text
from sqlmodel import Field

from services.orientation.models.registry import Table


class DossierAlerte(Table, table=True):
    """What is to be done in a dossier by ``echeance``, told from ``de`` on and before ``jusqu`` (or for ever)."""

    __tablename__ = "dossier_alerte"
    __table_args__ = (
        Index("dossier_alerte_echeance_idx", "echeance", "type", "dossier"),
        Index("dossier_alerte_type_idx", "type", "echeance", "dossier"),
        Index("dossier_alerte_ctm_idx", "ctm", "echeance", "type", "dossier"),
    )

    dossier: str = Field(primary_key=True, sa_type=Text)
    type: str = Field(primary_key=True, sa_type=Text)
    de: date = Field(primary_key=True)
    jusqu: date
    echeance: date
    commune: str | None = Field(default=None, sa_type=Text)
    ctm: str | None = Field(default=None, sa_type=Text)
