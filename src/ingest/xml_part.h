// One XML part of a workbook, parsed as a stream by expat. Element and attribute names come without their prefix;
// a document type declaration is refused, so no entity can be defined.
#pragma once

#include <absl/status/status.h>

#include <string_view>

#include "zip_archive.h"

namespace magpie {

// The attributes of one element, as expat gives them: name, value, name, value, nullptr.
class XmlAttributes {
 public:
  explicit XmlAttributes(const char** pairs) : pairs_(pairs) {}
  // The value of an attribute without a prefix; nullptr where there is none.
  const char* Find(std::string_view name) const;
  // The value of an attribute that has a prefix ("r:id"), whatever the prefix is.
  const char* FindPrefixed(std::string_view local_name) const;

 private:
  const char** pairs_;
};

class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  // An error from any of them ends the reading with it.
  virtual absl::Status Start(std::string_view name, const XmlAttributes& attributes) = 0;
  virtual absl::Status End(std::string_view /*name*/) { return absl::OkStatus(); }
  virtual absl::Status Text(std::string_view /*text*/) { return absl::OkStatus(); }
};

absl::Status ParseXmlPart(ZipArchive* archive, std::string_view part, XmlHandler* handler, bool again = false);

}  // namespace magpie
