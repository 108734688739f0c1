"""Records the stages that a function reports."""


class Stages:
    """A Report that stores the stages that it receives."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, object]]] = []

    def __call__(self, stage: str, **facts: object) -> None:
        self.received.append((stage, facts))

    @property
    def names(self) -> list[str]:
        return [stage for stage, _ in self.received]
