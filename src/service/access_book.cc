#include "magpie/service/access_book.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "service/backend.h"
#include "service/names.h"

namespace magpie {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::string_view kTable = "token";
constexpr std::string_view kPrefix = "mgp_";
constexpr std::string_view kNames = "tokens/";
constexpr std::size_t kMaxWords = 200;    // code points of a display name
constexpr double kMostCalls = 1'000'000;  // a second
constexpr double kBurstSeconds = 10;      // of calls that may come at once
constexpr std::size_t kSecretBytes = 32;

std::int64_t SecondsNow() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

absl::StatusOr<std::string> MakeSecret() {
  std::array<char, kSecretBytes> bytes;
  if (getentropy(bytes.data(), bytes.size()) != 0) {
    return MakeError(Reason::kUnavailable, "", "this system gives no random bytes");
  }
  std::string text = absl::WebSafeBase64Escape(absl::string_view(bytes.data(), bytes.size()));
  std::erase(text, '=');
  return std::string(kPrefix) + text;
}

}  // namespace

absl::Status CheckToken(const v1::Token& token, std::string_view field) {
  const auto at = [&](std::string_view member) { return fmt::format("{}{}", field, member); };
  if (CountCodePoints(token.display_name()) > kMaxWords) {
    return MakeError(Reason::kFieldInvalid, at("display_name"),
                     fmt::format("{} code points; at most {}", CountCodePoints(token.display_name()), kMaxWords));
  }
  if (token.role() == v1::ROLE_UNSPECIFIED || !v1::Role_IsValid(token.role())) {
    return MakeError(Reason::kFieldMissing, at("role"), "say what the token is for: admin, organiser, broker, ...");
  }
  if (token.role() == v1::ROLE_ADMIN) {
    if (!token.workspace().empty()) {
      return MakeError(Reason::kFieldInvalid, at("workspace"),
                       "an administrator has all workspaces; leave it out, or make it an organiser");
    }
  } else {
    MAGPIE_RETURN_IF_ERROR(ParseWorkspace(token.workspace(), at("workspace")).status());
  }
  if (token.role() == v1::ROLE_PARTY_MEMBER) {
    if (token.party().empty()) {
      return MakeError(Reason::kFieldMissing, at("party"), "a party member's token says which party (--party ID)");
    }
    MAGPIE_ASSIGN_OR_RETURN(const ResourceName party, ParseName(token.party(), Collection::kParties, at("party")));
    if (token.workspace() != "workspaces/" + party.workspace) {
      return MakeError(Reason::kFieldInvalid, at("party"), "lies in another workspace than the token's");
    }
  } else if (!token.party().empty()) {
    return MakeError(Reason::kFieldInvalid, at("party"), "belongs to the role party member only");
  }
  if (!(token.calls_per_second() >= 0 && token.calls_per_second() <= kMostCalls)) {
    return MakeError(Reason::kFieldInvalid, at("calls_per_second"),
                     fmt::format("{} lies outside 0 to {}", token.calls_per_second(), kMostCalls));
  }
  return absl::OkStatus();
}

AccessBook::AccessBook(std::unique_ptr<Store> store, double calls_per_second, Clock clock)
    : store_(std::move(store)), calls_per_second_(calls_per_second), clock_(clock ? std::move(clock) : SecondsNow) {}

absl::StatusOr<std::unique_ptr<AccessBook>> AccessBook::Open(const std::filesystem::path& folder,
                                                             double calls_per_second, Clock clock) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  MAGPIE_ASSIGN_OR_RETURN(std::unique_ptr<Store> store, OpenSqliteStore(folder / "access.sqlite", {}));
  // Hashes only, yet nobody else's business.
  std::filesystem::permissions(folder / "access.sqlite",
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, code);
  auto book = std::unique_ptr<AccessBook>(new AccessBook(std::move(store), calls_per_second, std::move(clock)));
  const auto read = [&](StoredRow&& row) -> absl::Status {
    const auto json = nlohmann::json::parse(row.body, nullptr, false);
    Record record;
    if (!json.is_object() || !json.contains("token") || !json.contains("hash") || !json["hash"].is_string()) {
      return MakeError(Reason::kStoreCorrupt, "", fmt::format("access.sqlite: token {} cannot be read", row.id));
    }
    MAGPIE_RETURN_IF_ERROR(FromJson(json["token"].dump(), &record.token));
    record.hash = json["hash"].get<std::string>();
    record.order = row.order;
    const std::string name = record.token.name();
    if (!record.hash.empty()) book->by_hash_[record.hash] = name;
    if (!record.token.certificate_name().empty()) book->by_certificate_[record.token.certificate_name()] = name;
    book->records_[name] = std::move(record);
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(book->store_->Scan(kTable, read));
  return book;
}

bool AccessBook::empty() const {
  const std::lock_guard lock(mutex_);
  return records_.empty();
}

bool AccessBook::Lives(const v1::Token& token) const {
  return !token.has_revoke_time() && (!token.has_expire_time() || token.expire_time().seconds() > clock_());
}

absl::Status AccessBook::Save(const Record& record) {
  const nlohmann::ordered_json json = {{"token", nlohmann::ordered_json::parse(ToJson(record.token))},
                                       {"hash", record.hash}};
  return store_->Write({{std::string(kTable), record.token.name().substr(kNames.size()), json.dump(), std::nullopt}})
      .status();
}

absl::StatusOr<AccessBook::Made> AccessBook::Create(const v1::Token& wanted, const std::string& creator) {
  MAGPIE_RETURN_IF_ERROR(CheckToken(wanted, "token."));
  if (wanted.has_expire_time() && wanted.expire_time().seconds() <= clock_()) {
    return MakeError(Reason::kFieldInvalid, "token.expire_time", "lies in the past");
  }
  Made made;
  Record record;
  record.token = wanted;
  record.token.set_name(std::string(kNames) + MakeId("t-"));
  record.token.set_creator(creator);
  record.token.clear_revoke_time();
  *record.token.mutable_create_time() = TimeUtil::SecondsToTimestamp(clock_());
  if (wanted.certificate_name().empty()) {
    MAGPIE_ASSIGN_OR_RETURN(made.secret, MakeSecret());
    record.hash = Sha256Hex(made.secret);
  }
  made.token = record.token;
  const std::lock_guard lock(mutex_);
  if (const auto other = by_certificate_.find(wanted.certificate_name());
      !wanted.certificate_name().empty() && other != by_certificate_.end() && Lives(records_[other->second].token)) {
    return MakeError(Reason::kAlreadyExists, "token.certificate_name",
                     fmt::format("{} bears it already; revoke that one first", other->second));
  }
  MAGPIE_RETURN_IF_ERROR(Save(record));
  for (const auto& [name, other] : records_) record.order = std::max(record.order, other.order + 1);
  if (!record.hash.empty()) by_hash_[record.hash] = made.token.name();
  if (!wanted.certificate_name().empty()) by_certificate_[wanted.certificate_name()] = made.token.name();
  records_[made.token.name()] = std::move(record);
  return made;
}

absl::StatusOr<v1::Token> AccessBook::Get(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(name);
  if (found == records_.end()) {
    return MakeError(Reason::kTokenNotFound, "name", fmt::format("there is no {}", ToPrintable(name)));
  }
  return found->second.token;
}

std::vector<v1::Token> AccessBook::List() const {
  const std::lock_guard lock(mutex_);
  std::vector<const Record*> records;
  for (const auto& [name, record] : records_) records.push_back(&record);
  std::sort(records.begin(), records.end(), [](const Record* a, const Record* b) { return a->order > b->order; });
  std::vector<v1::Token> tokens;
  for (const Record* record : records) tokens.push_back(record->token);
  return tokens;
}

absl::StatusOr<v1::Token> AccessBook::Revoke(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(name);
  if (found == records_.end()) {
    return MakeError(Reason::kTokenNotFound, "name", fmt::format("there is no {}", ToPrintable(name)));
  }
  if (found->second.token.has_revoke_time()) return found->second.token;
  Record record = found->second;
  *record.token.mutable_revoke_time() = TimeUtil::SecondsToTimestamp(clock_());
  MAGPIE_RETURN_IF_ERROR(Save(record));
  found->second = record;
  return record.token;
}

std::optional<v1::Token> AccessBook::FindSecret(std::string_view secret) const {
  if (!secret.starts_with(kPrefix)) return std::nullopt;
  const std::string hash = Sha256Hex(secret);
  const std::lock_guard lock(mutex_);
  const auto found = by_hash_.find(hash);
  if (found == by_hash_.end()) return std::nullopt;
  const v1::Token& token = records_.at(found->second).token;
  return Lives(token) ? std::optional(token) : std::nullopt;
}

std::optional<v1::Token> AccessBook::FindCertificate(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_certificate_.find(std::string(name));
  if (found == by_certificate_.end()) return std::nullopt;
  const v1::Token& token = records_.at(found->second).token;
  return Lives(token) ? std::optional(token) : std::nullopt;
}

std::optional<std::chrono::milliseconds> AccessBook::Spend(const v1::Token& token) {
  const double rate = token.calls_per_second() > 0 ? token.calls_per_second() : calls_per_second_;
  if (rate <= 0) return std::nullopt;
  const double most = std::max(1.0, rate * kBurstSeconds);
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  const auto [entry, fresh] = allowance_.try_emplace(token.name(), Allowance{most, now});
  Allowance& allowance = entry->second;
  if (!fresh) {
    const double seconds = std::chrono::duration<double>(now - allowance.since).count();
    allowance.calls = std::min(most, allowance.calls + seconds * rate);
    allowance.since = now;
  }
  if (allowance.calls >= 1) {
    allowance.calls -= 1;
    return std::nullopt;
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil((1 - allowance.calls) / rate * 1000)));
}

}  // namespace magpie
