"""Adapts Schemathesis to our API, which validates each event of a batch separately and can reject only some of them."""

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.specs.openapi.checks import negative_data_rejection


@schemathesis.check
def refused_where_it_violates(ctx, response, case):
    """Does the same as negative_data_rejection, but a response that lists rejected events counts as a rejection."""
    try:
        return negative_data_rejection(ctx, response, case)
    except AcceptedNegativeData:
        if response.status_code == 202 and response.json()["rejected"]:
            return None
        raise
