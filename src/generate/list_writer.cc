#include "generate/list_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "magpie/base/status.h"
#include "magpie/base/vocabulary.h"

namespace magpie::generate {
namespace {

void AppendText(std::string_view text, std::string* out) {
  *out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') *out += '\\';
    if (c == '\n') {
      *out += "\\n";
    } else {
      *out += c;
    }
  }
  *out += '"';
}

void AppendMember(std::string_view name, std::string_view text, std::string* out) {
  if (text.empty()) return;
  fmt::format_to(std::back_inserter(*out), ",\"{}\":", name);
  AppendText(text, out);
}

// An array of texts, left out where it is empty.
template <typename List, typename TextOf>
void AppendArray(std::string_view name, const List& list, const TextOf& text_of, std::string* out) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    fmt::format_to(std::back_inserter(*out), "{}{}{}", i == 0 ? ",\"" : "", i == 0 ? name : "", i == 0 ? "\":[" : ",");
    AppendText(text_of(list[i]), out);
  }
  if (!list.empty()) *out += ']';
}

}  // namespace

void AppendLine(const ListingRecord& listing, std::string* out) {
  *out += "{\"id\":";
  AppendText(listing.id, out);
  AppendMember("side", WordName(listing.side), out);
  AppendMember("lang", listing.language, out);
  if (!listing.party.name.empty()) {
    *out += ",\"party\":{\"name\":";
    AppendText(listing.party.name, out);
    AppendMember("kind", WordName(*listing.party.kind), out);
    AppendMember("region", listing.party.region.text, out);
    *out += '}';
  }
  AppendMember("title", listing.title, out);
  AppendMember("description", listing.description, out);
  AppendArray(
      "keywords", listing.keywords, [](const std::string& word) { return std::string_view(word); }, out);
  AppendMember("resource", WordName(*listing.resource), out);
  AppendArray(
      "modes", listing.modes.Values(), [](CooperationMode mode) { return WordName(mode); }, out);
  if (listing.trl) fmt::format_to(std::back_inserter(*out), ",\"trl\":{}", *listing.trl);
  if (listing.amount) {
    fmt::format_to(std::back_inserter(*out), ",\"amount_wan_cny\":[{},{}]", FormatWan(*listing.amount->low_cents),
                   FormatWan(*listing.amount->high_cents));
  }
  AppendArray(
      "regions", listing.regions, [](const Region& region) { return std::string_view(region.text); }, out);
  if (listing.valid_from) AppendMember("valid_from", FormatDate(*listing.valid_from), out);
  if (listing.valid_until) AppendMember("valid_until", FormatDate(*listing.valid_until), out);
  *out += "}\n";
}

absl::Status WriteList(const Generator& generator, Side side, std::int64_t places, const std::filesystem::path& path,
                       const RunContext& context) {
  constexpr std::int64_t kBlock = 1024, kBlocksAtOnce = 64;  // some 30 MB of lines
  const std::filesystem::path part = path.string() + ".part";
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  const auto cannot_write = [&] {
    return MakeError(Reason::kBadFile, path.string(),
                     fmt::format("cannot write {}; is there room, and may you write there?", part.string()));
  };
  if (!file) return cannot_write();
  std::vector<std::string> lines(kBlocksAtOnce);
  for (std::int64_t begin = 0; begin < places; begin += kBlock * kBlocksAtOnce) {
    const std::int64_t count = std::min(kBlock * kBlocksAtOnce, places - begin);
    MAGPIE_RETURN_IF_ERROR(ParallelFor(context, count, kBlock, [&](std::int64_t from, std::int64_t to) {
      std::string& block = lines[static_cast<std::size_t>(from / kBlock)];
      block.clear();
      for (std::int64_t at = from; at < to; ++at) {
        const std::optional<ListingRecord> listing = generator.Listing(side, begin + at);
        if (listing) AppendLine(*listing, &block);
      }
      return absl::OkStatus();
    }));
    for (std::int64_t block = 0; block * kBlock < count; ++block) file << lines[static_cast<std::size_t>(block)];
    context.Report(side == Side::kNeed ? "needs" : "offerings", begin + count, places);
  }
  file.close();
  if (!file) return cannot_write();
  std::error_code error;
  std::filesystem::rename(part, path, error);
  return error ? cannot_write() : absl::OkStatus();
}

}  // namespace magpie::generate
