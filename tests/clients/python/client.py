"""Worked example: lists, a match run and an error by Python's gRPC. Reads MAGPIE_ADDRESS and MAGPIE_TOKEN."""

import os
import pkgutil
import uuid

import google

google.__path__ = pkgutil.extend_path(google.__path__, "google")  # google.rpc lies beside the stubs

import grpc
from google.rpc import error_details_pb2, status_pb2
from magpie.v1 import catalogue_service_pb2 as catalogue
from magpie.v1 import catalogue_service_pb2_grpc, match_service_pb2_grpc, operations_pb2_grpc
from magpie.v1 import match_service_pb2 as match
from magpie.v1 import operations_pb2 as operations
from magpie.v1 import resources_pb2 as resources

PARENT = "workspaces/default"
NEEDS = [("N1", "轴承磁场传感器", "需要测量轴承转速的磁场传感器"), ("N2", "印染废水处理", "需要印染废水脱色处理技术")]
OFFERINGS = [("O1", "磁场传感器芯片", "用于轴承转速测量的磁场传感器"), ("O2", "废水脱色技术", "印染废水脱色处理工艺")]


def listings(rows):
    return [resources.Listing(external_id=id, title=title, description=text) for id, title, text in rows]


def reason(error):
    """The reason that stands in the details of an error, or None."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                info = error_details_pb2.ErrorInfo()
                if detail.Unpack(info):
                    return info.reason
    return None


def main():
    channel = grpc.insecure_channel(os.environ["MAGPIE_ADDRESS"])
    sign = [("authorization", "Bearer " + os.environ["MAGPIE_TOKEN"])]
    lists = catalogue_service_pb2_grpc.CatalogueServiceStub(channel)
    matches = match_service_pb2_grpc.MatchServiceStub(channel)
    waiting = operations_pb2_grpc.OperationsServiceStub(channel)

    # A request_id makes a write safe to send again: the second answer is the first one.
    ids = str(uuid.uuid4()), str(uuid.uuid4())
    for words in "created", "created again":
        counts = []
        for call, rows, request_id in zip((lists.ImportNeeds, lists.ImportOfferings), (NEEDS, OFFERINGS), ids):
            request = catalogue.ImportListingsRequest(parent=PARENT, listings=listings(rows), request_id=request_id)
            counts.append(call(request, metadata=sign, timeout=10).created_count)
        print(f"{words} needs {counts[0]}, offerings {counts[1]}")

    token = ""
    while True:
        request = catalogue.ListListingsRequest(parent=PARENT, page_size=1, page_token=token)
        page = lists.ListNeeds(request, metadata=sign, timeout=10)
        for need in page.listings:
            print("page", need.external_id)
        token = page.next_page_token
        if not token:
            break

    operation = matches.CreateMatchRun(match.CreateMatchRunRequest(parent=PARENT), metadata=sign, timeout=10)
    while not operation.done:
        request = operations.WaitOperationRequest(name=operation.name)
        operation = waiting.WaitOperation(request, metadata=sign, timeout=30)
    run = match.MatchRun()
    assert operation.response.Unpack(run), operation.error
    print("run", match.MatchRunState.Name(run.state).removeprefix("MATCH_RUN_STATE_"))
    found = matches.ListMatches(match.ListMatchesRequest(parent=run.name), metadata=sign, timeout=10).matches
    for pair in sorted(found, key=lambda pair: pair.need_external_id):
        print("pair", pair.need_external_id, pair.offering_external_id)

    request = catalogue.GetListingRequest(name=PARENT + "/needs/unknown")
    try:
        lists.GetNeed(request, metadata=sign, timeout=10)
    except grpc.RpcError as error:
        print("error", error.code().name, reason(error))
    try:
        lists.GetNeed(request, timeout=10)
    except grpc.RpcError as error:
        print("error", error.code().name)


main()
