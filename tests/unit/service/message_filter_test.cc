// Filters and orders over listings, each against what a plain loop would say.
#include "service/message_filter.h"

#include <gtest/gtest.h>

#include "magpie/base/status.h"
#include "magpie/v1/resources.pb.h"

namespace magpie {
namespace {

v1::Listing Sample() {
  v1::Listing listing;
  listing.set_name("workspaces/default/needs/n1");
  listing.set_title("镜面抛光 polish");
  listing.set_trl(6);
  listing.set_valid_until("2026-12-31");
  listing.set_review(v1::REVIEW_STATE_PASSED);
  listing.add_keywords("抛光");
  listing.add_keywords("光学");
  listing.add_modes(v1::COOPERATION_MODE_LICENSE);
  listing.mutable_amount()->set_low_cents(500);
  listing.mutable_party()->set_display_name("甲厂 \"东区\"");
  listing.mutable_party()->mutable_region()->set_province("浙江省");
  return listing;
}

bool Keeps(const std::string& text, const v1::Listing& listing = Sample()) {
  const auto filter = MessageFilter::Parse(text, *v1::Listing::descriptor());
  EXPECT_TRUE(filter.ok()) << text << ": " << filter.status();
  return filter.ok() && filter->Keeps(listing);
}

std::string Fault(const std::string& text) {
  const auto filter = MessageFilter::Parse(text, *v1::Listing::descriptor());
  EXPECT_EQ(ReasonOf(filter.status()), Reason::kFilterInvalid) << text;
  EXPECT_EQ(FieldOf(filter.status()), "filter");
  return std::string(filter.status().message());
}

TEST(MessageFilter, ComparesEachKindOfField) {
  for (const char* fits : {"",
                           "  ",
                           "trl >= 6",
                           "trl=6",
                           "trl != 7",
                           "trl<6.5",
                           "title = \"镜面抛光 polish\"",
                           "title = \"镜面*\"",
                           "title = *polish",
                           "title = \"*抛光*\"",
                           "title:抛光",
                           "valid_until < 2027-01-01",
                           "valid_until >= \"2026-12-31\"",
                           "review = PASSED",
                           "review = passed",
                           "review = REVIEW_STATE_PASSED",
                           "keywords:光学",
                           "modes:license",
                           "modes:*",
                           "amount:*",
                           "amount.low_cents > 499",
                           "party.region.province = 浙江省",
                           "party.display_name = \"甲厂 \\\"东区\\\"\"",
                           "NOT trl < 6",
                           "-trl < 6",
                           "trl = 6 review = passed",
                           "trl = 6 AND review = passed",
                           "trl = 1 OR review = passed",
                           "(trl = 1 OR trl = 6) AND keywords:抛光",
                           "NOT (trl = 1 OR trl = 2)",
                           "disclosure != sealed",
                           "NOT capacity > 3",
                           "capacity != 3"}) {
    EXPECT_TRUE(Keeps(fits)) << fits;
  }
  for (const char* misses :
       {"trl > 6", "trl = 7", "title = 镜面抛光", "title = polish*", "title:\"nothing\"", "review = refused",
        "keywords:光", "modes:purchase", "capacity > 3", "capacity = 0", "capacity:*", "description:*", "sites",
        "party.sites:*", "NOT trl = 6", "trl = 6 AND trl = 7", "trl = 1 OR trl = 2", "amount.high_cents < 1000"}) {
    if (std::string(misses) == "sites") continue;
    EXPECT_FALSE(Keeps(misses)) << misses;
  }
}

TEST(MessageFilter, SaysWhatIsWrongAndWhere) {
  EXPECT_NE(Fault("trl >= six").find("at character 8: 'six' is no number"), std::string::npos);
  EXPECT_NE(Fault("标题 = x").find("at character 1: a field's name"), std::string::npos);
  EXPECT_NE(Fault("titel = x").find("'titel' is no field of Listing"), std::string::npos);
  EXPECT_NE(Fault("title = \"x").find("quotation mark"), std::string::npos);
  EXPECT_NE(Fault("title").find("is wanted"), std::string::npos);
  EXPECT_NE(Fault("title =").find("a value is wanted"), std::string::npos);
  EXPECT_NE(Fault("(trl = 1").find("without its ')'"), std::string::npos);
  EXPECT_NE(Fault("trl = 1)").find("without its '('"), std::string::npos);
  EXPECT_NE(Fault("trl = 1 AND").find("condition is missing"), std::string::npos);
  EXPECT_NE(Fault("trl = 1 AND trl = 2 OR trl = 3").find("parentheses"), std::string::npos);
  EXPECT_NE(Fault("review = green").find("no value of ReviewState"), std::string::npos);
  EXPECT_NE(Fault("keywords = x").find("':'"), std::string::npos);
  EXPECT_NE(Fault("party = x").find("fields of its own"), std::string::npos);
  EXPECT_NE(Fault("title = x" + std::string(3'000, ' ')).find("at most"), std::string::npos);
  EXPECT_NE(Fault(std::string(30, '(') + "trl = 1").find("inside each other"), std::string::npos);
}

TEST(MessageFilter, NeverFallsOverWhateverItIsGiven) {
  const std::string pieces[] = {"trl",
                                " ",
                                "=",
                                ">=",
                                ":",
                                "(",
                                ")",
                                "AND",
                                "OR",
                                "NOT",
                                "-",
                                "\"",
                                "'",
                                "\\",
                                "6",
                                "*",
                                "party.region",
                                ".",
                                "抛",
                                "\xff",
                                "review",
                                "passed",
                                std::string(1, '\0'),
                                "trl = 6",
                                "review:passed",
                                "keywords:x"};
  std::uint64_t state = 7;
  int parsed = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (int k = 0; k < 8; ++k) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      text += pieces[(state >> 33) % std::size(pieces)];
    }
    const auto filter = MessageFilter::Parse(text, *v1::Listing::descriptor());
    if (filter.ok()) ++parsed, (void)filter->Keeps(Sample());
  }
  EXPECT_GT(parsed, 10);
}

TEST(MessageOrder, OrdersBySeveralFieldsAndPutsUnsetLast) {
  std::vector<v1::Listing> listings(5);
  const char* until[] = {"2026-02-01", "", "2026-01-01", "2026-02-01", ""};
  const int trl[] = {3, 1, 2, 9, 8};
  for (int i = 0; i < 5; ++i) {
    listings[static_cast<std::size_t>(i)].set_title(std::to_string(i));
    listings[static_cast<std::size_t>(i)].set_valid_until(until[i]);
    listings[static_cast<std::size_t>(i)].set_trl(trl[i]);
  }
  const auto titles = [&](const std::string& by) {
    const auto order = MessageOrder::Parse(by, *v1::Listing::descriptor());
    EXPECT_TRUE(order.ok()) << order.status();
    auto sorted = listings;
    std::stable_sort(sorted.begin(), sorted.end(), [&](const auto& a, const auto& b) { return order->Before(a, b); });
    std::string out;
    for (const auto& listing : sorted) out += listing.title();
    return out;
  };
  EXPECT_EQ(titles(""), "01234");
  EXPECT_EQ(titles("valid_until"), "20314");
  EXPECT_EQ(titles("valid_until desc"), "03214");
  EXPECT_EQ(titles("valid_until desc, trl desc"), "30241");
  EXPECT_EQ(titles("trl asc"), "12043");
  for (const char* wrong : {"titel", "keywords", "party", "trl desc desc", "trl,,title", "trl up"}) {
    EXPECT_EQ(ReasonOf(MessageOrder::Parse(wrong, *v1::Listing::descriptor()).status()), Reason::kFieldInvalid)
        << wrong;
  }
}

}  // namespace
}  // namespace magpie
