#include "cli/pairs_file.h"

#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <string_view>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"
#include "magpie/base/unicode.h"

namespace magpie::cli {
namespace {

constexpr std::uint64_t kMaxPairsBytes = 4ull << 30;

}  // namespace

absl::StatusOr<std::vector<TableLine>> ReadTable(const std::string& path) {
  std::string bytes;
  if (path == "-") {
    bytes.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    MAGPIE_ASSIGN_OR_RETURN(bytes, ReadFile(path, kMaxPairsBytes));
  }
  std::vector<TableLine> lines;
  std::string_view rest = bytes;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  for (std::int64_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    const std::string_view text = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (!TrimSpace(text).empty()) lines.push_back({number, SplitTsvLine(text)});
  }
  return lines;
}

absl::StatusOr<std::vector<PairGrade>> ReadGrades(const std::string& path) {
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<TableLine> lines, ReadTable(path));
  std::vector<PairGrade> grades;
  for (const TableLine& line : lines) {
    const std::string_view grade = line.fields.size() == 3 ? TrimSpace(line.fields[2]) : "";
    if (grade.size() != 1 || grade[0] < '0' || grade[0] > '3') {
      return MakeError(Reason::kBadFile, path,
                       fmt::format("line {} is no graded pair; write a need id, a tab, an offering id, a tab and a "
                                   "grade from 0 to 3",
                                   line.number));
    }
    grades.push_back({std::string(TrimSpace(line.fields[0])), std::string(TrimSpace(line.fields[1])), grade[0] - '0'});
  }
  return grades;
}

absl::StatusOr<std::vector<PairLine>> ReadPairs(const std::string& path) {
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<TableLine> lines, ReadTable(path));
  std::vector<PairLine> pairs;
  for (const TableLine& line : lines) {
    if (line.fields.size() < 2) {
      return MakeError(Reason::kFieldInvalid, path,
                       fmt::format("line {} is \"{}\"; write a need id, a tab and an offering id", line.number,
                                   ToPrintable(TrimSpace(line.fields.front()))));
    }
    if (line.number == 1 && line.fields[0] == "need_id") continue;
    pairs.push_back({std::string(TrimSpace(line.fields[0])), std::string(TrimSpace(line.fields[1])), line.number});
  }
  return pairs;
}

std::string PairProblem(const PairLine& pair, const Snapshot& snapshot) {
  if (!snapshot.FindNeed(pair.need_id).valid()) {
    return fmt::format("need '{}' is not in the list", ToPrintable(pair.need_id));
  }
  if (!snapshot.FindOffering(pair.offering_id).valid()) {
    return fmt::format("offering '{}' is not in the list", ToPrintable(pair.offering_id));
  }
  return "";
}

}  // namespace magpie::cli
