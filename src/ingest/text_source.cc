#include "text_source.h"

#include <fmt/format.h>
#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>
#include <unicode/utf8.h>

#include <array>
#include <string_view>

#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr std::size_t kBlockBytes = 1 << 16;
constexpr std::size_t kPivotUnits = 1 << 14;
constexpr std::int64_t kGoodPerBad = 20;  // of UTF-8 sequences, for a file with damaged places
constexpr int kSureConfidence = 60;       // of ICU's detector, out of 100
constexpr int kWeakConfidence = 30;

struct ByteStatistics {
  std::int64_t size = 0;
  std::int64_t zero_even = 0, zero_odd = 0;
  std::int64_t utf8_good = 0, utf8_bad = 0;  // sequences beyond ASCII, bytes that belong to none
  std::string head;
};

void CountUtf8(std::string_view bytes, bool last, std::string* carried, ByteStatistics* statistics) {
  std::string joined;
  if (!carried->empty()) bytes = joined = *carried + std::string(bytes);
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto size = static_cast<std::int64_t>(bytes.size());
  // A sequence may go on in the next block.
  const std::int64_t end = last ? size : std::max<std::int64_t>(0, size - 4);
  std::int64_t i = 0;
  while (i < end) {
    if (data[i] < 0x80) {
      ++i;
      continue;
    }
    UChar32 c;
    U8_NEXT(data, i, size, c);
    ++(c < 0 ? statistics->utf8_bad : statistics->utf8_good);
  }
  *carried = std::string(bytes.substr(static_cast<std::size_t>(i)));
}

absl::StatusOr<ByteStatistics> ReadStatistics(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return MakeError(Reason::kFileNotFound, path, "cannot be read; check the path and your right to read it");
  }
  ByteStatistics statistics;
  std::array<char, kBlockBytes> block;
  std::string carried;
  while (file.read(block.data(), block.size()) || file.gcount() > 0) {
    const std::string_view bytes(block.data(), static_cast<std::size_t>(file.gcount()));
    if (statistics.head.empty()) statistics.head = bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] != '\0') continue;
      ++((statistics.size + static_cast<std::int64_t>(i)) % 2 == 0 ? statistics.zero_even : statistics.zero_odd);
    }
    CountUtf8(bytes, false, &carried, &statistics);
    statistics.size += static_cast<std::int64_t>(bytes.size());
  }
  CountUtf8("", true, &carried, &statistics);
  return statistics;
}

struct Guess {
  std::string name;
  int confidence = 0;
  int gb18030_confidence = 0;
};

Guess GuessByIcu(const std::string& head) {
  Guess guess;
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UCharsetDetector, decltype(&ucsdet_close)> detector(ucsdet_open(&error), &ucsdet_close);
  ucsdet_setText(detector.get(), head.data(), static_cast<std::int32_t>(head.size()), &error);
  std::int32_t count = 0;
  const UCharsetMatch** matches = ucsdet_detectAll(detector.get(), &count, &error);
  if (U_FAILURE(error)) return guess;
  for (std::int32_t i = 0; i < count; ++i) {
    const std::string_view name = ucsdet_getName(matches[i], &error);
    const int confidence = ucsdet_getConfidence(matches[i], &error);
    if (i == 0) {
      guess.name = name;
      guess.confidence = confidence;
    }
    if (name == "GB18030") guess.gb18030_confidence = confidence;
  }
  return guess;
}

}  // namespace

absl::StatusOr<TextEncoding> DetectEncoding(const std::string& path) {
  using namespace std::string_view_literals;
  MAGPIE_ASSIGN_OR_RETURN(const ByteStatistics statistics, ReadStatistics(path));
  const std::string_view head = statistics.head;
  if (head.starts_with("\xEF\xBB\xBF")) return TextEncoding::kUtf8;
  if (head.starts_with("\xFF\xFE\0\0"sv) || head.starts_with("\0\0\xFE\xFF"sv)) {
    return MakeError(Reason::kBadFile, path, "is encoded as UTF-32; save it as UTF-8");
  }
  if (head.starts_with("\xFF\xFE")) return TextEncoding::kUtf16Le;
  if (head.starts_with("\xFE\xFF")) return TextEncoding::kUtf16Be;
  if (head.starts_with("\x84\x31\x95\x33")) return TextEncoding::kGb18030;
  // In UTF-16 every ASCII character, commas and line ends at least, has a zero byte on the same side; a few Chinese
  // characters have one on the other.
  if ((statistics.zero_even + statistics.zero_odd) * 50 > statistics.size) {
    if (statistics.zero_odd > 4 * statistics.zero_even) return TextEncoding::kUtf16Le;
    if (statistics.zero_even > 4 * statistics.zero_odd) return TextEncoding::kUtf16Be;
    return MakeError(Reason::kBadFile, path, "holds many zero bytes and is no text; check that it is the right file");
  }
  if (statistics.utf8_bad == 0 || statistics.utf8_good >= kGoodPerBad * statistics.utf8_bad) return TextEncoding::kUtf8;
  const Guess guess = GuessByIcu(statistics.head);
  if (guess.name != "GB18030" && guess.confidence >= kSureConfidence && guess.gb18030_confidence < kWeakConfidence) {
    return MakeError(Reason::kBadFile, path,
                     fmt::format("seems to be encoded as {}; save it as UTF-8 (or GB18030)", guess.name));
  }
  return TextEncoding::kGb18030;
}

void TextSource::ConverterCloser::operator()(UConverter* converter) const {
  ucnv_close(converter);
}

absl::StatusOr<TextSource> TextSource::Open(const std::string& path) {
  MAGPIE_ASSIGN_OR_RETURN(const TextEncoding encoding, DetectEncoding(path));
  TextSource source(path, encoding);
  source.file_.open(path, std::ios::binary);
  if (!source.file_) {
    return MakeError(Reason::kFileNotFound, path, "cannot be read; check the path and your right to read it");
  }
  std::array<char, 4> mark{};
  source.file_.read(mark.data(), mark.size());
  const std::string_view start(mark.data(), static_cast<std::size_t>(source.file_.gcount()));
  std::size_t skip = 0;
  if (start.starts_with("\xEF\xBB\xBF")) skip = 3;
  if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF")) skip = 2;
  if (start.starts_with("\x84\x31\x95\x33")) skip = 4;
  source.file_.clear();
  source.file_.seekg(static_cast<std::streamoff>(skip));
  if (encoding == TextEncoding::kUtf8) return source;
  UErrorCode error = U_ZERO_ERROR;
  const char* name = encoding == TextEncoding::kGb18030   ? "gb18030"
                     : encoding == TextEncoding::kUtf16Le ? "UTF-16LE"
                                                          : "UTF-16BE";
  source.from_.reset(ucnv_open(name, &error));
  source.to_.reset(ucnv_open("UTF-8", &error));
  if (U_FAILURE(error)) return MakeError(Reason::kInternal, path, "the converter of its encoding is missing");
  source.pivot_ = std::make_unique<char16_t[]>(kPivotUnits);
  source.pivot_read_ = source.pivot_write_ = source.pivot_.get();
  return source;
}

absl::StatusOr<bool> TextSource::Read(std::string* text) {
  if (ended_) return false;
  std::array<char, kBlockBytes> block;
  file_.read(block.data(), block.size());
  const auto size = static_cast<std::size_t>(file_.gcount());
  if (file_.bad()) return MakeError(Reason::kFileNotFound, path_, "cannot be read to its end; check the disk");
  ended_ = size < block.size();
  if (encoding_ == TextEncoding::kUtf8) {
    text->append(block.data(), size);
    return size > 0;
  }
  const char* source = block.data();
  std::array<char, kBlockBytes> out;
  for (;;) {
    UErrorCode error = U_ZERO_ERROR;
    char* target = out.data();
    ucnv_convertEx(to_.get(), from_.get(), &target, out.data() + out.size(), &source, block.data() + size, pivot_.get(),
                   &pivot_read_, &pivot_write_, pivot_.get() + kPivotUnits, /*reset=*/0, /*flush=*/ended_ ? 1 : 0,
                   &error);
    text->append(out.data(), static_cast<std::size_t>(target - out.data()));
    if (error == U_BUFFER_OVERFLOW_ERROR) continue;
    if (U_FAILURE(error)) return MakeError(Reason::kBadFile, path_, "cannot be decoded; save it as UTF-8");
    return size > 0;
  }
}

}  // namespace magpie
