#include "scoring/shared_search.h"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

namespace magpie {
namespace {

constexpr std::ptrdiff_t kMostTogether = 32;  // what a pass over codes takes for little more than one

}  // namespace

SharedSearch::SharedSearch() : SharedSearch(static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))) {}

std::vector<std::int64_t> SharedSearch::Find(const ListingIndex& index, const ListingQuestion& question,
                                             int candidates) {
  if (index.reads_clusters()) return index.Candidates(question, candidates);  // cheaper than a part of a pass
  Caller self;
  self.question = &question;
  self.candidates = candidates;
  std::unique_lock lock(mutex_);
  waiting_.push_back(&self);
  ready_.wait(lock, [&] { return self.done || (!self.taken && passes_ < most_passes_); });
  if (self.done) return std::move(self.found);

  // Those who ask for as many, this one first.
  std::iter_swap(waiting_.begin(), std::find(waiting_.begin(), waiting_.end(), &self));
  const auto others = std::stable_partition(waiting_.begin(), waiting_.end(),
                                            [&](const Caller* caller) { return caller->candidates == candidates; });
  const auto end = waiting_.begin() + std::min(kMostTogether, others - waiting_.begin());
  const std::vector<Caller*> together(waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  std::vector<ListingQuestion> questions;
  for (Caller* caller : together) {
    caller->taken = true;
    questions.push_back(*caller->question);
  }
  ++passes_;
  lock.unlock();
  RunContext context;
  context.threads = 1;
  std::vector<std::vector<std::int64_t>> found =
      index.CandidatesOfAll(questions, candidates, context).value();  // nothing can cancel it
  lock.lock();
  --passes_;
  for (std::size_t i = 0; i < together.size(); ++i) {
    together[i]->found = std::move(found[i]);
    together[i]->done = true;
  }
  ready_.notify_all();
  return std::move(self.found);
}

}  // namespace magpie
