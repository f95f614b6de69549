#include "service/probes.h"

#include <absl/strings/str_cat.h>

namespace magpie {

bool Probes::Allows(const std::string& token, const std::string& listing, std::int64_t version) {
  const Clock::time_point now = Clock::now();
  const std::string text = absl::StrCat(listing, "@", version);
  const std::lock_guard lock(mutex_);
  auto& texts = texts_[token];
  absl::erase_if(texts, [&](const auto& entry) { return now - entry.second > kWindow; });
  if (texts.contains(text)) return true;
  if (texts.size() >= kMost) return false;
  texts.emplace(text, now);
  return true;
}

}  // namespace magpie
