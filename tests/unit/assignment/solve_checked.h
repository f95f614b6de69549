// Problems written out by hand, and answers that have passed the checker.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "magpie/assignment/assignment.h"
#include "problems.h"

namespace magpie_test {

inline Instance MakeInstance(std::int32_t left, std::int32_t right, std::vector<magpie::Arc> arcs,
                             std::vector<std::int64_t> gain, std::int32_t capacity = 1) {
  Instance instance{*magpie::CandidateGraph::Build(left, right, std::move(arcs)), {}};
  instance.problem.gain = std::move(gain);
  instance.problem.need_capacity.assign(static_cast<std::size_t>(left), capacity);
  instance.problem.offering_capacity.assign(static_cast<std::size_t>(right), capacity);
  return instance;
}

inline magpie::Assignment SolveChecked(const Instance& instance) {
  auto answer = magpie::SolveAssignment(instance.graph, instance.problem, {});
  EXPECT_TRUE(answer.ok()) << answer.status();
  if (!answer.ok()) return {};
  const absl::Status proof = magpie::CheckAssignment(instance.graph, instance.problem, *answer);
  EXPECT_TRUE(proof.ok()) << proof;
  return *answer;
}

}  // namespace magpie_test
