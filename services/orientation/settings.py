"""Settings of the orientation service."""

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """``ORIENTATION_DATABASE_URL``: this service's own role; absent, the owner's URL with ``SET ROLE``."""

    database_url: SecretStr | None = Field(None, validation_alias="ORIENTATION_DATABASE_URL")
    cle_identite: SecretStr | None = Field(
        None, validation_alias="ORIENTATION_CLE_IDENTITE", description="32 characters or more, never in the database."
    )
