#include "magpie/knowledge/knowledge_graph.h"

#include <gtest/gtest.h>

namespace magpie {
namespace {

TEST(KnowledgeGraph, ReadsTheShippedFiles) {
  const auto graph = KnowledgeGraph::LoadUnstamped(MAGPIE_SOURCE_DIR "/models");
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_GT((*graph)->concepts().size(), 6000u);
}

}  // namespace
}  // namespace magpie
