#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "magpie/base/status.h"
#include "magpie/ingest/event.h"
#include "test_files.h"

namespace magpie {
namespace {

using ::magpie::testing::InlineRows;
using ::magpie::testing::WorkbookXml;
using ::magpie::testing::WriteWorkbook;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Json = nlohmann::json;

// A delegation of two, and one more traveller, visit two firms and a park.
Json Event1() {
  return Json::parse(R"({
    "id": "E", "tables": 1, "sessions": [{"id": "S", "title": "洽谈", "place": "会场"}],
    "slots": [{"id": "a", "session": "S", "start": "2025-03-11 09:00", "end": "2025-03-11 09:25"},
              {"id": "b", "session": "S", "start": "2025-03-11 14:00", "end": "2025-03-11 14:25"}],
    "teams": [{"id": "T", "hosts": ["H"]}],
    "people": [{"id": "P1", "name": "张三", "party": "考察团"}, {"id": "P2", "party": "考察团"}, {"id": "P3"}, {"id": "H"}],
    "travel": [{"from": "会场", "to": "甲公司", "minutes": 20}, {"from": "甲公司", "to": "园区", "minutes": 10}],
    "tours": [{"id": "V", "title": "走访", "party": "考察团", "people": ["P3", "张三"], "to": "园区",
               "start": "2025-03-11 09:30", "end": "2025-03-11 12:00",
               "stops": [{"party": "甲公司", "minutes": 40, "start": "2025-03-11 10:00"},
                         {"place": "园区", "party": "园区管委会",
                          "windows": [{"start": "2025-03-11 09:30", "end": "2025-03-11 10:00"},
                                      {"end": "2025-03-11 11:30"}]}]}]
  })");
}

Event Read(const Json& json) {
  const auto event = EventFromJson(json.dump());
  EXPECT_TRUE(event.ok()) << event.status();
  return event.ok() ? *event : Event();
}

std::string Clock(const TimeSpan& span) {
  return FormatClock(span.start) + "-" + FormatClock(span.end);
}

TEST(EventTours, AreReadWhole) {
  const Event event = Read(Event1());
  EXPECT_THAT(event.warnings, IsEmpty());
  ASSERT_THAT(event.tours, SizeIs(1));
  const EventTour& tour = event.tours[0];
  EXPECT_EQ(tour.id, "V");
  EXPECT_EQ(tour.title, "走访");
  EXPECT_THAT(tour.people, ElementsAre("P3", "P1", "P2"));
  EXPECT_EQ(tour.from, "会场");
  EXPECT_EQ(tour.to, "园区");
  EXPECT_EQ(Clock({tour.start, tour.end}), "09:30-12:00");
  ASSERT_THAT(tour.stops, SizeIs(2));
  EXPECT_EQ(tour.stops[0].place, "甲公司");
  EXPECT_EQ(tour.stops[0].party, "甲公司");
  EXPECT_EQ(tour.stops[0].minutes, 40);
  ASSERT_THAT(tour.stops[0].windows, SizeIs(1));
  EXPECT_EQ(Clock(tour.stops[0].windows[0]), "10:00-12:00");
  EXPECT_EQ(tour.stops[1].place, "园区");
  EXPECT_EQ(tour.stops[1].party, "园区管委会");
  EXPECT_EQ(tour.stops[1].minutes, 60);
  ASSERT_THAT(tour.stops[1].windows, SizeIs(2));
  EXPECT_EQ(Clock(tour.stops[1].windows[0]), "09:30-10:00");
  EXPECT_EQ(Clock(tour.stops[1].windows[1]), "09:30-11:30");
}

TEST(EventTours, StopsMayStandApartAndRowsOfOneVisitAreItsWindows) {
  Json json = Event1();
  json["tours"][0].erase("stops");
  json["tours"][0].erase("id");
  json["tours"][0].erase("to");
  json["tour_stops"] = {{{"tour", "走访"}, {"place", "园区"}, {"minutes", 30}, {"end", "2025-03-11 10:30"}},
                        {{"tour", "走访"}, {"place", "园区"}, {"start", "2025-03-11 11:00"}}};
  const Event event = Read(json);
  ASSERT_THAT(event.tours, SizeIs(1));
  EXPECT_EQ(event.tours[0].id, "走访");
  EXPECT_EQ(event.tours[0].to, "会场");
  ASSERT_THAT(event.tours[0].stops, SizeIs(1));
  EXPECT_EQ(event.tours[0].stops[0].minutes, 30);
  ASSERT_THAT(event.tours[0].stops[0].windows, SizeIs(2));
  EXPECT_EQ(Clock(event.tours[0].stops[0].windows[1]), "11:00-12:00");
}

TEST(EventTours, WaysThatAreNotNamedLeadOverOthers) {
  Json json = Event1();
  json["travel"].push_back({{"from", "会场"}, {"to", "驿站"}, {"minutes", 3}});
  json["travel"].push_back({{"from", "驿站"}, {"to", "园区"}, {"minutes", 4}});
  json["tours"][0]["stops"].push_back({{"place", "孤岛"}});
  const Event event = Read(json);
  EXPECT_EQ(TravelMinutes(event, "会场", "甲公司"), 20);  // as it is named, although 17 would do
  EXPECT_EQ(TravelMinutes(event, "会场", "园区"), 7);     // not the 30 over 甲公司
  EXPECT_EQ(TravelMinutes(event, "园区", "会场"), 7);
  EXPECT_EQ(TravelMinutes(event, "会场", "孤岛"), 0);
  EXPECT_EQ(event.travel.size(), 5u);
}

TEST(EventTours, ManyPlacesAreRefusedOnlyWhereWaysAreNamed) {
  Json json = Event1();
  for (int t = 0; t < 50; ++t) {
    Json tour = json["tours"][0];
    tour["id"] = "V" + std::to_string(t);
    tour["stops"] = Json::array();
    for (int i = 0; i < 10; ++i) tour["stops"].push_back({{"place", "p" + std::to_string(10 * t + i)}});
    json["tours"].push_back(std::move(tour));
  }
  EXPECT_EQ(FieldOf(EventFromJson(json.dump()).status()), "travel");
  json.erase("travel");
  EXPECT_EQ(Read(json).tours.size(), 51u);
}

TEST(EventTours, WhatMayBeAMistakeIsAWarning) {
  Json json = Event1();
  json["people"][1]["absent_slots"] = {"a", "b"};
  json["slots"][1]["start"] = "2025-03-11 11:00";
  json["slots"][1]["end"] = "2025-03-11 11:25";
  json["tours"][0]["stops"].push_back({{"place", "码头"}});
  json["tours"][0]["guide"] = "李";
  json["tours"][0]["stops"][0]["gift"] = "茶";
  json["travel"].push_back({{"from", "会场"}, {"to", "火星"}, {"minutes", 5}});
  const Event event = Read(json);
  EXPECT_THAT(event.warnings, Contains(AllOf(HasSubstr("tours[0]: P2 is absent in slot b"))));
  EXPECT_THAT(event.warnings, Contains(HasSubstr("tours[0]: travel names no way to \"码头\"")));
  EXPECT_THAT(event.warnings, Contains(HasSubstr("travel[2]: no session or tour is at \"火星\"")));
  EXPECT_THAT(event.warnings, Contains(HasSubstr("tours[0].guide")));
  EXPECT_THAT(event.warnings, Contains(HasSubstr("tours[0].stops[0].gift")));
  EXPECT_THAT(event.warnings, SizeIs(5));
}

// The place and message of the error after `damage` to the first tour.
std::string ErrorAfter(const std::function<void(Json*)>& damage) {
  Json json = Event1();
  damage(&json);
  const auto event = EventFromJson(json.dump());
  EXPECT_EQ(ReasonOf(event.status()), Reason::kEventInvalid) << event.status();
  return ErrorText(event.status());
}

TEST(EventTours, MistakesAreNamedWithTheirPlace) {
  const auto tour = [](const std::function<void(Json*)>& damage) {
    return ErrorAfter([&](Json* json) { damage(&(*json)["tours"][0]); });
  };
  const auto expect = [](const std::string& error, std::string_view where, std::string_view what) {
    EXPECT_THAT(error, AllOf(HasSubstr(std::string(where)), HasSubstr(std::string(what))));
  };
  expect(tour([](Json* t) { *t = "走访"; }), "tours[0]", "not an object");
  expect(ErrorAfter([](Json* j) { (*j)["tours"] = 6; }), "tours", "is not a list");
  expect(tour([](Json* t) {
           t->erase("id");
           t->erase("title");
         }),
         "tours[0].id", "give every tour an id or a title");
  expect(ErrorAfter([](Json* j) { (*j)["tours"].push_back((*j)["tours"][0]); }), "tours[1].id",
         "tour \"V\" is given twice");
  expect(tour([](Json* t) {
           t->erase("party");
           t->erase("people");
         }),
         "tours[0].people", "name the people who travel, or their party");
  expect(tour([](Json* t) { (*t)["people"] = {"P9"}; }), "tours[0].people", "\"P9\"");
  expect(tour([](Json* t) { (*t)["party"] = "丁公司"; }), "tours[0].party", "nobody of \"丁公司\" is at the event");
  expect(tour([](Json* t) { t->erase("start"); }), "tours[0].start", "say when the tour leaves");
  expect(tour([](Json* t) { t->erase("end"); }), "tours[0].end", "say when the tour must be back");
  expect(tour([](Json* t) { (*t)["start"] = "nine"; }), "tours[0].start", "is no time");
  expect(tour([](Json* t) { (*t)["end"] = "2025-03-11 09:30"; }), "tours[0].end", "is not after the start");
  expect(tour([](Json* t) { t->erase("stops"); }), "tours[0].stops", "list the places to visit");
  expect(tour([](Json* t) { (*t)["stops"] = Json::array(); }), "tours[0].stops", "list the places to visit");
  expect(tour([](Json* t) {
           (*t)["stops"] = Json::array();
           for (int i = 0; i < 13; ++i) (*t)["stops"].push_back({{"place", "p" + std::to_string(i)}});
         }),
         "tours[0].stops", "are 13; a tour has at most 12");
  expect(tour([](Json* t) { (*t)["stops"][0].erase("party"); }), "tours[0].stops[0].place",
         "name the place or the party visited");
  expect(tour([](Json* t) { (*t)["stops"][0]["minutes"] = 0; }), "tours[0].stops[0].minutes", "from 1 to 1440");
  expect(tour([](Json* t) { (*t)["stops"][0]["end"] = "2025-03-11 09:00"; }), "tours[0].stops[0].end",
         "is not after the start");
  expect(tour([](Json* t) { (*t)["stops"][0]["start"] = "2025-03-11 12:00"; }), "tours[0].stops[0]",
         "lies outside the tour, which goes from 2025-03-11T09:30:00+08:00");
  expect(tour([](Json* t) { (*t)["stops"][1]["windows"][0] = Json::object(); }), "tours[0].stops[1].windows[0]",
         "says no time");
  expect(tour([](Json* t) { (*t)["stops"][1]["windows"][0]["end"] = "2025-03-11 09:00"; }),
         "tours[0].stops[1].windows[0].end", "is not after the start");
  expect(tour([](Json* t) {
           (*t)["stops"].push_back({{"place", "园区"}, {"party", "园区管委会"}});
         }),
         "tours[0].stops[2]", "names the stop \"园区\" again");
  expect(tour([](Json* t) {
           (*t)["stops"].push_back((*t)["stops"][0]);
           (*t)["stops"][2]["minutes"] = 45;
         }),
         "tours[0].stops[2].minutes", "is 45, but the same visit has 40 before");
  expect(ErrorAfter([](Json* j) {
           (*j)["tour_stops"] = {{{"place", "码头"}}};
         }),
         "tour_stops[0].tour", "name the tour that makes this stop");
  expect(ErrorAfter([](Json* j) {
           (*j)["tour_stops"] = {{{"place", "码头"}, {"tour", "W"}}};
         }),
         "tour_stops[0].tour", "names the tour \"W\"");
  expect(ErrorAfter([](Json* j) {
           (*j)["slots"][0].erase("start");
           (*j)["slots"][0].erase("end");
         }),
         "tours[0]", "give every slot start and end");
}

WorkbookXml Workbook() {
  return {{{"场次", InlineRows({{"编号", "名称", "地点"}, {"S1", "首轮", "会场"}})},
           {"时段", InlineRows({{"编号", "日期", "开始", "结束"}, {"a", "2025-03-11", "8:00", "8:25"}})},
           {"桌位", InlineRows({{"桌号", "房间"}, {"1", "大厅"}})},
           {"团队", InlineRows({{"编号", "接待人"}, {"TA", "李工"}})},
           {"人员", InlineRows({{"姓名", "单位"}, {"张总", "考察团"}, {"李工", "某所"}})},
           {"交通", InlineRows({{"起点", "终点", "分钟"}, {"会场", "甲厂", "15"}})},
           {"考察", InlineRows({{"编号", "名称", "单位", "人员", "起点", "终点", "日期", "开始", "结束"},
                                {"V", "走访", "考察团", "李工", "会场", "甲厂", "2025-03-11", "9:00", "12:00"}})},
           {"考察点", InlineRows({{"考察", "单位", "地点", "分钟", "日期", "开始", "结束"},
                                  {"走访", "甲公司", "甲厂", "45", "2025-03-11", "9:00", "9:30"},
                                  {"V", "甲公司", "甲厂", "", "2025-03-11", "10:00", "11:00"}})}}};
}

TEST(EventTours, AreTwoSheetsOfAWorkbook) {
  const auto event = ReadEvent(WriteWorkbook("event.xlsx", Workbook()));
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_THAT(event->warnings, IsEmpty());
  ASSERT_THAT(event->tours, SizeIs(1));
  const EventTour& tour = event->tours[0];
  EXPECT_EQ(tour.id + tour.title + tour.from + tour.to, "V走访会场甲厂");
  EXPECT_THAT(tour.people, ElementsAre("李工", "张总"));
  EXPECT_EQ(Clock({tour.start, tour.end}), "09:00-12:00");
  ASSERT_THAT(tour.stops, SizeIs(1));
  EXPECT_EQ(tour.stops[0].party + tour.stops[0].place, "甲公司甲厂");
  EXPECT_EQ(tour.stops[0].minutes, 45);
  ASSERT_THAT(tour.stops[0].windows, SizeIs(2));
  EXPECT_EQ(Clock(tour.stops[0].windows[0]), "09:00-09:30");
  EXPECT_EQ(Clock(tour.stops[0].windows[1]), "10:00-11:00");
}

TEST(EventTours, MistakesInAWorkbookNameSheetRowAndColumn) {
  const auto error = [](std::size_t sheet, const std::vector<std::vector<std::string>>& rows) {
    WorkbookXml workbook = Workbook();
    workbook.sheets[sheet].data = InlineRows(rows);
    const auto event = ReadEvent(WriteWorkbook("event.xlsx", workbook));
    EXPECT_EQ(ReasonOf(event.status()), Reason::kEventInvalid) << event.status();
    return ErrorText(event.status());
  };
  const std::vector<std::string> tours = {"编号", "单位", "人员", "日期", "开始", "结束"};
  EXPECT_THAT(error(6, {tours, {"走访", "丁公司", "", "2025-03-11", "9:00", "12:00"}}),
              HasSubstr("sheet 考察, row 2, party"));
  EXPECT_THAT(error(6, {tours, {"走访", "", "钱总", "2025-03-11", "9:00", "12:00"}}),
              HasSubstr("sheet 考察, row 2, people"));
  EXPECT_THAT(error(6, {tours, {"走访", "考察团", "", "2025-03-11", "9:00"}}), HasSubstr("sheet 考察, row 2, end"));
  EXPECT_THAT(error(6, {tours, {"走访", "考察团", "", "2025-03-11", "early", "12:00"}}),
              HasSubstr("sheet 考察, row 2, start"));
  const std::vector<std::string> stops = {"考察", "地点", "分钟", "日期", "开始", "结束"};
  EXPECT_THAT(error(7, {stops, {"参观", "甲厂"}}), HasSubstr("sheet 考察点, row 2, tour"));
  EXPECT_THAT(error(7, {stops, {"V", "", "5"}}), HasSubstr("sheet 考察点, row 2, place"));
  EXPECT_THAT(error(7, {stops, {"V", "甲厂", "一小时"}}), HasSubstr("sheet 考察点, row 2, minutes"));
  EXPECT_THAT(error(7, {stops, {"V", "甲厂"}, {}, {"V", "甲厂"}}), HasSubstr("sheet 考察点, row 4"));
  EXPECT_THAT(error(7, {stops, {"V", "甲厂", "", "2025-03-11", "9:00", "8:00"}}),
              HasSubstr("sheet 考察点, row 2, end"));
}

}  // namespace
}  // namespace magpie
