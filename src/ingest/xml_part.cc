#include "xml_part.h"

#include <expat.h>
#include <fmt/format.h>

#include <memory>
#include <type_traits>

#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr int kMaxDepth = 64;  // a workbook's parts nest about ten deep

std::string_view LocalName(const char* name) {
  const std::string_view view(name);
  const std::size_t colon = view.rfind(':');
  return colon == std::string_view::npos ? view : view.substr(colon + 1);
}

struct Parsing {
  XML_Parser parser;
  XmlHandler* handler;
  int depth = 0;
  absl::Status status;

  void Check(absl::Status result) {
    if (result.ok() || !status.ok()) return;
    status = std::move(result);
    XML_StopParser(parser, XML_FALSE);
  }
};

Parsing* Of(void* data) {
  return static_cast<Parsing*>(data);
}

void XMLCALL OnStart(void* data, const XML_Char* name, const XML_Char** attributes) {
  Parsing* parsing = Of(data);
  if (!parsing->status.ok()) return;
  if (++parsing->depth > kMaxDepth) {
    parsing->Check(MakeError(Reason::kBadFile, "", "its XML nests too deep for a workbook"));
    return;
  }
  parsing->Check(parsing->handler->Start(LocalName(name), XmlAttributes(attributes)));
}

void XMLCALL OnEnd(void* data, const XML_Char* name) {
  Parsing* parsing = Of(data);
  if (!parsing->status.ok()) return;
  --parsing->depth;
  parsing->Check(parsing->handler->End(LocalName(name)));
}

void XMLCALL OnText(void* data, const XML_Char* text, int length) {
  Parsing* parsing = Of(data);
  if (parsing->status.ok()) {
    parsing->Check(parsing->handler->Text(std::string_view(text, static_cast<std::size_t>(length))));
  }
}

void XMLCALL OnDoctype(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
  Of(data)->Check(MakeError(Reason::kBadFile, "", "its XML declares a document type, which no workbook does"));
}

}  // namespace

const char* XmlAttributes::Find(std::string_view name) const {
  for (const char** pair = pairs_; *pair != nullptr; pair += 2) {
    if (name == pair[0]) return pair[1];
  }
  return nullptr;
}

const char* XmlAttributes::FindPrefixed(std::string_view local_name) const {
  for (const char** pair = pairs_; *pair != nullptr; pair += 2) {
    if (std::string_view(pair[0]) != local_name && LocalName(pair[0]) == local_name) return pair[1];
  }
  return nullptr;
}

absl::Status ParseXmlPart(ZipArchive* archive, std::string_view part, XmlHandler* handler, bool again) {
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(XML_ParserCreate(nullptr),
                                                                                             &XML_ParserFree);
  if (!parser) return MakeError(Reason::kInternal, archive->path(), "no memory for the XML parser");
  Parsing parsing{parser.get(), handler, 0, absl::OkStatus()};
  XML_SetUserData(parser.get(), &parsing);
  XML_SetElementHandler(parser.get(), &OnStart, &OnEnd);
  XML_SetCharacterDataHandler(parser.get(), &OnText);
  XML_SetStartDoctypeDeclHandler(parser.get(), &OnDoctype);
  const auto feed = [&](std::string_view block, bool last) -> absl::Status {
    const XML_Status result = XML_Parse(parser.get(), block.data(), static_cast<int>(block.size()), last ? 1 : 0);
    if (!parsing.status.ok()) {
      const absl::Status& status = parsing.status;
      if (!FieldOf(status).empty() || ReasonOf(status) != Reason::kBadFile) return status;
      return MakeError(
          Reason::kBadFile, archive->path(),
          fmt::format("part '{}': {}", part, std::string_view(status.message().data(), status.message().size())));
    }
    if (result == XML_STATUS_ERROR) {
      return MakeError(
          Reason::kBadFile, archive->path(),
          fmt::format("part '{}' is not well-formed XML ({}, line {}); save the workbook again", part,
                      XML_ErrorString(XML_GetErrorCode(parser.get())), XML_GetCurrentLineNumber(parser.get())));
    }
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(archive->Stream(
      part, [&](std::string_view block) { return feed(block, false); }, again));
  return feed("", true);
}

}  // namespace magpie
