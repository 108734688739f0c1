"""Errors: their message, and pickling between processes."""

import pickle

from agentbricks_trainer.errors import TooFewPlaysError, TrainerError


def test_an_error_reads_as_a_sentence_and_keeps_its_parts() -> None:
    error = TrainerError("the file is empty", "the export was interrupted", "Export it again")
    assert str(error) == "the file is empty: the export was interrupted. Export it again."
    assert error.explanation["fix"] == "Export it again"


def test_an_error_survives_the_way_out_of_another_process() -> None:
    copy = pickle.loads(pickle.dumps(TooFewPlaysError("a", "b", "c")))  # noqa: S301
    assert type(copy) is TooFewPlaysError
    assert copy.explanation == {"what": "a", "why": "b", "fix": "c"}
