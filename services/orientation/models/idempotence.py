"""The answers kept for callers who repeat a request."""

from services.orientation.models.registry import Table
from shared.idempotency import Reponse


class Idempotence(Table, Reponse, table=True):
    """The answers kept for callers who repeat a request: for a day, and never with what tells of a person."""

    __tablename__ = "idempotence"
