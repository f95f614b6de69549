// A text file as a stream of UTF-8, its encoding found out: UTF-8 or UTF-16 by their byte order marks, UTF-16 by its
// zero bytes, UTF-8 by being valid throughout, else GB18030 (which holds GBK and GB2312).
// Errors  kFileNotFound; kBadFile for another encoding, with its name and what to do.
// Cost    two passes over the file; memory of two blocks.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>

struct UConverter;

namespace magpie {

enum class TextEncoding : std::uint8_t { kUtf8, kUtf16Le, kUtf16Be, kGb18030 };

absl::StatusOr<TextEncoding> DetectEncoding(const std::string& path);

class TextSource {
 public:
  static absl::StatusOr<TextSource> Open(const std::string& path);
  TextSource(TextSource&&) = default;

  // Appends the next block; false at the end of the file. UTF-8 comes as it is, valid or not; of the other encodings
  // what cannot be decoded comes as U+FFFD.
  absl::StatusOr<bool> Read(std::string* text);

  TextEncoding encoding() const { return encoding_; }

 private:
  struct ConverterCloser {
    void operator()(UConverter* converter) const;
  };
  using Converter = std::unique_ptr<UConverter, ConverterCloser>;

  TextSource(std::string path, TextEncoding encoding) : path_(std::move(path)), encoding_(encoding) {}

  std::string path_;
  TextEncoding encoding_;
  std::ifstream file_;
  Converter from_, to_;  // of the other encodings
  std::unique_ptr<char16_t[]> pivot_;
  char16_t* pivot_read_ = nullptr;
  char16_t* pivot_write_ = nullptr;
  bool ended_ = false;
};

}  // namespace magpie
