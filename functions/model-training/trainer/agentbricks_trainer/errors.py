"""Errors that the user can fix. Any other exception is a bug."""


class TrainerError(Exception):
    """An error with an explanation in three parts, like BrickError in TypeScript.

    Attributes:
        explanation: `what` is the problem with the offending value, `why` the likely cause, `fix` the next action.
    """

    def __init__(self, what: str, why: str, fix: str) -> None:
        super().__init__(f"{what}: {why}. {fix}.")
        self.explanation = {"what": what, "why": why, "fix": fix}

    def __reduce__(self) -> tuple[type["TrainerError"], tuple[str, str, str]]:
        """Makes the error picklable: models are compared in separate processes."""
        return type(self), (self.explanation["what"], self.explanation["why"], self.explanation["fix"])


class TooFewPlaysError(TrainerError):
    """Raised when the data has too few plays to train or evaluate a model."""
