"""Who sees exactly what everyone sees: their reads may come from the door's ready bytes, as those of anyone."""

from shared.errors import Refus
from shared.tokens import AccessControl


class Visibility:
    """Tells whether a credential opens nothing. Services still check it whenever they are asked."""

    def __init__(self, control: AccessControl) -> None:
        self._control = control

    async def is_public(self, authorization: bytes) -> bool:
        """Tell whether its holder, checked now, has no scope at all.

        ``False`` for a credential that is wrong or cannot be checked here: the service says what is wrong with it.
        """
        try:
            identite = await self._control.identify(authorization.decode("latin-1"))
        except Refus:
            return False
        return identite is not None and not identite.portees
