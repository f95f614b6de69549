#include "service/rights.h"

#include <algorithm>
#include <array>

namespace magpie {
namespace {

constexpr Right kNo = Right::kNo, kParty = Right::kOwnParty, kAll = Right::kOwnWorkspace;
using enum PartyRule;

// Grouped as the services are. Columns: organiser, broker, party member, reader.
constexpr MethodRights kRights[] = {
    {"CatalogueService/GetParty", kAll, kAll, kAll, kAll},
    {"CatalogueService/ListParties", kAll, kAll, kAll, kAll},
    {"CatalogueService/CreateParty", kAll, kAll, kNo, kNo},
    {"CatalogueService/UpdateParty", kAll, kAll, kParty, kNo, kNames},
    {"CatalogueService/DeleteParty", kAll, kNo, kNo, kNo},
    {"CatalogueService/ImportParties", kAll, kNo, kNo, kNo},
    {"CatalogueService/GetNeed", kAll, kAll, kAll, kAll},
    {"CatalogueService/ListNeeds", kAll, kAll, kAll, kAll},
    {"CatalogueService/CreateNeed", kAll, kAll, kParty, kNo, kListing},
    {"CatalogueService/UpdateNeed", kAll, kAll, kParty, kNo, kListing},
    {"CatalogueService/DeleteNeed", kAll, kAll, kParty, kNo, kNames},
    {"CatalogueService/ImportNeeds", kAll, kNo, kNo, kNo},
    {"CatalogueService/GetOffering", kAll, kAll, kAll, kAll},
    {"CatalogueService/ListOfferings", kAll, kAll, kAll, kAll},
    {"CatalogueService/CreateOffering", kAll, kAll, kParty, kNo, kListing},
    {"CatalogueService/UpdateOffering", kAll, kAll, kParty, kNo, kListing},
    {"CatalogueService/DeleteOffering", kAll, kAll, kParty, kNo, kNames},
    {"CatalogueService/ImportOfferings", kAll, kNo, kNo, kNo},
    {"CatalogueService/BatchGetNeeds", kAll, kAll, kAll, kAll},
    {"CatalogueService/BatchGetOfferings", kAll, kAll, kAll, kAll},
    {"CatalogueService/SubmitNeed", kAll, kAll, kParty, kNo, kNames},
    {"CatalogueService/SubmitOffering", kAll, kAll, kParty, kNo, kNames},
    {"CatalogueService/ReviewNeed", kAll, kNo, kNo, kNo},
    {"CatalogueService/ReviewOffering", kAll, kNo, kNo, kNo},
    {"CatalogueService/CheckNeed", kAll, kAll, kAll, kNo},
    {"CatalogueService/CheckOffering", kAll, kAll, kAll, kNo},
    {"CatalogueService/WatchListings", kAll, kAll, kAll, kAll},

    {"DisclosureService/GetDisclosure", kAll, kNo, kAll, kNo},
    {"DisclosureService/ListDisclosures", kAll, kNo, kAll, kNo},
    {"DisclosureService/AgreeToDisclose", kAll, kNo, kParty, kNo, kPairs},
    {"DisclosureService/WithdrawDisclosure", kAll, kNo, kParty, kNo, kPairs},
    {"DisclosureService/ListSights", kAll, kNo, kParty, kNo, kNames},

    {"AuditService/ListAuditEntries", kAll, kNo, kNo, kNo},
    {"AuditService/VerifyAuditLog", kAll, kNo, kNo, kNo},

    {"MatchService/RecommendOfferings", kAll, kAll, kParty, kAll, kNames},
    {"MatchService/RecommendNeeds", kAll, kAll, kParty, kAll, kNames},
    {"MatchService/SearchListings", kAll, kAll, kAll, kAll},
    {"MatchService/ExplainMatch", kAll, kAll, kParty, kAll, kPairs},
    {"MatchService/DiagnoseNeed", kAll, kAll, kParty, kAll, kNames},
    {"MatchService/ScorePairs", kAll, kAll, kParty, kAll, kPairs},
    {"MatchService/WatchMatches", kAll, kAll, kParty, kAll, kNames},
    {"MatchService/CreateMatchRun", kAll, kNo, kNo, kNo},
    {"MatchService/GetMatchRun", kAll, kAll, kNo, kAll},
    {"MatchService/ListMatchRuns", kAll, kAll, kNo, kAll},
    {"MatchService/DeleteMatchRun", kAll, kNo, kNo, kNo},
    {"MatchService/ListMatches", kAll, kAll, kNo, kAll},
    {"MatchService/ListOpenListings", kAll, kAll, kNo, kAll},
    {"MatchService/CompareMatchRuns", kAll, kAll, kNo, kAll},

    {"LearningService/GetFeedback", kAll, kAll, kNo, kNo},
    {"LearningService/ListFeedback", kAll, kAll, kNo, kNo},
    {"LearningService/CreateFeedback", kAll, kAll, kParty, kNo, kPairs},
    {"LearningService/BatchCreateFeedback", kAll, kAll, kParty, kNo, kPairs},
    {"LearningService/DeleteFeedback", kAll, kAll, kNo, kNo},
    {"LearningService/LearnRanker", kAll, kNo, kNo, kNo},
    {"LearningService/GetRanker", kAll, kAll, kNo, kAll},
    {"LearningService/ListRankers", kAll, kAll, kNo, kAll},
    {"LearningService/ActivateRanker", kAll, kNo, kNo, kNo},

    {"OperationsService/GetOperation", kAll, kAll, kNo, kAll},
    {"OperationsService/ListOperations", kAll, kAll, kNo, kAll},
    {"OperationsService/WaitOperation", kAll, kAll, kNo, kAll},
    {"OperationsService/WatchOperation", kAll, kAll, kNo, kAll},
    {"OperationsService/CancelOperation", kAll, kNo, kNo, kNo},
    {"OperationsService/DeleteOperation", kAll, kNo, kNo, kNo},

    // Which tokens an organiser may touch is the service's own affair: tokens lie in no workspace.
    {"AccessService/GetCaller", kAll, kAll, kAll, kAll},
    {"AccessService/CreateToken", kAll, kNo, kNo, kNo},
    {"AccessService/GetToken", kAll, kNo, kNo, kNo},
    {"AccessService/ListTokens", kAll, kNo, kNo, kNo},
    {"AccessService/RevokeToken", kAll, kNo, kNo, kNo},
};

constexpr std::array<std::string_view, 9> kNameFields = {"name",     "names",     "parent", "base",   "need",
                                                         "offering", "workspace", "party",  "listing"};

void Collect(const google::protobuf::Message& message, const std::string& path, std::vector<NamedResource>* out) {
  using google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string at = path.empty() ? field->name() : path + "." + field->name();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      if (std::ranges::find(kNameFields, field->name()) == kNameFields.end()) continue;
      const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        out->push_back({at, field->is_repeated() ? reflection.GetRepeatedString(message, field, i)
                                                 : reflection.GetString(message, field)});
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) {
        Collect(reflection.GetMessage(message, field), at, out);
        continue;
      }
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        Collect(reflection.GetRepeatedMessage(message, field, i), at + "[" + std::to_string(i) + "]", out);
      }
    }
  }
}

}  // namespace

Right MethodRights::Of(v1::Role role) const {
  switch (role) {
    case v1::ROLE_ORGANISER:
      return organiser;
    case v1::ROLE_BROKER:
      return broker;
    case v1::ROLE_PARTY_MEMBER:
      return party_member;
    case v1::ROLE_READER:
      return reader;
    default:
      return Right::kNo;
  }
}

std::span<const MethodRights> AllRights() {
  return kRights;
}

const MethodRights* FindRights(std::string_view method) {
  const auto* const found = std::ranges::find(kRights, method, &MethodRights::method);
  return found == std::end(kRights) ? nullptr : found;
}

std::vector<NamedResource> NamesIn(const google::protobuf::Message& request) {
  std::vector<NamedResource> names;
  Collect(request, "", &names);
  return names;
}

}  // namespace magpie
