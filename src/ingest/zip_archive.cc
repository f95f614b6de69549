#include "zip_archive.h"

#include <fmt/format.h>
#include <zip.h>

#include <array>
#include <filesystem>
#include <memory>
#include <utility>

#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr std::uint64_t kRatioFloorBytes = 1u << 20;  // below this a part may be packed as tightly as it likes

}  // namespace

absl::StatusOr<ZipArchive> ZipArchive::Open(const std::string& path, const ImportLimits& limits) {
  std::error_code code;
  const std::uint64_t size = std::filesystem::file_size(path, code);
  if (!code && size > limits.file_bytes) {
    return MakeError(Reason::kLimitExceeded, path,
                     fmt::format("is {} bytes long, more than the limit of {}; split it", size, limits.file_bytes));
  }
  int zip_error = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_RDONLY, &zip_error);
  if (archive == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, zip_error);
    const std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    const bool missing = zip_error == ZIP_ER_NOENT || zip_error == ZIP_ER_OPEN;
    return MakeError(missing ? Reason::kFileNotFound : Reason::kBadFile, path,
                     missing ? fmt::format("cannot be read ({}); check the path and your right to read it", why)
                             : fmt::format("is not a complete workbook ({}); it may be truncated: fetch or save it "
                                           "again",
                                           why));
  }
  return ZipArchive(path, limits, archive);
}

ZipArchive::ZipArchive(ZipArchive&& other) noexcept
    : path_(std::move(other.path_)),
      limits_(other.limits_),
      archive_(std::exchange(other.archive_, nullptr)),
      expanded_(other.expanded_) {}

ZipArchive::~ZipArchive() {
  if (archive_ != nullptr) zip_discard(archive_);
}

bool ZipArchive::Has(std::string_view part) const {
  return zip_name_locate(archive_, std::string(part).c_str(), ZIP_FL_NOCASE) >= 0;
}

absl::Status ZipArchive::Stream(std::string_view part, const std::function<absl::Status(std::string_view)>& sink,
                                bool again) {
  const std::string name(part);
  const zip_int64_t index = zip_name_locate(archive_, name.c_str(), ZIP_FL_NOCASE);
  if (index < 0) return MakeError(Reason::kBadFile, path_, fmt::format("lacks its part '{}'; save it again", name));
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_stat_index(archive_, static_cast<zip_uint64_t>(index), 0, &stat) == 0 &&
      (stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE) {
    return MakeError(Reason::kUnsupportedFile, path_, "is protected by a password; save it without one");
  }
  const double packed =
      (stat.valid & ZIP_STAT_COMP_SIZE) != 0 && stat.comp_size > 0 ? static_cast<double>(stat.comp_size) : 1;
  const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> file(
      zip_fopen_index(archive_, static_cast<zip_uint64_t>(index), 0), &zip_fclose);
  if (!file) {
    return MakeError(Reason::kBadFile, path_,
                     fmt::format("has a damaged part '{}' ({}); save it again", name, zip_strerror(archive_)));
  }
  const auto check_size = [&](std::uint64_t part_bytes, std::uint64_t expanded) -> absl::Status {
    if (expanded > limits_.expanded_bytes || part_bytes > limits_.expanded_bytes) {
      return MakeError(Reason::kLimitExceeded, path_,
                       fmt::format("unpacks to more than the limit of {} bytes; split it", limits_.expanded_bytes));
    }
    if (part_bytes > kRatioFloorBytes && static_cast<double>(part_bytes) > packed * limits_.expansion_ratio) {
      return MakeError(Reason::kLimitExceeded, path_,
                       fmt::format("part '{}' unpacks to more than {} times its packed size, as zip bombs do; if it is "
                                   "genuine, save it as CSV",
                                   name, limits_.expansion_ratio));
    }
    return absl::OkStatus();
  };
  // An archive that admits too large a size is refused at once; a smaller claim is not believed but watched.
  if ((stat.valid & ZIP_STAT_SIZE) != 0) MAGPIE_RETURN_IF_ERROR(check_size(stat.size, stat.size));
  std::array<char, 1 << 16> buffer;
  std::uint64_t part_bytes = 0;
  for (;;) {
    const zip_int64_t read = zip_fread(file.get(), buffer.data(), buffer.size());
    if (read < 0) {
      return MakeError(Reason::kBadFile, path_,
                       fmt::format("has a damaged part '{}' ({}); it may be truncated: fetch or save it again", name,
                                   zip_file_strerror(file.get())));
    }
    if (read == 0) return absl::OkStatus();
    part_bytes += static_cast<std::uint64_t>(read);
    if (!again) expanded_ += static_cast<std::uint64_t>(read);
    MAGPIE_RETURN_IF_ERROR(check_size(part_bytes, expanded_));
    MAGPIE_RETURN_IF_ERROR(sink(std::string_view(buffer.data(), static_cast<std::size_t>(read))));
  }
}

}  // namespace magpie
