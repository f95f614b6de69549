#include "service/paging.h"

#include <fmt/format.h>

#include <charconv>

#include "magpie/base/status.h"

namespace magpie {
namespace {

// Version, offset and order in the clear, tied to each other and to the request by the hash behind them.
std::string TokenText(const PageStart& start, std::uint64_t request_hash) {
  const std::string body = fmt::format("{:x}.{:x}.{:x}", start.version, start.offset, start.order);
  return fmt::format("{}.{:016x}", body, StableHash(body, request_hash));
}

bool ParseHex(std::string_view text, std::int64_t* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value, 16);
  return error == std::errc() && end == text.data() + text.size() && *value >= 0;
}

}  // namespace

absl::StatusOr<int> PageSize(int page_size, int standard) {
  if (page_size < 0) {
    return MakeError(Reason::kBadArgument, "page_size",
                     fmt::format("page_size is {}; use 0 for the default or a positive number", page_size));
  }
  return page_size == 0 ? standard : std::min(page_size, kMaxPageSize);
}

std::string MakePageToken(const PageStart& start, std::uint64_t request_hash) {
  return TokenText(start, request_hash);
}

absl::StatusOr<PageStart> ParsePageToken(std::string_view token, std::uint64_t request_hash) {
  PageStart start;
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  const std::size_t third = second == std::string_view::npos ? second : token.find('.', second + 1);
  if (third == std::string_view::npos || !ParseHex(token.substr(0, first), &start.version) ||
      !ParseHex(token.substr(first + 1, second - first - 1), &start.offset) ||
      !ParseHex(token.substr(second + 1, third - second - 1), &start.order) ||
      token != TokenText(start, request_hash)) {
    return MakeError(Reason::kPageTokenInvalid, "page_token",
                     "page_token does not belong to this request; send the next_page_token of the same request, all "
                     "other fields unchanged, or start again with an empty one");
  }
  return start;
}

Page CutPage(const PageStart& start, int page_size, std::int64_t total, std::uint64_t request_hash) {
  Page page;
  page.begin = std::min(start.offset, total);
  page.end = std::min<std::int64_t>(page.begin + page_size, total);
  if (page.end < total) page.next_token = MakePageToken({start.version, page.end, start.order}, request_hash);
  return page;
}

}  // namespace magpie
