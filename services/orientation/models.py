"""Tables of the schema ``orientation``: none yet. Pathways and facts are reviewed files; dossiers will be rows."""

from sqlalchemy import MetaData

from shared.versions import NAMES

SCHEMA = "orientation"
metadata = MetaData(schema=SCHEMA, naming_convention=NAMES)
