// Protobuf <-> domain types. The one place where the two vocabularies meet; shared by the service and its clients.
//
// Reading a message checks it as a careful caller would: unknown enum numbers, regions without such a code, dates that
// are none are kFieldInvalid with the field's path; texts become NFC. Writing never fails. Names (resource names,
// etags) are the service's business and not touched here, but for `name` being left empty. Threads  every function may
// be called from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <span>
#include <string_view>

#include "magpie/base/status.h"
#include "magpie/base/vocabulary.h"
#include "magpie/engine/clinic.h"
#include "magpie/engine/plan.h"
#include "magpie/ingest/record.h"
#include "magpie/scoring/score.h"
#include "magpie/v1/match_service.pb.h"
#include "magpie/v1/resources.pb.h"

namespace magpie {

// Contacts without consent go out masked, unless the message is only read back by the program itself.
enum class Contacts { kMasked, kAll };

v1::Party ToProto(const PartyRecord& party, Contacts contacts);
v1::Listing ToProto(const ListingRecord& listing, Contacts contacts);
// What View::VIEW_BASIC leaves out, taken out.
void MakeBasic(v1::Listing* listing);

// `prefix` goes before the field paths of errors: "listing." gives "listing.trl".
absl::StatusOr<PartyRecord> FromProto(const v1::Party& party, std::string_view prefix);
absl::StatusOr<ListingRecord> FromProto(const v1::Listing& listing, Side side, std::string_view prefix);

v1::Components ComponentsToProto(const ScoredPair& pair);
void ComponentsFromProto(const v1::Components& components, ScoredPair* pair);

// Fills all but the match of the reply; explanation.pair is not read.
void ToProto(const Explanation& explanation, v1::ExplainMatchResponse* response);
absl::StatusOr<Explanation> FromProto(const v1::ExplainMatchResponse& response);

// Fills all but need and versions of the reply and the resource names of groups.
void ToProto(const NeedDiagnosis& diagnosis, v1::DiagnoseNeedResponse* response);
absl::StatusOr<NeedDiagnosis> FromProto(const v1::DiagnoseNeedResponse& response);

// Unset options keep the engine's defaults. `must` goes into the scorer's options.
absl::Status FromProto(const v1::MatchRunOptions& options, std::string_view prefix, PlanOptions* plan,
                       ConstraintSet* must);
v1::MatchRunOptions ToProto(const PlanOptions& plan, ConstraintSet must);
absl::StatusOr<PlanRules> FromProto(const v1::MatchRules& rules, std::string_view prefix);
v1::MatchRules ToProto(const PlanRules& rules);
v1::MatchRunCounts ToProto(const PlanFunnel& funnel, std::size_t open_count);
v1::OpenReason ToProto(OpenReason reason);

// A vocabulary's value as its proto enum, which starts one later because of _UNSPECIFIED.
template <typename ProtoEnum, typename Enum>
ProtoEnum WordToProto(Enum value) {
  return static_cast<ProtoEnum>(static_cast<int>(value) + 1);
}
template <typename ProtoEnum, typename Enum>
ProtoEnum WordToProto(std::optional<Enum> value) {
  return value ? WordToProto<ProtoEnum>(*value) : static_cast<ProtoEnum>(0);
}

// nullopt for _UNSPECIFIED; kFieldInvalid for a number that the vocabulary does not have.
absl::StatusOr<std::optional<int>> WordNumber(std::span<const Word> words, int number, std::string_view field);
template <typename Enum>
absl::StatusOr<std::optional<Enum>> WordFromProto(int number, std::string_view field) {
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<int> value, WordNumber(Words<Enum>(), number, field));
  if (!value) return std::optional<Enum>();
  return std::optional<Enum>(static_cast<Enum>(*value));
}

}  // namespace magpie
