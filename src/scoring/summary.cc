#include "scoring/summary.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace magpie {
namespace {

// How much of each kind a reader is told.
struct Most {
  std::size_t same, related, fields, missing;
};
constexpr Most MostFor(Audience audience) {
  switch (audience) {
    case Audience::kBroker:
      return {4, 2, 2, 3};
    case Audience::kFirm:
      return {3, 1, 2, 2};
    case Audience::kOfficial:
      return {2, 1, 1, 1};
  }
  return {};
}

class Summary {
 public:
  Summary(const Explanation& explanation, Audience audience, Language language)
      : explanation_(explanation), most_(MostFor(audience)), zh_(language == Language::kZh) {}

  std::string Say(std::string_view zh, std::string_view en) const { return std::string(zh_ ? zh : en); }

  std::string For() const {
    std::vector<std::string> parts;
    const std::string same = Quotes(explanation_.evidence, {"same-word", "same-figure"}, most_.same);
    if (!same.empty()) parts.push_back(Say("都提到", "both mention ") + same);
    std::size_t told = 0;
    for (const PairReason& reason : explanation_.evidence) {
      if (reason.kind != "related-word" || told == most_.related) continue;
      ++told;
      const std::string& need = reason.need_spans.front().quote;
      const std::string& offering = reason.offering_spans.front().quote;
      parts.push_back(zh_ ? fmt::format("“{}”对应“{}”", need, offering)
                          : fmt::format("\"{}\" answers to \"{}\"", offering, need));
    }
    // Fields that agree speak only where no word does.
    if (parts.empty()) AddSentences(explanation_.evidence, most_.fields, &parts);
    return Join(parts);
  }

  std::string Against() const {
    std::vector<std::string> parts;
    AddSentences(explanation_.objections, most_.fields, &parts);
    const std::string missing = Quotes(explanation_.objections, {"missing-word"}, most_.missing);
    if (!missing.empty()) parts.push_back(Say("对方没有提到", "the offering does not mention ") + missing);
    return Join(parts);
  }

 private:
  static bool IsWord(const PairReason& reason) {
    return reason.kind == "same-word" || reason.kind == "same-figure" || reason.kind == "related-word" ||
           reason.kind == "missing-word";
  }

  // The first quotes of the need's side of reasons of these kinds: “a”“b” or "a", "b".
  std::string Quotes(const std::vector<PairReason>& reasons, std::initializer_list<std::string_view> kinds,
                     std::size_t most) const {
    std::string text;
    std::size_t told = 0;
    for (const PairReason& reason : reasons) {
      bool wanted = false;
      for (std::string_view kind : kinds) wanted = wanted || reason.kind == kind;
      if (!wanted || reason.need_spans.empty() || told == most) continue;
      if (!zh_ && told > 0) text += ", ";
      const std::string& quote = reason.need_spans.front().quote;
      text += zh_ ? "“" + quote + "”" : "\"" + quote + "\"";
      ++told;
    }
    return text;
  }

  void AddSentences(const std::vector<PairReason>& reasons, std::size_t most, std::vector<std::string>* parts) const {
    std::size_t told = 0;
    for (const PairReason& reason : reasons) {
      if (IsWord(reason) || told == most) continue;
      parts->push_back(reason.sentence);
      ++told;
    }
  }

  std::string Join(const std::vector<std::string>& parts) const {
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : zh_ ? "；" : "; ") + part;
    return text;
  }

  const Explanation& explanation_;
  const Most most_;
  const bool zh_;
};

}  // namespace

std::string Summarize(const Explanation& explanation, const ListingRecord& need, const ListingRecord& offering,
                      Audience audience, Language language) {
  static constexpr std::string_view kGradeZh[] = {"不匹配", "弱匹配", "较强匹配", "强匹配"};
  static constexpr std::string_view kGradeEn[] = {"No match", "A weak match", "A fairly strong match",
                                                  "A strong match"};
  const bool zh = language == Language::kZh;
  const Summary summary(explanation, audience, language);
  const ScoredPair& pair = explanation.pair;
  const std::string against = summary.Against();
  if (pair.rejected) return summary.Say("不予推荐：", "Not recommended: ") + against + summary.Say("。", ".");

  const auto grade = static_cast<std::size_t>(pair.grade);
  std::string text;
  switch (audience) {
    case Audience::kBroker:
      text = zh ? fmt::format("{}，得分 {:.2f}", kGradeZh[grade], pair.score)
                : fmt::format("{}, score {:.2f}", kGradeEn[grade], pair.score);
      break;
    case Audience::kFirm:
      text = pair.grade >= 2   ? summary.Say("值得一谈", "Worth a talk")
             : pair.grade == 1 ? summary.Say("可作参考", "Background at best")
                               : summary.Say("看不出能解决问题", "Nothing says that this solves the problem");
      break;
    case Audience::kOfficial:
      text = zh ? fmt::format("需求“{}”与“{}”：{}", need.title, offering.title, kGradeZh[grade])
                : fmt::format("\"{}\" and \"{}\": {}", need.title, offering.title, kGradeEn[grade]);
      break;
  }
  if (const std::string reasons = summary.For(); !reasons.empty()) {
    text += summary.Say("。依据：", ". For it: ") + reasons;
  }
  if (!against.empty()) {
    text += audience == Audience::kFirm ? summary.Say("。先问清：", ". Ask first: ")
                                        : summary.Say("。疑点：", ". Against: ");
    text += against;
  }
  return text + summary.Say("。", ".");
}

}  // namespace magpie
