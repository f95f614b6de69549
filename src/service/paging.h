// Pages of lists: sizes and opaque tokens that hold only for the request and the snapshot they were made for.
#pragma once

#include <absl/status/statusor.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "magpie/base/files.h"

namespace magpie {

inline constexpr int kDefaultPageSize = 50;
inline constexpr int kDefaultResultSize = 10;  // of recommendations and searches
inline constexpr int kMaxPageSize = 1'000;
inline constexpr int kMaxResults = 200;  // of a recommendation or search, over all pages: the candidates scored

// 0 = `standard`; above kMaxPageSize is cut; negative is kBadArgument.
absl::StatusOr<int> PageSize(int page_size, int standard);

// Where the next page starts, in which version of the list.
struct PageStart {
  std::int64_t version = 0;
  std::int64_t offset = 0;
  std::int64_t order = 0;  // what a ranked list is in order by (OrderOf); 0 = nothing that could change
};

std::string MakePageToken(const PageStart& start, std::uint64_t request_hash);

// kPageTokenInvalid for a token of another request, or no token at all.
absl::StatusOr<PageStart> ParsePageToken(std::string_view token, std::uint64_t request_hash);

// What a token is tied to: everything of the request but page size and token.
template <typename Request>
std::uint64_t HashForPages(Request request) {
  request.clear_page_size();
  request.clear_page_token();
  return StableHash(request.GetTypeName() + request.SerializeAsString());
}

// Items [begin, end) of a list, and the token of the page behind them ("" at the list's end).
struct Page {
  std::int64_t begin = 0, end = 0;
  std::string next_token;
};
Page CutPage(const PageStart& start, int page_size, std::int64_t total, std::uint64_t request_hash);

}  // namespace magpie
