// The parts of report.html. Each writes one <section>, or nothing where the plan has nothing to say there.
//
// Every piece of data goes through Escape(); nothing else may be put between tags or into attributes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "report/plan_view.h"

namespace magpie::report {

// What a page can carry and still be opened on a phone; what is left out is said, counted, and stands in the TSV files.
inline constexpr std::size_t kHtmlMatches = 3000;
inline constexpr std::size_t kHtmlGraphMatches = 600;  // curves; more is a grey cloud
inline constexpr std::size_t kHtmlOpen = 1000;         // listings that stayed open, of each side
inline constexpr std::size_t kHtmlChanges = 300;
inline constexpr std::size_t kHtmlRows = 30;  // of the import's problems

// For text and for attribute values in either kind of quotes. Characters that HTML forbids become U+FFFD.
std::string Escape(std::string_view text);

// The first `columns` columns of a text, a Chinese character taking two, with "…" where it was cut; not escaped.
std::string Shorten(std::string_view text, int columns);

// Everything before the page's own content; a page without the script runs none.
void WriteHead(const PlanView& view, std::string_view title, bool script, std::string* out);
// One box of a list <dl class="figures">; `of` and `note` may be empty.
void WriteFigure(std::string_view label, std::string_view value, std::string_view of, std::string_view note,
                 std::string* out);
void WriteFunnel(const PlanView& view, std::string* out);
void WriteTimetable(const PlanView& view, std::string* out);
void WriteMatches(const PlanView& view, std::string* out);
void WriteGraph(const PlanView& view, std::string* out);
void WriteOpen(const PlanView& view, std::string* out);
void WriteChanges(const PlanView& view, std::string* out);
void WriteImport(const PlanView& view, std::string* out);
void WriteFairness(const PlanView& view, std::string* out);
void WriteWhatIfs(const PlanView& view, std::string* out);
void WriteParties(const PlanView& view, std::string* out);

// "#n12": the anchor of a need's matches on the page.
std::string NeedAnchor(std::int32_t need);

extern const std::string_view kStyle;   // CSS
extern const std::string_view kScript;  // filter, order, unfolding; the page reads without it

}  // namespace magpie::report
