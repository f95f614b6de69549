// What is put right when all requests are placed that can be: long waits, and walks from table to table.
#pragma once

#include "board.h"

namespace magpie {

// No guest waits longer than max_idle within a session: the meetings on the smaller side of a long wait go to other
// slots. Where they find none they are dropped, unless the limit is soft; then they stay.
void EndLongWaits(Board* board);

// Hosts and guests keep their tables from slot to slot of a session where no rule is broken by it: meetings of a slot
// swap tables as long as fewer people have to walk.
void KeepTables(Board* board);

}  // namespace magpie
