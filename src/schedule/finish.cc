#include "finish.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace magpie {
namespace {

// The guest's meetings of the session on the smaller side of his first long wait; none where he has no long wait.
std::vector<int> BesideLongWait(const Board& board, int guest, int session) {
  const FairModel& model = board.model();
  std::vector<int> before, after;
  int last = -1;
  bool parted = false;
  const auto& places = model.by_place[static_cast<std::size_t>(session)];
  for (int p = 0; p < std::ssize(places); ++p) {
    for (int s : places[static_cast<std::size_t>(p)]) {
      const int meeting = board.MeetingOf(guest, s);
      if (meeting < 0 || board.at(meeting).guest != guest) continue;
      parted = parted || (last >= 0 && model.Wait(guest, session, last, p) > model.max_idle);
      (parted ? after : before).push_back(meeting);
      last = p;
    }
  }
  if (!parted) return {};
  const auto key = [&](const std::vector<int>& side) {
    const bool must =
        std::ranges::any_of(side, [&](int r) { return model.requests[static_cast<std::size_t>(r)].rank == 0; });
    return std::pair(must, side.size());
  };
  return key(before) < key(after) ? before : after;
}

}  // namespace

void EndLongWaits(Board* board) {
  const FairModel& model = board->model();
  if (model.max_idle == FairModel::kNoLimit) return;
  board->MindSoftWaits(true);
  for (int guest = 0; guest < model.first_booth; ++guest) {
    for (int session = 0; session < model.session_count; ++session) {
      // Each round parts the session's meetings from fewer others; what finds no place nearby is out for good.
      for (int round = 0; round < model.slot_count; ++round) {
        const std::vector<int> moved = BesideLongWait(*board, guest, session);
        if (moved.empty()) break;
        const std::size_t mark = board->Mark();
        for (int r : moved) board->Remove(r);
        bool all = true;
        for (int r : moved) all = board->TryPlaceAnywhere(r) && all;
        if (all || !model.idle_soft) continue;
        board->Rollback(mark);
        break;
      }
    }
  }
  board->MindSoftWaits(false);
  // Whoever else fits in now; one meeting may bring another within reach.
  for (bool placed = !model.idle_soft; std::exchange(placed, false);) {
    for (int r = 0; r < std::ssize(model.requests); ++r) {
      placed = (!board->placed(r) && board->TryPlaceAnywhere(r)) || placed;
    }
  }
  board->ForgetLog();
}

void KeepTables(Board* board) {
  constexpr int kPasses = 3;
  const FairModel& model = board->model();
  std::vector<std::vector<int>> held(static_cast<std::size_t>(model.slot_count));
  for (int r = 0; r < std::ssize(model.requests); ++r) {
    if (board->placed(r)) held[static_cast<std::size_t>(board->at(r).slot)].push_back(r);
  }
  for (const auto& places : model.by_place) {
    std::vector<int> table_of(static_cast<std::size_t>(model.person_count), -1);  // the last in this session
    const auto walks = [&](int r, int table) {
      const auto walks_from = [&](int person) {
        const int last = table_of[static_cast<std::size_t>(person)];
        return last >= 0 && last != table ? 1 : 0;
      };
      // Where one of the two must walk, the host stays: hosts have the more meetings, and their things lie there.
      return 3 * walks_from(board->at(r).host) + 2 * walks_from(board->at(r).guest);
    };
    for (const auto& slots : places) {
      for (int s : slots) {
        const std::vector<int>& meetings = held[static_cast<std::size_t>(s)];
        bool moved = true;
        for (int pass = 0; pass < kPasses && std::exchange(moved, false); ++pass) {
          for (int r : meetings) {
            for (int person : {board->at(r).host, board->at(r).guest}) {
              const int table = table_of[static_cast<std::size_t>(person)];
              const int now = board->at(r).table;
              if (table < 0 || table == now) continue;
              const int other = board->MeetingAt(table, s);
              const int before = walks(r, now) + (other >= 0 ? walks(other, table) : 0);
              const int after = walks(r, table) + (other >= 0 ? walks(other, now) : 0);
              moved = (after < before && board->SwapTable(r, table)) || moved;
            }
          }
        }
      }
      for (int s : slots) {
        for (int r : held[static_cast<std::size_t>(s)]) {
          for (int person : {board->at(r).host, board->at(r).guest}) {
            table_of[static_cast<std::size_t>(person)] = board->at(r).table;
          }
        }
      }
    }
  }
  board->ForgetLog();
}

}  // namespace magpie
