#include "knowledge/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

constexpr std::array<std::pair<std::string_view, ConceptKind>, 12> kKinds = {{
    {"trouble", ConceptKind::kTrouble},
    {"technique", ConceptKind::kTechnique},
    {"object", ConceptKind::kObject},
    {"material", ConceptKind::kMaterial},
    {"equipment", ConceptKind::kEquipment},
    {"effect", ConceptKind::kEffect},
    {"measure", ConceptKind::kMeasure},
    {"service", ConceptKind::kService},
    {"talent", ConceptKind::kTalent},
    {"capital", ConceptKind::kCapital},
    {"platform", ConceptKind::kPlatform},
    {"site", ConceptKind::kSite},
}};

// In the order of Relation; cured-by comes last.
struct LinkKey {
  std::string_view key;
  Relation relation;
  LinkDirection direction;
};
constexpr std::array<LinkKey, 8> kLinkKeys = {{
    {"broader", Relation::kBroader, LinkDirection::kForward},
    {"cures", Relation::kCures, LinkDirection::kForward},
    {"caused-by", Relation::kCausedBy, LinkDirection::kForward},
    {"made-from", Relation::kMadeFrom, LinkDirection::kForward},
    {"used-in", Relation::kUsedIn, LinkDirection::kForward},
    {"measured-by", Relation::kMeasuredBy, LinkDirection::kForward},
    {"alternative", Relation::kAlternative, LinkDirection::kForward},
    {"cured-by", Relation::kCures, LinkDirection::kReverse},
}};

struct ListKey {
  std::string_view key;
  std::vector<std::string_view> Concept::*list;
};
constexpr std::array<ListKey, 5> kListKeys = {{
    {"zh", &Concept::names_zh},
    {"en", &Concept::names_en},
    {"ipc", &Concept::ipc},
    {"says", &Concept::says_zh},
    {"says-en", &Concept::says_en},
}};

std::string_view Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string_view> Split(std::string_view text, char divider) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(divider);
    parts.push_back(Trim(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

class Lines {
 public:
  explicit Lines(std::string_view bytes) : rest_(bytes) {}

  // False at the end. Every line of a well-formed file ends in a line feed.
  bool Next(std::string_view* line) {
    if (rest_.empty()) return false;
    const std::size_t end = rest_.find('\n');
    *line = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    ++number_;
    return true;
  }
  int number() const { return number_; }

 private:
  std::string_view rest_;
  int number_ = 0;
};

absl::Status CheckBytes(const std::filesystem::path& path, std::string_view bytes) {
  const auto line_of = [&](std::size_t at) {
    return 1 + static_cast<int>(std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  };
  if (!IsValidUtf8(bytes)) return KnowledgeError(path, 1, "the file is not valid UTF-8");
  if (bytes.starts_with("\xEF\xBB\xBF")) return KnowledgeError(path, 1, "the file begins with a byte order mark");
  if (const std::size_t at = bytes.find('\r'); at != std::string_view::npos) {
    return KnowledgeError(path, line_of(at), "a carriage return; lines end in a line feed alone");
  }
  if (!bytes.empty() && bytes.back() != '\n') {
    return KnowledgeError(path, line_of(bytes.size()), "no line feed at the end; the file may have been cut");
  }
  return absl::OkStatus();
}

class ConceptReader {
 public:
  ConceptReader(const std::filesystem::path& path, std::string_view file, std::string_view field, KnowledgeText* out)
      : path_(path), file_(file), field_(field), out_(*out) {}

  absl::Status Read(std::string_view bytes) {
    std::string_view line;
    for (Lines lines(bytes); lines.Next(&line);) {
      line_ = lines.number();
      if (line.starts_with('#')) continue;
      if (Trim(line).empty()) {
        MAGPIE_RETURN_IF_ERROR(End());
      } else if (!open_) {
        MAGPIE_RETURN_IF_ERROR(Begin(line));
      } else {
        MAGPIE_RETURN_IF_ERROR(Key(line));
      }
    }
    return End();
  }

 private:
  absl::Status Error(std::string_view what) const { return KnowledgeError(path_, line_, what); }

  absl::Status Begin(std::string_view line) {
    const std::vector<std::string_view> names = Split(line, '|');
    if (names.size() != 2 || names[0].empty() || names[1].empty()) {
      return Error(fmt::format("a block begins with \"中文名 | English name\", not with \"{}\"", line));
    }
    Concept& made = out_.concepts.emplace_back();
    made.zh = names[0];
    made.en = names[1];
    made.names_zh = {names[0]};
    made.names_en = {names[1]};
    made.field = field_;
    made.file = file_;
    made.line = line_;
    open_ = true;
    has_kind_ = false;
    seen_.clear();
    return absl::OkStatus();
  }

  absl::Status Key(std::string_view line) {
    const std::size_t colon = line.find(':');
    const std::string_view key = line.substr(0, colon);
    if (colon == std::string_view::npos) return Error(fmt::format("\"{}\" has no key", line));
    if (std::find(seen_.begin(), seen_.end(), key) != seen_.end()) {
      return Error(fmt::format("key {} stands twice", key));
    }
    seen_.push_back(key);
    const std::vector<std::string_view> items = Split(line.substr(colon + 1), ';');
    if (std::find(items.begin(), items.end(), std::string_view()) != items.end()) {
      return Error(fmt::format("empty item in {}", key));
    }
    Concept& made = out_.concepts.back();
    if (key == "kind") return Kind(items);
    for (const ListKey& row : kListKeys) {
      if (row.key != key) continue;
      std::vector<std::string_view>& list = made.*row.list;
      list.insert(list.end(), items.begin(), items.end());
      return absl::OkStatus();
    }
    for (const LinkKey& row : kLinkKeys) {
      if (row.key != key) continue;
      const ConceptIndex from(static_cast<std::int64_t>(out_.concepts.size()) - 1);
      for (std::string_view item : items) out_.links.push_back({from, row.relation, row.direction, item, line_});
      return absl::OkStatus();
    }
    return Error(fmt::format("unknown key {}", key));
  }

  absl::Status Kind(const std::vector<std::string_view>& items) {
    const auto known =
        std::find_if(kKinds.begin(), kKinds.end(), [&](const auto& row) { return row.first == items[0]; });
    if (items.size() != 1 || known == kKinds.end()) return Error(fmt::format("unknown kind {}", items[0]));
    out_.concepts.back().kind = known->second;
    has_kind_ = true;
    return absl::OkStatus();
  }

  absl::Status End() {
    if (open_ && !has_kind_) {
      const Concept& made = out_.concepts.back();
      return KnowledgeError(path_, made.line, fmt::format("{} has no kind", made.zh));
    }
    open_ = false;
    return absl::OkStatus();
  }

  const std::filesystem::path& path_;
  const std::string_view file_;
  const std::string_view field_;
  KnowledgeText& out_;
  int line_ = 0;
  bool open_ = false;
  bool has_kind_ = false;
  std::vector<std::string_view> seen_;
};

}  // namespace

std::string_view ConceptKindName(ConceptKind kind) {
  return kKinds[static_cast<std::size_t>(kind)].first;
}
std::string_view RelationName(Relation relation) {
  return kLinkKeys[static_cast<std::size_t>(relation)].key;
}

absl::Status KnowledgeError(const std::filesystem::path& path, int line, std::string_view what) {
  return MakeError(Reason::kModelMismatch, fmt::format("{}:{}", path.string(), line),
                   fmt::format("{}; tools/lint-knowledge lists all that is wrong", what));
}

absl::Status ParseFields(const std::filesystem::path& path, std::string_view bytes, KnowledgeText* out) {
  MAGPIE_RETURN_IF_ERROR(CheckBytes(path, bytes));
  std::string_view line;
  for (Lines lines(bytes); lines.Next(&line);) {
    if (line.starts_with('#') || Trim(line).empty()) continue;
    const std::vector<std::string_view> parts = Split(line, '|');
    if (parts.size() != 4 || std::find(parts.begin(), parts.end(), std::string_view()) != parts.end()) {
      return KnowledgeError(path, lines.number(), "want \"code | 中文 | English | IPC classes\"");
    }
    for (const KnowledgeField& field : out->fields) {
      if (field.code == parts[0]) {
        return KnowledgeError(path, lines.number(), fmt::format("field {} stands twice", parts[0]));
      }
    }
    KnowledgeField& field = out->fields.emplace_back(KnowledgeField{parts[0], parts[1], parts[2], {}});
    for (std::string_view code : Split(parts[3], ' ')) {
      if (!code.empty() && code != "-") field.ipc.push_back(code);
    }
  }
  return absl::OkStatus();
}

absl::Status ParseConcepts(const std::filesystem::path& path, std::string_view file, std::string_view bytes,
                           KnowledgeText* out) {
  MAGPIE_RETURN_IF_ERROR(CheckBytes(path, bytes));
  const std::string_view code = file.substr(0, file.find('.'));
  const auto field =
      std::find_if(out->fields.begin(), out->fields.end(), [&](const KnowledgeField& row) { return row.code == code; });
  if (field == out->fields.end()) {
    return KnowledgeError(path, 1, fmt::format("the file's field {} does not stand in fields.txt", code));
  }
  return ConceptReader(path, file, field->code, out).Read(bytes);
}

}  // namespace magpie
