// A plan over the sample fair, made by hand: the graded pairs as matches, the event's wishes as meetings. Nothing of
// the engine is in it, so that the renderers are tested alone.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "magpie/base/files.h"
#include "magpie/engine/plan.h"

namespace magpie {

inline ListingRecord MakeListing(Side side, std::string id, std::string title, std::string party) {
  ListingRecord record;
  record.side = side;
  record.id = std::move(id);
  record.id_given = true;
  record.title = std::move(title);
  record.party.name = std::move(party);
  return record;
}

inline std::shared_ptr<const Snapshot> MakeSnapshot(std::vector<ListingRecord> needs,
                                                    std::vector<ListingRecord> offerings) {
  auto snapshot = BuildSnapshot(std::move(needs), std::move(offerings));
  EXPECT_TRUE(snapshot.ok()) << snapshot.status().ToString();
  return *snapshot;
}

// A match with one reason for and one against, both quoting the titles.
inline PlannedMatch MakeMatch(const Snapshot& snapshot, std::int32_t need, std::int32_t offering, double score,
                              int grade) {
  PlannedMatch match;
  match.pair = {.need = NeedIndex(need), .offering = OfferingIndex(offering), .score = score, .grade = grade};
  for (int i = 0; i < kComponentCount; ++i) match.pair.components[i] = static_cast<float>(score * (10 - i) / 10);
  const std::string need_title = snapshot.need(match.pair.need).record.title;
  const std::string offering_title = snapshot.offering(match.pair.offering).record.title;
  match.rank_for_need = 1;
  match.reason = "需求的“" + need_title + "”与资源的“" + offering_title + "”相关";
  PairReason for_it{.kind = "related-word", .sentence = match.reason, .share = 0.4};
  for_it.need_spans.push_back({.end = static_cast<std::uint32_t>(need_title.size()), .quote = need_title});
  for_it.offering_spans.push_back({.end = static_cast<std::uint32_t>(offering_title.size()), .quote = offering_title});
  match.evidence.push_back(for_it);
  match.objections.push_back({.kind = "trl", .sentence = "成熟度低一级：要求 7 级，现为 6 级", .share = -0.1});
  match.margins.push_back({.constraint = Constraint::kAmount,
                           .met = true,
                           .amount = 50,
                           .unit = "万元",
                           .sentence = "预算比价格高 50 万元"});
  match.margins.push_back(
      {.constraint = Constraint::kTrl, .met = false, .amount = -1, .unit = "级", .sentence = "成熟度低 1 级"});
  match.margins.push_back({.constraint = Constraint::kRegion, .known = false});
  return match;
}

class SamplePlan {
 public:
  SamplePlan() {
    plan_.snapshot =
        MakeSnapshot(ReadListings("needs.jsonl", Side::kNeed), ReadListings("offerings.jsonl", Side::kOffering));
    ReadEventFile();
    AddMatches();
    AddMeetings();
    AddOpen();
    AddRest();
  }
  Plan Take() { return std::move(plan_); }

 private:
  static std::string Path(std::string_view name) {
    return std::string(MAGPIE_SOURCE_DIR) + "/tests/data/sample-fair/" + std::string(name);
  }

  static std::vector<ListingRecord> ReadListings(std::string_view name, Side side) {
    std::ifstream file{Path(name)};
    std::vector<ListingRecord> records;
    for (std::string line; std::getline(file, line);) {
      const auto json = nlohmann::json::parse(line);
      ListingRecord record = MakeListing(side, json["id"], json["title"], json["party"]["name"]);
      record.party.kind = ParseWord<PartyKind>(json["party"]["kind"].get<std::string>());
      record.party.region = ParseRegion(json["party"]["region"].get<std::string>());
      record.description = json["description"];
      records.push_back(std::move(record));
    }
    return records;
  }

  void ReadEventFile() {
    std::ifstream file{Path("event.json")};
    json_ = nlohmann::json::parse(file);
    Event event;
    event.id = json_["id"];
    event.title = json_["title"];
    event.title_en = json_["title_en"];
    event.place = json_["place"];
    for (const auto& organiser : json_["organisers"]) event.organisers.push_back(organiser);
    const auto time = [](const nlohmann::json& value) { return ParseTime(value.get<std::string>()); };
    for (const auto& one : json_["sessions"]) {
      event.sessions.push_back(
          {.id = one["id"], .title = one["title"], .start = time(one["start"]), .end = time(one["end"])});
    }
    for (const auto& one : json_["slots"]) {
      event.slots.push_back({.id = one["id"],
                             .session = one["session"],
                             .start = time(one["start"]),
                             .end = time(one["end"]),
                             .tables = one["tables"]});
    }
    for (const auto& one : json_["tables"]) event.tables.push_back({.id = one["id"], .room = one["room"]});
    plan_.event = std::move(event);
  }

  void AddMatches() {
    std::ifstream file{Path("qrels.tsv")};
    std::string need_id, offering_id;
    int grade = 0;
    std::map<std::int32_t, int> taken;
    while (file >> need_id >> offering_id >> grade) {
      const std::int32_t need = plan_.snapshot->FindNeed(need_id).value;
      const std::int32_t offering = plan_.snapshot->FindOffering(offering_id).value;
      if (grade < 2 || taken[offering] >= 3 || need % 13 == 5) continue;
      ++taken[offering];
      const double score = 0.3 * grade + static_cast<double>(StableHash(need_id + offering_id) % 1000) / 12000.0;
      plan_.matches.push_back(MakeMatch(*plan_.snapshot, need, offering, score, grade));
    }
    std::sort(plan_.matches.begin(), plan_.matches.end(), [](const PlannedMatch& a, const PlannedMatch& b) {
      return std::tuple(a.pair.need, -a.pair.score) < std::tuple(b.pair.need, -b.pair.score);
    });
    for (std::size_t i = 1; i < plan_.matches.size(); ++i) {
      if (plan_.matches[i].pair.need == plan_.matches[i - 1].pair.need) {
        plan_.matches[i].rank_for_need = plan_.matches[i - 1].rank_for_need + 1;
      }
    }
  }

  void AddMeetings() {
    std::map<std::string, nlohmann::json> people, teams;
    for (const auto& one : json_["attendees"]) people[one["id"]] = one;
    for (const auto& one : json_["institute"]["teams"]) teams[one["id"]] = one;
    std::set<std::pair<std::string, std::string>> busy;  // slot, whoever or whatever
    std::map<std::string, int> held;
    std::vector<nlohmann::json> wishes(json_["wishes"].begin(), json_["wishes"].end());
    std::stable_sort(wishes.begin(), wishes.end(),
                     [](const auto& a, const auto& b) { return a["priority"] < b["priority"]; });
    for (const auto& wish : wishes) {
      const auto &person = people[wish["person"]], &team = teams[wish["team"]];
      PlannedMeeting meeting;
      meeting.guest = person["role"];
      meeting.guest_party = person["firm"];
      meeting.host = team["hosts"][0];
      meeting.host_party = json_["institute"]["name"];
      meeting.team = team["name"];
      meeting.wish = wish["id"];
      meeting.priority = wish["priority"];
      meeting.topic = wish["topic"];
      if (wish["need"].is_string()) meeting.need_id = wish["need"];
      if (wish["need"].is_string()) meeting.offering_id = team["offering"];
      for (const EventSlot& slot : plan_.event->slots) {
        if (!meeting.slot.empty() || held[meeting.team] >= team["max_meetings"].get<int>()) break;
        if (busy.contains({slot.id, meeting.team}) || busy.contains({slot.id, wish["person"]})) continue;
        for (const std::string& table : slot.tables) {
          if (busy.contains({slot.id, table})) continue;
          busy.insert({{slot.id, table}, {slot.id, meeting.team}, {slot.id, wish["person"]}});
          ++held[meeting.team];
          meeting.slot = slot.id;
          meeting.session = slot.session;
          meeting.table = table;
          meeting.start = FormatTime(*slot.start);
          meeting.end = FormatTime(*slot.end);
          break;
        }
      }
      if (meeting.slot.empty()) {
        plan_.unplaced.push_back({.guest = meeting.guest,
                                  .guest_party = meeting.guest_party,
                                  .team = meeting.team,
                                  .need_id = meeting.need_id,
                                  .wish = meeting.wish,
                                  .priority = meeting.priority,
                                  .reason = UnplacedReason::kTeamFull,
                                  .sentence = meeting.team + "的洽谈名额已满。"});
      } else {
        plan_.meetings.push_back(meeting);
      }
    }
    std::sort(plan_.meetings.begin(), plan_.meetings.end(), [](const PlannedMeeting& a, const PlannedMeeting& b) {
      return std::tie(a.slot, a.table) < std::tie(b.slot, b.table);
    });
    for (std::size_t m = 0; m < plan_.meetings.size(); ++m) {
      for (std::size_t i = 0; i < plan_.matches.size(); ++i) {
        PlannedMatch& match = plan_.matches[i];
        if (plan_.snapshot->need(match.pair.need).record.id != plan_.meetings[m].need_id ||
            plan_.snapshot->offering(match.pair.offering).record.id != plan_.meetings[m].offering_id) {
          continue;
        }
        plan_.meetings[m].match = static_cast<std::int32_t>(i);
        match.in_event = true;
        if (match.meeting < 0) match.meeting = static_cast<std::int32_t>(m);
      }
    }
  }

  void AddOpen() {
    for (Side side : {Side::kNeed, Side::kOffering}) {
      std::set<std::int32_t> matched;
      for (const PlannedMatch& match : plan_.matches) {
        matched.insert(side == Side::kNeed ? match.pair.need.value : match.pair.offering.value);
      }
      const auto count = static_cast<std::int32_t>(plan_.snapshot->listings(side).size());
      for (std::int32_t i = 0; i < count; ++i) {
        if (matched.contains(i)) continue;
        PlannedOpen open{.side = side, .index = i, .reason = static_cast<OpenReason>(i % 4)};
        if (i % 4 != 0) {
          open.near_id =
              plan_.snapshot
                  ->listings(side == Side::kNeed ? Side::kOffering : Side::kNeed)[static_cast<std::size_t>(i % 100)]
                  ->record.id;
          open.near_score = 0.33;
          open.sentence = "最接近的是 " + open.near_id + "，匹配度 0.33，低于门槛 0.35。";
        } else {
          open.sentence = "没有可考虑的对象：没有文字相关的，或都不满足必须条件。";
        }
        plan_.open.push_back(open);
      }
      (side == Side::kNeed ? plan_.funnel.needs_matched : plan_.funnel.offerings_matched) = std::ssize(matched);
    }
  }

  void AddRest() {
    plan_.funnel.needs = plan_.snapshot->need_count();
    plan_.funnel.offerings = plan_.snapshot->offering_count();
    plan_.funnel.pairs = plan_.funnel.needs * plan_.funnel.offerings;
    plan_.funnel.candidates = 5921;
    plan_.funnel.rejected = 79;
    plan_.funnel.above_threshold = 1204;
    plan_.funnel.matches = std::ssize(plan_.matches);
    plan_.funnel.meetings = std::ssize(plan_.meetings);
    plan_.funnel.meeting_requests = std::ssize(plan_.meetings) + std::ssize(plan_.unplaced);
    plan_.needs_import = {.imported = 120, .duplicates = 1, .errors = 1, .warnings = 1};
    plan_.offerings_import = {.imported = 662};
    plan_.import_rows = {{.file = "需求清单.csv", .row = 1, .status = RowStatus::kImported},
                         {.file = "需求清单.csv",
                          .row = 29,
                          .status = RowStatus::kDuplicate,
                          .reason = "DUPLICATE",
                          .hint = "与第 3 行相同"},
                         {.file = "需求清单.csv",
                          .row = 36,
                          .column = "预算(万元)",
                          .status = RowStatus::kError,
                          .reason = "AMOUNT_FOREIGN_CURRENCY",
                          .value = "50万美元",
                          .hint = "预算为外币，不能按人民币万元导入"},
                         {.file = "需求清单.csv",
                          .row = 45,
                          .column = "所在地",
                          .status = RowStatus::kImported,
                          .reason = "REGION_PARTIAL",
                          .value = "青海",
                          .hint = "只写了省"}};
    plan_.total_gain = 123456789;
    plan_.run = {.run_id = "3f9a1c5e77d20b84",
                 .version = "0.1.0",
                 .encoder_id = "lsa-256",
                 .dictionary_id = "tech-zh-1",
                 .profile_id = "pool-1"};
    plan_.run.inputs = {{"event.json", std::string(64, 'a')},
                        {"needs.jsonl", std::string(64, 'b')},
                        {"offerings.jsonl", std::string(64, 'c')}};
    plan_.run.options = {{"need_capacity", "3"}, {"threshold", "0.35"}};
    plan_.run.stage_seconds = {{"score", 0.25}};
  }

  nlohmann::json json_;
  Plan plan_;
};

inline Plan MakeSamplePlan() {
  return SamplePlan().Take();
}

// A delegation of two visits a firm and a park, and a mine that is shut.
inline Plan PlanWithTour(Language language = Language::kZh) {
  const auto at = [](int hour, int minute) { return Time{std::int64_t{3600} * (hour - 8) + 60 * minute, 480}; };
  Plan plan;
  plan.snapshot =
      MakeSnapshot({MakeListing(Side::kNeed, "N1", "甲", "乙厂")}, {MakeListing(Side::kOffering, "O1", "丙", "丁所")});
  plan.options.language = language;
  Event event;
  event.id = "E";
  event.title = "洽谈会";
  event.sessions = {{.id = "S", .place = "会场"}};
  event.people = {{.id = "P1", .name = "赵", .party = "考察<团>"}, {.id = "P2", .name = "钱"}, {.id = "P3"}};
  event.tours = {{.id = "V",
                  .title = "走访一天",
                  .people = {"P1", "P2"},
                  .from = "会场",
                  .to = "驿站",
                  .start = at(9, 0),
                  .end = at(17, 0),
                  .stops = {{.place = "矿山", .party = "戊矿"},
                            {.place = "乙厂", .party = "乙厂", .minutes = 40},
                            {.place = "园区", .party = "", .minutes = 30}}}};
  plan.event = event;
  plan.fair_state.emplace();
  plan.fair_state->timetable.tours = {{.visits = {{2, at(9, 30), at(10, 0)}, {1, at(10, 20), at(11, 0)}},
                                       .left_out = {{0, SkipReason::kClosed}},
                                       .back = at(11, 15)}};
  return plan;
}

}  // namespace magpie
