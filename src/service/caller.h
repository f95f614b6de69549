// Who makes a call, as every method of every service sees it.
// Threads  plain values.
#pragma once

#include <optional>
#include <string>

#include "magpie/service/audit.h"
#include "magpie/v1/access_service.pb.h"

namespace magpie {

// nullopt = nobody in particular, on an open server.
using CallerToken = std::optional<v1::Token>;

struct Caller {
  CallerToken token;
  std::string method;    // "CatalogueService/GetNeed"
  std::string trace_id;  // empty = none was sent

  // Sees everything in the workspace: on an open server everybody, else administrators and organisers.
  bool is_insider() const { return !token || token->role() == v1::ROLE_ADMIN || token->role() == v1::ROLE_ORGANISER; }
  bool has_role(v1::Role role) const { return token && token->role() == role; }
  // `tokens/{token}`; empty = nobody in particular. What one caller sees is not for another: page tokens, lists kept and probes
  // are tied to it.
  std::string name() const { return token ? token->name() : std::string(); }
  // The resource name of the party that the caller speaks for; empty = of none.
  std::string party() const { return token ? token->party() : std::string(); }
  Actor actor() const { return {name(), method, trace_id}; }
};

}  // namespace magpie
