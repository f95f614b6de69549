// The lists of report.html: what stayed open, what changed against the plan before, what the import met.
#include <algorithm>
#include <map>

#include "report/html_sections.h"

namespace magpie::report {
namespace {

void WriteTableHead(const PlanView& view, std::initializer_list<Text> columns, std::string* out) {
  *out += "<div class=\"tablewrap\"><table class=\"list stack\"><thead><tr>";
  for (Text column : columns) *out += fmt::format("<th scope=\"col\">{}</th>", view(column));
  *out += "</tr></thead><tbody>\n";
}

constexpr std::string_view kTableEnd = "</tbody></table></div>\n";

void WriteOpenRow(const PlanView& view, const PlannedOpen& open, std::string* out) {
  const ShownListing listing = view.Show(open.side, open.index);
  std::string near;
  if (!open.near_id.empty()) {
    const Side other = open.side == Side::kNeed ? Side::kOffering : Side::kNeed;
    const std::int32_t index = view.Find(other, open.near_id);
    near = fmt::format("<span class=\"id\">{}</span> {} <b>{}</b>", Escape(open.near_id),
                       index >= 0 ? Escape(view.Show(other, index).title) : "", PlanView::Score(open.near_score));
  }
  *out += fmt::format(
      "<tr><td><span class=\"id\">{}</span><br>{}</td><td>{}</td><td class=\"why\" data-label=\"{}\">{}</td><td "
      "data-label=\"{}\">{}</td><td>{}</td></tr>\n",
      Escape(listing.id), Escape(listing.title), Escape(listing.party), view(Text::kWhy), view.OpenWord(open.reason),
      view(Text::kNearest), near.empty() ? "–" : near,
      view.TextHidden(open) ? std::string(view(Text::kWithheld)) : Escape(open.sentence));
}

void WriteOpenSide(const PlanView& view, Side side, bool folded, std::string* out) {
  std::vector<const PlannedOpen*> rows;
  std::map<OpenReason, std::int64_t> counts;
  for (const PlannedOpen& open : view.plan().open) {
    if (open.side != side) continue;
    rows.push_back(&open);
    ++counts[open.reason];
  }
  *out +=
      fmt::format("<h3>{} <small>{}</small></h3>", view(side == Side::kNeed ? Text::kOpenNeeds : Text::kOpenOfferings),
                  PlanView::Count(std::ssize(rows)));
  if (rows.empty()) {
    *out += fmt::format("<p class=\"note\">{}</p>", view(Text::kNothing));
    return;
  }
  *out += "<ul class=\"counts\">";
  for (const auto& [reason, count] : counts) {
    *out += fmt::format("<li>{} <b>{}</b></li>", view.OpenWord(reason), PlanView::Count(count));
  }
  *out += "</ul>\n";
  if (folded) {
    *out += fmt::format("<details><summary>{}（unmatched.tsv）</summary>\n",
                        view.Format(Text::kListAll, PlanView::Count(std::ssize(rows))));
  }
  WriteTableHead(view, {Text::kTitle, Text::kParty, Text::kWhy, Text::kNearest, Text::kExplanation}, out);
  const std::size_t shown = std::min(rows.size(), kHtmlOpen);
  for (std::size_t i = 0; i < shown; ++i) WriteOpenRow(view, *rows[i], out);
  *out += kTableEnd;
  if (shown < rows.size()) {
    *out += fmt::format(
        "<p class=\"note\">{}</p>",
        view.Format(Text::kRowsMore, PlanView::Count(static_cast<std::int64_t>(rows.size() - shown)), "unmatched.tsv"));
  }
  if (folded) *out += "</details>\n";
}

void WriteSummaryRow(const PlanView& view, Text list, const ImportSummary& summary, std::string* out) {
  *out += fmt::format("<tr><td><b>{}</b></td>", view(list));
  const std::pair<Text, std::int64_t> counts[] = {
      {Text::kImported, summary.imported}, {Text::kError, summary.errors}, {Text::kDuplicate, summary.duplicates},
      {Text::kWarning, summary.warnings},  {Text::kBlank, summary.blanks}, {Text::kHeading, summary.headings},
      {Text::kClosing, summary.closings}};
  for (const auto& [label, count] : counts) {
    *out += fmt::format("<td class=\"num\" data-label=\"{}\">{}</td>", view(label), PlanView::Count(count));
  }
  *out += "</tr>\n";
}

std::string_view StatusClass(const RowReport& row) {
  return row.status == RowStatus::kError ? "status-error" : row.status == RowStatus::kImported ? "status-warning" : "";
}

}  // namespace

void WriteOpen(const PlanView& view, std::string* out) {
  *out += fmt::format("<section id=\"open\" class=\"open\"><h2>{}</h2>\n", view(Text::kOpen));
  WriteOpenSide(view, Side::kNeed, false, out);
  // Offerings outnumber needs several times, and most stay open: the counts first, the list on demand.
  constexpr std::ptrdiff_t kUnfolded = 20;
  const auto offerings = std::count_if(view.plan().open.begin(), view.plan().open.end(),
                                       [](const PlannedOpen& open) { return open.side == Side::kOffering; });
  WriteOpenSide(view, Side::kOffering, offerings > kUnfolded, out);
  *out += "</section>\n";
}

void WriteChanges(const PlanView& view, std::string* out) {
  const std::vector<PlanChange>& changes = view.plan().changes;
  if (changes.empty()) return;
  *out += fmt::format("<section id=\"changes\"><h2>{}<small>{}</small></h2>\n", view(Text::kChanges),
                      PlanView::Count(std::ssize(changes)));
  WriteTableHead(view, {Text::kNeed, Text::kOffering, Text::kBefore, Text::kAfter, Text::kExplanation}, out);
  const std::size_t shown = std::min(changes.size(), kHtmlChanges);
  const auto listing = [&](Side side, const std::string& id) {
    const std::int32_t index = view.Find(side, id);
    return fmt::format("<span class=\"id\">{}</span> {}", Escape(id),
                       index >= 0 ? Escape(view.Show(side, index).title) : "");
  };
  for (std::size_t i = 0; i < shown; ++i) {
    const PlanChange& change = changes[i];
    *out += fmt::format(
        "<tr><td>{}</td><td>{}</td><td class=\"why\" data-label=\"{}\">{}</td><td class=\"why\" "
        "data-label=\"{}\">{}</td>"
        "<td>{}</td></tr>\n",
        listing(Side::kNeed, change.need_id), listing(Side::kOffering, change.offering_id), view(Text::kBefore),
        Escape(view.ChangeWord(change.before)), view(Text::kAfter), Escape(view.ChangeWord(change.after)),
        view.TextHidden(change) ? std::string(view(Text::kWithheld)) : Escape(change.sentence));
  }
  *out += kTableEnd;
  if (shown < changes.size()) {
    *out += fmt::format("<p class=\"note\">{}</p>",
                        view.Format(Text::kRowsMore, PlanView::Count(static_cast<std::int64_t>(changes.size() - shown)),
                                    "changes.tsv"));
  }
  *out += "</section>\n";
}

void WriteImport(const PlanView& view, std::string* out) {
  const Plan& plan = view.plan();
  *out += fmt::format("<section id=\"import\" class=\"import\"><h2>{}</h2>\n", view(Text::kImport));
  WriteTableHead(view,
                 {Text::kSide, Text::kImported, Text::kError, Text::kDuplicate, Text::kWarning, Text::kBlank,
                  Text::kHeading, Text::kClosing},
                 out);
  WriteSummaryRow(view, Text::kNeeds, plan.needs_import, out);
  WriteSummaryRow(view, Text::kOfferings, plan.offerings_import, out);
  *out += kTableEnd;
  std::vector<const RowReport*> rows;
  for (const RowReport& row : plan.import_rows) {
    if (NeedsAttention(row)) rows.push_back(&row);
  }
  if (rows.empty()) {
    *out += fmt::format("<p class=\"note\">{}</p></section>\n", view(Text::kImportClean));
    return;
  }
  // Errors first: they cost somebody their place at the fair.
  std::stable_sort(rows.begin(), rows.end(), [](const RowReport* a, const RowReport* b) {
    return (a->status == RowStatus::kError) > (b->status == RowStatus::kError);
  });
  WriteTableHead(view, {Text::kStatus, Text::kFile, Text::kRow, Text::kColumn, Text::kValue, Text::kHint}, out);
  const std::size_t shown = std::min(rows.size(), kHtmlRows);
  for (std::size_t i = 0; i < shown; ++i) {
    const RowReport& row = *rows[i];
    *out += fmt::format(
        "<tr><td class=\"why {}\">{}</td><td>{}{}</td><td class=\"num\" data-label=\"{}\">{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td></tr>\n",
        StatusClass(row), view.StatusWord(row), Escape(row.file), row.sheet.empty() ? "" : " / " + Escape(row.sheet),
        view(Text::kRow), row.row, Escape(row.column), Escape(Shorten(row.value, 80)),
        Escape(row.hint.empty() ? row.reason : row.hint));
  }
  *out += kTableEnd;
  if (shown < rows.size()) {
    *out += fmt::format(
        "<p class=\"note\">{}</p>",
        view.Format(Text::kRowsMore, PlanView::Count(static_cast<std::int64_t>(rows.size() - shown)), "import.tsv"));
  }
  *out += "</section>\n";
}

}  // namespace magpie::report
