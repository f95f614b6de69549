#include "text/stop_words.h"

#include "text/word_set.h"

namespace magpie {
namespace {

// Function words of both languages, normalised. Words of content that are merely common (研究, 技术, system, method)
// are not here: their weight falls by their share of the corpus.
constexpr std::string_view kChinese =
    "的 了 和 与 及 或 而 且 并 也 还 又 都 就 才 只 很 太 更 最 将 把 被 让 使 给 对 于 在 从 自 到 向 往 由 以 为 因 "
    "所 其 之 者 这 那 此 该 各 每 某 等 们 个 些 着 过 地 得 吗 呢 吧 啊 是 有 无 不 没 没有 不是 可 可以 能 能够 会 "
    "要 "
    "想 应 应该 必须 我 你 您 他 她 它 我们 你们 他们 它们 自己 咱们 大家 什么 怎么 怎样 如何 哪 哪些 哪里 谁 多少 几 "
    "这个 那个 这些 那些 这种 那种 这样 那样 这里 那里 一个 一种 一些 一样 一下 一直 一般 一定 以及 以上 以下 以内 "
    "以外 "
    "之间 之一 之后 之前 以后 以前 其中 其他 其它 其余 另外 此外 并且 而且 但 但是 不过 然而 虽然 尽管 如果 若 若是 "
    "假如 "
    "只要 只有 因为 由于 因此 所以 从而 于是 为了 关于 对于 根据 按照 通过 随着 作为 除了 至于 甚至 尤其 特别 非常 "
    "十分 "
    "比较 已 已经 曾 曾经 正在 正 刚 再 再次 仍 仍然 还是 或者 或是 即 即可 及其 与其 同时 同样 例如 比如 诸如 等等 "
    "来 去 上 下 中 里 内 外 时 后 前 当 跟 同 比 像 如 凡 则 乃 却 便 均 皆 亦 非 未 勿 莫 别 嘛 哦 呀 不能 不会 不要 "
    "目前 现在 现有 希望 需要 请 有关 相关 进行 具有 存在 属于 位于 用于 基于 采用 使得 使用 本 我司 我院 贵 拟";

constexpr std::string_view kEnglish =
    "a about above after again against all almost along already also although always am among an and another any are "
    "as at be because been before being below between both but by can cannot could did do does doing done down during "
    "each either etc even ever every few for from further had has have having he hence her here hers herself him "
    "himself his how however i if in into is it its itself just least less let like may me might more most much must "
    "my myself neither no nor not now of off often on once one only onto or other our ours out over own per perhaps "
    "rather same shall she should since so some still such than that the their theirs them then there therefore these "
    "they this those though through thus to too toward towards under until up upon us very via was we were what when "
    "where whether which while who whom whose why will with within without would yet you your yours s t d ll ve re "
    "need needs want wants please currently";

}  // namespace

bool IsStopWord(std::string_view word) {
  static const WordSet chinese = MakeWordSet(kChinese), english = MakeWordSet(kEnglish);
  return chinese.contains(word) || english.contains(word);
}

}  // namespace magpie
