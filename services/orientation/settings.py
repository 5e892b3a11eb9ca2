"""Settings of the orientation service."""

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """``ORIENTATION_DATABASE_URL``: this service's own role; absent, the owner's URL with ``SET ROLE``."""

    database_url: SecretStr | None = Field(None, validation_alias="ORIENTATION_DATABASE_URL")
    cle_identite: SecretStr | None = Field(
        None, validation_alias="ORIENTATION_CLE_IDENTITE", description="32 characters or more, never in the database."
    )
    indicateurs_url: str | None = Field(
        None, validation_alias="ORIENTATION_INDICATEURS_URL", description="Where figures are sent: the door, usually."
    )
    indicateurs_jeton: SecretStr | None = Field(
        None, validation_alias="ORIENTATION_INDICATEURS_JETON", description="A token that may push as `orientation`."
    )
