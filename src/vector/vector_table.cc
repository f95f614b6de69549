#include "magpie/vector/vector_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/text/model_file.h"

namespace magpie {
namespace {

constexpr std::string_view kMagic = "MAGPIEVT";
constexpr std::size_t kAlignment = 64;  // of the components: a row of 128 bytes fills two cache lines
constexpr std::uint32_t kLargestDimension = 4096;
constexpr std::uint64_t kWordSeed = 1, kSubwordSeed = 2;

struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t dimension;
  std::uint32_t rows;
  std::uint32_t texts;
  std::uint32_t slots;  // a power of two, more than rows
  float smallest_share;
  char unused[32];
};
static_assert(sizeof(Header) == kAlignment);

struct Layout {
  explicit Layout(const Header& header) {
    const std::uint64_t slots = header.slots, rows = header.rows;
    keys = sizeof(Header);
    slot_rows = keys + 8 * slots;
    scales = slot_rows + 4 * slots;
    shares = scales + 4 * rows;
    components = (shares + 4 * rows + kAlignment - 1) / kAlignment * kAlignment;
    size = components + rows * header.dimension;
  }
  std::uint64_t keys, slot_rows, scales, shares, components, size;
};

// 0 marks an empty slot.
std::uint64_t Key(std::string_view text, std::uint64_t seed) {
  return std::max<std::uint64_t>(StableHash(text, seed), 1);
}

}  // namespace

std::uint64_t VectorTable::WordKey(std::string_view word) {
  return Key(word, kWordSeed);
}
std::uint64_t VectorTable::SubwordKey(std::string_view subword) {
  return Key(subword, kSubwordSeed);
}

absl::StatusOr<VectorTable> VectorTable::Open(std::string_view bytes, const std::filesystem::path& name) {
  Header header;
  if (bytes.size() < sizeof header) return ModelDamaged(name, "is too short for a table of vectors");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::string_view(header.magic, 8) != kMagic) return ModelDamaged(name, "is not a Magpie table of vectors");
  if (header.version != kVersion) {
    return ModelDamaged(
        name, fmt::format("is a table of version {}, this program reads version {}", header.version, kVersion));
  }
  const Layout layout(header);
  if (header.dimension == 0 || header.dimension > kLargestDimension || !std::has_single_bit(header.slots) ||
      header.slots <= header.rows || bytes.size() != layout.size) {
    return ModelDamaged(name, fmt::format("does not have the size of {} rows of {} components in {} slots", header.rows,
                                          header.dimension, header.slots));
  }
  VectorTable table;
  const char* const data = bytes.data();
  table.dimension_ = header.dimension;
  table.rows_ = header.rows;
  table.texts_ = header.texts;
  table.slot_mask_ = header.slots - 1;
  table.smallest_share_ = header.smallest_share;
  table.keys_ = reinterpret_cast<const std::uint64_t*>(data + layout.keys);
  table.slot_rows_ = reinterpret_cast<const std::uint32_t*>(data + layout.slot_rows);
  table.scales_ = reinterpret_cast<const float*>(data + layout.scales);
  table.shares_ = reinterpret_cast<const float*>(data + layout.shares);
  table.components_ = reinterpret_cast<const std::int8_t*>(data + layout.components);
  bool empty_slot = false;
  for (std::uint64_t slot = 0; slot < header.slots; ++slot) {
    if (table.keys_[slot] == 0) {
      empty_slot = true;
    } else if (table.slot_rows_[slot] >= header.rows) {
      return ModelDamaged(name,
                          fmt::format("slot {} points to row {} of {}", slot, table.slot_rows_[slot], header.rows));
    }
  }
  if (!empty_slot) return ModelDamaged(name, "has no empty slot");
  return table;
}

std::uint32_t VectorTable::Find(std::uint64_t key) const {
  for (std::uint64_t slot = key & slot_mask_; keys_[slot] != 0; slot = (slot + 1) & slot_mask_) {
    if (keys_[slot] == key) return slot_rows_[slot];
  }
  return kNone;
}

std::string BuildVectorTable(std::span<const VectorRow> rows, int dimension, std::uint32_t texts) {
  Header header{};
  std::memcpy(header.magic, kMagic.data(), kMagic.size());
  header.version = VectorTable::kVersion;
  header.dimension = static_cast<std::uint32_t>(dimension);
  header.rows = static_cast<std::uint32_t>(rows.size());
  header.texts = texts;
  header.slots = std::bit_ceil(static_cast<std::uint32_t>(rows.size() * 4 / 3 + 2));
  header.smallest_share = 1;
  for (const VectorRow& row : rows) {
    if (row.share > 0) header.smallest_share = std::min(header.smallest_share, row.share);
  }
  const Layout layout(header);
  std::string out(layout.size, '\0');
  std::memcpy(out.data(), &header, sizeof header);
  auto* const keys = reinterpret_cast<std::uint64_t*>(out.data() + layout.keys);
  auto* const slot_rows = reinterpret_cast<std::uint32_t*>(out.data() + layout.slot_rows);
  auto* const scales = reinterpret_cast<float*>(out.data() + layout.scales);
  auto* const shares = reinterpret_cast<float*>(out.data() + layout.shares);
  auto* const components = reinterpret_cast<std::int8_t*>(out.data() + layout.components);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::uint64_t slot = rows[r].key & (header.slots - 1);
    while (keys[slot] != 0) slot = (slot + 1) & (header.slots - 1);
    keys[slot] = rows[r].key;
    slot_rows[slot] = static_cast<std::uint32_t>(r);
    float largest = 0;
    for (float value : rows[r].components) largest = std::max(largest, std::abs(value));
    scales[r] = largest / 127.0f;
    shares[r] = rows[r].share;
    for (int j = 0; j < dimension && largest > 0; ++j) {
      const float steps = rows[r].components[static_cast<std::size_t>(j)] / scales[r];
      components[r * header.dimension + static_cast<std::size_t>(j)] = static_cast<std::int8_t>(std::lround(steps));
    }
  }
  return out;
}

}  // namespace magpie
