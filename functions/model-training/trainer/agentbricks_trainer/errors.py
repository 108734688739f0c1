"""The one kind of failure that is the input's fault; everything else is a bug."""


class TrainerError(Exception):
    """A refusal in three parts, as the TypeScript side's BrickError.

    what: the fact, with the value at fault. why: the likely cause. fix: the next action.
    """

    def __init__(self, what: str, why: str, fix: str) -> None:
        super().__init__(f"{what}: {why}. {fix}.")
        self.explanation = {"what": what, "why": why, "fix": fix}

    def __reduce__(self) -> tuple:
        """So that it comes whole out of a process of its own."""
        return type(self), (self.explanation["what"], self.explanation["why"], self.explanation["fix"])


class TooFewPlays(TrainerError):
    """There is nothing to learn from."""
