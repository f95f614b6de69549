// update_mask: which fields of a resource an update replaces.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>

#include <span>
#include <string_view>

namespace magpie {

// Copies the masked fields of `change` into `target` (of the same type); a masked field that `change` leaves out is
// cleared. Without paths: the fields that are set; "*": all. `fixed` are the top-level fields that no update may touch:
// named in the mask they are kBadArgument, by the two wildcards they are passed over.
absl::Status ApplyUpdateMask(const google::protobuf::FieldMask& mask, const google::protobuf::Message& change,
                             std::span<const std::string_view> fixed, google::protobuf::Message* target);

}  // namespace magpie
