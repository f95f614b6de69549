#include "train/corpus.h"

#include <fmt/format.h>
#include <lzma.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"
#include "magpie/base/unicode.h"

namespace magpie::train {
namespace {

constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 30;
constexpr std::size_t kLongestKeyword = 60;  // bytes; longer ones are sentences that a scan ran together

template <typename Body>
void ForEachLine(std::string_view text, const Body& body) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) body(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string TextOf(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

absl::StatusOr<std::string> ReadPacked(const std::filesystem::path& path) {
  absl::StatusOr<std::string> bytes = ReadFile(path, kLargestFile);
  if (!bytes.ok() || path.extension() != ".xz") return bytes;
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_stream_decoder(&stream, UINT64_MAX, LZMA_CONCATENATED) != LZMA_OK) {
    return MakeError(Reason::kInternal, path.string(), "the xz decoder cannot start");
  }
  std::string out;
  std::string block(1 << 20, '\0');
  stream.next_in = reinterpret_cast<const std::uint8_t*>(bytes->data());
  stream.avail_in = bytes->size();
  lzma_ret result = LZMA_OK;
  while (result == LZMA_OK && out.size() <= kLargestFile) {
    stream.next_out = reinterpret_cast<std::uint8_t*>(block.data());
    stream.avail_out = block.size();
    result = lzma_code(&stream, LZMA_FINISH);
    out.append(block.data(), block.size() - stream.avail_out);
  }
  lzma_end(&stream);
  if (result != LZMA_STREAM_END) return MakeError(Reason::kBadFile, path.string(), "is not a whole xz file");
  return out;
}

std::string WithoutBrackets(std::string_view text) {
  std::string out;
  int depth = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = NextCodePoint(text, &i);
    const bool opens = c == '(' || c == '{' || c == '[' || c == U'（' || c == U'｛' || c == U'【' || c == U'［';
    const bool closes = c == ')' || c == '}' || c == ']' || c == U'）' || c == U'｝' || c == U'】' || c == U'］';
    if (opens) ++depth;
    if (depth == 0 && !closes) AppendCodePoint(c, &out);
    if (closes && depth > 0) --depth;
  }
  return std::string(TrimSpace(out));
}

std::vector<std::string> SplitKeywords(std::string_view text) {
  for (std::string_view mark : {"中图分类号", "分类号", "文献标识码", "文章编号", "CLC"})
    text = text.substr(0, text.find(mark));
  std::vector<std::string> words;
  std::string word;
  const auto keep = [&] {
    std::string_view trimmed = TrimSpace(word);
    while (trimmed.ends_with('.')) trimmed.remove_suffix(1);
    if (!trimmed.empty() && trimmed.size() <= kLongestKeyword) words.emplace_back(trimmed);
    word.clear();
  };
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = NextCodePoint(text, &i);
    if (c == ';' || c == U'；' || c == ',' || c == U'，' || c == U'、' || c == U'。' || c == '\n' || c == '|') {
      keep();
    } else {
      AppendCodePoint(c, &word);
    }
  }
  keep();
  return words;
}

absl::StatusOr<Corpus> ReadCorpus(const std::filesystem::path& folder) {
  Corpus corpus;
  const auto read = [&](const char* name) -> absl::StatusOr<std::string> {
    MAGPIE_ASSIGN_OR_RETURN(std::string hash, Sha256HexOfFile(folder / name));
    corpus.sources.emplace_back(name, std::move(hash));
    return ReadPacked(folder / name);
  };
  MAGPIE_ASSIGN_OR_RETURN(const std::string papers, read("papers-zh.jsonl.xz"));
  ForEachLine(papers, [&](std::string_view line) {
    const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) return;
    corpus.papers.push_back({TextOf(json, "id"), TextOf(json, "title"), TextOf(json, "abstract_zh"),
                             TextOf(json, "abstract_en"), TextOf(json, "text"),
                             SplitKeywords(TextOf(json, "keywords_zh")), SplitKeywords(TextOf(json, "keywords_en"))});
  });
  MAGPIE_ASSIGN_OR_RETURN(const std::string awards, read("abstracts-en.jsonl.xz"));
  ForEachLine(awards, [&](std::string_view line) {
    const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object()) corpus.awards.push_back({TextOf(json, "title"), TextOf(json, "abstract")});
  });
  MAGPIE_ASSIGN_OR_RETURN(const std::string classes, read("technical-phrases-zh-en.tsv.xz"));
  ForEachLine(classes, [&](std::string_view line) {
    const std::vector<std::string> fields = SplitTsvLine(line);
    if (fields.size() < 3) return;
    corpus.classes.push_back({fields[0], WithoutBrackets(fields[1]), WithoutBrackets(fields[2])});
  });
  MAGPIE_ASSIGN_OR_RETURN(const std::string keywords, read("keyword-pairs-zh-en.tsv"));
  ForEachLine(keywords, [&](std::string_view line) {
    const std::vector<std::string> fields = SplitTsvLine(line);
    if (fields.size() >= 2) corpus.keywords.emplace_back(fields[0], fields[1]);
  });
  if (corpus.papers.empty() || corpus.awards.empty() || corpus.classes.empty() || corpus.keywords.empty()) {
    return MakeError(Reason::kBadFile, folder.string(), "one of the corpus files holds no usable line");
  }
  return corpus;
}

}  // namespace magpie::train
