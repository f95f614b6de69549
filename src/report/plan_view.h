// A plan as people may see it: names resolved, levels of disclosure and contacts' consent applied, words in the plan's
// language. Every renderer takes what it shows from here, so that no file shows what another one hides.
//
// Disclosure  anonymous: the party is hidden (its region shown down to the province); sealed: party and all text are
//             hidden, and with them every sentence that quotes the text. A meeting about such a listing keeps its
//             parties (they have to find each other) but neither id nor title nor topic, and the match row of such a
//             listing says only that a meeting is planned: together they would name the party.
// Contacts    by consent only; masked ("138****5678") unless PlanOptions::show_contacts.
// Threads     const methods only.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "magpie/engine/plan.h"
#include "report/texts.h"

namespace magpie::report {

struct ShownListing {
  std::string id, title, party, region, contacts;
  bool party_hidden = false;
  bool text_hidden = false;
};

struct ShownMeeting {
  std::string day, time;  // "3月11日（周二）", "15:40–16:05"; empty in a plan by rounds
  std::string guest, guest_party, host, host_party, team;
  std::string need_id, offering_id, topic;  // topic: the need's title, or what the wish says
};

class PlanView {
 public:
  explicit PlanView(const Plan& plan);

  const Plan& plan() const { return plan_; }
  const Snapshot& snapshot() const { return snapshot_; }
  Language language() const { return plan_.options.language; }

  std::string_view operator()(Text text) const { return TextOf(text, language()); }
  template <typename... Args>
  std::string Format(Text text, const Args&... args) const {
    return fmt::format(fmt::runtime(TextOf(text, language())), args...);
  }
  // "文字：value" or "Text: value".
  std::string Labelled(Text text, std::string_view value) const;
  std::string_view Separator() const { return language() == Language::kZh ? "；" : "; "; }

  std::string Title() const;     // of the event, or of a plan without one
  std::string Subtitle() const;  // place, days, organisers; empty without an event

  ShownListing Show(Side side, std::int32_t index) const;
  ShownListing Need(const PlannedMatch& match) const { return Show(Side::kNeed, match.pair.need.value); }
  ShownListing Offering(const PlannedMatch& match) const { return Show(Side::kOffering, match.pair.offering.value); }
  ShownMeeting Show(const PlannedMeeting& meeting) const;
  std::string PartyOf(Side side, std::int32_t index) const;  // its name, whatever its disclosure; empty = none
  bool IsPublic(Side side, std::int32_t index) const;
  // The listing of an id, -1 where there is none.
  std::int32_t Find(Side side, std::string_view id) const;

  // True where what was said of the pair would quote a sealed text.
  bool TextHidden(const PlannedMatch& match) const;
  bool TextHidden(const PlannedOpen& open) const;
  bool TextHidden(const PlanChange& change) const;
  // About a listing that is not public.
  bool Undisclosed(const PlannedMeeting& meeting) const { return Undisclosed(meeting.need_id, meeting.offering_id); }
  bool Undisclosed(const PlannedUnplaced& asked) const { return Undisclosed(asked.need_id, asked.offering_id); }
  bool Undisclosed(std::string_view need_id, std::string_view offering_id) const;

  std::string Reason(const PlannedMatch& match) const;      // one sentence, or why there is none
  std::string Objections(const PlannedMatch& match) const;  // all of them in one line
  // "3月11日（周二） 15:40–16:05".
  std::string When(const Time& start, const Time& end) const;
  // "3月11日（周二） 15:40–16:05 T1"; empty where no meeting is planned.
  std::string MeetingLabel(const PlannedMatch& match) const;

  std::string_view GradeWord(int grade) const;
  std::string_view DecisionWord(Decision decision) const;  // "" for none
  std::string_view SideWord(Side side) const;
  std::string_view OpenWord(OpenReason reason) const;
  std::string_view SkipWord(SkipReason reason) const;
  std::string_view UnplacedWord(UnplacedReason reason) const;
  std::string_view StatusWord(const RowReport& row) const;  // an imported row with a reason is a warning
  std::string ChangeWord(std::string_view state) const;     // of PlanChange::before and after

  // "1,234", "72%", "0.72".
  static std::string Count(std::int64_t count);
  static std::string Percent(std::int64_t part, std::int64_t whole);
  static std::string Score(double score);

 private:
  const Plan& plan_;
  const Snapshot& snapshot_;
};

// Rows of the import that a person should look at: errors, duplicates, warnings.
bool NeedsAttention(const RowReport& row);

// "138****5678", "z***@example.com", "张**": enough to recognise, not enough to use.
std::string MaskPhone(std::string_view phone);
std::string MaskEmail(std::string_view email);
std::string MaskName(std::string_view name);

// The slots of the plan in the order of time, each with its tables: those of the event, or, in a plan by rounds, those
// that the meetings use.
struct GridSlot {
  std::string id, label;                                      // label: "15:40–16:05", or the id
  std::vector<std::string> tables;                            // usable in this slot
  std::map<std::string, std::vector<std::int32_t>> meetings;  // table -> indices in Plan::meetings
};
struct GridSession {
  std::string title;                // "S1 需求发布 · 3月11日（周二）"; empty in a plan by rounds
  std::vector<std::string> tables;  // of all its slots, in the event's order
  std::vector<GridSlot> slots;
};
std::vector<GridSession> TimetableGrid(const PlanView& view);
std::string TableRoom(const PlanView& view, std::string_view table);

}  // namespace magpie::report
