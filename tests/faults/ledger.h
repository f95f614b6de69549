// What a client may expect to find of things that it wrote: for each the last state that was acknowledged, and those that
// were asked for since and not acknowledged, any of which may have come about.
// Threads  every method may be called from several threads; one thing is written by one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace magpie {

inline constexpr char kAbsent[] = "";

class Ledger {
 public:
  void Ask(const std::string& thing, const std::string& state) {
    const std::lock_guard lock(mutex_);
    things_[thing].asked.push_back(state);
  }
  // `thing` is as it was asked for last.
  void Acknowledge(const std::string& thing) {
    const std::lock_guard lock(mutex_);
    Entry& entry = things_[thing];
    entry.sure = entry.asked.back();
    entry.asked.clear();
    ++acknowledged_;
  }
  // The state that was acknowledged last.
  std::string Sure(const std::string& thing) const {
    const std::lock_guard lock(mutex_);
    const auto found = things_.find(thing);
    return found == things_.end() ? kAbsent : found->second.sure;
  }
  // Those of a kind that are there for sure.
  std::vector<std::string> Present(const std::string& prefix) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> present;
    for (const auto& [thing, entry] : things_) {
      if (thing.starts_with(prefix) && entry.sure != kAbsent) present.push_back(thing);
    }
    return present;
  }
  std::int64_t acknowledged() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
  }

  // Compares with what is there after a restart and goes on from it. What does not fit, in words.
  std::vector<std::string> Compare(const std::map<std::string, std::string>& there) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> faults;
    for (auto& [thing, entry] : things_) {
      const auto found = there.find(thing);
      const std::string state = found == there.end() ? kAbsent : found->second;
      bool fits = state == entry.sure;
      for (const std::string& asked : entry.asked) fits = fits || state == asked;
      if (!fits) faults.push_back(thing + " is '" + state + "', acknowledged was '" + entry.sure + "'");
      entry = {state, {}};
    }
    for (const auto& [thing, state] : there) {
      if (!things_.contains(thing)) faults.push_back(thing + " is there and nobody wrote it");
    }
    return faults;
  }

 private:
  struct Entry {
    std::string sure = kAbsent;
    std::vector<std::string> asked;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Entry> things_;
  std::int64_t acknowledged_ = 0;
};

}  // namespace magpie
