#include "faults/load.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <chrono>

#include "magpie/base/status.h"
#include "magpie/service/rpc_status.h"

namespace magpie {
namespace {

constexpr char kParent[] = "workspaces/default";
constexpr int kWriters = 2, kThings = 12, kBatches = 6, kBatchRows = 20;
constexpr int kFeedbackKept = 30, kRunsKept = 3;
constexpr std::chrono::seconds kDeadline(30);

template <typename Stub, typename Request, typename Response, typename Method>
grpc::Status Call(Stub& stub, Method method, const Request& request, Response* response) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  return (stub.*method)(&context, request, response);
}

// "workspaces/default/needs/w-0-1" -> "w-0-1"
std::string IdOf(const std::string& name) {
  return name.substr(name.rfind('/') + 1);
}

std::string NameOf(std::string_view collection, std::string_view id) {
  return fmt::format("{}/{}/{}", kParent, collection, id);
}

template <typename Request>
std::string RequestId(const Request& request, Tally* tally) {
  return fmt::format("{}-{}", request.GetDescriptor()->name(), ++tally->next);
}

}  // namespace

Stubs::Stubs(const std::string& address) {
  const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  catalogue = v1::CatalogueService::NewStub(channel);
  learning = v1::LearningService::NewStub(channel);
  match = v1::MatchService::NewStub(channel);
  audit = v1::AuditService::NewStub(channel);
}

Load::Load(const std::string& address, bool server_lives, std::uint64_t seed, Tally* tally)
    : stubs_(address), server_lives_(server_lives), tally_(tally) {
  for (int writer = 0; writer < kWriters; ++writer) {
    threads_.emplace_back([this, writer, seed] { WriteListings(writer, Random(seed + 1 + writer)); });
  }
  threads_.emplace_back([this, seed] { WriteBatches(Random(seed)); });
  threads_.emplace_back([this] { WriteFeedback(); });
  threads_.emplace_back([this] { WriteRuns(); });
  threads_.emplace_back([this] { ReadAll(); });
}

Load::~Load() {
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
}

bool Load::Answered(const grpc::Status& status, const std::string& thing) {
  if (status.ok()) {
    tally_->ledger.Acknowledge(thing);
    return true;
  }
  ++tally_->refused;
  const Reason reason = ReasonOf(FromGrpcStatus(status));
  const bool of_disk = reason == Reason::kUnavailable || reason == Reason::kLimitExceeded;
  if (server_lives_ && !of_disk) {
    tally_->Add(&Tally::strange, fmt::format("{}: {} {}", thing, ReasonName(reason), status.error_message()));
  }
  if (!server_lives_) stop_ = true;  // it was killed
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  return false;
}

void Load::WriteListings(int writer, Random random) {
  while (!stop_) {
    const std::string id = fmt::format("w-{}-{}", writer, random.Below(kThings));
    const std::string before = tally_->ledger.Sure(id);
    const std::string state = fmt::format("第{}版技术需求", ++tally_->next);
    if (before == kAbsent) {
      v1::CreateListingRequest request;
      request.set_parent(kParent);
      request.set_listing_id(id);
      request.mutable_listing()->set_external_id(id);
      request.mutable_listing()->set_title(state);
      request.mutable_listing()->mutable_party()->set_display_name("公司");
      request.set_request_id(RequestId(request, tally_));
      tally_->ledger.Ask(id, state);
      v1::Listing response;
      Answered(Call(*stubs_.catalogue, &v1::CatalogueService::Stub::CreateNeed, request, &response), id);
    } else if (random.Below(4) == 0) {
      v1::DeleteListingRequest request;
      request.set_name(NameOf("needs", id));
      tally_->ledger.Ask(id, kAbsent);
      google::protobuf::Empty response;
      Answered(Call(*stubs_.catalogue, &v1::CatalogueService::Stub::DeleteNeed, request, &response), id);
    } else {
      v1::UpdateListingRequest request;
      request.mutable_listing()->set_name(NameOf("needs", id));
      request.mutable_listing()->set_title(state);
      request.mutable_update_mask()->add_paths("title");
      request.set_request_id(RequestId(request, tally_));
      tally_->ledger.Ask(id, state);
      v1::Listing response;
      Answered(Call(*stubs_.catalogue, &v1::CatalogueService::Stub::UpdateNeed, request, &response), id);
    }
  }
}

void Load::WriteBatches(Random random) {
  while (!stop_) {
    const std::string id = fmt::format("b-{}", random.Below(kBatches));
    const std::string state = fmt::format("第{}批技术需求", ++tally_->next);
    v1::ImportListingsRequest request;
    request.set_parent(kParent);
    request.set_on_existing(v1::ON_EXISTING_REPLACE);
    for (int row = 0; row < kBatchRows; ++row) {
      v1::Listing& listing = *request.add_listings();
      listing.set_external_id(fmt::format("{}-{}", id, row));
      listing.set_title(state);
      listing.set_description(std::string(2'000, 'x'));  // so that the log is carried over now and then
      listing.mutable_party()->set_display_name("公司");
    }
    request.set_request_id(RequestId(request, tally_));
    tally_->ledger.Ask(id, state);
    v1::ImportResponse response;
    Answered(Call(*stubs_.catalogue, &v1::CatalogueService::Stub::ImportNeeds, request, &response), id);
  }
}

void Load::WriteFeedback() {
  std::vector<std::string> kept = tally_->ledger.Present("f-");
  while (!stop_) {
    const std::string id = fmt::format("f-{}", ++tally_->next);
    v1::CreateFeedbackRequest request;
    request.set_parent(kParent);
    request.set_feedback_id(id);
    request.mutable_feedback()->set_need(NameOf("needs", "anchor"));
    request.mutable_feedback()->set_offering(NameOf("offerings", "anchor"));
    request.mutable_feedback()->set_verdict(v1::VERDICT_MET);
    tally_->ledger.Ask(id, "there");
    v1::Feedback response;
    if (Answered(Call(*stubs_.learning, &v1::LearningService::Stub::CreateFeedback, request, &response), id)) {
      kept.push_back(id);
    }
    if (stop_ || kept.size() <= kFeedbackKept) continue;
    v1::DeleteFeedbackRequest erase;
    erase.set_name(NameOf("feedback", kept.front()));
    tally_->ledger.Ask(kept.front(), kAbsent);
    google::protobuf::Empty empty;
    if (Answered(Call(*stubs_.learning, &v1::LearningService::Stub::DeleteFeedback, erase, &empty), kept.front())) {
      kept.erase(kept.begin());
    }
  }
}

void Load::WriteRuns() {
  std::vector<std::string> kept = tally_->ledger.Present("r-");
  while (!stop_) {
    const std::string id = fmt::format("r-{}", ++tally_->next);
    v1::CreateMatchRunRequest request;
    request.set_parent(kParent);
    request.set_match_run_id(id);
    request.set_request_id(RequestId(request, tally_));
    tally_->ledger.Ask(id, "there");
    v1::Operation operation;
    const auto status = Call(*stubs_.match, &v1::MatchService::Stub::CreateMatchRun, request, &operation);
    if (Answered(status, id)) kept.push_back(id);
    v1::GetMatchRunRequest get;
    get.set_name(NameOf("matchRuns", id));
    v1::MatchRun run;
    run.set_state(status.ok() ? v1::MATCH_RUN_STATE_RUNNING : v1::MATCH_RUN_STATE_UNSPECIFIED);
    while (!stop_ && run.state() == v1::MATCH_RUN_STATE_RUNNING) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      if (!Call(*stubs_.match, &v1::MatchService::Stub::GetMatchRun, get, &run).ok()) break;
    }
    if (stop_ || kept.size() <= kRunsKept || run.state() == v1::MATCH_RUN_STATE_RUNNING) continue;
    v1::DeleteMatchRunRequest erase;
    erase.set_name(NameOf("matchRuns", kept.front()));
    tally_->ledger.Ask(kept.front(), kAbsent);
    google::protobuf::Empty empty;
    if (Answered(Call(*stubs_.match, &v1::MatchService::Stub::DeleteMatchRun, erase, &empty), kept.front())) {
      kept.erase(kept.begin());
    }
  }
}

void Load::ReadAll() {
  for (int round = 0; !stop_; ++round) {
    grpc::Status status;
    if (round % 4 == 0) {
      v1::ListListingsRequest request;
      request.set_parent(kParent);
      v1::ListListingsResponse response;
      status = Call(*stubs_.catalogue, &v1::CatalogueService::Stub::ListNeeds, request, &response);
    } else if (round % 4 == 1) {
      v1::ListMatchRunsRequest request;  // from the store itself
      request.set_parent(kParent);
      v1::ListMatchRunsResponse response;
      status = Call(*stubs_.match, &v1::MatchService::Stub::ListMatchRuns, request, &response);
    } else {
      v1::GetListingRequest request;
      request.set_name(NameOf("needs", "anchor"));
      v1::Listing response;
      status = Call(*stubs_.catalogue, &v1::CatalogueService::Stub::GetNeed, request, &response);
    }
    ++tally_->reads;
    if (server_lives_ && !status.ok()) {
      ++tally_->reads_failed;
      tally_->Add(&Tally::strange, "a read: " + status.error_message());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

bool WriteAnchors(const Stubs& stubs) {
  v1::CreateListingRequest request;
  request.set_parent(kParent);
  request.set_listing_id("anchor");
  request.mutable_listing()->set_external_id("anchor");
  request.mutable_listing()->set_title("光学镜面抛光技术");
  request.mutable_listing()->mutable_party()->set_display_name("研究所");
  v1::Listing response;
  return Call(*stubs.catalogue, &v1::CatalogueService::Stub::CreateNeed, request, &response).ok() &&
         Call(*stubs.catalogue, &v1::CatalogueService::Stub::CreateOffering, request, &response).ok();
}

void Judge(const Stubs& stubs, Tally* tally) {
  std::map<std::string, std::string> there;
  const auto answered = [&](const grpc::Status& status) {
    if (!status.ok()) tally->Add(&Tally::strange, "after a restart: " + status.error_message());
    return status.ok();
  };
  std::map<std::string, int> rows;  // of each batch
  v1::ListListingsRequest needs;
  needs.set_parent(kParent);
  needs.set_page_size(1'000);
  v1::ListListingsResponse found;
  if (!answered(Call(*stubs.catalogue, &v1::CatalogueService::Stub::ListNeeds, needs, &found))) return;
  for (const v1::Listing& listing : found.listings()) {
    std::string id = listing.external_id();
    if (id == "anchor") continue;
    if (id.starts_with("b-")) {
      id.resize(id.rfind('-'));
      ++rows[id];
      if (there.contains(id) && there[id] != listing.title()) {
        tally->Add(&Tally::halves, fmt::format("{} is of '{}' and of '{}'", id, there[id], listing.title()));
      }
    }
    there[id] = listing.title();
  }
  for (const auto& [id, count] : rows) {
    if (count != kBatchRows) tally->Add(&Tally::halves, fmt::format("{} has {} rows", id, count));
  }
  v1::ListFeedbackRequest feedback;
  feedback.set_parent(kParent);
  feedback.set_page_size(1'000);
  v1::ListFeedbackResponse pieces;
  do {
    if (!answered(Call(*stubs.learning, &v1::LearningService::Stub::ListFeedback, feedback, &pieces))) return;
    for (const v1::Feedback& piece : pieces.feedback()) there[IdOf(piece.name())] = "there";
    feedback.set_page_token(pieces.next_page_token());
  } while (!feedback.page_token().empty());
  v1::ListMatchRunsRequest runs;
  runs.set_parent(kParent);
  runs.set_page_size(1'000);
  v1::ListMatchRunsResponse listed;
  do {
    if (!answered(Call(*stubs.match, &v1::MatchService::Stub::ListMatchRuns, runs, &listed))) return;
    for (const v1::MatchRun& run : listed.match_runs()) {
      there[IdOf(run.name())] = "there";
      if (run.state() == v1::MATCH_RUN_STATE_RUNNING) {
        tally->Add(&Tally::halves, run.name() + " is running for ever");
      }
    }
    runs.set_page_token(listed.next_page_token());
  } while (!runs.page_token().empty());
  for (std::string& fault : tally->ledger.Compare(there)) tally->Add(&Tally::lost, std::move(fault));
  v1::VerifyAuditLogRequest verify;
  verify.set_parent(kParent);
  v1::VerifyAuditLogResponse log;
  if (answered(Call(*stubs.audit, &v1::AuditService::Stub::VerifyAuditLog, verify, &log)) && !log.fault().empty()) {
    tally->Add(&Tally::halves, "audit log: " + log.fault());
  }
}

}  // namespace magpie
