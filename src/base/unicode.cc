#include "magpie/base/unicode.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

namespace magpie {
namespace {

const icu::Normalizer2& Nfc() {
  static const icu::Normalizer2& normalizer = []() -> const icu::Normalizer2& {
    UErrorCode error = U_ZERO_ERROR;
    return *icu::Normalizer2::getNFCInstance(error);
  }();
  return normalizer;
}

const icu::Normalizer2& Nfkc() {
  static const icu::Normalizer2& normalizer = []() -> const icu::Normalizer2& {
    UErrorCode error = U_ZERO_ERROR;
    return *icu::Normalizer2::getNFKCInstance(error);
  }();
  return normalizer;
}

const icu::Normalizer2& NfkcFolded() {
  static const icu::Normalizer2& normalizer = []() -> const icu::Normalizer2& {
    UErrorCode error = U_ZERO_ERROR;
    return *icu::Normalizer2::getNFKCCasefoldInstance(error);
  }();
  return normalizer;
}

std::string Normalize(const icu::Normalizer2& normalizer, std::string_view text) {
  std::string out;
  out.reserve(text.size());
  icu::StringByteSink<std::string> sink(&out);
  UErrorCode error = U_ZERO_ERROR;
  normalizer.normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink, nullptr,
                           error);
  return U_SUCCESS(error) ? out : std::string(text);
}

bool IsAscii(std::string_view text) {
  for (char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int64_t>(text.size());
  std::int64_t i = 0;
  while (i < size) {
    if (bytes[i] < 0x80) {
      ++i;
      continue;
    }
    UChar32 c;
    U8_NEXT(bytes, i, size, c);
    if (c < 0) return false;
  }
  return true;
}

std::size_t CountCodePoints(std::string_view text) {
  std::size_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

std::string_view TakeCodePoints(std::string_view text, std::size_t limit) {
  std::size_t offset = 0;
  for (std::size_t taken = 0; taken < limit && offset < text.size(); ++taken) NextCodePoint(text, &offset);
  return text.substr(0, offset);
}

char32_t NextCodePoint(std::string_view text, std::size_t* offset) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  auto i = static_cast<std::int64_t>(*offset);
  UChar32 c;
  U8_NEXT_OR_FFFD(bytes, i, static_cast<std::int64_t>(text.size()), c);
  *offset = static_cast<std::size_t>(i);
  return static_cast<char32_t>(c);
}

void AppendCodePoint(char32_t code_point, std::string* text) {
  char buffer[U8_MAX_LENGTH];
  std::int32_t length = 0;
  U8_APPEND_UNSAFE(buffer, length, static_cast<UChar32>(code_point));
  text->append(buffer, static_cast<std::size_t>(length));
}

std::string ToNfc(std::string_view text) {
  return IsAscii(text) ? std::string(text) : Normalize(Nfc(), text);
}
std::string ToNfkc(std::string_view text) {
  return IsAscii(text) ? std::string(text) : Normalize(Nfkc(), text);
}
std::string ToNfkcFolded(std::string_view text) {
  return Normalize(NfkcFolded(), text);
}

bool IsHan(char32_t c) {
  if (c < 0x3006) return false;
  if (c >= 0x4E00 && c <= 0x9FFF) return true;  // the block of nearly all text
  return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_IDEOGRAPHIC) != 0;
}

bool IsSpace(char32_t c) {
  if (c == 0xFEFF || (c >= 0x200B && c <= 0x200D) || c == 0x2060) return true;
  return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0;
}

std::string_view TrimSpace(std::string_view text) {
  std::size_t begin = text.size(), end = 0, offset = 0;
  while (offset < text.size()) {
    const std::size_t at = offset;
    if (!IsSpace(NextCodePoint(text, &offset))) {
      if (begin == text.size()) begin = at;
      end = offset;
    }
  }
  return begin < end ? text.substr(begin, end - begin) : std::string_view();
}

std::string ToPrintable(std::string_view bytes) {
  std::string out;
  std::size_t offset = 0;
  while (offset < bytes.size()) AppendCodePoint(NextCodePoint(bytes, &offset), &out);
  return out;
}

}  // namespace magpie
