"""Settings of the indicators service."""

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """``INDICATORS_DATABASE_URL``: this service's own role; absent, the owner's URL with ``SET ROLE``."""

    database_url: SecretStr | None = Field(None, validation_alias="INDICATORS_DATABASE_URL")
