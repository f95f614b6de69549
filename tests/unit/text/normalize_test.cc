#include "text/normalize.h"

#include <gtest/gtest.h>
#include <opencc/opencc.h>

#include <string>
#include <vector>

#include "magpie/base/random.h"
#include "magpie/base/unicode.h"
#include "magpie/text/analyzer.h"

namespace magpie {
namespace {

// Without Chinese the slow obvious twin is ICU over the whole text.
TEST(NormalizeProperty, EqualsIcuOverTheWholeText) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    std::string text;
    for (std::uint64_t i = random.Below(40); i > 0; --i) {
      char32_t c;
      switch (random.Below(5)) {
        case 0:
          c = static_cast<char32_t>(0x20 + random.Below(0x60));
          break;
        case 1:
          c = static_cast<char32_t>(0x300 + random.Below(0x70));  // combining marks
          break;
        case 2:
          c = static_cast<char32_t>(0xFF00 + random.Below(0xF0));  // full and half width
          break;
        case 3:
          c = static_cast<char32_t>(0x1100 + random.Below(0x200));  // Hangul letters that join
          break;
        default:
          c = static_cast<char32_t>(0xA0 + random.Below(0x3000 - 0xA0));
      }
      const bool radical = c >= 0x2E80 && c <= 0x2FDF;  // becomes Han
      if (!IsHan(c) && !radical) AppendCodePoint(c, &text);
    }
    EXPECT_EQ(NormalizeText(text), ToNfkcFolded(text));
    EXPECT_EQ(Normalize(text).text, NormalizeText(text));
  }
}

TEST(Normalize, MapsEveryByteToItsSource) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    std::string text;
    for (std::uint64_t i = random.Below(60); i > 0; --i) {
      if (random.Below(4) == 0) {
        text += static_cast<char>(random.Below(256));
      } else {
        AppendCodePoint(static_cast<char32_t>(random.Below(0xD800)), &text);
      }
    }
    const Normalized normalized = Normalize(text);
    ASSERT_EQ(normalized.source.size(), normalized.text.size() + 1);
    EXPECT_EQ(normalized.source.back(), text.size());
    for (std::size_t i = 0; i + 1 < normalized.source.size(); ++i) {
      ASSERT_LE(normalized.source[i], normalized.source[i + 1]);
      ASSERT_LT(normalized.source[i], text.size());
    }
  }
}

TEST(Normalize, IsTheSameWhenDoneTwice) {
  for (const char* text : {"軟體工程與乾燥設備", "ＣＢＮ 刀具", "㎏ ℃ ½ ﬁ", "İstanbul ẞ", "e\u0301\u0323"}) {
    EXPECT_EQ(NormalizeText(NormalizeText(text)), NormalizeText(text)) << text;
  }
}

// OpenCC is where the table comes from: texts of every character that it changes, in pairs so that none of its longer
// words arises by accident of order.
TEST(Normalize, SimplifiesAsOpenCcDoes) {
  const opencc::SimpleConverter converter("t2s.json");
  int changed = 0;
  for (char32_t c = 0x3400; c < 0xA000; ++c) {
    std::string text;
    AppendCodePoint(c, &text);
    const std::string expected = ToNfkcFolded(converter.Convert(ToNfkcFolded(text)));
    EXPECT_EQ(NormalizeText(text), expected) << text;
    changed += expected != text;
  }
  EXPECT_GT(changed, 2500);
  for (const char* text : {"軟體工程師瞭解乾燥設備", "乾坤", "憑藉經驗", "計畫", "錢鍾書", "瞭望臺", "臺灣積體電路",
                           "廢水處理與資源化關鍵技術", "鋰離子電池隔膜塗佈", "干燥后的里程碑"}) {
    EXPECT_EQ(NormalizeText(text), converter.Convert(text)) << text;
  }
}

}  // namespace
}  // namespace magpie
