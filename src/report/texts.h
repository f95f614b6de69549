// Every text of the report and the workbook that is not data, in both languages: one table. Texts with {} are filled
// by PlanView::Format. Reasons of the stages (why a listing stayed open, why a wish found no slot) get their words
// here too, so that a stage's enum and its wording meet in one place.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "magpie/base/vocabulary.h"

namespace magpie::report {

// X(name, Chinese, English)
// clang-format off: one text a line
#define MAGPIE_REPORT_TEXTS(X)                                                                                                                                       \
  /* the two sides and their parts */                                                                                                                                \
  X(kPlan, "供需对接方案", "Matchmaking plan")                                                                                                                       \
  X(kNeed, "需求", "Need")                                                                                                                                           \
  X(kOffering, "供给", "Offering")                                                                                                                                   \
  X(kNeeds, "需求", "Needs")                                                                                                                                         \
  X(kOfferings, "供给", "Offerings")                                                                                                                                 \
  X(kNeedId, "需求编号", "Need ID")                                                                                                                                  \
  X(kOfferingId, "供给编号", "Offering ID")                                                                                                                          \
  X(kNeedParty, "需方", "Need party")                                                                                                                                \
  X(kOfferingParty, "供方", "Offering party")                                                                                                                        \
  X(kNeedRegion, "需方地区", "Need region")                                                                                                                          \
  X(kOfferingRegion, "供方地区", "Offering region")                                                                                                                  \
  X(kParty, "单位", "Party")                                                                                                                                         \
  X(kRegion, "地区", "Region")                                                                                                                                       \
  X(kKind, "类型", "Kind")                                                                                                                                           \
  X(kContacts, "联系人", "Contacts")                                                                                                                                 \
  X(kId, "编号", "ID")                                                                                                                                               \
  X(kTitle, "名称", "Title")                                                                                                                                         \
  X(kSide, "类别", "Side")                                                                                                                                           \
  X(kNoParty, "（未注明单位）", "(party not stated)")                                                                                                                \
  X(kAnonymousParty, "（匿名）", "(anonymous)")                                                                                                                      \
  X(kSealedTitle, "（不公开）", "(sealed)")                                                                                                                          \
  X(kWithheld, "按披露级别，内容不予显示", "withheld at this level of disclosure")                                                                                   \
  X(kNoConsent, "未获授权，不显示", "no consent to show")                                                                                                            \
  /* words of a match */                                                                                                                                             \
  X(kScore, "匹配度", "Score")                                                                                                                                       \
  X(kGrade, "等级", "Grade")                                                                                                                                         \
  X(kGrade0, "不匹配", "None")                                                                                                                                       \
  X(kGrade1, "弱", "Weak")                                                                                                                                           \
  X(kGrade2, "较强", "Fairly strong")                                                                                                                                \
  X(kGrade3, "强", "Strong")                                                                                                                                         \
  X(kRank, "名次", "Rank")                                                                                                                                           \
  X(kRankOf, "该需求的第 {} 名", "ranked no. {} for this need")                                                                                                      \
  X(kDecision, "决定", "Decision")                                                                                                                                   \
  X(kLocked, "锁定", "locked")                                                                                                                                       \
  X(kStruck, "剔除", "struck")                                                                                                                                       \
  X(kAdded, "新增", "added")                                                                                                                                         \
  X(kReason, "匹配理由", "Reason")                                                                                                                                   \
  X(kObjections, "异议", "Objections")                                                                                                                               \
  X(kFor, "支持", "For")                                                                                                                                             \
  X(kAgainst, "异议", "Against")                                                                                                                                     \
  X(kMust, "必须", "must")                                                                                                                                           \
  X(kMeeting, "洽谈安排", "Meeting")                                                                                                                                 \
  X(kInEvent, "在会", "At the event")                                                                                                                                \
  X(kOutsideEvent, "会外", "Outside the event")                                                                                                                      \
  X(kYes, "是", "yes")                                                                                                                                               \
  X(kNo, "否", "no")                                                                                                                                                 \
  X(kScheduledHidden, "已安排", "scheduled")                                                                                                                         \
  X(kDetails, "全部依据", "All evidence")                                                                                                                            \
  /* sections */                                                                                                                                                     \
  X(kOverview, "概览", "Overview")                                                                                                                                   \
  X(kFunnel, "从清单到对接", "From lists to matches")                                                                                                                \
  X(kMatches, "对接匹配", "Matches")                                                                                                                                 \
  X(kTimetable, "洽谈日程", "Timetable")                                                                                                                             \
  X(kGraph, "对接图", "Graph")                                                                                                                                       \
  X(kOpen, "未匹配", "Open")                                                                                                                                         \
  X(kChanges, "方案变化", "Changes")                                                                                                                                 \
  X(kImport, "导入问题", "Import")                                                                                                                                   \
  X(kPartyIndex, "单位索引", "Party index")                                                                                                                          \
  X(kRun, "运行信息", "Run")                                                                                                                                         \
  /* funnel and figures */                                                                                                                                           \
  X(kFunnelPairs, "全部组合", "All pairs")                                                                                                                           \
  X(kFunnelPairsNote, "{} 项需求 × {} 项供给", "{} needs × {} offerings")                                                                                            \
  X(kFunnelCandidates, "候选", "Candidates")                                                                                                                         \
  X(kFunnelCandidatesNote, "值得评分且未被条件排除", "worth scoring and not rejected by a constraint")                                                               \
  X(kFunnelRejectedNote, "值得评分，另有 {} 对被硬条件排除",                                                                                                         \
    "worth scoring; {} more were rejected by must-conditions")                                                                                                       \
  X(kFunnelAbove, "达到门槛", "Above the threshold")                                                                                                                 \
  X(kFunnelAboveNote, "匹配度不低于 {}", "score of at least {}")                                                                                                     \
  X(kFunnelMatches, "选定对接", "Matches")                                                                                                                           \
  X(kFunnelMatchesNote, "在各方接待能力内总分最高", "best total score within everybody's capacity")                                                                  \
  X(kFunnelMeetings, "现场洽谈", "Meetings")                                                                                                                         \
  X(kFunnelMeetingsNote, "申请 {} 场", "of {} requested")                                                                                                            \
  X(kFunnelScale, "条宽按数量的对数绘制", "width on a logarithmic scale")                                                                                            \
  X(kFigureNeeds, "配上的需求", "Needs matched")                                                                                                                     \
  X(kFigureOfferings, "用上的供给", "Offerings used")                                                                                                                \
  X(kFigureMatches, "对接", "Matches")                                                                                                                               \
  X(kFigureStrong, "其中强与较强", "strong or fairly strong")                                                                                                        \
  X(kFigureMeetings, "洽谈", "Meetings")                                                                                                                             \
  X(kFigurePriority, "优先级 {} 意愿 {}/{}", "priority {} wishes {}/{}")                                                                                             \
  X(kFigureRounds, "{} 轮 · {} 桌", "{} rounds · {} tables")                                                                                                         \
  X(kFigureErrors, "导入问题", "Import problems")                                                                                                                    \
  X(kFigureErrorsNote, "共读入 {} 条", "{} rows imported")                                                                                                           \
  X(kOf, "共 {}", "of {}")                                                                                                                                           \
  X(kLead, "{} 项需求与 {} 项供给之间，选定 {} 对对接，{} 项需求（{}）至少有一个合作对象。",                                                                         \
    "Between {} needs and {} offerings, {} matches were chosen; {} needs ({}) have at least one partner.")                                                           \
  X(kLeadMeetings, "安排洽谈 {} 场。", "{} meetings are scheduled.")                                                                                                 \
  X(kLeadOpen, "{} 项需求暂未配上，原因逐项列出。", "{} needs stayed open, each with its reason.")                                                                   \
  X(kNothing, "（无）", "(none)")                                                                                                                                    \
  /* timetable */                                                                                                                                                    \
  X(kSlot, "时段", "Slot")                                                                                                                                           \
  X(kTime, "时间", "Time")                                                                                                                                           \
  X(kTable, "桌", "Table")                                                                                                                                           \
  X(kRoom, "地点", "Room")                                                                                                                                           \
  X(kGuest, "来访", "Guest")                                                                                                                                         \
  X(kGuestParty, "来访单位", "Guest party")                                                                                                                          \
  X(kHost, "接待", "Host")                                                                                                                                           \
  X(kHostParty, "接待单位", "Host party")                                                                                                                            \
  X(kTeam, "团队", "Team")                                                                                                                                           \
  X(kTopic, "议题", "Topic")                                                                                                                                         \
  X(kPriority, "优先级", "Priority")                                                                                                                                 \
  X(kWish, "意愿", "Wish")                                                                                                                                           \
  X(kNoMeetings, "本方案没有洽谈日程。", "This plan has no timetable.")                                                                                              \
  X(kUnplaced, "未能安排的洽谈", "Meetings that found no place")                                                                                                     \
  X(kUnplacedOthers, "展开其余 {} 项：优先级较低，或来自匹配", "Show the other {}: lower priorities, or from matches")                                               \
  X(kTableClosed, "不开放", "closed")                                                                                                                                \
  X(kWith, "对方", "With")                                                                                                                                           \
  X(kPriorityNote, "角标为意愿的优先级，1 最高；没有角标的洽谈来自匹配。",                                                                                           \
    "The mark is the wish's priority, 1 being the highest; a meeting without one comes from a match.")                                                               \
  X(kMeetingsCount, "{} 场", "{} meetings")                                                                                                                          \
  /* tours */                                                                                                                                                        \
  X(kTours, "考察行程", "Tours")                                                                                                                                     \
  X(kToursNote, "行程先定，洽谈排在走访之外；走访的先后由程序安排。",                                                                                                \
    "Tours are planned first, meetings round them; the order of the visits is the program's.")                                                                       \
  X(kTourLine, "{}：{} 从{}出发，{} 到{}", "{}: from {} at {}, at {} by {}")                                                                                         \
  X(kVenue, "会场", "the venue")                                                                                                                                     \
  X(kPlace, "去处", "Place")                                                                                                                                         \
  X(kVisited, "走访单位", "Visited")                                                                                                                                 \
  X(kTour, "行程", "Tour")                                                                                                                                           \
  X(kVisitsCount, "走访 {} 处", "{} visits")                                                                                                                         \
  X(kLeftOut, "未排上：{}", "left out: {}")                                                                                                                          \
  X(kSkipClosed, "开放时间内排不下", "not open long enough during the tour")                                                                                         \
  X(kSkipPeopleBusy, "同行人员另有安排", "those who travel are busy then")                                                                                           \
  X(kSkipNoTime, "与其他各站排不开", "no time for it besides the others")                                                                                            \
  /* pages of parties */                                                                                                                                             \
  X(kParties, "各单位日程", "Parties")                                                                                                                               \
  X(kPartiesNote, "每家单位一页，可单独打印、转发；有钟点的日程附日历文件。",                                                                                        \
    "A page for each party, to print or to send; where the timetable has hours, a calendar file with it.")                                                           \
  X(kPage, "单页", "Page")                                                                                                                                           \
  X(kCalendar, "日历", "Calendar")                                                                                                                                   \
  X(kPagesCut, "另有 {} 家单位不单列一页（每份方案最多 {} 页），其洽谈见 meetings.tsv。",                                                                            \
    "{} more parties have no page of their own (a plan has at most {}); their meetings are in meetings.tsv.")                                                        \
  X(kCalendarName, "{} 洽谈日程", "Meetings of {}")                                                                                                                  \
  X(kMeetingWith, "洽谈：{}", "Meeting with {}")                                                                                                                     \
  X(kOwnVisits, "考察走访", "Visits")                                                                                                                                \
  X(kVisitTo, "走访：{}", "Visit to {}")                                                                                                                             \
  X(kVisitBy, "接待走访：{}", "Visit by {}")                                                                                                                         \
  /* fairness */                                                                                                                                                     \
  X(kFairness, "公平与代价", "Fairness and its price")                                                                                                               \
  X(kTotalScore, "总匹配度", "Total score")                                                                                                                          \
  X(kProven, "已证明：没有更高的方案", "proven: no plan scores more")                                                                                                \
  X(kGapAtMost, "距最优不超过 {}%", "at most {}% below the best")                                                                                                    \
  X(kWorstOff, "最少的一方", "Worst off")                                                                                                                            \
  X(kWorstOffNote, "{}：{} 个对象", "{}: {} matches")                                                                                                                \
  X(kGini, "基尼系数", "Gini")                                                                                                                                       \
  X(kGiniNeeds, "需求的均匀度", "Evenness of needs")                                                                                                                 \
  X(kGiniOfferings, "供给的均匀度", "Evenness of offerings")                                                                                                         \
  X(kGiniNote, "对象数的基尼系数，0 为完全平均", "Gini of matches, 0 = all have the same")                                                                           \
  X(kBlocking, "彼此更愿选对方", "Would rather have each other")                                                                                                     \
  X(kBlockingNote, "双方都会因改配而更好，但总体会更差", "both would gain by each other, all together would lose")                                                   \
  X(kMatchesOf, "{} 个对象", "{} matches")                                                                                                                           \
  X(kSpreadNeeds, "需求按对象数", "Needs by number of matches")                                                                                                      \
  X(kSpreadOfferings, "供给按对象数", "Offerings by number of matches")                                                                                              \
  X(kGroups, "各组的机会", "Exposure of groups")                                                                                                                     \
  X(kGroup, "组", "Group")                                                                                                                                           \
  X(kShareOfListings, "占清单", "Share of listings")                                                                                                                 \
  X(kShareOfMatches, "占对接", "Share of matches")                                                                                                                   \
  X(kFloor, "要求", "Asked")                                                                                                                                         \
  X(kAtLeast, "至少 {}", "at least {}")                                                                                                                              \
  X(kAtMost, "至多 {}", "at most {}")                                                                                                                                \
  X(kDial, "公平刻度", "Fairness dial")                                                                                                                              \
  X(kDialNote, "从 0（总匹配度最大）到 1（先顾最差的一方）：多一格公平，总匹配度少多少，谁得谁失。",                                                                 \
    "From 0, the largest total, to 1, the worst off first: what a notch of fairness costs, who gains and who loses "                                                 \
    "by it.")                                                                                                                                                        \
  X(kDialTotal, "总匹配度（0 格为 {}）", "total score ({} at 0)")                                                                                                    \
  X(kDialWorst, "最差一对的匹配度（最高 {}）", "score of the worst pair (at best {})")                                                                               \
  X(kWorstPair, "最差一对", "Worst pair")                                                                                                                            \
  X(kGainers, "变好的需求", "Needs that gain")                                                                                                                       \
  X(kLosers, "变差的需求", "Needs that lose")                                                                                                                        \
  X(kNeedRise, "需方多得", "Need gains")                                                                                                                             \
  X(kOfferingRise, "供方多得", "Offering gains")                                                                                                                     \
  X(kWhatIf, "放宽一处会怎样", "What if one thing were relaxed")                                                                                                     \
  X(kWhatIfNote, "每次只放宽一处，均已重新求解确认；数字为总匹配度的增加。",                                                                                         \
    "Each by itself, confirmed by solving again; the number is what the total score gains.")                                                                         \
  X(kWhatIfRest, "未列出的任何一处，增加都不超过 {}。", "Nothing that is not listed would bring more than {}.")                                                      \
  X(kStandBy, "候补", "Stand-by")                                                                                                                                    \
  X(kStandByNote, "有人缺席时由谁顶上，每个时段按预计缺席人数安排。",                                                                                                \
    "Who steps in where somebody does not come; as many for each slot as are expected to stay away.")                                                                \
  X(kInsteadOf, "顶替", "Instead of")                                                                                                                                \
  X(kAnybody, "任一空桌", "anybody")                                                                                                                                 \
  /* graph */                                                                                                                                                        \
  X(kGraphNote, "左为需求，右为供给；线越粗、越深，匹配度越高。",                                                                                                    \
    "Needs left, offerings right; the stronger the line, "                                                                                                           \
    "the higher the score.")                                                                                                                                         \
  X(kGraphAll, "全貌：{} 项需求与 {} 项供给，空心为未匹配", "The whole: {} needs and {} offerings, hollow = open")                                                   \
  X(kGraphPanel, "图 {}/{}", "Panel {} of {}")                                                                                                                       \
  X(kGraphRepeated, "该供给也出现在其他图中", "this offering also appears in another panel")                                                                         \
  X(kGraphCut, "图中只画匹配度最高的 {} 对（共 {} 对）。", "Only the best {} of {} matches are drawn.")                                                              \
  /* open */                                                                                                                                                         \
  X(kOpenNeeds, "未匹配的需求", "Open needs")                                                                                                                        \
  X(kOpenOfferings, "未匹配的供给", "Open offerings")                                                                                                                \
  X(kWhy, "原因", "Why")                                                                                                                                             \
  X(kNearest, "最接近的对象", "Nearest")                                                                                                                             \
  X(kNearScore, "其匹配度", "Its score")                                                                                                                             \
  X(kExplanation, "说明", "Explanation")                                                                                                                             \
  X(kOpenNoCandidate, "没有候选", "no candidate")                                                                                                                    \
  X(kOpenBelowThreshold, "未达门槛", "below the threshold")                                                                                                          \
  X(kOpenNoCapacity, "名额已满", "no capacity")                                                                                                                      \
  X(kOpenPartnersTaken, "合作对象已另配", "partners taken")                                                                                                          \
  X(kOpenExcluded, "已被排除", "excluded")                                                                                                                           \
  X(kOpenQuotaFull, "配额已满", "quota used up")                                                                                                                     \
  X(kUnplacedTeamFull, "团队已满", "team full")                                                                                                                      \
  X(kUnplacedNoTable, "没有空桌", "no table free")                                                                                                                   \
  X(kUnplacedPersonBusy, "本人无空档", "guest is busy")                                                                                                              \
  X(kUnplacedNoHost, "接待人无空档", "no host free")                                                                                                                 \
  X(kUnplacedAbsent, "双方不同时在场", "never there together")                                                                                                       \
  X(kUnplacedExcluded, "已被排除", "excluded")                                                                                                                       \
  X(kUnplacedDeclined, "已被谢绝", "declined")                                                                                                                       \
  X(kUnplacedNoInterpreter, "没有译员", "no interpreter")                                                                                                            \
  X(kUnplacedOnTour, "在外考察", "on a tour")                                                                                                                        \
  X(kUnplacedNotNeeded, "备选", "not needed")                                                                                                                        \
  X(kListAll, "展开全部 {} 项", "Show all {}")                                                                                                                       \
  /* changes */                                                                                                                                                      \
  X(kBefore, "原方案", "Before")                                                                                                                                     \
  X(kAfter, "新方案", "After")                                                                                                                                       \
  X(kChangeMatched, "对接", "matched")                                                                                                                               \
  X(kChangeOpen, "未对接", "not matched")                                                                                                                            \
  /* import */                                                                                                                                                       \
  X(kFile, "文件", "File")                                                                                                                                           \
  X(kSheet, "工作表", "Sheet")                                                                                                                                       \
  X(kRow, "行", "Row")                                                                                                                                               \
  X(kColumn, "列", "Column")                                                                                                                                         \
  X(kStatus, "结果", "Status")                                                                                                                                       \
  X(kValue, "内容", "Value")                                                                                                                                         \
  X(kHint, "说明", "What to do")                                                                                                                                     \
  X(kImported, "导入", "imported")                                                                                                                                   \
  X(kDuplicate, "重复", "duplicate")                                                                                                                                 \
  X(kError, "错误", "error")                                                                                                                                         \
  X(kBlank, "空行", "blank")                                                                                                                                         \
  X(kHeading, "重复表头", "heading")                                                                                                                                 \
  X(kClosing, "结尾行", "closing")                                                                                                                                   \
  X(kWarning, "提示", "warning")                                                                                                                                     \
  X(kImportClean, "两份清单没有错误、重复或提示。", "The two lists had no errors, duplicates or warnings.")                                                          \
  X(kRowsMore, "另有 {} 条，见 {}。", "{} more in {}.")                                                                                                              \
  /* page furniture */                                                                                                                                               \
  X(kFilter, "筛选：输入单位、需求或供给名称", "Filter by party, need or offering")                                                                                  \
  X(kFilterGrade, "等级", "Grade")                                                                                                                                   \
  X(kAllGrades, "全部等级", "All grades")                                                                                                                            \
  X(kSort, "排序", "Order")                                                                                                                                          \
  X(kSortList, "按清单顺序", "As in the list")                                                                                                                       \
  X(kSortScore, "按最高匹配度", "Best score first")                                                                                                                  \
  X(kUnfold, "展开或收起全部依据", "Show or hide all evidence")                                                                                                      \
  X(kShown, "显示 {0} / {1}", "{0} of {1} shown")                                                                                                                    \
  X(kSkip, "跳到正文", "Skip to the content")                                                                                                                        \
  X(kNavigation, "目录", "Contents")                                                                                                                                 \
  X(kMatchesCut, "本页列出前 {} 对，共 {} 对，其余见 {}。",                                                                                                          \
    "This page lists the first {} of {} matches; the rest "                                                                                                          \
    "is in {}.")                                                                                                                                                     \
  X(kRunId, "运行编号", "Run ID")                                                                                                                                    \
  X(kVersion, "版本", "Version")                                                                                                                                     \
  X(kEncoder, "编码器", "Encoder")                                                                                                                                   \
  X(kDictionary, "词典", "Dictionary")                                                                                                                               \
  X(kProfile, "评分参数", "Scoring profile")                                                                                                                         \
  X(kSeed, "种子", "Seed")                                                                                                                                           \
  X(kOptions, "选项", "Options")                                                                                                                                     \
  X(kFooter, "同样的输入、版本与种子得到同样的方案。", "The same inputs, versions and seed give the same plan.")                                                     \
  /* workbook */                                                                                                                                                     \
  X(kHowTo,                                                                                                                                                          \
    "在“决定”列选：锁定 = 必须保留；剔除 = 不再配；新增 = 在表末空行填需求编号和供给编号。改完存盘，再运行 magpie " \
    "plan … --from plan.xlsx。删掉一行不等于剔除。",                                                                                                                 \
    "Choose in column Decision: locked = keep; struck = never; added = fill in both ids in an empty row below. Save, "                                               \
    "then run magpie plan ... --from plan.xlsx. Deleting a row does not strike it.")                                                                                 \
  X(kDecisionTitle, "决定", "Decision")                                                                                                                              \
  X(kDecisionHint, "锁定、剔除、新增，或留空", "locked, struck, added, or empty")                                                                                    \
  X(kItem, "项目", "Item")                                                                                                                                           \
  X(kCount, "数量", "Count")                                                                                                                                         \
  X(kCutText, "…（文字过长，已截断）", "... (cut: too long for a cell)")                                                                                             \
  X(kRowsCut, "另有 {} 行放不下，全部见 {}。", "{} more rows do not fit here; all of them are in {}.")                                                               \
  X(kOwnListings, "本单位清单", "Own listings")                                                                                                                      \
  X(kOwnMatches, "对接对象", "Matches")                                                                                                                              \
  X(kOwnMeetings, "洽谈安排（按时间）", "Meetings, in order")                                                                                                        \
  X(kOwnTitle, "本方名称", "Own listing")                                                                                                                            \
  X(kPartnerTitle, "对方名称", "Partner's listing")                                                                                                                  \
  X(kPartnerParty, "对方单位", "Partner")                                                                                                                            \
  X(kPartnerContacts, "对方联系人", "Partner's contacts")                                                                                                            \
  X(kListingsCount, "清单数", "Listings")                                                                                                                            \
  X(kMatchesCount, "对接数", "Matches")                                                                                                                              \
  X(kMeetingsColumn, "洽谈数", "Meetings")                                                                                                                           \
  X(kPartySheet, "分表", "Sheet")                                                                                                                                    \
  X(kNoSheetLimit, "未单列：本工作簿最多 {} 张单位分表", "no sheet: this workbook holds at most {} party sheets")                                                    \
  X(kNoSheetHidden, "另有 {} 家单位的清单均不公开，未列出",                                                                                                          \
    "{} more parties are not named: none of their listings is public")                                                                                               \
  X(kBackToIndex, "← 单位索引", "← Party index")                                                                                                                     \
  X(kMatchedCount, "已对接 {} 项", "{} matches")
// clang-format on

enum class Text : std::size_t {
#define MAGPIE_TEXT_NAME(name, zh, en) name,
  MAGPIE_REPORT_TEXTS(MAGPIE_TEXT_NAME)
#undef MAGPIE_TEXT_NAME
};

struct TextPair {
  std::string_view zh, en;
};

inline constexpr auto kTexts = std::to_array<TextPair>({
#define MAGPIE_TEXT_PAIR(name, zh, en) {zh, en},
    MAGPIE_REPORT_TEXTS(MAGPIE_TEXT_PAIR)
#undef MAGPIE_TEXT_PAIR
});

constexpr std::string_view TextOf(Text text, Language language) {
  const TextPair& pair = kTexts[static_cast<std::size_t>(text)];
  return language == Language::kZh ? pair.zh : pair.en;
}

}  // namespace magpie::report
