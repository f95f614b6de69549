#include "magpie/base/unicode.h"

#include <gtest/gtest.h>

#include "magpie/base/random.h"

namespace magpie {
namespace {

TEST(Unicode, TellsValidFromInvalid) {
  EXPECT_TRUE(IsValidUtf8("a鹊桥𠀀"));
  EXPECT_FALSE(IsValidUtf8("\xE9\xB9"));          // cut short
  EXPECT_FALSE(IsValidUtf8("\xC0\x80"));          // overlong
  EXPECT_FALSE(IsValidUtf8("\xED\xA0\x80"));      // a surrogate
  EXPECT_FALSE(IsValidUtf8("\xF4\x90\x80\x80"));  // above U+10FFFF
}

TEST(Unicode, CountsAndTakesCodePoints) {
  EXPECT_EQ(CountCodePoints("a鹊桥𠀀"), 4u);
  EXPECT_EQ(TakeCodePoints("a鹊桥𠀀", 2), "a鹊");
  EXPECT_EQ(TakeCodePoints("a", 5), "a");
}

TEST(Unicode, NormalisesWidthCaseAndComposition) {
  EXPECT_EQ(ToNfkcFolded("ＣＢＮ１２"), "cbn12");
  EXPECT_EQ(ToNfkc("ＣＢＮ"), "CBN");
  EXPECT_EQ(ToNfc("e\xCC\x81"), "é");
}

TEST(Unicode, TrimsEveryKindOfSpace) {
  EXPECT_EQ(TrimSpace("\xEF\xBB\xBF\xE3\x80\x80 鹊 桥\t\xE2\x80\x8B\r\n"), "鹊 桥");
  EXPECT_EQ(TrimSpace(" \xE3\x80\x80"), "");
}

TEST(Unicode, KnowsHanCharacters) {
  EXPECT_TRUE(IsHan(U'鹊'));
  EXPECT_TRUE(IsHan(U'\U00020000'));
  EXPECT_FALSE(IsHan(U'，'));
  EXPECT_FALSE(IsHan(U'a'));
}

TEST(Unicode, AnyBytesBecomeAValidText) {
  Random random(7);
  for (int round = 0; round < 2'000; ++round) {
    std::string bytes;
    for (std::uint64_t i = random.Below(12); i > 0; --i) bytes += static_cast<char>(random.Below(256));
    const std::string printable = ToPrintable(bytes);
    EXPECT_TRUE(IsValidUtf8(printable));
    if (IsValidUtf8(bytes)) {
      EXPECT_EQ(printable, bytes);
    }
  }
}

}  // namespace
}  // namespace magpie
