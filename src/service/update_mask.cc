#include "service/update_mask.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Replaces the field of `target` by that of `change`, following `path` into single messages. False = no such path.
bool CopyPath(std::string_view path, const Message& change, Message* target) {
  const std::size_t dot = path.find('.');
  const std::string head(path.substr(0, dot));
  const FieldDescriptor* field = target->GetDescriptor()->FindFieldByName(head);
  if (field == nullptr) return false;
  const auto* from = change.GetReflection();
  const auto* to = target->GetReflection();
  if (dot != std::string_view::npos) {
    if (field->is_repeated() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return false;
    return CopyPath(path.substr(dot + 1), from->GetMessage(change, field), to->MutableMessage(target, field));
  }
  // By way of a copy that holds nothing else: reflection has no way to assign one field.
  Message* single = change.New();
  single->CopyFrom(change);
  std::vector<const FieldDescriptor*> others;
  from->ListFields(*single, &others);
  for (const FieldDescriptor* other : others) {
    if (other != field) from->ClearField(single, other);
  }
  to->ClearField(target, field);
  target->MergeFrom(*single);
  delete single;
  return true;
}

}  // namespace

absl::Status ApplyUpdateMask(const google::protobuf::FieldMask& mask, const Message& change,
                             std::span<const std::string_view> fixed, Message* target) {
  const auto is_fixed = [&](std::string_view path) {
    return std::find(fixed.begin(), fixed.end(), path.substr(0, path.find('.'))) != fixed.end();
  };
  std::vector<std::string> paths(mask.paths().begin(), mask.paths().end());
  const bool everything = paths.size() == 1 && paths[0] == "*";
  if (paths.empty() || everything) {
    paths.clear();
    const auto* descriptor = change.GetDescriptor();
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const FieldDescriptor* field = descriptor->field(i);
      const auto* reflection = change.GetReflection();
      const bool set =
          field->is_repeated() ? reflection->FieldSize(change, field) > 0 : reflection->HasField(change, field);
      if ((everything || set) && !is_fixed(field->name())) paths.push_back(field->name());
    }
  }
  for (const std::string& path : paths) {
    if (is_fixed(path)) {
      return MakeError(Reason::kBadArgument, "update_mask",
                       fmt::format("'{}' cannot be changed; leave it out of update_mask", path));
    }
    if (!CopyPath(path, change, target)) {
      return MakeError(Reason::kBadArgument, "update_mask",
                       fmt::format("'{}' is not a field of {}; paths are written as in the .proto file, \"*\" stands "
                                   "alone and means all",
                                   ToPrintable(path), target->GetDescriptor()->name()));
    }
  }
  return absl::OkStatus();
}

}  // namespace magpie
