// report.html: the page around the sections.
#include <algorithm>

#include "magpie/base/files.h"
#include "magpie/base/unicode.h"
#include "magpie/report/report.h"
#include "report/html_sections.h"
#include "report/party_entries.h"
#include "report/shown_tours.h"

namespace magpie {
namespace report {

std::string Escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F) {
          out += "\xEF\xBF\xBD";
        } else {
          out += c;
        }
      }
    }
  }
  return out;
}

std::string Shorten(std::string_view text, int columns) {
  int width = 0;
  std::size_t offset = 0, last_fit = 0;
  while (offset < text.size()) {
    const char32_t c = NextCodePoint(text, &offset);
    width += c < 0x1100 ? 1 : 2;
    if (width > columns) return std::string(text.substr(0, last_fit)) + "…";
    if (width <= columns - 2) last_fit = offset;
  }
  return std::string(text);
}

std::string NeedAnchor(std::int32_t need) {
  return fmt::format("n{}", need + 1);
}

namespace {

// The inline script's hash for the page's own security policy: whatever a listing says, no other script runs.
std::string Base64OfHex(std::string_view hex) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto value = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  std::string out;
  unsigned bits = 0, held = 0;
  for (char c : hex) {
    bits = (bits << 4) | value(c);
    held += 4;
    if (held < 6) continue;
    held -= 6;
    out += kDigits[(bits >> held) & 63];
    bits &= (1u << held) - 1;
  }
  if (held > 0) out += kDigits[(bits << (6 - held)) & 63];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

// Two banks and the curves between them: a bridge, as decoration of the heading.
constexpr std::string_view kBridge =
    "<svg class=\"bridge\" viewBox=\"0 0 400 160\" aria-hidden=\"true\" focusable=\"false\">"
    "<g fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.6\">"
    "<path d=\"M20 130C110 10 290 10 380 130\"/><path d=\"M20 130C120 40 280 50 380 90\" opacity=\".7\"/>"
    "<path d=\"M20 90C120 40 280 40 380 130\" opacity=\".7\"/><path d=\"M20 50C140 20 260 20 380 50\" opacity=\".5\"/>"
    "<path d=\"M20 90C140 70 260 20 380 50\" opacity=\".5\"/></g><g fill=\"currentColor\">"
    "<circle cx=\"20\" cy=\"50\" r=\"5\"/><circle cx=\"20\" cy=\"90\" r=\"5\"/><circle cx=\"20\" cy=\"130\" r=\"5\"/>"
    "<circle cx=\"380\" cy=\"50\" r=\"5\"/><circle cx=\"380\" cy=\"90\" r=\"5\"/><circle cx=\"380\" cy=\"130\" "
    "r=\"5\"/>"
    "</g></svg>";

std::string Lead(const PlanView& view) {
  const PlanFunnel& funnel = view.plan().funnel;
  std::string lead = view.Format(Text::kLead, PlanView::Count(funnel.needs), PlanView::Count(funnel.offerings),
                                 PlanView::Count(funnel.matches), PlanView::Count(funnel.needs_matched),
                                 PlanView::Percent(funnel.needs_matched, funnel.needs));
  const std::string_view gap = view.language() == Language::kZh ? "" : " ";
  if (funnel.meetings > 0) {
    (lead += gap) += view.Format(Text::kLeadMeetings, PlanView::Count(funnel.meetings));
  }
  if (const std::int64_t open = funnel.needs - funnel.needs_matched; open > 0) {
    (lead += gap) += view.Format(Text::kLeadOpen, PlanView::Count(open));
  }
  return lead;
}

void WriteNavigation(const PlanView& view, std::string* out) {
  const Plan& plan = view.plan();
  *out += fmt::format("<nav aria-label=\"{}\"><div class=\"wrap\">", view(Text::kNavigation));
  const auto link = [&](std::string_view anchor, Text text, std::int64_t count) {
    *out += fmt::format("<a href=\"#{}\">{}", anchor, view(text));
    if (count > 0) *out += fmt::format("<small>{}</small>", PlanView::Count(count));
    *out += "</a>";
  };
  link("overview", Text::kOverview, 0);
  if (!plan.changes.empty()) link("changes", Text::kChanges, std::ssize(plan.changes));
  if (!plan.meetings.empty() || !plan.unplaced.empty() || !ShownTours(view).empty())
    link("timetable", Text::kTimetable, std::ssize(plan.meetings));
  if (const std::int64_t pages = std::ssize(PartiesWithPages(view)); pages > 0) link("parties", Text::kParties, pages);
  link("matches", Text::kMatches, std::ssize(plan.matches));
  if (!plan.matches.empty()) link("graph", Text::kGraph, 0);
  link("open", Text::kOpen, std::ssize(plan.open));
  if (!plan.what_ifs.empty()) link("what-if", Text::kWhatIf, std::ssize(plan.what_ifs));
  if (!plan.matches.empty()) link("fairness", Text::kFairness, 0);
  link("import", Text::kImport, std::count_if(plan.import_rows.begin(), plan.import_rows.end(), NeedsAttention));
  *out += "</div></nav>\n";
}

void WriteRun(const PlanView& view, std::string* out) {
  const RunInfo& run = view.plan().run;
  *out += fmt::format("<footer><div class=\"wrap\"><h2>{}</h2><dl>", view(Text::kRun));
  const auto item = [&](std::string_view label, std::string_view value) {
    if (!value.empty()) *out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", Escape(label), Escape(value));
  };
  item(view(Text::kRunId), run.run_id);
  item(view(Text::kVersion), run.version);
  item(view(Text::kEncoder), run.encoder_id);
  item(view(Text::kDictionary), run.dictionary_id);
  item(view(Text::kProfile), run.profile_id);
  item(view(Text::kSeed), std::to_string(run.seed));
  for (const auto& [name, hash] : run.inputs) item(name, "SHA-256 " + hash.substr(0, 16) + "…");
  std::string options;
  for (const auto& [name, value] : run.options)
    options += fmt::format("{}{}={}", options.empty() ? "" : "  ", name, value);
  item(view(Text::kOptions), options);
  *out += fmt::format("</dl><p>{} Magpie 鹊桥</p></div></footer>\n", view(Text::kFooter));
}

}  // namespace

void WriteHead(const PlanView& view, std::string_view title, bool script, std::string* out) {
  const bool zh = view.language() == Language::kZh;
  *out += fmt::format("<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n", zh ? "zh-CN" : "en");
  const std::string runs = script ? fmt::format("; script-src 'sha256-{}'", Base64OfHex(Sha256Hex(kScript))) : "";
  *out += fmt::format(
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'{}\">\n",
      runs);
  *out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  *out += fmt::format("<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n", Escape(title), kStyle);
}

}  // namespace report

std::string RenderHtml(const Plan& plan) {
  using namespace report;  // the sections
  const PlanView view(plan);
  std::string out;
  WriteHead(view, view.Title(), true, &out);
  out += fmt::format("<a class=\"skip\" href=\"#matches\">{}</a>\n<header class=\"top\"><div class=\"wrap\">{}",
                     view(Text::kSkip), kBridge);
  if (plan.event) out += fmt::format("<p class=\"kicker\">{}</p>", view(Text::kPlan));
  out += fmt::format("<h1>{}</h1>", Escape(view.Title()));
  if (const std::string subtitle = view.Subtitle(); !subtitle.empty()) {
    out += fmt::format("<p class=\"sub\">{}</p>", Escape(subtitle));
  }
  out += fmt::format("<p class=\"lead\">{}</p></div></header>\n", Lead(view));
  WriteNavigation(view, &out);
  out += "<main class=\"wrap\">\n";
  WriteFunnel(view, &out);
  WriteChanges(view, &out);
  WriteTimetable(view, &out);
  WriteParties(view, &out);
  WriteMatches(view, &out);
  WriteGraph(view, &out);
  WriteOpen(view, &out);
  WriteWhatIfs(view, &out);
  WriteFairness(view, &out);
  WriteImport(view, &out);
  out += "</main>\n";
  WriteRun(view, &out);
  out += fmt::format("<script>{}</script>\n</body>\n</html>\n", kScript);
  return out;
}

}  // namespace magpie
