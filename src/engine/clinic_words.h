// What the need clinic looks for in texts and how it asks: cue words and questions, in both languages.
// Threads  constant data, safe everywhere.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/engine/clinic.h"

namespace magpie {

// A word that tells that an aspect is spoken of. Chinese ones are found anywhere in the normalised text; English ones
// as whole words by their stems, several words one after the other. A cue of one Chinese character must be a word.
struct AspectCue {
  NeedAspect aspect;
  std::string_view text;
  bool behind = false;  // it stands behind what it announces: 收率80%以上
};
std::span<const AspectCue> ChineseCues();
std::span<const AspectCue> EnglishCues();

bool IsMoneyUnit(std::string_view unit);  // normalised: "元", "万元", "usd"
// Units that count people, firms and the like: no technical figure.
bool IsHeadCount(std::string_view unit);

// The question for a missing aspect, with the need's title quoted.
std::string AspectQuestion(NeedAspect aspect, std::string_view title, Language language);
// The same for a budget that is marked negotiable.
std::string NegotiableQuestion(std::string_view title, Language language);

// "The answer tells apart: O12, O40 (ceramic membrane); O7 (activated carbon); without a word on it: O3."
std::string SeparationSentence(std::span<const CandidateGroup> groups, Language language);

}  // namespace magpie
