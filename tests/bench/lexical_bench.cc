// The lexical index beside Xapian, and its batch beside its own loop: synthetic documents of 60 to 200 Chinese characters.
//
// Xapian's query parser joins the n-grams of Chinese with AND and then finds next to nothing, so its queries are built by
// hand: OR of the bigrams, the same terms as ours. Times are CPU times of the process; Xapian's files are in the page cache.
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "bench/bench.h"
#include "magpie/base/random.h"
#include "magpie/retrieval/lexical_search.h"

#ifdef MAGPIE_BENCH_XAPIAN
#include <xapian.h>
#endif

namespace magpie::bench {
namespace {

constexpr int kDocuments = 30'000;       // for Xapian, which takes 50 s of CPU to index them
constexpr int kManyDocuments = 100'000;  // for the batch
constexpr int kQueries = 200;
constexpr int kBatchQueries = 2'000;
constexpr int kTop = 10;
constexpr int kBytes = 3;  // of a Chinese character in UTF-8

double CpuSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// Texts of words of two characters, drawn with probabilities as 1 / rank (Zipf). Words touch, so most bigrams are chance.
class TextMaker {
 public:
  TextMaker() {
    constexpr int kWords = 50'000;
    Random random(5);
    double sum = 0;
    for (int i = 0; i < kWords; ++i) {
      sum += 1.0 / (i + 1);
      until_.push_back(sum);
      words_.push_back(Character(&random) + Character(&random));
    }
  }

  std::string Make(Random* random, int least, int most) const {
    const auto characters =
        static_cast<std::size_t>(least) + random->Below(static_cast<std::uint64_t>(most - least) + 1);
    std::string text;
    while (text.size() < characters * kBytes) {
      const auto it = std::lower_bound(until_.begin(), until_.end(), random->Uniform() * until_.back());
      text += words_[std::min(static_cast<std::size_t>(it - until_.begin()), words_.size() - 1)];
    }
    return text;
  }

  std::vector<std::string> MakeMany(std::uint64_t seed, int count, int least, int most) const {
    Random random(seed);
    std::vector<std::string> texts;
    for (int i = 0; i < count; ++i) texts.push_back(Make(&random, least, most));
    return texts;
  }

 private:
  static std::string Character(Random* random) {
    const auto c = 0x4E00 + static_cast<unsigned>(3500 * std::pow(random->Uniform(), 1.7));
    return {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)),
            static_cast<char>(0x80 | (c & 63))};
  }
  std::vector<double> until_;
  std::vector<std::string> words_;
};

// Title and listing queries, a list of texts each.
struct Queries {
  explicit Queries(const TextMaker& maker)
      : titles(maker.MakeMany(99, kQueries, 10, 30)), listings(maker.MakeMany(98, kQueries, 60, 200)) {}
  std::vector<std::string> titles, listings;
};

TermBag BigramBag(std::string_view text) {
  std::vector<std::uint64_t> terms;
  for (std::size_t i = 0; i + 2 * kBytes <= text.size(); i += kBytes) {
    terms.push_back(TermKey(text.substr(i, 2 * kBytes)));
  }
  return MakeTermBag(std::move(terms));
}

std::vector<TermBag> BigramBags(std::span<const std::string> texts) {
  std::vector<TermBag> bags;
  bags.reserve(texts.size());
  for (const std::string& text : texts) bags.push_back(BigramBag(text));
  return bags;
}

class OurIndex {
 public:
  explicit OurIndex(std::vector<TermBag> bags) : bags_(std::move(bags)), statistics_(bags_) {
    for (std::size_t i = 0; i < bags_.size(); i += LexicalSegment::kMostDocuments) {
      const std::size_t size = std::min<std::size_t>(bags_.size() - i, LexicalSegment::kMostDocuments);
      segments_.push_back(std::make_unique<LexicalSegment>(statistics_, std::span(bags_).subspan(i, size)));
      parts_.push_back({segments_.back().get(), {}});
    }
  }

  std::span<const LexicalPart> parts() const { return parts_; }

  // In how many of the queries the answer is that of scoring every document's bag.
  int CountExact(std::span<const std::string> queries) const {
    std::vector<std::uint32_t> scores(bags_.size());
    int exact = 0;
    for (const std::string& text : queries) {
      const TermBag query = BigramBag(text);
      ScoreBags(statistics_, query, bags_, scores);
      std::vector<LexicalHit> all;
      for (std::uint32_t d = 0; d < scores.size(); ++d) {
        if (scores[d] > 0) all.push_back({d, scores[d]});
      }
      std::stable_sort(all.begin(), all.end(),
                       [](const LexicalHit& a, const LexicalHit& b) { return a.score > b.score; });
      all.resize(std::min<std::size_t>(all.size(), kTop));
      exact += SearchLexical(query, parts_, kTop) == all ? 1 : 0;
    }
    return exact;
  }

  std::string Sizes() const {
    std::int64_t postings = 0, posting_bytes = 0, bytes = statistics_.bytes();
    for (const auto& segment : segments_) {
      postings += segment->posting_count();
      posting_bytes += segment->posting_bytes();
      bytes += segment->bytes();
    }
    return fmt::format("{:.2f} bytes a posting, {:.0f} a document with terms and statistics",
                       static_cast<double>(posting_bytes) / static_cast<double>(postings),
                       static_cast<double>(bytes) / static_cast<double>(bags_.size()));
  }

 private:
  std::vector<TermBag> bags_;
  LexicalStatistics statistics_;
  std::vector<std::unique_ptr<LexicalSegment>> segments_;
  std::vector<LexicalPart> parts_;
};

// The median over queries of the median of five CPU times of one query; `hits` receives the mean number of hits.
double QuerySeconds(std::span<const std::string> queries, const std::function<std::size_t(const std::string&)>& search,
                    double* hits) {
  std::vector<std::vector<double>> times(queries.size());
  std::size_t found = 0;
  for (int round = 0; round < 5; ++round) {
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const double start = CpuSeconds();
      found += search(queries[q]);
      times[q].push_back(CpuSeconds() - start);
    }
  }
  std::vector<double> medians;
  for (const std::vector<double>& time : times) medians.push_back(Median(time));
  *hits = static_cast<double>(found) / (5.0 * static_cast<double>(queries.size()));
  return Median(medians);
}

Line MakeLine(std::string item, std::string unit, int documents) {
  Line line;
  line.group = "retrieval";
  line.item = std::move(item);
  line.unit = std::move(unit);
  line.size = fmt::format("{} documents", documents);
  return line;
}

Line BatchLine(const TextMaker& maker) {
  const OurIndex index(BigramBags(maker.MakeMany(1, kManyDocuments, 60, 200)));
  const std::vector<TermBag> queries = BigramBags(maker.MakeMany(97, kBatchQueries, 60, 200));
  RunContext context;
  context.threads = 1;
  std::vector<std::vector<LexicalHit>> one_by_one(queries.size()), together;
  std::array<double, 5> loop, batch;
  for (std::size_t round = 0; round < loop.size(); ++round) {  // in turn, so that a busy machine is busy for both
    double start = CpuSeconds();
    for (std::size_t q = 0; q < queries.size(); ++q) one_by_one[q] = SearchLexical(queries[q], index.parts(), kTop);
    loop[round] = CpuSeconds() - start;
    start = CpuSeconds();
    together = Must(SearchLexicalBatch(queries, index.parts(), kTop, context));
    batch[round] = CpuSeconds() - start;
  }
  Line line = MakeLine("lexical_batch_loop", "queries/s", kManyDocuments);
  line.higher_is_better = true;
  line.ours = kBatchQueries / Median({batch.begin(), batch.end()});
  line.anchor = kBatchQueries / Median({loop.begin(), loop.end()});
  line.quality = fmt::format("{} listings as queries, answers {}, {}", kBatchQueries,
                             one_by_one == together ? "the same" : "DIFFERENT", index.Sizes());
  return line;
}

#ifdef MAGPIE_BENCH_XAPIAN

class XapianIndex {
 public:
  explicit XapianIndex(std::span<const std::string> texts)
      : folder_(std::filesystem::temp_directory_path() / fmt::format("magpie-bench-xapian-{}", ::getpid())) {
    Xapian::WritableDatabase database(folder_.string(), Xapian::DB_CREATE_OR_OVERWRITE);
    Xapian::TermGenerator generator;
    generator.set_flags(Xapian::TermGenerator::FLAG_CJK_NGRAM);
    for (const std::string& text : texts) {
      Xapian::Document document;
      generator.set_document(document);
      generator.index_text_without_positions(text);
      database.add_document(document);
    }
    database.commit();
    database_ = Xapian::Database(folder_.string());
  }
  XapianIndex(const XapianIndex&) = delete;
  ~XapianIndex() {
    database_.close();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::size_t Search(const std::string& text) const {
    std::vector<Xapian::Query> bigrams;
    for (std::size_t i = 0; i + 2 * kBytes <= text.size(); i += kBytes)
      bigrams.emplace_back(text.substr(i, 2 * kBytes));
    Xapian::Enquire enquire(database_);
    enquire.set_query(Xapian::Query(Xapian::Query::OP_OR, bigrams.begin(), bigrams.end()));
    return enquire.get_mset(0, kTop).size();
  }

 private:
  std::filesystem::path folder_;
  Xapian::Database database_;
};

std::vector<Line> XapianLines(const TextMaker& maker) {
  const std::vector<std::string> texts = maker.MakeMany(1, kDocuments, 60, 200);
  const Queries queries(maker);
  double start = CpuSeconds();
  const XapianIndex xapian(texts);
  const double xapian_seconds = CpuSeconds() - start;
  std::vector<double> seconds;
  for (int round = 0; round < 5; ++round) {
    start = CpuSeconds();
    const OurIndex index(BigramBags(texts));
    seconds.push_back(CpuSeconds() - start);
  }
  const OurIndex index(BigramBags(texts));

  std::vector<Line> lines;
  Line line = MakeLine("lexical_index_xapian", "docs/s", kDocuments);
  line.ours = kDocuments / Median(seconds);
  line.anchor = kDocuments / xapian_seconds;
  line.higher_is_better = true;
  line.quality = index.Sizes() + "; Xapian once, on disk";
  lines.push_back(line);
  for (const auto& [item, asked] :
       {std::pair{"lexical_listing_xapian", &queries.listings}, std::pair{"lexical_title_xapian", &queries.titles}}) {
    double our_hits = 0, xapian_hits = 0;
    line = MakeLine(item, "s", kDocuments);
    line.ours = QuerySeconds(
        *asked, [&](const std::string& text) { return SearchLexical(BigramBag(text), index.parts(), kTop).size(); },
        &our_hits);
    line.anchor = QuerySeconds(
        *asked, [&](const std::string& text) { return xapian.Search(text); }, &xapian_hits);
    line.quality = fmt::format("p50 of {} queries, {:.1f} and {:.1f} hits, {} as exhaustive", kQueries, our_hits,
                               xapian_hits, index.CountExact(*asked));
    lines.push_back(line);
  }
  return lines;
}

#else

std::vector<Line> XapianLines(const TextMaker&) {
  fmt::print(stderr,
             "magpie_bench: built without Xapian, so lexical_index_xapian, lexical_listing_xapian and "
             "lexical_title_xapian are left out; tools/install --bench installs it\n");
  return {};
}

#endif

}  // namespace

std::vector<Bench> RetrievalLexicalBenches() {
  return {{"retrieval", [] {
             const TextMaker maker;
             std::vector<Line> lines = XapianLines(maker);
             lines.push_back(BatchLine(maker));
             return lines;
           }}};
}

}  // namespace magpie::bench
