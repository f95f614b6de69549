// The tokens of a server: made, found by what a caller shows, revoked. One file, DIR/access.sqlite, beside the workspaces.
//
// Secrets  a token is "mgp_" and 43 characters from 32 random bytes; the file holds its SHA-256 only, and nothing logs it.
// Owner    one process has the file open (include/magpie/store/store.h): the command line makes tokens while the server is
//          down, the service while it is up.
// Errors   kFieldInvalid, kFieldMissing (a record that contradicts itself), kTokenNotFound, kStoreBusy and the others of
//          the store.
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "magpie/store/store.h"
#include "magpie/v1/access_service.pb.h"

namespace magpie {

// A record that fits its role; `field` goes before the names in errors.
absl::Status CheckToken(const v1::Token& token, std::string_view field);

class AccessBook {
 public:
  using Clock = std::function<std::int64_t()>;  // seconds since 1970

  // Makes the file where it is missing. `calls_per_second` is that of tokens that name none; 0 = no limit.
  static absl::StatusOr<std::unique_ptr<AccessBook>> Open(const std::filesystem::path& folder,
                                                          double calls_per_second = 0, Clock clock = nullptr);

  // Whether a token was ever made.
  bool empty() const;

  // The record and its secret ("" for a certificate). Output only fields of `wanted` are ignored.
  struct Made {
    v1::Token token;
    std::string secret;
  };
  absl::StatusOr<Made> Create(const v1::Token& wanted, const std::string& creator);
  absl::StatusOr<v1::Token> Get(const std::string& name) const;
  std::vector<v1::Token> List() const;  // newest first
  absl::StatusOr<v1::Token> Revoke(const std::string& name);

  // The live record of what a caller shows; nullopt = unknown, revoked or expired.
  std::optional<v1::Token> FindSecret(std::string_view secret) const;
  std::optional<v1::Token> FindCertificate(std::string_view name) const;

  // Takes one call from the token's allowance; how long to wait where it is used up.
  std::optional<std::chrono::milliseconds> Spend(const v1::Token& token);

 private:
  struct Record {
    v1::Token token;
    std::string hash;        // of the secret, hexadecimal; empty for a certificate
    std::int64_t order = 0;  // rises with each record: two may be made within one second
  };
  struct Allowance {
    double calls = 0;
    std::chrono::steady_clock::time_point since;
  };

  AccessBook(std::unique_ptr<Store> store, double calls_per_second, Clock clock);
  bool Lives(const v1::Token& token) const;
  absl::Status Save(const Record& record);

  const std::unique_ptr<Store> store_;
  const double calls_per_second_;
  const Clock clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Record> records_;  // by name
  std::unordered_map<std::string, std::string> by_hash_, by_certificate_;
  std::unordered_map<std::string, Allowance> allowance_;
};

}  // namespace magpie
