"""Facts about an index, for the manifest."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class IndexFacts:
    """How an index searches, and how well."""

    kind: str  # "flat" compares a query with all vectors, "ivf" with the vectors in the nearest cells
    cells: int
    probes: int  # cells that a search inspects
    recall: float  # share of the 200 nearest vectors that a search finds, over the queries that the index was tuned on

    def as_manifest(self) -> dict[str, object]:
        """Returns the manifest's field `index`."""
        return asdict(self)
