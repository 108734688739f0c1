"""Adapts Schemathesis to our API: a batch is not accepted or rejected as a whole, because each event is validated separately."""

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.specs.openapi.checks import negative_data_rejection


@schemathesis.check
def refused_where_it_violates(ctx, response, case):
    """Same as negative_data_rejection, but responses that list rejected events count as rejections."""
    try:
        return negative_data_rejection(ctx, response, case)
    except AcceptedNegativeData:
        if response.status_code == 202 and response.json()["rejected"]:
            return None
        raise
