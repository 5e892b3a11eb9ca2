"""Settings of the gateway."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.settings import IdentitySettings

SERVICES = ("catalogue", "indicators", "orientation")


class Settings(BaseSettings):
    """Where each service is: an URL (``http://127.0.0.1:8001``), or an import string to run it in this process."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", frozen=True)

    catalogue: str = "services.catalogue.app:create_app"
    indicators: str = "services.indicators.app:create_app"
    orientation: str = "services.orientation.app:create_app"
    cors_origins: list[str] = []
    first_byte_seconds: float = Field(30, gt=0)
    push_first_byte_seconds: float = Field(120, gt=0)
    cache_bytes: int = Field(64 << 20, ge=0)
    identity: IdentitySettings = Field(default_factory=IdentitySettings)

    def address_of(self, service: str) -> str:
        """Return where ``service`` is."""
        address: str = getattr(self, service)
        return address
