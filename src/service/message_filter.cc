#include "service/message_filter.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Path = std::vector<const FieldDescriptor*>;

constexpr std::size_t kMostBytes = 2'000;
constexpr int kMostNested = 20;

// A single value: numbers, enums and truth values as doubles.
using Value = std::variant<double, std::string>;

enum class Op { kEqual, kUnequal, kLess, kLessEqual, kGreater, kGreaterEqual, kHas, kIsSet };

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool IsNamePart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

// The parts between the separators.
std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t end = text.find(separator); end != std::string_view::npos; end = text.find(separator)) {
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
}

bool TakeEnd(std::string_view* text, std::string_view end) {
  if (!text->ends_with(end)) return false;
  text->remove_suffix(end.size());
  return true;
}

bool IsText(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
}

// "DISCLOSURE_SEALED" or "sealed" -> its number.
std::optional<int> EnumNumber(const EnumDescriptor& type, std::string_view word) {
  std::string upper(word);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string& name = type.value(i)->name();
    if (name == upper || name.ends_with("_" + upper)) return type.value(i)->number();
  }
  return std::nullopt;
}

absl::StatusOr<Path> FindPath(std::string_view text, const Descriptor& of) {
  Path path;
  const Descriptor* at = &of;
  for (const std::string_view name : Split(text, '.')) {
    const FieldDescriptor* field = at == nullptr ? nullptr : at->FindFieldByName(std::string(name));
    if (field == nullptr) {
      return MakeError(Reason::kFilterInvalid, "", fmt::format("'{}' is no field of {}", ToPrintable(text), of.name()));
    }
    path.push_back(field);
    at = field->message_type();
  }
  return path;
}

Value ValueOf(const Message& message, const FieldDescriptor& field, int index) {
  const auto& reflection = *message.GetReflection();
  const bool repeated = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return repeated ? reflection.GetRepeatedString(message, &field, index) : reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_INT32:
      return static_cast<double>(repeated ? reflection.GetRepeatedInt32(message, &field, index)
                                          : reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return static_cast<double>(repeated ? reflection.GetRepeatedInt64(message, &field, index)
                                          : reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return repeated ? reflection.GetRepeatedDouble(message, &field, index) : reflection.GetDouble(message, &field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return static_cast<double>(repeated ? reflection.GetRepeatedBool(message, &field, index)
                                          : reflection.GetBool(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM:
      return static_cast<double>(repeated ? reflection.GetRepeatedEnumValue(message, &field, index)
                                          : reflection.GetEnumValue(message, &field));
    default:
      return 0.0;
  }
}

// Whether a single field says something: of those without presence, whether it differs from the default.
bool IsSet(const Message& message, const FieldDescriptor& field) {
  return message.GetReflection()->HasField(message, &field);
}

struct Condition {
  Path path;
  Op op = Op::kEqual;
  Value value;
  bool open_front = false, open_back = false;  // a * before, behind the text

  bool Fits(const Value& found) const {
    if (const std::string* text = std::get_if<std::string>(&found)) {
      const auto& wanted = std::get<std::string>(value);
      if (op == Op::kHas) return text->find(wanted) != std::string::npos;
      if (open_front && open_back) return text->find(wanted) != std::string::npos;
      if (open_front) return text->ends_with(wanted);
      if (open_back) return text->starts_with(wanted);
    }
    switch (op) {
      case Op::kLess:
        return found < value;
      case Op::kLessEqual:
        return found <= value;
      case Op::kGreater:
        return found > value;
      case Op::kGreaterEqual:
        return found >= value;
      default:
        return found == value;
    }
  }

  bool Holds(const Message& message, std::size_t depth) const {
    const FieldDescriptor& field = *path[depth];
    const auto& reflection = *message.GetReflection();
    const bool last = depth + 1 == path.size();
    if (field.is_repeated()) {
      const int count = reflection.FieldSize(message, &field);
      if (last && op == Op::kIsSet) return count > 0;
      for (int i = 0; i < count; ++i) {
        if (last ? ElementFits(ValueOf(message, field, i))
                 : Holds(reflection.GetRepeatedMessage(message, &field, i), depth + 1)) {
          return true;
        }
      }
      return false;
    }
    if (!IsSet(message, field)) return false;
    if (!last) return Holds(reflection.GetMessage(message, &field), depth + 1);
    return op == Op::kIsSet || Fits(ValueOf(message, field, -1));
  }

 private:
  // An element of a repeated field is wanted whole.
  bool ElementFits(const Value& found) const { return found == value; }
};

}  // namespace

struct MessageFilter::Node {
  enum class Kind { kCondition, kAll, kAny, kNot } kind = Kind::kCondition;
  Condition condition;
  std::vector<std::shared_ptr<const Node>> parts;

  bool Holds(const Message& message) const {
    const auto holds = [&](const auto& part) { return part->Holds(message); };
    switch (kind) {
      case Kind::kAll:
        return std::ranges::all_of(parts, holds);
      case Kind::kAny:
        return std::ranges::any_of(parts, holds);
      case Kind::kNot:
        return !parts.front()->Holds(message);
      case Kind::kCondition:
        break;
    }
    return condition.op == Op::kUnequal ? !condition.Holds(message, 0) : condition.Holds(message, 0);
  }
};

namespace {

using Node = MessageFilter::Node;
using NodePtr = std::shared_ptr<const Node>;

class FilterParser {
 public:
  FilterParser(std::string_view text, const Descriptor& of) : text_(text), of_(of) {}

  absl::StatusOr<NodePtr> ParseAll() {
    MAGPIE_ASSIGN_OR_RETURN(NodePtr node, ParseList(0));
    if (!AtEnd()) return Fail("a ')' without its '('");
    return node;
  }

 private:
  absl::Status Fail(const std::string& what) const {
    return MakeError(Reason::kFilterInvalid, "filter",
                     fmt::format("at character {}: {}", CountCodePoints(text_.substr(0, at_)) + 1, what));
  }
  void SkipSpace() {
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
  }
  bool AtEnd() {
    SkipSpace();
    return at_ == text_.size();
  }
  bool Peek(char c) {
    SkipSpace();
    return at_ < text_.size() && text_[at_] == c;
  }
  // A keyword as a word of its own.
  bool TakeWord(std::string_view word) {
    SkipSpace();
    if (!text_.substr(at_).starts_with(word)) return false;
    const std::size_t end = at_ + word.size();
    if (end < text_.size() && !IsBlank(text_[end]) && text_[end] != '(') return false;
    at_ = end;
    return true;
  }

  absl::StatusOr<NodePtr> ParseList(int depth) {
    if (depth > kMostNested) return Fail(fmt::format("more than {} parentheses inside each other", kMostNested));
    auto list = std::make_shared<Node>();
    std::optional<Node::Kind> joined;
    while (true) {
      MAGPIE_ASSIGN_OR_RETURN(NodePtr term, ParseTerm(depth));
      list->parts.push_back(std::move(term));
      if (AtEnd() || Peek(')')) break;
      const Node::Kind kind = TakeWord("OR") ? Node::Kind::kAny : Node::Kind::kAll;
      if (kind == Node::Kind::kAll) TakeWord("AND");
      if (joined && *joined != kind) return Fail("AND and OR meet here: say with parentheses which belong together");
      joined = kind;
    }
    if (list->parts.size() == 1) return list->parts.front();
    list->kind = *joined;
    return list;
  }

  absl::StatusOr<NodePtr> ParseTerm(int depth) {
    if (AtEnd()) return Fail("a condition is missing, such as trl >= 6");
    bool negated = TakeWord("NOT");
    if (!negated && Peek('-')) {
      ++at_;
      negated = true;
    }
    NodePtr node;
    if (Peek('(')) {
      ++at_;
      MAGPIE_ASSIGN_OR_RETURN(node, ParseList(depth + 1));
      if (!Peek(')')) return Fail("a '(' without its ')'");
      ++at_;
    } else {
      MAGPIE_ASSIGN_OR_RETURN(node, ParseCondition());
    }
    if (!negated) return node;
    auto inverse = std::make_shared<Node>();
    inverse->kind = Node::Kind::kNot;
    inverse->parts.push_back(std::move(node));
    return inverse;
  }

  std::optional<Op> TakeOp() {
    SkipSpace();
    constexpr std::pair<std::string_view, Op> kOps[] = {
        {"!=", Op::kUnequal}, {"<=", Op::kLessEqual}, {">=", Op::kGreaterEqual}, {"=", Op::kEqual}, {"<", Op::kLess},
        {">", Op::kGreater},  {":", Op::kHas}};
    for (const auto& [sign, op] : kOps) {
      if (!text_.substr(at_).starts_with(sign)) continue;
      at_ += sign.size();
      return op;
    }
    return std::nullopt;
  }

  absl::StatusOr<NodePtr> ParseCondition() {
    SkipSpace();
    const std::size_t begin = at_;
    while (at_ < text_.size() && IsNamePart(text_[at_])) {
      ++at_;
    }
    const std::string_view name = text_.substr(begin, at_ - begin);
    absl::StatusOr<Path> path = FindPath(name, of_);
    if (name.empty() || !path.ok()) {
      at_ = begin;
      if (name.empty()) return Fail("a field's name is wanted, such as title");
      return Fail(std::string(path.status().message()));
    }
    auto node = std::make_shared<Node>();
    Condition& condition = node->condition;
    condition.path = *std::move(path);
    const std::optional<Op> op = TakeOp();
    if (!op) return Fail("one of = != < <= > >= : is wanted");
    condition.op = *op;
    SkipSpace();
    const std::size_t value_at = at_;
    MAGPIE_ASSIGN_OR_RETURN(const auto value, ParseValue());
    const absl::Status fits = TakeValue(value.first, value.second, &condition);
    if (fits.ok()) return node;
    at_ = value_at;
    return Fail(std::string(fits.message()));
  }

  // The text, and whether it was quoted.
  absl::StatusOr<std::pair<std::string, bool>> ParseValue() {
    if (AtEnd()) return Fail("a value is wanted");
    const char quote = text_[at_];
    std::string value;
    if (quote == '"' || quote == '\'') {
      for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        value += text_[at_];
      }
      if (at_ == text_.size()) return Fail("the text does not end: its quotation mark is missing");
      ++at_;
      return std::pair(value, true);
    }
    while (at_ < text_.size() && !IsBlank(text_[at_]) && text_[at_] != '(' && text_[at_] != ')') {
      value += text_[at_++];
    }
    if (value.empty()) return Fail("a value is wanted");
    return std::pair(value, false);
  }

  static absl::Status TakeValue(std::string text, bool quoted, Condition* condition) {
    const FieldDescriptor& field = *condition->path.back();
    const bool repeated = std::ranges::any_of(condition->path, [](const auto* at) { return at->is_repeated(); });
    if (condition->op == Op::kHas && !quoted && text == "*") {
      condition->op = Op::kIsSet;
      return absl::OkStatus();
    }
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return absl::InvalidArgumentError(
          fmt::format("{} has fields of its own: name one of them, or ask whether it is set with {}:*", field.name(),
                      field.name()));
    }
    if (repeated && condition->op != Op::kHas) {
      return absl::InvalidArgumentError("a field that may stand several times is asked for with ':'");
    }
    if (IsText(field)) {
      if (condition->op == Op::kEqual || condition->op == Op::kUnequal) {
        std::string_view left = text;
        condition->open_front = left.starts_with('*');
        if (condition->open_front) left.remove_prefix(1);
        condition->open_back = TakeEnd(&left, "*");
        text = std::string(left);
      }
      condition->value = ToNfc(text);
      return absl::OkStatus();
    }
    if (condition->op == Op::kHas && !repeated) condition->op = Op::kEqual;
    double number = 0;
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      const auto found = EnumNumber(*field.enum_type(), text);
      if (!found) {
        return absl::InvalidArgumentError(
            fmt::format("'{}' is no value of {}", ToPrintable(text), field.enum_type()->name()));
      }
      number = *found;
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      if (text != "true" && text != "false") return absl::InvalidArgumentError("true or false is wanted");
      number = text == "true";
    } else if (!absl::SimpleAtod(text, &number) || number != number) {
      return absl::InvalidArgumentError(fmt::format("'{}' is no number", ToPrintable(text)));
    }
    condition->value = number;
    return absl::OkStatus();
  }

  const std::string_view text_;
  const Descriptor& of_;
  std::size_t at_ = 0;
};

// The value at the end of a path of single fields; nullopt = not set.
std::optional<Value> Follow(const Message& message, const Path& path) {
  const Message* at = &message;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!IsSet(*at, *path[i])) return std::nullopt;
    if (i + 1 < path.size()) at = &at->GetReflection()->GetMessage(*at, path[i]);
  }
  return ValueOf(*at, *path.back(), -1);
}

}  // namespace

absl::StatusOr<MessageFilter> MessageFilter::Parse(std::string_view text, const Descriptor& of) {
  MessageFilter filter;
  if (TrimSpace(text).empty()) return filter;
  if (text.size() > kMostBytes) {
    return MakeError(Reason::kFilterInvalid, "filter", fmt::format("{} bytes; at most {}", text.size(), kMostBytes));
  }
  MAGPIE_ASSIGN_OR_RETURN(filter.root_, FilterParser(text, of).ParseAll());
  return filter;
}

bool MessageFilter::Keeps(const Message& message) const {
  return root_ == nullptr || root_->Holds(message);
}

absl::StatusOr<MessageOrder> MessageOrder::Parse(std::string_view text, const Descriptor& of) {
  MessageOrder order;
  if (TrimSpace(text).empty()) return order;
  for (std::string_view item : Split(text, ',')) {
    item = TrimSpace(item);
    Key key;
    if (TakeEnd(&item, " desc")) {
      key.descending = true;
    } else {
      TakeEnd(&item, " asc");
    }
    absl::StatusOr<Path> path = FindPath(TrimSpace(item), of);
    const bool single = path.ok() && std::ranges::none_of(*path, [](const auto* at) { return at->is_repeated(); }) &&
                        path->back()->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE;
    if (!single) {
      return MakeError(Reason::kFieldInvalid, "order_by",
                       fmt::format("'{}' is no single value of {}; write FIELD or FIELD desc, separated by commas",
                                   ToPrintable(item), of.name()));
    }
    key.path = *std::move(path);
    order.keys_.push_back(std::move(key));
  }
  return order;
}

bool MessageOrder::Before(const Message& a, const Message& b) const {
  for (const Key& key : keys_) {
    const std::optional<Value> x = Follow(a, key.path), y = Follow(b, key.path);
    if (x == y) continue;
    if (!x || !y) return x.has_value();
    return key.descending ? *y < *x : *x < *y;
  }
  return false;
}

}  // namespace magpie
