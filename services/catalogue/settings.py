"""Settings of the catalogue service."""

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """``CATALOGUE_DATABASE_URL``: this service's own role; absent, the owner's URL with ``SET ROLE``."""

    database_url: SecretStr | None = Field(None, validation_alias="CATALOGUE_DATABASE_URL")
