// How fair the plan is: who has how much, the dial as a curve, who would rather have whom, and what relaxing one thing
// would bring.
#include <algorithm>

#include "report/html_sections.h"

namespace magpie::report {
namespace {

constexpr std::size_t kShownBlocking = 10;

std::string Title(const PlanView& view, Side side, std::int32_t index) {
  const ShownListing listing = view.Show(side, index);
  return listing.text_hidden ? listing.id : fmt::format("{} {}", listing.id, Shorten(listing.title, 40));
}

std::string Proof(const PlanView& view, const PlanFairness& fairness) {
  switch (fairness.ending) {
    case Ending::kProven:
      return std::string(view(Text::kProven));
    case Ending::kGap:
    case Ending::kTimeLimit:
    case Ending::kStopped:
      break;
  }
  const double gap = fairness.bound > 0 ? (fairness.bound - fairness.total) / fairness.bound : 0;
  return view.Format(Text::kGapAtMost, fmt::format("{:.2f}", std::max(0.0, gap) * 100));
}

void WriteFigures(const PlanView& view, std::string* out) {
  const PlanFairness& fairness = view.plan().fairness;
  const FairnessCertificate& certificate = fairness.certificate;
  *out += "<dl class=\"figures\">";
  WriteFigure(view(Text::kTotalScore), fmt::format("{:.2f}", fairness.total), "", Proof(view, fairness), out);
  if (certificate.need.index >= 0) {
    WriteFigure(view(Text::kWorstOff), PlanView::Score(static_cast<double>(certificate.need.gain) / kGainPerScore), "",
                Escape(view.Format(Text::kWorstOffNote, Title(view, Side::kNeed, certificate.need.index),
                                   certificate.need.pairs)),
                out);
  }
  WriteFigure(view(Text::kGiniNeeds), fmt::format("{:.2f}", certificate.needs.pairs.gini), "", view(Text::kGiniNote),
              out);
  WriteFigure(view(Text::kGiniOfferings), fmt::format("{:.2f}", certificate.offerings.pairs.gini), "",
              view(Text::kGiniNote), out);
  WriteFigure(view(Text::kBlocking), PlanView::Count(certificate.blocking_count), "", view(Text::kBlockingNote), out);
  *out += "</dl>\n";
}

// How many listings have how many matches, as bars.
void WriteSpread(const PlanView& view, Text title, const Exposure& exposure, std::string* out) {
  std::vector<std::int32_t> counts = exposure.members_with;
  if (counts.empty()) return;
  counts[0] += exposure.pairs.hopeless;  // nobody could serve them; open all the same
  const std::int32_t most = std::max(1, *std::max_element(counts.begin(), counts.end()));
  *out += fmt::format("<figure class=\"spread\"><figcaption>{}</figcaption><ul>", view(title));
  for (std::size_t k = 0; k < counts.size(); ++k) {
    *out += fmt::format("<li><span>{}</span><i style=\"width:{:.1f}%\"></i><b>{}</b></li>",
                        view.Format(Text::kMatchesOf, k), 70.0 * counts[k] / most, PlanView::Count(counts[k]));
  }
  *out += "</ul></figure>";
}

void WriteHeadings(const PlanView& view, std::initializer_list<Text> headings, std::string* out) {
  *out += "<div class=\"tablewrap\"><table class=\"list stack\"><thead><tr>";
  for (Text heading : headings) *out += fmt::format("<th scope=\"col\">{}</th>", view(heading));
  *out += "</tr></thead><tbody>\n";
}

void WriteGroups(const PlanView& view, std::string* out) {
  const auto& groups = view.plan().fairness.groups;
  if (groups.empty()) return;
  *out += fmt::format("<h3>{}</h3>", view(Text::kGroups));
  WriteHeadings(view,
                {Text::kGroup, Text::kSide, Text::kListingsCount, Text::kShareOfListings, Text::kMatchesCount,
                 Text::kShareOfMatches, Text::kOpen, Text::kGini, Text::kFloor},
                out);
  for (const PlannedGroup& group : groups) {
    const ClassExposure& shares = group.exposure;
    const Spread& pairs = shares.exposure.pairs;
    std::string floor;
    if (group.at_least) floor += view.Format(Text::kAtLeast, *group.at_least);
    if (group.at_most) floor += (floor.empty() ? "" : " ") + view.Format(Text::kAtMost, *group.at_most);
    const auto share = [](double part) { return fmt::format("{:.1f}%", part * 100); };
    *out += fmt::format("<tr><td>{}</td>", Escape(group.name));
    const std::pair<Text, std::string> cells[] = {
        {Text::kSide, std::string(view.SideWord(group.side))},
        {Text::kListingsCount, PlanView::Count(pairs.members + pairs.hopeless)},
        {Text::kShareOfListings, share(shares.share_of_listings)},
        {Text::kMatchesCount, PlanView::Count(pairs.sum)},
        {Text::kShareOfMatches, share(shares.share_of_pairs)},
        {Text::kOpen, PlanView::Count(pairs.open + pairs.hopeless)},
        {Text::kGini, fmt::format("{:.2f}", pairs.gini)},
        {Text::kFloor, floor}};
    for (const auto& [heading, cell] : cells) {
      *out += fmt::format("<td data-label=\"{}\">{}</td>", view(heading), Escape(cell));
    }
    *out += "</tr>\n";
  }
  *out += "</tbody></table></div>\n";
}

// The number of needs, which opens to their ids.
std::string CountWithIds(const PlanView& view, const std::vector<std::int32_t>& needs) {
  const std::string count = PlanView::Count(std::ssize(needs));
  if (needs.empty()) return count;
  std::string ids;
  for (const std::int32_t need : needs) {
    if (!ids.empty()) ids += view.language() == Language::kZh ? "、" : ", ";
    ids += Escape(view.Show(Side::kNeed, need).id);
  }
  return fmt::format("<details><summary>{}</summary>{}</details>", count, ids);
}

// Two lines over the dial: what is left of the total, and what the worst pair of a served need scores.
void WriteDial(const PlanView& view, std::string* out) {
  const std::vector<PlannedDial>& dial = view.plan().fairness.dial;
  if (dial.empty()) return;
  const double best_total = std::max(dial.front().total, 1e-9);
  double best_pair = 1e-9;
  for (const PlannedDial& point : dial) best_pair = std::max(best_pair, point.worst_pair);
  *out += fmt::format("<h3>{}</h3><p class=\"note\">{}</p>", view(Text::kDial), view(Text::kDialNote));
  constexpr double kLeft = 40, kWidth = 520, kTop = 14, kHeight = 150;
  const auto line = [&](std::string_view colour, auto value) {
    std::string path;
    for (const PlannedDial& point : dial) {
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", kLeft + kWidth * point.dial,
                          kTop + kHeight * (1 - value(point)));
    }
    *out += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2.5\"/>", path, colour);
    for (const PlannedDial& point : dial) {
      *out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>", kLeft + kWidth * point.dial,
                          kTop + kHeight * (1 - value(point)), colour);
    }
  };
  *out += fmt::format("<svg class=\"dial\" viewBox=\"0 0 600 200\" role=\"img\" aria-label=\"{}\">", view(Text::kDial));
  *out += fmt::format("<path d=\"M{0} {1}V{2}H{3}\" fill=\"none\" stroke=\"#8a949b\"/>", kLeft, kTop, kTop + kHeight,
                      kLeft + kWidth);
  line("#1d5c89", [&](const PlannedDial& point) { return point.total / best_total; });
  line("#9c4d16", [&](const PlannedDial& point) { return point.worst_pair / best_pair; });
  for (const PlannedDial& point : dial) {
    *out += fmt::format("<text x=\"{:.1f}\" y=\"182\" text-anchor=\"middle\" font-size=\"11\">{:g}</text>",
                        kLeft + kWidth * point.dial, point.dial);
  }
  *out += "</svg>";
  *out += fmt::format(
      "<p class=\"note\"><span style=\"color:#1d5c89\">●</span> {} · <span style=\"color:#9c4d16\">●</span> {}</p>",
      view.Format(Text::kDialTotal, fmt::format("{:.2f}", dial.front().total)),
      view.Format(Text::kDialWorst, PlanView::Score(best_pair)));
  WriteHeadings(view,
                {Text::kDial, Text::kTotalScore, Text::kWorstPair, Text::kFigureNeeds, Text::kGini, Text::kGainers,
                 Text::kLosers},
                out);
  for (const PlannedDial& point : dial) {
    const std::pair<Text, std::string> cells[] = {
        {Text::kTotalScore, fmt::format("{:.2f}", point.total)},
        {Text::kWorstPair, point.worst_pair > 0 ? fmt::format("{:.2f}", point.worst_pair) : "–"},
        {Text::kFigureNeeds, PlanView::Count(point.served)},
        {Text::kGini, fmt::format("{:.3f}", point.gini)},
        {Text::kGainers, CountWithIds(view, point.gain)},
        {Text::kLosers, CountWithIds(view, point.lose)}};
    *out += fmt::format("<tr><td>{:g}</td>", point.dial);
    for (const auto& [heading, cell] : cells) {
      *out += fmt::format("<td data-label=\"{}\">{}</td>", view(heading), cell);
    }
    *out += "</tr>\n";
  }
  *out += "</tbody></table></div>\n";
}

void WriteBlocking(const PlanView& view, std::string* out) {
  const std::vector<PlannedBlocking>& blocking = view.plan().fairness.blocking;
  if (blocking.empty()) return;
  *out += fmt::format("<h3>{}</h3><p class=\"note\">{}</p>", view(Text::kBlocking), view(Text::kBlockingNote));
  WriteHeadings(view, {Text::kNeed, Text::kOffering, Text::kScore, Text::kNeedRise, Text::kOfferingRise}, out);
  for (std::size_t i = 0; i < blocking.size() && i < kShownBlocking; ++i) {
    const PlannedBlocking& pair = blocking[i];
    *out += fmt::format(
        "<tr><td>{}</td><td>{}</td><td data-label=\"{}\">{}</td><td data-label=\"{}\">+{:.2f}</td><td "
        "data-label=\"{}\">+{:.2f}</td></tr>\n",
        Escape(Title(view, Side::kNeed, pair.pair.need.value)),
        Escape(Title(view, Side::kOffering, pair.pair.offering.value)), view(Text::kScore),
        PlanView::Score(pair.pair.score), view(Text::kNeedRise), pair.need_rise, view(Text::kOfferingRise),
        pair.offering_rise);
  }
  *out += "</tbody></table></div>\n";
}

}  // namespace

void WriteFairness(const PlanView& view, std::string* out) {
  const Plan& plan = view.plan();
  if (plan.matches.empty()) return;
  *out += fmt::format("<section id=\"fairness\"><h2>{}</h2>\n", view(Text::kFairness));
  WriteFigures(view, out);
  *out += "<div class=\"spreads\">";
  WriteSpread(view, Text::kSpreadNeeds, plan.fairness.certificate.needs, out);
  WriteSpread(view, Text::kSpreadOfferings, plan.fairness.certificate.offerings, out);
  *out += "</div>\n";
  WriteGroups(view, out);
  WriteDial(view, out);
  WriteBlocking(view, out);
  *out += "</section>\n";
}

void WriteWhatIfs(const PlanView& view, std::string* out) {
  const Plan& plan = view.plan();
  if (plan.what_ifs.empty()) return;
  *out +=
      fmt::format("<section id=\"what-if\"><h2>{}<small>{}</small></h2><p class=\"note\">{}</p>\n<ol class=\"card\">",
                  view(Text::kWhatIf), plan.what_ifs.size(), view(Text::kWhatIfNote));
  for (const PlannedWhatIf& what_if : plan.what_ifs) {
    *out += fmt::format("<li><b>+{:.2f}</b> {}</li>\n", what_if.gain, Escape(what_if.sentence));
  }
  *out += "</ol>";
  if (plan.what_if_rest > 0) {
    *out += fmt::format("<p class=\"note\">{}</p>",
                        view.Format(Text::kWhatIfRest, fmt::format("{:.2f}", plan.what_if_rest)));
  }
  *out += "</section>\n";
}

}  // namespace magpie::report
