// UTF-8 and Unicode, thinly over ICU. Texts inside Magpie are valid UTF-8 in NFC; the readers see to it at the door.
// Threads  every function may be called from several threads at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace magpie {

bool IsValidUtf8(std::string_view text);

// Code points of a valid text; limits count these, not bytes.
std::size_t CountCodePoints(std::string_view text);

// The first `limit` code points of a valid text.
std::string_view TakeCodePoints(std::string_view text, std::size_t limit);

// The code point that starts at text[*offset] of a valid text; moves *offset behind it.
char32_t NextCodePoint(std::string_view text, std::size_t* offset);
void AppendCodePoint(char32_t code_point, std::string* text);

std::string ToNfc(std::string_view text);
// NFKC, then lower case by Unicode's case folding: full-width digits and letters become plain ones.
std::string ToNfkcFolded(std::string_view text);
// NFKC without folding: "ＡＢＣ１２" becomes "ABC12".
std::string ToNfkc(std::string_view text);

bool IsHan(char32_t code_point);
bool IsSpace(char32_t code_point);  // Unicode white space, the ideographic space, BOM and zero-width ones
std::string_view TrimSpace(std::string_view text);  // of the same kinds of space, at both ends

// Each invalid byte replaced by U+FFFD, for showing a damaged value in an error message.
std::string ToPrintable(std::string_view bytes);

}  // namespace magpie
