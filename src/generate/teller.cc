#include "generate/teller.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace magpie::generate {
namespace {

constexpr int kMoneys[] = {2, 3, 5, 8, 10, 15, 20, 30, 50, 60, 80, 100, 150, 200, 300, 500, 800, 1200, 3000};

// How often, per mille.
constexpr int kClausesNotPatterns = 560;  // a sentence is of clauses of the examples
constexpr int kNamesSomething = 200;      // it is of models, brands, towns and the like: the words that few texts share
constexpr int kNearNotField = 850;        // of a text near the topic, where there is one
constexpr int kOwnConcept = 350;          // a concept of an example's clause gives way to the listing's own
constexpr int kJoined = 450;              // a sentence goes on where the one before ended
constexpr int kFigureChanged = 900;
constexpr int kFirstName = 750;  // a concept's own name, not a synonym

constexpr std::string_view kStopZh = "。";
constexpr int kTitleTries = 8;
constexpr int kLineTries = 6;

void AppendNumber(std::int64_t scaled, int decimals, std::string* out) {
  std::int64_t unit = 1;
  for (int i = 0; i < decimals; ++i) unit *= 10;
  fmt::format_to(std::back_inserter(*out), "{}", scaled / unit);
  if (decimals == 0 || scaled % unit == 0) return;
  fmt::format_to(std::back_inserter(*out), ".{:0{}}", scaled % unit, decimals);
}

// The first two digits stay, as in figures that people write.
std::int64_t RoundFigure(std::int64_t value) {
  std::int64_t unit = 1;
  while (value / unit >= 100) unit *= 10;
  return std::max<std::int64_t>(value / unit * unit, 1);
}

// A figure of the same form, half to twice as large; years stay.
void AppendFigureLike(std::string_view figure, Random* random, std::string* out) {
  std::int64_t scaled = 0;
  int decimals = 0;
  bool behind_point = false;
  for (const char c : figure) {
    if (c == '.') {
      behind_point = true;
      continue;
    }
    scaled = scaled * 10 + (c - '0');
    decimals += behind_point;
  }
  const bool is_year = decimals == 0 && scaled >= 1900 && scaled <= 2100;
  if (is_year || scaled == 0 || !Chance(kFigureChanged, random)) {
    *out += figure;
    return;
  }
  const auto percent = static_cast<std::int64_t>(60 + random->Below(90));
  std::int64_t unit = 1;
  for (int i = 0; i < decimals; ++i) unit *= 10;
  std::int64_t changed = std::max<std::int64_t>(scaled * percent / 100, 1);
  if (scaled <= 100 * unit) changed = std::min(changed, 99 * unit);  // it may be a percentage
  AppendNumber(figure.ends_with('0') ? RoundFigure(changed) : changed, decimals, out);
}

bool IsLead(char c) {
  return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u;
}

void CapitalizeFrom(std::size_t at, std::string* text) {
  if (at < text->size() && (*text)[at] >= 'a' && (*text)[at] <= 'z') (*text)[at] = static_cast<char>((*text)[at] - 32);
}

void AppendModel(Random* random, std::string* out) {
  constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTVWXYZ";
  for (std::uint64_t left = 1 + random->Below(3); left > 0; --left) *out += OneOf(kLetters, random);
  if (Chance(500, random)) *out += '-';
  fmt::format_to(std::back_inserter(*out), "{}", 10 + random->Below(Chance(500, random) ? 90 : 9900));
  if (Chance(300, random)) *out += OneOf(kLetters, random);
}

void AppendBrand(Random* random, std::string* out) {
  static constexpr std::string_view kSyllables[] = {"ka",  "lo",  "mi", "ter", "vas", "nor", "sel", "du",  "pri", "xa",
                                                    "ben", "zo",  "fi", "gra", "hel", "qui", "rum", "sto", "ty",  "wen",
                                                    "ar",  "bex", "co", "dal", "ev",  "jin", "lum", "ost", "pan", "yu"};
  const std::size_t begin = out->size();
  for (std::uint64_t left = 2 + random->Below(2); left > 0; --left) *out += OneOf(kSyllables, random);
  CapitalizeFrom(begin, out);
}

// Ends at the cut that is nearest to the wanted length; the text has been written past it.
std::string CutNear(std::string text, std::size_t wanted, bool chinese) {
  static constexpr std::string_view kCutsZh[] = {"，", "。", "；"};
  static constexpr std::string_view kCutsEn[] = {". ", "; ", ", "};
  const std::span<const std::string_view> cuts = chinese ? kCutsZh : kCutsEn;
  std::size_t characters = 0, best = text.size(), best_distance = CountCharacters(text);
  best_distance = best_distance > wanted ? best_distance - wanted : 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!IsLead(text[at])) continue;
    const std::string_view rest = std::string_view(text).substr(at);
    const bool is_cut = std::any_of(cuts.begin(), cuts.end(), [&](std::string_view cut) {
      return rest.front() == cut.front() && rest.starts_with(cut);
    });
    const std::size_t distance = characters > wanted ? characters - wanted : wanted - characters;
    if (is_cut && characters > 0 && distance < best_distance) {
      best = at;
      best_distance = distance;
    }
    ++characters;
  }
  if (best == text.size()) return text;
  text.resize(best);
  text += chinese ? "。" : ".";
  return text;
}

}  // namespace

std::size_t CountCharacters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), IsLead));
}

std::string Teller::Name(std::uint32_t concept_number) {
  const Concept& one = material_.graph().concepts()[concept_number];
  const std::vector<std::string_view>& names = chinese() ? one.names_zh : one.names_en;
  if (names.size() > 1 && !Chance(kFirstName, &random_)) return std::string(names[1 + random_.Below(names.size() - 1)]);
  return std::string(names.front());
}

Teller::Teller(const Material& material, const Subject& subject, const Places& places, Random* random)
    : material_(material), subject_(subject), places_(places), random_(*random), first_(random->Below(1024)) {
  const std::pair<std::uint32_t, Slot> concepts[] = {
      {subject.cure2, Slot::kCure2},         {subject.object, Slot::kObject},   {subject.material, Slot::kMaterial},
      {subject.equipment, Slot::kEquipment}, {subject.measure, Slot::kMeasure}, {subject.cause, Slot::kCause}};
  for (const auto& [one, slot] : concepts) {
    if (one == kNoConcept) missing_ |= SlotBit(slot);
  }
}

bool Teller::IsNew(const Pattern* pattern) {
  if (std::find(told_.begin(), told_.end(), pattern) != told_.end()) return false;
  told_.push_back(pattern);
  return true;
}

const Pattern& Teller::DrawLine(Section section) {
  const std::vector<Line>& lines = grammar().of(subject_.side, section);
  const Line* line = &OneOf(lines, &random_);
  // Every section has lines without any slot that may be missing, so this ends; a list long enough tells one twice.
  for (int tries = 0; (line->slots & missing_) != 0 || (tries < kLineTries && !IsNew(&line->pattern)); ++tries) {
    line = &OneOf(lines, &random_);
  }
  return line->pattern;
}

// Each way to put the trouble once, then clauses of the examples.
void Teller::TellSays(std::string* out) {
  const Concept& trouble = material_.graph().concepts()[subject_.topic->trouble];
  const std::vector<std::string_view>& says = chinese() ? trouble.says_zh : trouble.says_en;
  if (said_ < says.size()) {
    *out += says[(first_ + said_++) % says.size()];
    return;
  }
  const SourceText* const text = DrawText();
  text == nullptr ? void(*out += Name(subject_.topic->trouble)) : Tell(OneOf(text->clauses, &random_), out);
}

// The same few indicators for a topic, so that its listings speak of the same figures.
void Teller::TellIndicator(Slot slot, std::string* out) {
  constexpr std::uint64_t kOfTopic = 7;
  const std::vector<IndicatorWord>& words = grammar().indicators;
  const IndicatorWord& word = words[MixTwo(subject_.topic->trouble, random_.Below(kOfTopic)) % words.size()];
  std::int64_t unit = 1;
  for (int i = 0; i < word.decimals; ++i) unit *= 10;
  const auto span = static_cast<std::uint64_t>((word.high - word.low) * unit);
  std::int64_t value =
      word.low * unit + static_cast<std::int64_t>(random_.Below(span) * random_.Below(1000) / 1000) + 1;
  if (value >= 100 * unit && word.decimals == 0) value = RoundFigure(value);
  const auto append = [&](std::int64_t figure) {
    AppendNumber(figure, word.decimals, out);
    if (!chinese() && word.unit != "%") *out += ' ';
    *out += word.unit;
  };
  *out += word.name;
  if (slot == Slot::kLimit) {
    static constexpr std::array<std::string_view, 3> kMoreZh = {"不低于", "要到", "大于"};
    static constexpr std::array<std::string_view, 3> kLessZh = {"不超过", "控制在", "低于"};
    static constexpr std::array<std::string_view, 3> kMoreEn = {" at least ", " above ", " no less than "};
    static constexpr std::array<std::string_view, 3> kLessEn = {" under ", " below ", " at most "};
    *out += chinese() ? OneOf(word.more_is_better ? kMoreZh : kLessZh, &random_)
                      : OneOf(word.more_is_better ? kMoreEn : kLessEn, &random_);
    append(value);
    return;
  }
  if (slot == Slot::kIndicator) {
    if (!chinese()) *out += ' ';
    append(value);
    return;
  }
  std::int64_t other = std::max<std::int64_t>(value * static_cast<std::int64_t>(20 + random_.Below(65)) / 100, 1);
  if (word.more_is_better) std::swap(value, other);
  *out += chinese() ? "由" : " from ";
  append(value);
  *out += chinese() ? (word.more_is_better ? "提高到" : "降到") : " to ";
  append(other);
}

void Teller::TellNamed(const Piece& piece, std::string* out) {
  const bool own = Chance(kOwnConcept, &random_);
  if (own && piece.kind == ConceptKind::kObject && subject_.object != kNoConcept) {
    *out += Name(subject_.object);
  } else if (own && piece.kind == ConceptKind::kMaterial && subject_.material != kNoConcept) {
    *out += Name(subject_.material);
  } else if (own && piece.kind == ConceptKind::kTechnique && subject_.side == Side::kOffering) {
    *out += Name(subject_.cure);
  } else {
    *out += piece.text;
  }
}

void Teller::TellPiece(const Piece& piece, std::string* out) {
  const auto number = [&](std::uint64_t value) { fmt::format_to(std::back_inserter(*out), "{}", value); };
  switch (piece.slot) {
    case Slot::kLiteral:
      *out += piece.text;
      break;
    case Slot::kChoice:
      Tell(OneOf(piece.choices, &random_), out);
      break;
    case Slot::kFigure:
      AppendFigureLike(piece.text, &random_, out);
      break;
    case Slot::kNamed:
      TellNamed(piece, out);
      break;
    case Slot::kTrouble:
      *out += Name(subject_.topic->trouble);
      break;
    case Slot::kCure:
      *out += Name(subject_.cure);
      break;
    case Slot::kCure2:
      *out += Name(subject_.cure2);
      break;
    case Slot::kObject:
      *out += Name(subject_.object);
      break;
    case Slot::kMaterial:
      *out += Name(subject_.material);
      break;
    case Slot::kEquipment:
      *out += Name(subject_.equipment);
      break;
    case Slot::kMeasure:
      *out += Name(subject_.measure);
      break;
    case Slot::kCause:
      *out += Name(subject_.cause);
      break;
    case Slot::kSays:
      TellSays(out);
      break;
    case Slot::kPart: {
      const SourceText* const text = DrawText();
      if (text == nullptr || text->parts.empty()) {
        *out += Name(subject_.side == Side::kNeed ? subject_.topic->trouble : subject_.cure);
      } else {
        Tell(OneOf(text->parts, &random_), out);
      }
      break;
    }
    case Slot::kField: {
      const KnowledgeField& field = material_.graph().fields()[subject_.topic->field];
      *out += chinese() ? field.zh : field.en;
      break;
    }
    case Slot::kTown:
      *out += OneOf(places_.towns, &random_);
      break;
    case Slot::kOther:
      *out += Name(OneOf(material_.concepts_of_field(subject_.topic->field), &random_));
      break;
    case Slot::kModel:
      AppendModel(&random_, out);
      break;
    case Slot::kBrand:
      AppendBrand(&random_, out);
      break;
    case Slot::kPatent:
      number(201'000'000'000 + random_.Below(15'000'000'000));
      break;
    case Slot::kPlace:
    case Slot::kPlace2:
      *out += OneOf(places_.provinces, &random_);
      break;
    case Slot::kSmall:
      number(2 + random_.Below(39));
      break;
    case Slot::kSmaller:
      number(1 + random_.Below(3));
      break;
    case Slot::kHundred:
      number(static_cast<std::uint64_t>(RoundFigure(static_cast<std::int64_t>(100 + random_.Below(9800)))));
      break;
    case Slot::kPercent:
      number(5 + random_.Below(91));
      break;
    case Slot::kDecimal:
      AppendNumber(static_cast<std::int64_t>(1 + random_.Below(49)), 1, out);
      break;
    case Slot::kMonths:
      number(2 + random_.Below(35));
      break;
    case Slot::kYear:
      number(2012 + random_.Below(14));
      break;
    case Slot::kHeat:
      fmt::format_to(std::back_inserter(*out), "{}", static_cast<int>(random_.Below(1440)) - 40);
      break;
    case Slot::kMoney:
      number(static_cast<std::uint64_t>(OneOf(kMoneys, &random_)));
      break;
    case Slot::kIndicator:
    case Slot::kChange:
    case Slot::kLimit:
      TellIndicator(piece.slot, out);
      break;
  }
}

void Teller::Tell(const Pattern& pattern, std::string* out) {
  for (const Piece& piece : pattern) TellPiece(piece, out);
}

const SourceText* Teller::DrawText() {
  const auto side = static_cast<std::size_t>(subject_.side), language = static_cast<std::size_t>(subject_.language);
  const auto& near = subject_.topic->near[side][language];
  const auto& of_field = material_.texts_of_field(subject_.topic->field, subject_.side, subject_.language);
  const bool is_near = !near.empty() && (of_field.empty() || Chance(kNearNotField, &random_));
  if (!is_near && of_field.empty()) return nullptr;
  return &material_.texts(
      subject_.side,
      subject_.language)[is_near ? near[random_.Below(1 + random_.Below(near.size()))] : OneOf(of_field, &random_)];
}

bool Teller::TellClauses(bool whole, std::string* out) {
  const SourceText* const text = DrawText();
  if (text == nullptr || text->clauses.empty()) return false;
  const std::size_t first = random_.Below(text->clauses.size());
  if (!IsNew(&text->clauses[first])) return false;
  std::size_t end = std::min(first + (chinese() ? 2 + random_.Below(3) : 1), text->clauses.size());
  if (!whole && end - first == text->clauses.size()) --end;
  if (end == first) return false;
  for (std::size_t at = first; at < end; ++at) {
    if (at > first) {
      if (!IsNew(&text->clauses[at])) break;
      *out += "，";
    }
    Tell(text->clauses[at], out);
  }
  *out += chinese() ? "。" : ".";
  return true;
}

void Teller::Sentence(std::size_t written, std::size_t wanted, std::string* out) {
  const bool first = written == 0;
  // A listing that begins with all of a text may end there, and would be a copy.
  if (!has_names_ && Chance(kNamesSomething, &random_)) {
    has_names_ = true;
    return Tell(DrawLine(Section::kNames), out);
  }
  if (Chance(kClausesNotPatterns, &random_) && TellClauses(!first, out)) return;
  const bool late = written * 4 > wanted * 3;
  Section section = Section::kService;
  if (IsTechnology() || Chance(150, &random_)) {
    section = first                           ? Section::kOpening
              : late && random_.Below(2) == 0 ? Section::kTerms
              : random_.Below(3) == 0         ? Section::kProof
                                              : Section::kMiddle;
  }
  Tell(DrawLine(section), out);
}

std::string Teller::Description(int length) {
  const auto wanted = static_cast<std::size_t>(length);
  std::string text, sentence;
  std::size_t written = 0;
  while (written < wanted) {
    sentence.clear();
    Sentence(written, wanted, &sentence);
    // Several of them make one sentence, as people write.
    const bool joins = !text.empty() && Chance(kJoined, &random_);
    if (joins) text.replace(text.size() - (chinese() ? kStopZh.size() : 1), std::string::npos, chinese() ? "，" : ";");
    if (!chinese() && !text.empty()) text += ' ';
    if (!chinese() && !joins) CapitalizeFrom(0, &sentence);
    text += sentence;
    written += CountCharacters(sentence) + (chinese() ? 0 : 1);
  }
  return CutNear(std::move(text), wanted, chinese());
}

std::string Teller::Title(int length) {
  std::string best;
  std::size_t best_distance = 0;
  for (int attempt = 0; attempt < kTitleTries; ++attempt) {
    std::string title;
    Tell(DrawLine(Section::kTitle), &title);
    const std::size_t characters = CountCharacters(title), wanted = static_cast<std::size_t>(length);
    const std::size_t distance = characters > wanted ? characters - wanted : wanted - characters;
    if (best.empty() || distance < best_distance) {
      best = std::move(title);
      best_distance = distance;
    }
    if (best_distance <= 1) break;
  }
  CapitalizeFrom(0, &best);
  return best;
}

std::string Teller::Terms() {
  std::string text;
  Tell(DrawLine(Section::kTerms), &text);
  CapitalizeFrom(0, &text);
  return text;
}

}  // namespace magpie::generate
