// How many texts a token has compared with sealed ones: whoever may write a text and ask how well it fits could guess a
// sealed one word by word, so only so many different texts a day get an answer.
//
// Kept in memory: a restart of the server begins anew.
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace magpie {

class Probes {
 public:
  static constexpr std::chrono::hours kWindow{24};
  static constexpr std::size_t kMost = 30;  // different texts of a token within the window

  // Whether the token may compare this version of a listing; counts it if so. One that counts already is free.
  bool Allows(const std::string& token, const std::string& listing, std::int64_t version);

 private:
  using Clock = std::chrono::steady_clock;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, absl::flat_hash_map<std::string, Clock::time_point>> texts_;  // by token
};

}  // namespace magpie
