#include "magpie/scoring/score.h"

#include <array>

namespace magpie {
namespace {

struct ComponentText {
  std::string_view name, zh, en;
};
constexpr std::array<ComponentText, kComponentCount> kComponents = {{
    {"lexical", "用词相同", "words in common"},
    {"semantic", "用词相近", "related words"},
    {"text", "全文相近", "whole texts"},
    {"resource", "资源类型", "kind of resource"},
    {"mode", "合作方式", "way of cooperation"},
    {"trl", "成熟度", "maturity"},
    {"amount", "金额", "amount"},
    {"region", "地区", "region"},
    {"validity", "有效期", "validity"},
    {"knowledge", "对症", "cures the trouble"},
}};

}  // namespace

std::string_view ComponentName(Component component) {
  return kComponents[static_cast<std::size_t>(component)].name;
}

std::string_view ComponentLabel(Component component, Language language) {
  const ComponentText& text = kComponents[static_cast<std::size_t>(component)];
  return language == Language::kZh ? text.zh : text.en;
}

}  // namespace magpie
