"""What Schemathesis has to know of us: a batch is no whole, each of its events is judged for itself."""

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.specs.openapi.checks import negative_data_rejection


@schemathesis.check
def refused_where_it_violates(ctx, response, case):
    """As negative_data_rejection, but an answer that names what it refused has refused it."""
    try:
        return negative_data_rejection(ctx, response, case)
    except AcceptedNegativeData:
        if response.status_code == 202 and response.json()["rejected"]:
            return None
        raise
