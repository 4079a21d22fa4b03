"""Who acts: the trail's answer to "who did this?"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What stands behind an actor's name."""

    PERSON = "person"
    API_KEY = "api-key"
    COMMAND = "command"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    kind: ActorKind
    name: str
    """A person's name and e-mail, an API key and which secret, or the operating system's user."""
    address: str = ""
    """The IP address that the request came from; '' where there was none."""
    request_id: str = ""

    @property
    def words(self) -> str:
        """Who it was: a person by name, anything else with what it is."""
        match self.kind:
            case ActorKind.API_KEY:
                return f"API key {self.name}"
            case ActorKind.COMMAND:
                return f"Command of {self.name}"
            case _:
                return self.name


SYSTEM = Actor(ActorKind.SYSTEM, "Number Pools")
"""The service itself: what nobody has asked for just now."""
