// What a person sees of a number in a workbook's cell: the number format decides whether it is a date, a time, a share,
// or a figure with a currency or unit written round it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace magpie {

struct NumberFormat {
  bool date = false;     // shows year, month or day
  bool time = false;     // shows hours, minutes or seconds
  bool percent = false;  // shows the hundredfold with "%"
  std::string prefix;    // literal text before the figure: "$", "USD "
  std::string suffix;    // and behind it: "万元"
};

// The format of a number that the file itself does not define (ids below 164, ECMA-376 part 1, 18.8.30).
NumberFormat BuiltinNumberFormat(int id);
// The format of a code such as `yyyy"年"m"月"` or `#,##0"万元"`.
NumberFormat ParseNumberFormat(std::string_view code);

// A stored number such as "0.30000000000000004" as it is shown. Text that is no number comes back as it is.
std::string FormatNumber(std::string_view stored, const NumberFormat& format, bool date1904);

// A double with at most 15 significant digits and no exponent below 1e15: 36.0 -> "36".
std::string PlainNumber(double value);

}  // namespace magpie
