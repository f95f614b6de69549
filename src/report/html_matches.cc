// The matches of report.html, grouped by need: who, how good, what speaks for it and what against.
#include <algorithm>

#include "report/html_sections.h"

namespace magpie::report {
namespace {

std::string Quoted(const Span& span, char side) {
  return fmt::format("<mark class=\"{}\">「{}」</mark>", side, Escape(span.quote));
}

// The sentence with what it quotes marked where it stands; quotes that the sentence does not hold follow it.
std::string WithQuotes(const PairReason& reason) {
  struct Piece {
    std::size_t begin, end;
    char side;
  };
  std::vector<Piece> pieces;
  std::string rest;
  const auto place = [&](const std::vector<Span>& spans, char side) {
    for (const Span& span : spans) {
      if (span.quote.empty()) continue;
      std::size_t at = reason.sentence.find(span.quote);
      // The same words quoted from both texts are marked one after the other.
      const auto taken = [&](std::size_t begin) {
        return std::any_of(pieces.begin(), pieces.end(), [&](const Piece& piece) {
          return begin < piece.end && piece.begin < begin + span.quote.size();
        });
      };
      while (at != std::string::npos && taken(at)) at = reason.sentence.find(span.quote, at + span.quote.size());
      if (at == std::string::npos) {
        const std::string quoted = Quoted(span, side);
        if (rest.find(quoted) == std::string::npos) rest += " " + quoted;
      } else {
        pieces.push_back({at, at + span.quote.size(), side});
      }
    }
  };
  place(reason.need_spans, 'n');
  place(reason.offering_spans, 'o');
  std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.begin < b.begin; });
  const std::string_view sentence = reason.sentence;
  std::string out;
  std::size_t at = 0;
  for (const Piece& piece : pieces) {
    out += Escape(sentence.substr(at, piece.begin - at));
    out += fmt::format("<mark class=\"{}\">{}</mark>", piece.side,
                       Escape(sentence.substr(piece.begin, piece.end - piece.begin)));
    at = piece.end;
  }
  out += Escape(sentence.substr(at));
  if (!rest.empty()) out += fmt::format("<span class=\"quotes\">{}</span>", rest);
  return out;
}

void WriteChips(const PlanView& view, const PlannedMatch& match, bool hidden, std::string* out) {
  std::string chips;
  const auto chip = [&](std::string_view kind, std::string_view text) {
    chips += fmt::format("<li class=\"{}\">{}</li>", kind, Escape(text));
  };
  if (match.decision != Decision::kNone) chip("decided", view.DecisionWord(match.decision));
  if (const std::string label = view.MeetingLabel(match); !label.empty()) {
    chip("held", view.Labelled(Text::kMeeting, label));
  } else if (view.plan().event) {
    chip("out", view(match.in_event ? Text::kInEvent : Text::kOutsideEvent));
  }
  if (match.rank_for_need > 1) chip("rank", view.Format(Text::kRankOf, match.rank_for_need));
  if (!hidden) {
    for (const Margin& margin : match.margins) {
      if (!margin.known) continue;
      const std::string must = margin.must ? fmt::format("（{}）", view(Text::kMust)) : "";
      chip(margin.met ? "met" : "missed",
           (margin.sentence.empty() ? std::string(WordLabel(margin.constraint, view.language())) : margin.sentence) +
               must);
    }
  }
  if (!chips.empty()) *out += fmt::format("<ul class=\"chips\">{}</ul>", chips);
}

void WriteEvidence(const PlanView& view, const PlannedMatch& match, bool open, std::string* out) {
  if (match.evidence.empty() && match.objections.empty()) return;
  *out += fmt::format("<details class=\"evidence\"{}><summary>{}</summary><ul class=\"reasons\">", open ? " open" : "",
                      view(Text::kDetails));
  for (const PairReason& reason : match.evidence) {
    *out += fmt::format("<li><span class=\"tag\">{}</span>{}</li>", view(Text::kFor), WithQuotes(reason));
  }
  for (const PairReason& reason : match.objections) {
    *out +=
        fmt::format("<li class=\"con\"><span class=\"tag\">{}</span>{}</li>", view(Text::kAgainst), WithQuotes(reason));
  }
  *out += "</ul></details>";
}

std::string Who(const ShownListing& listing) {
  std::string who = fmt::format("<b>{}</b>", Escape(listing.party));
  if (!listing.region.empty()) who += " · " + Escape(listing.region);
  if (!listing.contacts.empty()) who += "<br>" + Escape(listing.contacts);
  return fmt::format("<p class=\"who\">{}</p>", who);
}

void WritePair(const PlanView& view, const PlannedMatch& match, bool open, std::string* out) {
  const ShownListing offering = view.Offering(match);
  const bool hidden = view.TextHidden(match);
  const int grade = std::clamp(match.pair.grade, 0, 3);
  *out += fmt::format(
      "<div class=\"pair g{0}\" data-grade=\"{0}\"><div class=\"head\"><div><span "
      "class=\"id\">{1}</span><h4>{2}</h4>{3}</div>"
      "<div class=\"score\"><span class=\"grade\">{4}</span><b>{5}</b><span class=\"bar\"><i "
      "style=\"width:{6:.0f}%\"></i></span></div></div>",
      grade, Escape(offering.id), Escape(offering.title), Who(offering), view.GradeWord(grade),
      PlanView::Score(match.pair.score), 100 * std::clamp(match.pair.score, 0.0, 1.0));
  if (const std::string reason = view.Reason(match); !reason.empty()) {
    *out += fmt::format("<p class=\"reason\">{}</p>", Escape(reason));
  }
  if (!hidden && !match.objections.empty()) {
    *out += fmt::format("<p class=\"against\"><span class=\"tag\">{}</span>{}</p>", view(Text::kAgainst),
                        Escape(match.objections.front().sentence));
  }
  WriteChips(view, match, hidden, out);
  if (!hidden) WriteEvidence(view, match, open, out);
  *out += "</div>\n";
}

void WriteTools(const PlanView& view, std::string* out) {
  *out += fmt::format(
      "<div class=\"tools\"><input id=\"q\" type=\"search\" aria-label=\"{0}\" placeholder=\"{0}\">"
      "<select id=\"g\" aria-label=\"{1}\"><option value=\"0\">{2}</option><option value=\"3\">{3}</option>"
      "<option value=\"2\">{4} +</option></select>"
      "<select id=\"o\" aria-label=\"{5}\"><option value=\"list\">{6}</option><option "
      "value=\"score\">{7}</option></select>"
      "<button id=\"unfold\" type=\"button\">{9}</button><output id=\"shown\" data-text=\"{8}\"></output></div>\n",
      view(Text::kFilter), view(Text::kFilterGrade), view(Text::kAllGrades), view.GradeWord(3), view.GradeWord(2),
      view(Text::kSort), view(Text::kSortList), view(Text::kSortScore), view(Text::kShown), view(Text::kUnfold));
}

}  // namespace

void WriteMatches(const PlanView& view, std::string* out) {
  const std::vector<PlannedMatch>& matches = view.plan().matches;
  *out += fmt::format("<section id=\"matches\"><h2>{}<small>{}</small></h2>\n", view(Text::kMatches),
                      PlanView::Count(std::ssize(matches)));
  if (matches.empty()) {
    *out += fmt::format("<p class=\"note\">{}</p></section>\n", view(Text::kNothing));
    return;
  }
  const std::size_t shown = std::min(matches.size(), kHtmlMatches);
  if (shown < matches.size()) {
    *out += fmt::format("<p class=\"note\">{}</p>",
                        view.Format(Text::kMatchesCut, PlanView::Count(static_cast<std::int64_t>(shown)),
                                    PlanView::Count(std::ssize(matches)), "matches.tsv"));
  }
  constexpr std::size_t kOpenAtOnce = 12;  // a short list is shown with everything unfolded
  WriteTools(view, out);
  *out += "<div id=\"needs\">\n";
  for (std::size_t i = 0; i < shown;) {
    std::size_t end = i;
    int best_grade = 0;
    double best_score = 0;
    while (end < shown && matches[end].pair.need == matches[i].pair.need) {
      best_grade = std::max(best_grade, matches[end].pair.grade);
      best_score = std::max(best_score, matches[end].pair.score);
      ++end;
    }
    const ShownListing need = view.Need(matches[i]);
    *out += fmt::format(
        "<article class=\"card need\" id=\"{}\" data-grade=\"{}\" data-score=\"{:.6f}\"><header><span "
        "class=\"id\">{}</span>"
        "<h3>{}</h3>{}</header><div>\n",
        NeedAnchor(matches[i].pair.need.value), best_grade, best_score, Escape(need.id), Escape(need.title), Who(need));
    for (; i < end; ++i) WritePair(view, matches[i], matches.size() <= kOpenAtOnce, out);
    *out += "</div></article>\n";
  }
  *out += "</div></section>\n";
}

}  // namespace magpie::report
