#include "magpie/base/files.h"
#include "magpie/catalogue/rows.h"

namespace magpie {

KeyIndex::KeyIndex() : shards_(kShards) {}

KeyIndex::Shard& KeyIndex::Own(std::uint64_t hash) {
  std::shared_ptr<Shard>& shard = shards_[hash % kShards];
  if (!shard) {
    shard = std::make_shared<Shard>(Shard{{}, owner_.token()});
  } else if (shard->owner != owner_.token()) {
    shard = std::make_shared<Shard>(Shard{shard->entries, owner_.token()});
  }
  return *shard;
}

void KeyIndex::Add(std::string_view key, std::int64_t order) {
  const Entry entry{StableHash(key), order};
  std::vector<Entry>& entries = Own(entry.hash).entries;
  const auto place = std::lower_bound(entries.begin(), entries.end(), entry);
  if (place == entries.end() || *place != entry) entries.insert(place, entry);
}

void KeyIndex::Remove(std::string_view key, std::int64_t order) {
  const Entry entry{StableHash(key), order};
  std::vector<Entry>& entries = Own(entry.hash).entries;
  const auto place = std::lower_bound(entries.begin(), entries.end(), entry);
  if (place != entries.end() && *place == entry) entries.erase(place);
}

std::vector<std::int64_t> KeyIndex::Find(std::string_view key) const {
  const std::uint64_t hash = StableHash(key);
  std::vector<std::int64_t> orders;
  if (const auto& shard = shards_[hash % kShards]) {
    auto entry = std::lower_bound(shard->entries.begin(), shard->entries.end(), Entry{hash, 0});
    for (; entry != shard->entries.end() && entry->hash == hash; ++entry) orders.push_back(entry->order);
  }
  return orders;
}

}  // namespace magpie
