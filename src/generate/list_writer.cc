#include "generate/list_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "magpie/base/status.h"
#include "magpie/ingest/listing_json.h"

namespace magpie::generate {

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
        if (listing) block += ListingToJson(*listing, false) + '\n';
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
