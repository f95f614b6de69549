#include "train/held_out.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/text/analyzer.h"

namespace magpie::train {
namespace {

constexpr std::uint64_t kLargestJudged = 64 << 20;
constexpr unsigned kHeldOutShare = 20;  // one paper in so many: 269 of the 4,648 with both abstracts

// Texts by what they say, not how they are written.
class TextSet {
 public:
  void Add(std::string_view text) {
    if (std::string normal = NormalizeText(text); !normal.empty()) texts_.insert(std::move(normal));
  }
  bool Holds(const std::string& text) const { return !text.empty() && texts_.contains(NormalizeText(text)); }
  bool empty() const { return texts_.empty(); }

  DroppedRows DropFrom(Corpus* corpus) const {
    DroppedRows dropped;
    dropped.papers = std::erase_if(corpus->papers, [&](const Paper& paper) {
      return Holds(paper.title) || Holds(paper.abstract_zh) || Holds(paper.abstract_en);
    });
    dropped.awards = std::erase_if(corpus->awards,
                                   [&](const Award& award) { return Holds(award.title) || Holds(award.abstract_en); });
    dropped.classes =
        std::erase_if(corpus->classes, [&](const ClassTitle& title) { return Holds(title.zh) || Holds(title.en); });
    dropped.keywords =
        std::erase_if(corpus->keywords, [&](const auto& pair) { return Holds(pair.first) || Holds(pair.second); });
    return dropped;
  }

 private:
  std::unordered_set<std::string> texts_;
};

}  // namespace

absl::StatusOr<DroppedRows> DropJudged(const std::vector<std::filesystem::path>& judged, Corpus* corpus) {
  TextSet all;
  for (const std::filesystem::path& path : judged) {
    MAGPIE_ASSIGN_OR_RETURN(const std::string lines, ReadFile(path, kLargestJudged));
    TextSet texts;
    for (std::size_t at = 0; at < lines.size();) {
      const std::size_t end = std::min(lines.find('\n', at), lines.size());
      const nlohmann::json json =
          nlohmann::json::parse(lines.begin() + static_cast<std::ptrdiff_t>(at),
                                lines.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
      at = end + 1;
      for (const char* field : {"title", "description"}) {
        if (!json.is_object() || !json.contains(field) || !json[field].is_string()) continue;
        texts.Add(json[field].get<std::string>());
        all.Add(json[field].get<std::string>());
      }
    }
    if (texts.empty()) {
      return MakeError(Reason::kBadFile, path.string(),
                       "holds no judged listing; give JSON lines with a title or a description");
    }
  }
  return all.DropFrom(corpus);
}

bool IsHeldOut(const Paper& paper) {
  if (paper.abstract_zh.empty() || paper.abstract_en.empty()) return false;
  // Without the version, so that all versions of a paper stand on one side: 201601.00051V1.
  const std::string hash = Sha256Hex(std::string_view(paper.id).substr(0, paper.id.find('V')));
  return std::stoul(hash.substr(0, 8), nullptr, 16) % kHeldOutShare == 0;
}

std::vector<Paper> TakeHeldOut(Corpus* corpus) {
  std::vector<Paper> held_out;
  TextSet texts;
  for (const Paper& paper : corpus->papers) {
    if (!IsHeldOut(paper)) continue;
    held_out.push_back(paper);
    for (const std::string* text : {&paper.title, &paper.abstract_zh, &paper.abstract_en}) texts.Add(*text);
  }
  std::erase_if(corpus->papers, IsHeldOut);
  texts.DropFrom(corpus);
  return held_out;
}

}  // namespace magpie::train
