// Takes a text apart into patterns: clauses whose figures and concepts may be exchanged.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "generate/grammar.h"
#include "magpie/knowledge/knowledge_graph.h"

namespace magpie::generate {

// The clauses of a Chinese description (cut at ，。；！？ and line breaks) or the sentences of an English one; too short
// and too long ones are left out. `mentions` are those of `text`, in their order.
std::vector<Pattern> CutDescription(std::string_view text, Language language, std::span<const Mention> mentions,
                                    const KnowledgeGraph& graph);
// The parts of a title, cut at 与, 及, 、, "and", "with" and the like; the whole title where it cannot be cut.
std::vector<Pattern> CutTitle(std::string_view text, Language language, std::span<const Mention> mentions,
                              const KnowledgeGraph& graph);

}  // namespace magpie::generate
