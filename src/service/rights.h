// What each role may call: one table, walked in full by a test.
//
// Roles    an administrator may call everything; the table has a column for each other role.
// Scope    the workspace is that of every resource name in the request (NamesIn); a party is that of the listings that the
//          request names. How a method finds out whose listing it is, is for PartyRule to say.
// Threads  no state.
#pragma once

#include <google/protobuf/message.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/v1/access_service.pb.h"

namespace magpie {

enum class Right : std::uint8_t {
  kNo,
  kOwnParty,  // in the own workspace, where PartyRule holds
  kOwnWorkspace,
};

// What of a request must belong to the caller's party where its right is kOwnParty.
enum class PartyRule : std::uint8_t {
  kNone,     // no role has kOwnParty
  kNames,    // every party and listing that the request names
  kListing,  // the listing it brings, and the one that is there already
  kPairs,    // of every pair one of the two
};

struct MethodRights {
  std::string_view method;  // "CatalogueService/GetNeed"
  Right organiser, broker, party_member, reader;
  PartyRule rule = PartyRule::kNone;

  Right Of(v1::Role role) const;  // of another role than ROLE_ADMIN
};

std::span<const MethodRights> AllRights();
// nullptr = no such method; nobody may call what stands nowhere.
const MethodRights* FindRights(std::string_view method);

// A resource name that a request holds and the field it stands in.
struct NamedResource {
  std::string field, name;
};
// All of them, in nested messages, too: fields called name, parent, base, need, offering, workspace or party.
std::vector<NamedResource> NamesIn(const google::protobuf::Message& request);

}  // namespace magpie
