// Which messages of a list are wanted, and in which order: a subset of AIP-160 and AIP-132.
//
// Filter   FIELD OP VALUE with = != < <= > >= and `:` (has), AND, OR, NOT or -, parentheses; AND may be left out between
//          conditions. AND and OR do not meet without parentheses. FIELD is a path of the message. VALUE is "quoted",
//          'quoted', or one word: a number, true, false, an enum's value with or without its prefix, a text. With = a text may
//          begin or end with *. `:` looks for an element of a repeated field, for a piece of a text; `FIELD:*` asks whether it
//          is set. A field that is not set fits no condition but != and NOT. Texts are compared as they are, so dates
//          compare as days.
// Order    "FIELD, FIELD desc": single values only; what is not set comes last; ties keep their order.
// Errors   kFilterInvalid with the place, kFieldInvalid for an order.
// Threads  const objects may be used from several threads at once.
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <string_view>
#include <vector>

namespace magpie {

class MessageFilter {
 public:
  struct Node;

  static absl::StatusOr<MessageFilter> Parse(std::string_view text, const google::protobuf::Descriptor& of);

  bool everything() const { return root_ == nullptr; }
  bool Keeps(const google::protobuf::Message& message) const;

 private:
  std::shared_ptr<const Node> root_;
};

class MessageOrder {
 public:
  static absl::StatusOr<MessageOrder> Parse(std::string_view text, const google::protobuf::Descriptor& of);

  bool as_it_is() const { return keys_.empty(); }
  bool Before(const google::protobuf::Message& a, const google::protobuf::Message& b) const;

 private:
  struct Key {
    std::vector<const google::protobuf::FieldDescriptor*> path;
    bool descending = false;
  };
  std::vector<Key> keys_;
};

}  // namespace magpie
