#include "service/authority.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/service/rpc_status.h"
#include "magpie/v1/catalogue_service.pb.h"

namespace magpie {
namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kWorkspaces = "workspaces/";

absl::Status NotAllowed(const v1::Token& token, std::string_view what) {
  // The same words whether the thing is there or not.
  return MakeError(Reason::kNotAllowed, "", fmt::format("{} may not {}", token.name(), what));
}

// "workspaces/w" of "workspaces/w/needs/n".
std::string_view WorkspaceOf(std::string_view name) {
  return name.substr(0, name.find('/', kWorkspaces.size()));
}

// "pairs[0]" of "pairs[0].need".
std::string ParentOf(const std::string& field) {
  const std::size_t dot = field.rfind('.');
  return dot == std::string::npos ? std::string() : field.substr(0, dot);
}

std::string LeafOf(const std::string& field) {
  return field.substr(field.rfind('.') + 1);  // 0 where there is no dot
}

}  // namespace

std::string TraceIdOf(std::string_view traceparent) {
  // "00-" 32 digits "-" 16 digits "-" 2 digits
  constexpr std::size_t kLength = 55, kVersion = 3, kTrace = 32;
  if (traceparent.size() < kLength || traceparent[2] != '-' || traceparent[kVersion + kTrace] != '-') return "";
  std::string id(traceparent.substr(kVersion, kTrace));
  const bool digits = std::ranges::all_of(id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return digits && id != std::string(kTrace, '0') ? id : std::string();
}

absl::StatusOr<CallerToken> Authority::Identify(const Shown& shown) const {
  CallerToken token;
  if (!shown.authorization.empty()) {
    const std::string_view header = shown.authorization;
    const bool bearer = header.size() > kBearer.size() &&
                        std::equal(kBearer.begin(), kBearer.end(), header.begin(), [](char a, char b) {
                          return a == b || (a >= 'A' && a <= 'Z' && b == a - 'A' + 'a');
                        });
    if (bearer) token = book_.FindSecret(header.substr(kBearer.size()));
    if (!token && open()) return CallerToken();
    if (!token) {
      return MakeError(Reason::kTokenInvalid, "",
                       bearer ? "the token is unknown, revoked or expired; ask for a new one"
                              : "write the header as 'authorization: Bearer TOKEN'");
    }
  } else {
    for (const std::string& name : shown.certificate_names) {
      token = book_.FindCertificate(name);
      if (token) break;
    }
    if (!token && open()) return CallerToken();
    if (!token) {
      return MakeError(Reason::kTokenMissing, "",
                       shown.certificate_names.empty()
                           ? "this server wants a token: send it as 'authorization: Bearer TOKEN' (magpie: "
                             "--token-file or the environment variable MAGPIE_TOKEN)"
                           : "no live token record bears a name of the client certificate");
    }
  }
  if (const auto wait = book_.Spend(*token)) {
    return WithRetryDelay(
        MakeError(Reason::kTooManyCalls, "",
                  fmt::format("{} has used up its calls; try again in {} ms", token->name(), wait->count())),
        *wait);
  }
  return token;
}

absl::Status Authority::Allow(const CallerToken& caller, std::string_view method,
                              const google::protobuf::Message& request) const {
  if (!caller) {
    if (open()) return absl::OkStatus();
    return MakeError(Reason::kTokenMissing, "", "this server wants a token now");
  }
  if (caller->role() == v1::ROLE_ADMIN) return absl::OkStatus();
  const MethodRights* rights = FindRights(method);
  const Right right = rights == nullptr ? Right::kNo : rights->Of(caller->role());
  if (right == Right::kNo) {
    return NotAllowed(*caller, fmt::format("call {}: not for the role {}", method, v1::Role_Name(caller->role())));
  }
  if (method.starts_with("AccessService/")) return absl::OkStatus();
  std::vector<NamedResource> names = NamesIn(request);
  std::erase_if(names, [](const NamedResource& named) { return !named.name.starts_with(kWorkspaces); });
  if (names.empty()) return NotAllowed(*caller, "call this without the name of its workspace in the request");
  for (const NamedResource& named : names) {
    if (WorkspaceOf(named.name) != caller->workspace()) {
      return NotAllowed(*caller,
                        fmt::format("touch {}: its workspace is {}", ToPrintable(named.name), caller->workspace()));
    }
  }
  return right == Right::kOwnWorkspace ? absl::OkStatus() : AllowParty(*caller, rights->rule, request, names);
}

absl::StatusOr<bool> Authority::IsOwn(const v1::Token& token, const NamedResource& named) const {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(token.workspace(), named.field));
  if (ParseName(named.name, Collection::kParties, "").ok()) return named.name == token.party();
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    const auto name = ParseName(named.name, CollectionOf(side), named.field);
    if (!name.ok()) continue;
    const auto snapshot = workspace->catalogue().snapshot();
    const std::int32_t index = FindListing(*snapshot, side, name->id);
    if (index < 0) return ListingNotFound(side, named.field, named.name);
    const PartyIndex party = ListingAt(*snapshot, side, index).party;
    return party.valid() &&
           FormatName(workspace->name(), Collection::kParties, snapshot->party(party).resource_id) == token.party();
  }
  return true;
}

absl::Status Authority::AllowParty(const v1::Token& token, PartyRule rule, const google::protobuf::Message& request,
                                   const std::vector<NamedResource>& names) const {
  const auto refuse = [&](std::string_view what) {
    return NotAllowed(token, fmt::format("{}: its party is {}", what, token.party()));
  };
  if (rule == PartyRule::kPairs) {
    std::map<std::string, bool> own_of_pair;  // by the place of the pair in the request
    for (const NamedResource& named : names) {
      const std::string leaf = LeafOf(named.field);
      if (leaf != "need" && leaf != "offering") continue;
      MAGPIE_ASSIGN_OR_RETURN(const bool own, IsOwn(token, named));
      bool& any = own_of_pair[ParentOf(named.field)];
      any = any || own;
    }
    const bool all = std::ranges::all_of(own_of_pair, [](const auto& pair) { return pair.second; });
    return all && !own_of_pair.empty() ? absl::OkStatus() : refuse("ask about pairs of others");
  }
  const bool is_new = request.GetDescriptor()->FindFieldByName("parent") != nullptr;
  for (const NamedResource& named : names) {
    // Of a listing that is brought along, the party's own fields are looked at below.
    const bool looked_at_below = named.field.starts_with("listing.party");
    const bool of_no_meaning = named.field == "listing.name" && is_new;
    if (rule == PartyRule::kListing && (looked_at_below || of_no_meaning)) continue;
    MAGPIE_ASSIGN_OR_RETURN(const bool own, IsOwn(token, named));
    if (!own) return refuse(fmt::format("touch {}", ToPrintable(named.name)));
  }
  if (rule != PartyRule::kListing) return rule == PartyRule::kNames ? absl::OkStatus() : refuse("call this");

  const google::protobuf::FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("listing");
  if (field == nullptr) return refuse("call this");
  const auto& listing = static_cast<const v1::Listing&>(request.GetReflection()->GetMessage(request, field));
  const auto* update = dynamic_cast<const v1::UpdateListingRequest*>(&request);
  if (!listing.has_party()) {
    const bool taken_away =
        update != nullptr && std::ranges::any_of(update->update_mask().paths(), [](const auto& path) {
          return path == "*" || path == "party" || path.starts_with("party.");
        });
    return update != nullptr && !taken_away ? absl::OkStatus() : refuse("keep a listing without its party");
  }
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(token.workspace(), "parent"));
  const v1::Party& party = listing.party();
  const bool by_name = !party.name().empty();
  const bool by_words = !party.external_id().empty() || !party.display_name().empty();
  const bool fits = (by_name || by_words) && (!by_name || party.name() == token.party()) &&
                    (!by_words || PartyNameOf(*workspace, *workspace->catalogue().snapshot(), party) == token.party());
  return fits ? absl::OkStatus() : refuse("keep listings of other parties");
}

}  // namespace magpie
