// An event as a workbook: one sheet a list, one row an item, headings in Chinese or English.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "event_reader.h"
#include "file_kind.h"
#include "magpie/base/date.h"
#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/ingest/workbook.h"

namespace magpie {
namespace {

using nlohmann::json;

enum class CellKind : std::uint8_t { kText, kList, kTime, kDay };

// A column: the JSON member it fills and the headings that name it, compared after NFKC, lower case, without spaces.
struct Column {
  std::string_view member;
  CellKind kind;
  std::vector<std::string_view> headings;
};

struct Sheet {
  std::string_view list;  // the JSON list it fills
  std::vector<std::string_view> names;
  std::vector<Column> columns;
};

const std::vector<Sheet>& Sheets() {
  using enum CellKind;
  static const std::vector<Sheet> kSheets = {
      {"sessions",
       {"场次", "sessions", "session"},
       {{"id", kText, {"编号", "场次编号", "id"}},
        {"title", kText, {"名称", "场次", "主题", "title", "session"}},
        {"place", kText, {"地点", "place"}},
        {"day", kDay, {"日期", "date", "day"}},
        {"start", kTime, {"开始", "开始时间", "start"}},
        {"end", kTime, {"结束", "结束时间", "end"}},
        {"slot_minutes", kText, {"时段分钟", "每场分钟", "slot_minutes", "slotminutes"}},
        {"break_minutes", kText, {"间隔分钟", "break_minutes", "breakminutes"}},
        {"tables", kList, {"桌位", "洽谈桌", "tables"}}}},
      {"slots",
       {"时段", "slots", "slot"},
       {{"id", kText, {"编号", "时段", "时段编号", "id", "slot"}},
        {"session", kText, {"场次", "session"}},
        {"day", kDay, {"日期", "date", "day"}},
        {"start", kTime, {"开始", "开始时间", "start"}},
        {"end", kTime, {"结束", "结束时间", "end"}},
        {"tables", kList, {"桌位", "洽谈桌", "可用桌位", "tables"}}}},
      {"tables",
       {"桌位", "洽谈桌", "tables", "table"},
       {{"id", kText, {"编号", "桌号", "桌位", "id", "table"}},
        {"room", kText, {"房间", "地点", "room"}},
        {"demo_bench", kText, {"演示台", "演示", "demo_bench", "demobench", "demo"}}}},
      {"teams",
       {"团队", "展位", "teams", "team"},
       {{"id", kText, {"编号", "团队编号", "id", "team"}},
        {"name", kText, {"名称", "团队", "团队名称", "name"}},
        {"party", kText, {"单位", "机构", "party", "institute"}},
        {"hosts", kList, {"接待人", "hosts"}},
        {"members", kList, {"成员", "members"}},
        {"offerings", kList, {"成果", "成果编号", "offerings", "offering"}},
        {"needs", kList, {"需求", "需求编号", "needs", "need"}},
        {"max_meetings", kText, {"最多洽谈", "洽谈上限", "max_meetings", "maxmeetings"}},
        {"max_per_session", kText, {"单场最多", "每场最多", "单场上限", "max_per_session", "maxpersession"}},
        {"table", kText, {"展台", "桌位", "table", "booth"}}}},
      {"people",
       {"人员", "参会人员", "people", "attendees"},
       {{"id", kText, {"编号", "id"}},
        {"name", kText, {"姓名", "名字", "name"}},
        {"party", kText, {"单位", "企业", "企业名称", "机构", "party", "firm"}},
        {"role", kText, {"职务", "身份", "role"}},
        {"region", kText, {"地区", "所在地", "region"}},
        {"district", kText, {"区县", "district"}},
        {"needs", kList, {"需求", "需求编号", "needs", "need"}},
        {"offerings", kList, {"成果", "成果编号", "offerings", "offering"}},
        {"interests", kList, {"兴趣", "关注方向", "interests"}},
        {"languages", kList, {"语言", "languages"}},
        {"interpreter", kText, {"译员", "翻译", "interpreter"}},
        {"absent_slots", kList, {"缺席时段", "不在时段", "absent_slots", "absentslots", "absent"}},
        {"max_meetings", kText, {"最多洽谈", "洽谈上限", "max_meetings", "maxmeetings"}}}},
      {"wishes",
       {"意愿", "洽谈意愿", "wishes", "wish"},
       {{"id", kText, {"编号", "id"}},
        {"person", kText, {"人员", "代表", "姓名", "person"}},
        {"team", kText, {"团队", "team"}},
        {"priority", kText, {"优先级", "级别", "priority"}},
        {"need", kText, {"需求", "需求编号", "need"}},
        {"offering", kText, {"成果", "成果编号", "offering"}},
        {"topic", kText, {"议题", "话题", "内容", "topic"}},
        {"demo_table", kText, {"演示台", "需要演示台", "demo_table", "demotable", "needs_demo_table"}},
        {"party", kText, {"单位", "企业", "party", "firm"}}}},
      {"rules",
       {"规则", "约束", "rules", "constraints"},
       {{"id", kText, {"编号", "id"}},
        {"rule", kText, {"规则", "规则名", "rule"}},
        {"text", kText, {"说明", "内容", "text"}},
        {"max_consecutive", kText, {"最多连续", "max_consecutive", "maxconsecutive"}},
        {"max_consecutive_guest", kText, {"来宾最多连续", "max_consecutive_guest"}},
        {"max_meetings", kText, {"最多洽谈", "max_meetings", "maxmeetings"}},
        {"max_idle_slots", kText, {"最多空闲", "max_idle_slots"}},
        {"soft", kText, {"尽量", "soft"}},
        {"kept_tables", kText, {"预留桌位", "kept_tables"}},
        {"tables", kList, {"桌位", "tables"}}}},
      {"travel",
       {"交通", "travel"},
       {{"from", kText, {"起点", "from"}}, {"to", kText, {"终点", "to"}}, {"minutes", kText, {"分钟", "minutes"}}}},
      {"tours",
       {"考察", "参观", "tours", "tour"},
       {{"id", kText, {"编号", "id", "tour"}},
        {"title", kText, {"名称", "考察", "主题", "title"}},
        {"party", kText, {"单位", "代表团", "party", "firm"}},
        {"people", kList, {"人员", "成员", "people"}},
        {"from", kText, {"起点", "from"}},
        {"to", kText, {"终点", "to"}},
        {"day", kDay, {"日期", "date", "day"}},
        {"start", kTime, {"开始", "开始时间", "出发", "start"}},
        {"end", kTime, {"结束", "结束时间", "返回", "end"}}}},
      {"tour_stops",
       {"考察点", "参观点", "tour_stops", "stops"},
       {{"tour", kText, {"考察", "参观", "tour"}},
        {"party", kText, {"单位", "企业", "party", "firm"}},
        {"place", kText, {"地点", "place"}},
        {"minutes", kText, {"分钟", "minutes"}},
        {"day", kDay, {"日期", "date", "day"}},
        {"start", kTime, {"开始", "开始时间", "start"}},
        {"end", kTime, {"结束", "结束时间", "end"}}}},
      {"fixed",
       {"固定", "已定", "fixed"},
       {{"person", kText, {"人员", "代表", "姓名", "person"}},
        {"team", kText, {"团队", "team"}},
        {"slot", kText, {"时段", "slot"}},
        {"table", kText, {"桌位", "桌号", "table"}}}},
      {"excluded",
       {"回避", "excluded"},
       {{"person", kText, {"人员", "代表", "姓名", "person"}},
        {"party", kText, {"单位", "企业", "party", "firm"}},
        {"team", kText, {"团队", "team"}}}},
      {"absences",
       {"缺席", "absences"},
       {{"person", kText, {"人员", "代表", "姓名", "person"}},
        {"session", kText, {"场次", "session"}},
        {"slots", kList, {"时段", "缺席时段", "slots", "slot"}},
        {"day", kDay, {"日期", "date", "day"}},
        {"start", kTime, {"开始", "开始时间", "start"}},
        {"end", kTime, {"结束", "结束时间", "end"}}}},
  };
  return kSheets;
}

// The sheet of the event's own members: a name in the first column, a value in the second.
const Sheet& EventSheet() {
  using enum CellKind;
  static const Sheet kSheet = {"",
                               {"活动", "会议", "event"},
                               {{"id", kText, {"编号", "id"}},
                                {"title", kText, {"名称", "标题", "活动名称", "title"}},
                                {"title_en", kText, {"英文名称", "title_en"}},
                                {"place", kText, {"地点", "place"}},
                                {"description", kText, {"说明", "description"}},
                                {"organisers", kList, {"主办", "主办单位", "organisers"}},
                                {"slot_minutes", kText, {"时段分钟", "每场分钟", "slot_minutes"}},
                                {"break_minutes", kText, {"间隔分钟", "break_minutes"}},
                                {"published_needs", kList, {"发布需求", "published_needs"}},
                                {"presented_offerings", kList, {"推介成果", "presented_offerings"}}}};
  return kSheet;
}

// NFKC, lower case, no space, and no remark in brackets behind: "接待人（姓名）" -> "接待人".
std::string HeadingKey(std::string_view heading) {
  std::string key;
  const std::string folded = ToNfkcFolded(heading);
  for (std::size_t i = 0; i < folded.size();) {
    const std::size_t start = i;
    const char32_t c = NextCodePoint(folded, &i);
    if (c == U'(') break;
    if (!IsSpace(c) && c != U'*') key.append(folded, start, i - start);
  }
  return key;
}

const Column* FindColumn(const Sheet& sheet, std::string_view heading) {
  const std::string key = HeadingKey(heading);
  for (const Column& column : sheet.columns) {
    if (std::find(column.headings.begin(), column.headings.end(), key) != column.headings.end()) return &column;
  }
  return nullptr;
}

std::vector<std::string> SplitList(std::string_view cell) {
  std::vector<std::string> parts;
  std::string part;
  const auto close = [&] {
    if (const std::string_view trimmed = TrimSpace(part); !trimmed.empty()) parts.emplace_back(trimmed);
    part.clear();
  };
  for (std::size_t i = 0; i < cell.size();) {
    const std::size_t start = i;
    const char32_t c = NextCodePoint(cell, &i);
    if (c == U'、' || c == U',' || c == U'，' || c == U';' || c == U'；' || c == U'\n' || c == U'/') {
      close();
    } else {
      part.append(cell, start, i - start);
    }
  }
  close();
  return parts;
}

// "9:30" as "09:30"; nullopt where the text is no time of day.
std::optional<std::string> ClockOf(std::string_view text) {
  std::string plain = ToNfkc(TrimSpace(text));
  const std::size_t colon = plain.find(':');
  if (colon == 1) plain.insert(plain.begin(), '0');
  if (plain.size() != 5 && plain.size() != 8) return std::nullopt;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (i % 3 == 2 ? plain[i] != ':' : plain[i] < '0' || plain[i] > '9') return std::nullopt;
  }
  return plain;
}

class WorkbookToEvent {
 public:
  WorkbookToEvent() { document_.root = json::object(); }

  absl::Status Row(const WorkbookRow& row) {
    if (row.sheet_index != sheet_index_) {
      MAGPIE_RETURN_IF_ERROR(CloseSheet());
      OpenSheet(row);
    }
    if (sheet_ == nullptr) return absl::OkStatus();
    std::vector<std::string> cells;
    for (std::size_t c = 0; c < row.cells.size(); ++c) {
      std::string cell(TrimSpace(row.cells[c]));
      // A cell under a merged one says what the cell above says.
      if (cell.empty() && c < row.merged.size() && row.merged[c] && c < above_.size()) cell = above_[c];
      cells.push_back(std::move(cell));
    }
    above_ = cells;
    if (std::all_of(cells.begin(), cells.end(), [](const std::string& cell) { return cell.empty(); })) {
      return absl::OkStatus();
    }
    if (sheet_ == &EventSheet()) return EventRow(cells, row.row);
    if (columns_.empty()) return HeadingRow(cells, row.row);
    return ItemRow(cells, row.row);
  }

  absl::StatusOr<EventDocument> Finish(const std::string& name) {
    MAGPIE_RETURN_IF_ERROR(CloseSheet());
    if (!any_) {
      return MakeError(
          Reason::kEventInvalid, name,
          "none of the workbook's sheets belongs to an event; name them 场次, 时段, 桌位, 团队, 人员, 意愿 "
          "(sessions, slots, tables, teams, people, wishes)");
    }
    return std::move(document_);
  }

 private:
  void OpenSheet(const WorkbookRow& row) {
    sheet_index_ = row.sheet_index;
    sheet_name_ = row.sheet;
    columns_.clear();
    above_.clear();
    sheet_ = nullptr;
    const std::string key = HeadingKey(row.sheet);
    const auto named = [&](const Sheet& sheet) {
      return std::find(sheet.names.begin(), sheet.names.end(), key) != sheet.names.end();
    };
    if (named(EventSheet())) sheet_ = &EventSheet();
    for (const Sheet& sheet : Sheets()) {
      if (named(sheet)) sheet_ = &sheet;
    }
    if (sheet_ == nullptr) {
      document_.warnings.push_back(
          fmt::format("sheet {}: the sheet is not one of an event and was left out", row.sheet));
      return;
    }
    any_ = true;
  }

  absl::Status CloseSheet() {
    if (sheet_ != nullptr && sheet_ != &EventSheet() && columns_.empty()) {
      std::vector<std::string_view> expected;
      for (const Column& column : sheet_->columns) expected.push_back(column.headings.front());
      return MakeError(
          Reason::kEventInvalid, fmt::format("sheet {}", sheet_name_),
          fmt::format("has no heading row; write at least two of the headings {}", fmt::join(expected, ", ")));
    }
    return absl::OkStatus();
  }

  // Rows above the heading row are titles and notes; the heading row is the first with two known headings.
  absl::Status HeadingRow(const std::vector<std::string>& cells, std::int64_t row) {
    std::vector<const Column*> columns;
    std::set<std::string_view> known;
    for (const std::string& cell : cells) {
      columns.push_back(cell.empty() ? nullptr : FindColumn(*sheet_, cell));
      if (columns.back() == nullptr) continue;
      if (!known.insert(columns.back()->member).second) {
        return MakeError(Reason::kEventInvalid, Where(row),
                         fmt::format("two headings mean the same: \"{}\" is the second; remove one", cell));
      }
    }
    if (known.size() < 2) return absl::OkStatus();
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (columns[c] == nullptr && !cells[c].empty()) {
        document_.warnings.push_back(
            fmt::format("sheet {}: the column \"{}\" is not known and was left out", sheet_name_, cells[c]));
      }
    }
    columns_ = std::move(columns);
    return absl::OkStatus();
  }

  absl::Status ItemRow(const std::vector<std::string>& cells, std::int64_t row) {
    json item = json::object();
    std::string day;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (cells[c].empty()) continue;
      if (c >= columns_.size() || columns_[c] == nullptr) {
        if (c >= columns_.size()) {
          document_.warnings.push_back(fmt::format("{}: \"{}\" stands under no heading and was left out", Where(row),
                                                   TakeCodePoints(cells[c], 40)));
        }
        continue;
      }
      if (columns_[c]->kind == CellKind::kDay) {
        day = cells[c];
      } else {
        item[std::string(columns_[c]->member)] = Value(*columns_[c], cells[c]);
      }
    }
    if (!day.empty()) {
      const std::optional<Date> date = ParseDate(day);
      if (!date) {
        return MakeError(Reason::kEventInvalid, Where(row), fmt::format("\"{}\" is no date; write 2025-03-11", day));
      }
      for (const char* member : {"start", "end"}) {
        if (!item.contains(member)) continue;
        const std::string text = item[member].get<std::string>();
        if (const std::optional<std::string> clock = ClockOf(text)) {
          item[member] = fmt::format("{} {}", FormatDate(*date), *clock);
        }
      }
    }
    if (item.empty()) return absl::OkStatus();
    const std::string list(sheet_->list);
    document_.root[list].push_back(std::move(item));
    document_.labels[list].push_back(Where(row));
    return absl::OkStatus();
  }

  absl::Status EventRow(const std::vector<std::string>& cells, std::int64_t row) {
    if (cells.size() < 2 || cells[0].empty() || cells[1].empty()) return absl::OkStatus();
    const Column* column = FindColumn(EventSheet(), cells[0]);
    if (column == nullptr) {
      document_.warnings.push_back(fmt::format("{}: \"{}\" is not known and was left out", Where(row), cells[0]));
      return absl::OkStatus();
    }
    document_.root[std::string(column->member)] = Value(*column, cells[1]);
    return absl::OkStatus();
  }

  static json Value(const Column& column, const std::string& cell) {
    if (column.kind == CellKind::kList) return SplitList(cell);
    return cell;
  }

  std::string Where(std::int64_t row) const { return fmt::format("sheet {}, row {}", sheet_name_, row); }

  EventDocument document_;
  int sheet_index_ = -1;
  std::string sheet_name_;
  const Sheet* sheet_ = nullptr;
  std::vector<const Column*> columns_;
  std::vector<std::string> above_;
  bool any_ = false;
};

}  // namespace

absl::StatusOr<EventDocument> EventDocumentFromWorkbook(const std::string& path) {
  WorkbookToEvent reader;
  MAGPIE_RETURN_IF_ERROR(ReadWorkbook(
      path, ImportLimits{}, [&](const WorkbookRow& row) { return reader.Row(row); }, RunContext{}));
  return reader.Finish(FileLabel(path));
}

}  // namespace magpie
