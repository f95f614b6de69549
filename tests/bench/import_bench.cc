// How many rows a second come in from each kind of file, one thread, without indexing.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "bench/bench.h"
#include "magpie/base/files.h"
#include "magpie/base/random.h"
#include "magpie/ingest/import.h"

namespace magpie::bench {
namespace {

constexpr int kRows = 50'000;

// A row of a list: title, firm, place, text, amount, way of cooperating. Invented words, uneven lengths.
struct Row {
  std::string title, firm, place, text, amount, mode;
};

std::vector<Row> MakeRows() {
  static constexpr std::string_view kWords[] = {"轴承", "热处理", "膜污染", "在线检测", "余热", "催化剂",   "菌种",
                                                "光谱", "焊缝",   "电池包", "粉尘",     "滴灌", "复合材料", "阻垢"};
  static constexpr std::string_view kPlaces[] = {"浙江省/宁波市", "陕西省/西安市", "新疆维吾尔自治区/乌鲁木齐市",
                                                 "山东省/青岛市"};
  static constexpr std::string_view kModes[] = {"合作开发", "技术转让、技术服务", "许可；共建", "委托开发"};
  Random random(11);
  auto words = [&](std::uint64_t count) {
    std::string text;
    for (std::uint64_t i = 0; i < count; ++i) text += kWords[random.Below(std::size(kWords))];
    return text;
  };
  std::vector<Row> rows;
  for (int i = 0; i < kRows; ++i) {
    rows.push_back({fmt::format("{}{}", words(3 + random.Below(4)), i), fmt::format("宁波某某{}有限公司", i % 4'000),
                    std::string(kPlaces[random.Below(std::size(kPlaces))]), words(15 + random.Below(60)),
                    fmt::format("{}-{}万", 10 + random.Below(90), 100 + random.Below(900)),
                    std::string(kModes[random.Below(std::size(kModes))])});
  }
  return rows;
}

void WriteJsonl(const std::vector<Row>& rows, const std::filesystem::path& path) {
  std::string out;
  for (const Row& row : rows) {
    out += fmt::format(
        R"({{"title": "{}", "description": "{}", "party": {{"name": "{}", "kind": "firm", "region": "{}"}}, )"
        R"("keywords": [], "resource": "technology", "modes": ["co_development"], "amount_wan_cny": [10, 200]}})"
        "\n",
        row.title, row.text, row.firm, row.place);
  }
  if (!WriteFile(path, out).ok()) std::abort();
}

void WriteCsv(const std::vector<Row>& rows, const std::filesystem::path& path) {
  std::string out = "需求名称,企业名称,所在地,需求描述,预算(万元),合作方式\n";
  for (const Row& row : rows) {
    out += fmt::format("{},{},{},\"{}\",{},{}\n", row.title, row.firm, row.place, row.text, row.amount, row.mode);
  }
  if (!WriteFile(path, out).ok()) std::abort();
}

void WriteXlsx(const std::vector<Row>& rows, const std::filesystem::path& path) {
  lxw_workbook* book = workbook_new(path.c_str());
  lxw_worksheet* sheet = workbook_add_worksheet(book, "需求");
  const char* headings[] = {"需求名称", "企业名称", "所在地", "需求描述", "预算(万元)", "合作方式"};
  for (lxw_col_t c = 0; c < 6; ++c) worksheet_write_string(sheet, 0, c, headings[c], nullptr);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    const std::string* cells[] = {&row.title, &row.firm, &row.place, &row.text, &row.amount, &row.mode};
    for (lxw_col_t c = 0; c < 6; ++c) {
      worksheet_write_string(sheet, static_cast<lxw_row_t>(i + 1), c, cells[c]->c_str(), nullptr);
    }
  }
  if (workbook_close(book) != LXW_NO_ERROR) std::abort();
}

Line Measure(const std::string& item, const std::filesystem::path& path, double bar) {
  std::int64_t imported = 0;
  const double seconds = MedianSeconds([&] {
    const auto summary = ImportListings(
        path, {}, [](ListingRecord&&) { return absl::OkStatus(); }, nullptr, RunContext{});
    if (!summary.ok() || summary->imported != kRows) std::abort();
    imported = summary->imported;
  });
  Line line;
  line.group = "import";
  line.item = item;
  line.unit = "rows/s";
  line.ours = static_cast<double>(imported) / seconds;
  line.anchor = bar;
  line.higher_is_better = line.anchor_is_bar = true;
  line.size = fmt::format("{} rows, {:.1f} MB", kRows, static_cast<double>(std::filesystem::file_size(path)) / 1e6);
  line.quality = fmt::format("peak {:.0f} MiB", PeakMib());
  return line;
}

}  // namespace

std::vector<Bench> ImportBenches() {
  return {{"import", [] {
             const std::filesystem::path folder = std::filesystem::temp_directory_path() / "magpie-bench-import";
             std::filesystem::create_directories(folder);
             std::vector<Line> lines;
             // In a process of its own, so that the peak of memory below is the import's.
             if (const pid_t child = ::fork(); child == 0) {
               const std::vector<Row> rows = MakeRows();
               WriteXlsx(rows, folder / "needs.xlsx");
               WriteCsv(rows, folder / "needs.csv");
               WriteJsonl(rows, folder / "needs.jsonl");
               ::_exit(0);
             } else if (int status = 0; child < 0 || ::waitpid(child, &status, 0) != child || status != 0) {
               std::abort();
             }
             lines.push_back(Measure("import_xlsx", folder / "needs.xlsx", 5'000));
             lines.push_back(Measure("import_csv", folder / "needs.csv", 5'000));
             lines.push_back(Measure("import_jsonl", folder / "needs.jsonl", 10'000));
             std::filesystem::remove_all(folder);
             return lines;
           }}};
}

}  // namespace magpie::bench
