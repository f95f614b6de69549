#include "generate/generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "generate/list_writer.h"
#include "generate/shares.h"
#include "magpie/base/files.h"
#include "magpie/ingest/import.h"

namespace magpie::generate {
namespace {

namespace fs = std::filesystem;

constexpr Side kSides[] = {Side::kNeed, Side::kOffering};

RunContext WithThreads(int threads) {
  RunContext context;
  context.threads = threads;
  return context;
}

// Read once for all tests: it takes a second.
std::shared_ptr<const Material> SharedMaterial() {
  static const std::shared_ptr<const Material> material =
      Material::Load(MAGPIE_SOURCE_DIR "/models", WithThreads(2)).value();
  return material;
}
Generator Make(const GeneratorOptions& options) {
  return Generator(SharedMaterial(), options);
}
const Generator& Plain() {
  static const Generator generator = Make({});
  return generator;
}

std::string Written(const Generator& generator, Side side, std::int64_t places, int threads) {
  const fs::path path = fs::path(::testing::TempDir()) / "generated.jsonl";
  const absl::Status status = WriteList(generator, side, places, path, WithThreads(threads));
  EXPECT_TRUE(status.ok()) << status;
  return ReadFile(path, 1 << 30).value();
}

double MeanOf(const Quantiles& quantiles) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < quantiles.size(); ++i) sum += (quantiles[i] + quantiles[i + 1]) / 2.0;
  return sum / static_cast<double>(quantiles.size() - 1);
}

TEST(Generator, SameBytesTwiceWhateverTheThreads) {
  const Generator again(Material::Load(MAGPIE_SOURCE_DIR "/models", WithThreads(1)).value(), {});
  for (const Side side : kSides) {
    const std::string bytes = Written(Plain(), side, 3000, 1);
    EXPECT_EQ(bytes, Written(again, side, 3000, 1));
    for (const int threads : {2, 3, 8}) EXPECT_EQ(bytes, Written(Plain(), side, 3000, threads)) << threads;
  }
}

TEST(Generator, AShortListIsTheBeginningOfALongOne) {
  for (const Side side : kSides) {
    const std::string few = Written(Plain(), side, 700, 2), many = Written(Plain(), side, 5000, 2);
    EXPECT_EQ(few, many.substr(0, few.size()));
    EXPECT_GT(many.size(), 6 * few.size());
  }
  EXPECT_EQ(Written(Plain(), Side::kNeed, 0, 2), "");
}

TEST(Generator, AnotherSeedGivesOtherLists) {
  GeneratorOptions other;
  other.seed = 2;
  const Generator generator = Make(other);
  int same = 0;
  for (int place = 0; place < 200; ++place) {
    same += generator.Listing(Side::kNeed, place)->title == Plain().Listing(Side::kNeed, place)->title ? 1 : 0;
  }
  EXPECT_LE(same, 4);
}

TEST(Generator, EveryLineIsImportedAsItWasMeant) {
  for (const Side side : kSides) {
    const fs::path path = fs::path(::testing::TempDir()) / "imported.jsonl";
    ASSERT_TRUE(WriteList(Plain(), side, 2000, path, WithThreads(2)).ok());
    ImportOptions options;
    options.side = side;
    std::vector<ListingRecord> read;
    const absl::StatusOr<ImportSummary> summary = ImportListings(
        path.string(), options,
        [&](ListingRecord&& record) {
          read.push_back(std::move(record));
          return absl::OkStatus();
        },
        {}, WithThreads(1));
    ASSERT_TRUE(summary.ok()) << summary.status();
    EXPECT_EQ(summary->imported, 2000);
    EXPECT_EQ(summary->errors + summary->warnings + summary->duplicates, 0);
    for (std::size_t i = 0; i < read.size(); ++i) {
      ListingRecord wanted = *Plain().Listing(side, static_cast<std::int64_t>(i));
      wanted.provenance = read[i].provenance;
      wanted.party.provenance = read[i].party.provenance;
      ASSERT_EQ(read[i], wanted) << wanted.id;
      if (wanted.amount) {
        EXPECT_LE(*wanted.amount->low_cents, *wanted.amount->high_cents);
      }
    }
  }
}

TEST(Generator, KeepsTheSharesAndLengthsThatWereMeasured) {
  constexpr int kPlaces = 4000;
  for (const Side side : kSides) {
    const SideShares& shares = SharesOf(side);
    std::map<std::string, std::vector<std::size_t>> titles, descriptions;
    int with_amount = 0, with_keywords = 0, technology = 0, bare = 0;
    for (int place = 0; place < kPlaces; ++place) {
      const ListingRecord listing = *Plain().Listing(side, place);
      titles[listing.language].push_back(CountCharacters(listing.title));
      if (!listing.description.empty()) {
        descriptions[listing.language].push_back(CountCharacters(listing.description));
      }
      bare += listing.description.empty() ? 1 : 0;
      with_amount += listing.amount ? 1 : 0;
      with_keywords += listing.keywords.empty() ? 0 : 1;
      technology += listing.resource == ResourceKind::kTechnology ? 1 : 0;
    }
    const auto share = [](std::size_t count) { return static_cast<double>(count) / kPlaces; };
    EXPECT_NEAR(share(titles["en"].size()), shares.english / 1000.0, 0.05);
    EXPECT_NEAR(share(static_cast<std::size_t>(with_amount)), 1 - shares.no_amount / 1000.0, 0.05);
    EXPECT_NEAR(share(static_cast<std::size_t>(with_keywords)), 1 - shares.keywords[0] / 1000.0, 0.05);
    EXPECT_NEAR(share(static_cast<std::size_t>(technology)), shares.resources[0] / 1000.0, 0.05);
    EXPECT_NEAR(share(static_cast<std::size_t>(bare)), kBareTitle / 1000.0, 0.01);
    for (const Language language : {Language::kZh, Language::kEn}) {
      const std::string name(WordName(language));
      const LengthShares& lengths = shares.lengths[static_cast<std::size_t>(language)];
      const auto mean = [](const std::vector<std::size_t>& values) {
        return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
      };
      EXPECT_NEAR(mean(titles[name]), MeanOf(lengths.title), 0.15 * MeanOf(lengths.title)) << name;
      EXPECT_NEAR(mean(descriptions[name]), MeanOf(lengths.description), 0.15 * MeanOf(lengths.description)) << name;
    }
  }
}

TEST(Generator, TopicsFollowZipf) {
  constexpr int kPlaces = 60'000;
  for (const Side side : kSides) {
    std::map<const Topic*, int> counts;
    for (int place = 0; place < kPlaces; ++place) ++counts[Plain().SubjectAt(side, place).topic];
    std::vector<int> sorted;
    for (const auto& [topic, count] : counts) sorted.push_back(count);
    std::sort(sorted.rbegin(), sorted.rend());
    ASSERT_GT(sorted.size(), 1500u);
    EXPECT_GT(sorted[0], kPlaces / 100);  // a hot topic has thousands of a hundred thousand
    EXPECT_LT(sorted[0], kPlaces / 15);
    // Of the ranks that the shift no longer flattens, the slope of log count over log rank.
    const double slope = std::log(static_cast<double>(sorted[299]) / sorted[29]) / std::log(300.0 / 30.0);
    EXPECT_NEAR(slope, -1.0, 0.25);
  }
}

TEST(Generator, SomeListingsArePostedAgain) {
  constexpr int kPlaces = 4000;
  int again = 0, near = 0;
  std::map<std::string, std::vector<std::string>> titles_of_party;
  for (int place = 0; place < kPlaces; ++place) {
    const ListingRecord listing = *Plain().Listing(Side::kOffering, place);
    std::vector<std::string>& titles = titles_of_party[listing.party.name];
    if (Plain().IsPostedAgain(Side::kOffering, place)) {
      ++again;
      // The same party had a listing of this title before, but for a mark at its end.
      near +=
          std::any_of(titles.begin(), titles.end(), [&](const auto& title) { return listing.title.starts_with(title); })
              ? 1
              : 0;
    }
    titles.push_back(listing.title);
  }
  EXPECT_NEAR(again, kPlaces * kPostedAgain / 1000, 40);
  EXPECT_GT(near, again * 8 / 10);  // the earlier one may itself be another's
}

TEST(Generator, ManyPartiesHaveOneListingAndFewHaveMany) {
  constexpr std::size_t kPlaces = 20'000;
  std::map<std::string, std::size_t> counts;
  for (std::size_t place = 0; place < kPlaces; ++place) {
    ++counts[Plain().Listing(Side::kOffering, static_cast<std::int64_t>(place))->party.name];
  }
  std::size_t single = 0, most = 0, none = counts[""];
  for (const auto& [name, count] : counts) {
    single += count == 1 ? 1 : 0;
    if (!name.empty()) most = std::max(most, count);
  }
  EXPECT_GT(counts.size(), kPlaces / 3);
  EXPECT_GT(single, counts.size() / 2);
  EXPECT_GT(most, kPlaces / 200);
  EXPECT_LT(most, kPlaces / 10);
  EXPECT_GT(none, 0u);
  EXPECT_LT(none, kPlaces / 50);
}

TEST(Generator, NoListingIsACopyOfAnExample) {
  std::set<std::string> examples;
  for (const auto& file : fs::directory_iterator(MAGPIE_SOURCE_DIR "/models/examples")) {
    const std::string bytes = ReadFile(file.path(), 1 << 30).value();
    for (std::size_t at = 0; at < bytes.size(); at = bytes.find('\n', at) + 1) {
      const nlohmann::json group = nlohmann::json::parse(bytes.substr(at, bytes.find('\n', at) - at));
      examples.insert(group["need"].value("description", "-"));
      for (const nlohmann::json& offering : group["offerings"]) examples.insert(offering.value("description", "-"));
    }
  }
  ASSERT_GT(examples.size(), 10'000u);
  for (const Side side : kSides) {
    for (int place = 0; place < 4000; ++place) {
      const std::string description = Plain().Listing(side, place)->description;
      EXPECT_FALSE(examples.contains(description)) << description;
    }
  }
}

TEST(Rounds, ChangeTheShareThatWasAskedFor) {
  constexpr int kPlaces = 6000;
  GeneratorOptions options;
  options.changed_per_million = kMillion / 20;
  EXPECT_EQ(Written(Make(options), Side::kNeed, 500, 2), Written(Plain(), Side::kNeed, 500, 2));
  options.round = 1;
  const Generator first = Make(options);
  options.round = 2;
  const Generator second = Make(options);
  for (const Side side : kSides) {
    const Generator* const rounds[] = {&Plain(), &first, &second};
    for (int round = 1; round <= 2; ++round) {
      int edited = 0, replaced = 0, removed = 0;
      std::set<std::string> ids;
      for (int place = 0; place < kPlaces; ++place) {
        const std::optional<ListingRecord> before = rounds[round - 1]->Listing(side, place);
        const std::optional<ListingRecord> after = rounds[round]->Listing(side, place);
        if (!before) {
          EXPECT_FALSE(after) << "what was removed stays so";
          continue;
        }
        if (!after) {
          ++removed;
          continue;
        }
        EXPECT_TRUE(ids.insert(after->id).second) << after->id;
        if (before->id != after->id) {
          ++replaced;
          EXPECT_NE(before->title, after->title);
        } else if (*before != *after) {
          ++edited;
          EXPECT_EQ(before->party, after->party);
        }
      }
      EXPECT_NEAR(edited + replaced + removed, kPlaces / 20, 50);
      EXPECT_NEAR(edited, kPlaces / 40, 40);
      EXPECT_NEAR(replaced, kPlaces / 50, 40);
      EXPECT_NEAR(removed, kPlaces / 200, 20);
    }
  }
}

}  // namespace
}  // namespace magpie::generate
