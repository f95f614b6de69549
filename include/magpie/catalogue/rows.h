// The two containers that snapshots are made of. Copying one copies a short spine; changing one copies only the blocks
// that it touches, so a new snapshot costs in proportion to the change and not to the catalogue.
//
// Terms    a row has a position, dense from 0, which moves when a row before it is erased, and an order number, which
//          rises with each append and never changes.
// Cost     n rows: copy O(n / 1024); append, replace, erase O(1024 + n / 1024) for the first touch of a block, then
// O(1);
//          row by position O(1), by order number O(log n).
// Threads  a container that was not changed since it was copied or moved to its place may be read and copied by any
//          number of threads. A copy and its original may be changed by different threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace magpie {

// Says who may change a block in place: the container that made it, until that container is copied or moved from.
class BlockOwner {
 public:
  BlockOwner() = default;
  BlockOwner(const BlockOwner& other) { other.Release(); }
  BlockOwner& operator=(const BlockOwner& other) {
    Release();
    other.Release();
    return *this;
  }
  const std::shared_ptr<const int>& token() {
    if (!token_) token_ = std::make_shared<const int>(0);
    return token_;
  }

 private:
  // A container without token is not written to here, so that several threads may copy it at once.
  void Release() const {
    if (token_) token_.reset();
  }

  mutable std::shared_ptr<const int> token_;
};

template <typename T>
class RowList {
 public:
  using Row = std::shared_ptr<const T>;

  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Row;
    using difference_type = std::ptrdiff_t;
    using pointer = const Row*;
    using reference = const Row&;

    Iterator() = default;
    Iterator(const RowList* list, std::size_t block, std::size_t offset)
        : list_(list), block_(block), offset_(offset) {}
    reference operator*() const { return list_->blocks_[block_]->rows[offset_]; }
    pointer operator->() const { return &**this; }
    Iterator& operator++() {
      if (++offset_ == list_->blocks_[block_]->rows.size()) {
        offset_ = 0;
        ++block_;
      }
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const RowList* list_ = nullptr;
    std::size_t block_ = 0, offset_ = 0;
  };

  std::size_t size() const { return blocks_.empty() ? 0 : begins_.back() + blocks_.back()->rows.size(); }
  bool empty() const { return blocks_.empty(); }
  const Row& operator[](std::size_t position) const {
    const std::size_t block = BlockOf(position);
    return blocks_[block]->rows[position - begins_[block]];
  }
  Iterator begin() const { return {this, 0, 0}; }
  Iterator end() const { return {this, blocks_.size(), 0}; }

  std::int64_t order(std::size_t position) const {
    const std::size_t block = BlockOf(position);
    return blocks_[block]->orders[position - begins_[block]];
  }
  // The position of an order number; -1 where its row is gone.
  std::int64_t Find(std::int64_t order) const {
    const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), order,
                                        [](std::int64_t o, const auto& block) { return o < block->orders.front(); });
    if (after == blocks_.begin()) return -1;
    const auto& orders = (*(after - 1))->orders;
    const auto found = std::lower_bound(orders.begin(), orders.end(), order);
    if (found == orders.end() || *found != order) return -1;
    return static_cast<std::int64_t>(begins_[static_cast<std::size_t>(after - 1 - blocks_.begin())]) +
           (found - orders.begin());
  }

  // Calls use(order, row before, row after) for each row that differs between two lists of one family (copies of each
  // other, changed since), ascending by order; what was not there or is gone is null. Costs O(n / 1024) and 1024 for each
  // block that was touched.
  template <typename Use>
  static void ForEachChange(const RowList& before, const RowList& after, const Use& use) {
    Walker old_rows(before), new_rows(after);
    while (!old_rows.done() || !new_rows.done()) {
      if (!old_rows.done() && !new_rows.done() && old_rows.SkipBlock(&new_rows)) continue;
      const std::int64_t old_order = old_rows.order(), new_order = new_rows.order();
      const std::int64_t order = std::min(old_order, new_order);
      const Row* old_row = old_order == order ? old_rows.Take() : nullptr;
      const Row* new_row = new_order == order ? new_rows.Take() : nullptr;
      const Row none;
      if (old_row == nullptr || new_row == nullptr || *old_row != *new_row) {
        use(order, old_row == nullptr ? none : *old_row, new_row == nullptr ? none : *new_row);
      }
    }
  }

  // Appends a row under a given number, which must be above all before.
  void AppendAs(std::int64_t order, Row row) {
    next_order_ = order;
    Append(std::move(row));
  }

  // From here on it may be copied by several threads, as if it had just been copied itself.
  void Seal() { owner_ = BlockOwner(); }

  // Returns the order number of the new row.
  std::int64_t Append(Row row) {
    if (blocks_.empty() || blocks_.back()->rows.size() == kBlockRows) {
      begins_.push_back(size());
      blocks_.push_back(std::make_shared<Block>(Block{{}, {}, owner_.token()}));
      blocks_.back()->rows.reserve(kBlockRows);
      blocks_.back()->orders.reserve(kBlockRows);
    }
    Block& block = Own(blocks_.size() - 1);
    block.rows.push_back(std::move(row));
    block.orders.push_back(next_order_);
    return next_order_++;
  }
  void Replace(std::size_t position, Row row) {
    const std::size_t block = BlockOf(position);
    Own(block).rows[position - begins_[block]] = std::move(row);
  }
  void Erase(std::size_t position) {
    const std::size_t index = BlockOf(position);
    Block& block = Own(index);
    const auto offset = static_cast<std::ptrdiff_t>(position - begins_[index]);
    block.rows.erase(block.rows.begin() + offset);
    block.orders.erase(block.orders.begin() + offset);
    for (std::size_t i = index + 1; i < begins_.size(); ++i) --begins_[i];
    if (block.rows.empty()) {
      blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(index));
      begins_.erase(begins_.begin() + static_cast<std::ptrdiff_t>(index));
    }
    if (blocks_.size() > 8 && blocks_.size() * kBlockRows > 2 * size()) Repack();
  }

 private:
  static constexpr std::size_t kBlockRows = 1024;

  struct Block {
    std::vector<Row> rows;
    std::vector<std::int64_t> orders;
    std::shared_ptr<const int> owner;
  };

  // Goes through the rows of a list.
  class Walker {
   public:
    explicit Walker(const RowList& list) : list_(list) {}
    bool done() const { return block_ == list_.blocks_.size(); }
    std::int64_t order() const {
      return done() ? std::numeric_limits<std::int64_t>::max() : list_.blocks_[block_]->orders[offset_];
    }
    const Row* Take() {
      const Row* row = &list_.blocks_[block_]->rows[offset_];
      if (++offset_ == list_.blocks_[block_]->rows.size()) {
        offset_ = 0;
        ++block_;
      }
      return row;
    }
    // Goes over a block that both lists share, where both stand at its begin.
    bool SkipBlock(Walker* other) {
      if (offset_ != 0 || other->offset_ != 0) return false;
      if (list_.blocks_[block_] != other->list_.blocks_[other->block_]) return false;
      ++block_;
      ++other->block_;
      return true;
    }

   private:
    const RowList& list_;
    std::size_t block_ = 0, offset_ = 0;
  };

  // Blocks are never longer than kBlockRows, so the block is the guessed one or, after erasures, a later one.
  std::size_t BlockOf(std::size_t position) const {
    const std::size_t guess = position / kBlockRows;
    if (guess + 1 >= begins_.size() || position < begins_[guess + 1]) return guess;
    const auto after =
        std::upper_bound(begins_.begin() + static_cast<std::ptrdiff_t>(guess) + 1, begins_.end(), position);
    return static_cast<std::size_t>(after - begins_.begin()) - 1;
  }

  Block& Own(std::size_t index) {
    if (blocks_[index]->owner != owner_.token()) {
      auto copy = std::make_shared<Block>(*blocks_[index]);
      copy->owner = owner_.token();
      blocks_[index] = std::move(copy);
    }
    return *blocks_[index];
  }

  // After many erasures: full blocks again. Costs O(n) once in O(n) erasures.
  void Repack() {
    RowList packed;
    for (const auto& block : blocks_) {
      for (std::size_t i = 0; i < block->rows.size(); ++i) {
        packed.next_order_ = block->orders[i];
        packed.Append(block->rows[i]);
      }
    }
    packed.next_order_ = next_order_;
    *this = std::move(packed);
  }

  std::vector<std::shared_ptr<Block>> blocks_;
  std::vector<std::size_t> begins_;  // position of each block's first row
  std::int64_t next_order_ = 0;
  BlockOwner owner_;
};

// Which rows carry a key: hashes of keys with order numbers, the caller compares the keys themselves.
class KeyIndex {
 public:
  KeyIndex();

  void Add(std::string_view key, std::int64_t order);
  void Remove(std::string_view key, std::int64_t order);
  // Order numbers of the rows that may carry the key, ascending.
  std::vector<std::int64_t> Find(std::string_view key) const;

 private:
  static constexpr std::size_t kShards = 4096;  // 500,000 keys are 122 a shard

  struct Entry {
    std::uint64_t hash;
    std::int64_t order;
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };
  struct Shard {
    std::vector<Entry> entries;  // sorted
    std::shared_ptr<const int> owner;
  };

  Shard& Own(std::uint64_t hash);

  std::vector<std::shared_ptr<Shard>> shards_;  // null = empty
  BlockOwner owner_;
};

}  // namespace magpie
