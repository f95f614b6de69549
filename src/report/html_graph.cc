// The bipartite graph of report.html: the whole as a picture without labels, then panels with labels that fit a page.
#include <algorithm>
#include <map>
#include <set>

#include "report/graph_layout.h"
#include "report/html_sections.h"

namespace magpie::report {
namespace {

// Of the panels, in the units of their viewBox (1,000 across).
constexpr std::size_t kPanelRows = 38;  // 38 x 34 fits A4 upright at its printed width
constexpr double kRowHeight = 34, kBlockGap = 10, kMargin = 14;
constexpr double kLeftX = 366, kRightX = 634, kLabelGap = 12;
constexpr int kTitleColumns = 50, kPartyColumns = 60;  // of labels at 13 and 11 units a character

constexpr std::string_view Colour(int grade) {
  return grade >= 3 ? "#17714b" : grade == 2 ? "#7f9c2f" : "#a79c8d";
}

std::string CurvePath(double x1, double y1, double x2, double y2) {
  const double bend = (x2 - x1) * 0.5;
  return fmt::format("M{:.0f} {:.1f}C{:.0f} {:.1f} {:.0f} {:.1f} {:.0f} {:.1f}", x1, y1, x1 + bend, y1, x2 - bend, y2,
                     x2, y2);
}

void WriteCurve(const PlanView& view, const PlannedMatch& match, double x1, double y1, double x2, double y2,
                double scale, std::string* out) {
  const double score = std::clamp(match.pair.score, 0.0, 1.0);
  *out += fmt::format(
      "<path class=\"edge\" d=\"{}\" stroke=\"{}\" stroke-width=\"{:.1f}\" stroke-opacity=\"{:.2f}\"><title>{} — {} · "
      "{} "
      "{}</title></path>",
      CurvePath(x1, y1, x2, y2), Colour(match.pair.grade), scale * (0.6 + 4.4 * score * score), 0.35 + 0.55 * score,
      Escape(view.Need(match).title), Escape(view.Offering(match).title), PlanView::Score(match.pair.score),
      view.GradeWord(match.pair.grade));
}

void WriteLabel(const PlanView& view, Side side, std::int32_t index, double y, bool repeated, std::string* out) {
  const ShownListing listing = view.Show(side, index);
  const bool left = side == Side::kNeed;
  const double x = left ? kLeftX - kLabelGap : kRightX + kLabelGap;
  std::string hover = fmt::format("{} {} · {}", listing.id, listing.title, listing.party);
  if (repeated) hover += fmt::format("（{}）", view(Text::kGraphRepeated));
  *out += fmt::format(
      "<g text-anchor=\"{}\"><title>{}</title><circle cx=\"{}\" cy=\"{:.1f}\" r=\"5\" fill=\"{}\" stroke=\"{}\" "
      "stroke-width=\"1.6\"/><text x=\"{}\" y=\"{:.1f}\" font-size=\"13\" fill=\"#17222c\">{}</text><text x=\"{}\" "
      "y=\"{:.1f}\" font-size=\"11\" fill=\"#56636f\">{}</text></g>",
      left ? "end" : "start", Escape(hover), left ? kLeftX : kRightX, y,
      repeated ? "#fff" : (left ? "#1d5c89" : "#9c4d16"), left ? "#1d5c89" : "#9c4d16", x, y - 1,
      Escape(Shorten(listing.title, kTitleColumns)), x, y + 12, Escape(Shorten(listing.party, kPartyColumns)));
}

// The height of node `place` of `count` in a block of `height`: each side stands centred and evenly spread.
double NodeY(double top, double height, std::size_t place, std::size_t count) {
  return top + height * (static_cast<double>(place) + 0.5) / static_cast<double>(count);
}

std::map<std::int32_t, double> NodeHeights(const std::vector<std::int32_t>& order, double top, double height) {
  std::map<std::int32_t, double> heights;
  for (std::size_t i = 0; i < order.size(); ++i) heights[order[i]] = NodeY(top, height, i, order.size());
  return heights;
}

void WritePanel(const PlanView& view, const std::vector<Block>& panel, std::string_view label,
                const std::map<std::int32_t, int>& panels_of_offering, std::string* out) {
  double total = 2 * kMargin + kBlockGap * static_cast<double>(panel.size() - 1);
  for (const Block& block : panel) total += kRowHeight * static_cast<double>(block.rows());
  *out += fmt::format(
      "<figure class=\"card panel\"><figcaption>{0}</figcaption><div class=\"scroll\"><svg viewBox=\"0 0 1000 "
      "{1:.0f}\" "
      "role=\"img\" aria-label=\"{0}\">\n",
      label, total);
  double top = kMargin;
  for (const Block& block : panel) {
    const double height = kRowHeight * static_cast<double>(block.rows());
    const auto left = NodeHeights(block.left, top, height), right = NodeHeights(block.right, top, height);
    std::vector<Curve> curves = block.curves;
    // The strong ones on top.
    std::sort(curves.begin(), curves.end(), [](const Curve& a, const Curve& b) {
      return a.weight != b.weight ? a.weight < b.weight : a.tag < b.tag;
    });
    for (const Curve& curve : curves) {
      WriteCurve(view, view.plan().matches[static_cast<std::size_t>(curve.tag)], kLeftX, left.at(curve.left), kRightX,
                 right.at(curve.right), 1.0, out);
    }
    for (const auto& [node, y] : left) WriteLabel(view, Side::kNeed, node, y, false, out);
    for (const auto& [node, y] : right) {
      WriteLabel(view, Side::kOffering, node, y, panels_of_offering.at(node) > 1, out);
    }
    *out += "\n";
    top += height + kBlockGap;
  }
  *out += "</svg></div></figure>\n";
}

// Dots of the listings that stayed open, in rows beside their column.
std::string OpenDots(std::size_t count, double x, double height) {
  constexpr double kPitch = 9;
  constexpr std::size_t kColumns = 15;
  const double pitch = std::min(kPitch, height * kColumns / static_cast<double>(std::max<std::size_t>(count, 1)));
  const double rows = static_cast<double>((count + kColumns - 1) / kColumns);
  const double top = (height - rows * pitch) / 2;
  std::string dots;
  for (std::size_t i = 0; i < count; ++i) {
    dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"/>",
                        x + static_cast<double>(i % kColumns) * kPitch,
                        top + (static_cast<double>(i / kColumns) + 0.5) * pitch, std::min(2.6, pitch * 0.32));
  }
  return dots;
}

// Everything at once: matched nodes in the panels' order, the open ones hollow beside them.
void WriteWhole(const PlanView& view, const Block& block, std::string* out) {
  constexpr double kHeight = 440, kX1 = 190, kX2 = 810, kOpenX1 = 36, kOpenX2 = 838;
  const auto left = NodeHeights(block.left, 10, kHeight - 20), right = NodeHeights(block.right, 10, kHeight - 20);
  const std::string label = view.Format(Text::kGraphAll, PlanView::Count(view.snapshot().need_count()),
                                        PlanView::Count(view.snapshot().offering_count()));
  *out += fmt::format(
      "<figure class=\"card panel\"><figcaption>{0}</figcaption><svg class=\"overview\" viewBox=\"0 0 1000 {1:.0f}\" "
      "role=\"img\" aria-label=\"{0}\">\n",
      label, kHeight);
  for (const Curve& curve : block.curves) {
    WriteCurve(view, view.plan().matches[static_cast<std::size_t>(curve.tag)], kX1, left.at(curve.left), kX2,
               right.at(curve.right), 0.32, out);
  }
  const auto column = [&](Side side, const std::map<std::int32_t, double>& heights, double x, double open_x,
                          std::string_view colour) {
    const double radius = std::clamp((kHeight - 20) / static_cast<double>(heights.size()) * 0.42, 0.6, 4.0);
    *out += fmt::format("<g fill=\"{}\">", colour);
    for (const auto& [node, y] : heights)
      *out += fmt::format("<circle cx=\"{}\" cy=\"{:.1f}\" r=\"{:.1f}\"/>", x, y, radius);
    *out += fmt::format("</g><g fill=\"#fff\" stroke=\"{}\" stroke-width=\"1\">{}</g>\n", colour,
                        OpenDots(view.snapshot().listings(side).size() - heights.size(), open_x, kHeight));
  };
  column(Side::kNeed, left, kX1, kOpenX1, "#1d5c89");
  column(Side::kOffering, right, kX2, kOpenX2, "#9c4d16");
  *out += "</svg></figure>\n";
}

}  // namespace

void WriteGraph(const PlanView& view, std::string* out) {
  const std::vector<PlannedMatch>& matches = view.plan().matches;
  if (matches.empty()) return;
  std::vector<Curve> curves;
  for (std::size_t i = 0; i < matches.size(); ++i) {
    curves.push_back({.left = matches[i].pair.need.value,
                      .right = matches[i].pair.offering.value,
                      .weight = matches[i].pair.score,
                      .tag = static_cast<std::int32_t>(i)});
  }
  const std::size_t all = curves.size();
  if (all > kHtmlGraphMatches) {
    std::stable_sort(curves.begin(), curves.end(), [](const Curve& a, const Curve& b) { return a.weight > b.weight; });
    curves.resize(kHtmlGraphMatches);
    std::sort(curves.begin(), curves.end(), [](const Curve& a, const Curve& b) { return a.tag < b.tag; });
  }
  *out +=
      fmt::format("<section id=\"graph\"><h2>{}</h2><p class=\"note\">{}", view(Text::kGraph), view(Text::kGraphNote));
  if (curves.size() < all) {
    *out += " " + view.Format(Text::kGraphCut, PlanView::Count(std::ssize(curves)),
                              PlanView::Count(static_cast<std::int64_t>(all)));
  }
  *out += "</p>\n";
  const std::vector<std::vector<Block>> panels = LayPanels(curves, kPanelRows);
  if (panels.size() > 1) {
    Block whole;  // the panels' orders one below the other: what lies near in a panel lies near here
    std::set<std::int32_t> seen;
    for (const std::vector<Block>& panel : panels) {
      for (const Block& block : panel) {
        whole.left.insert(whole.left.end(), block.left.begin(), block.left.end());
        for (std::int32_t node : block.right) {
          if (seen.insert(node).second) whole.right.push_back(node);
        }
      }
    }
    whole.curves = curves;
    WriteWhole(view, whole, out);
  }
  std::map<std::int32_t, int> panels_of_offering;
  for (const std::vector<Block>& panel : panels) {
    for (const Block& block : panel) {
      for (std::int32_t node : block.right) ++panels_of_offering[node];
    }
  }
  *out += "<div class=\"panels\">\n";
  for (std::size_t i = 0; i < panels.size(); ++i) {
    WritePanel(
        view, panels[i],
        panels.size() == 1 ? std::string(view(Text::kGraph)) : view.Format(Text::kGraphPanel, i + 1, panels.size()),
        panels_of_offering, out);
  }
  *out += "</div></section>\n";
}

}  // namespace magpie::report
