// Lets questions that wait at the same time share one pass over an index.
//
// Who comes while as many passes run as the machine has cores waits, and the first to go on takes all who wait with it. A
// lone caller waits for nobody. Each gets the answer that it would get alone. Where the index reads clusters for a question
// (ListingIndex::reads_clusters) nobody waits: that is cheaper than a part of a pass.
// Threads  Find may be called from several threads at once.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

#include "magpie/retrieval/listing_index.h"

namespace magpie {

class SharedSearch {
 public:
  SharedSearch();
  explicit SharedSearch(int passes) : most_passes_(passes) {}

  // ListingIndex::Candidates; always of the same index.
  std::vector<std::int64_t> Find(const ListingIndex& index, const ListingQuestion& question, int candidates);

 private:
  struct Caller {
    const ListingQuestion* question = nullptr;
    int candidates = 0;
    std::vector<std::int64_t> found;
    bool taken = false;  // by a pass
    bool done = false;
  };

  const int most_passes_;
  std::mutex mutex_;
  std::condition_variable ready_;
  int passes_ = 0;                // that run
  std::vector<Caller*> waiting_;  // for a pass
};

}  // namespace magpie
