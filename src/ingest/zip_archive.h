// A zip archive read part by part, as a stream, under the limits that stop zip bombs while they inflate.
// Errors  kFileNotFound; kBadFile (not a zip, truncated, damaged); kLimitExceeded.
// Threads one archive is used by one thread.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "magpie/ingest/import.h"

struct zip;

namespace magpie {

class ZipArchive {
 public:
  static absl::StatusOr<ZipArchive> Open(const std::string& path, const ImportLimits& limits);
  ZipArchive(ZipArchive&& other) noexcept;
  ZipArchive& operator=(ZipArchive&&) = delete;
  ~ZipArchive();

  bool Has(std::string_view part) const;

  // Inflates one part and hands it over block by block; a sink that returns an error ends the reading with it.
  // `again` = the part has been read before and does not count towards the archive's expanded size a second time.
  absl::Status Stream(std::string_view part, const std::function<absl::Status(std::string_view block)>& sink,
                      bool again = false);

  const std::string& path() const { return path_; }

 private:
  ZipArchive(std::string path, const ImportLimits& limits, zip* archive)
      : path_(std::move(path)), limits_(limits), archive_(archive) {}

  std::string path_;
  ImportLimits limits_;
  zip* archive_;
  std::uint64_t expanded_ = 0;
};

}  // namespace magpie
