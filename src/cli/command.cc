#include "cli/command.h"

#include <absl/strings/ascii.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <mutex>
#include <thread>

#include "cli/pairs_file.h"
#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"
#include "magpie/vector/remote_encoder.h"

namespace magpie::cli {
namespace {

constexpr std::size_t kRowsShown = 20;

// Ctrl-C asks the running stage to stop; a second one ends the program at once.
std::stop_source& InterruptSource() {
  static std::stop_source source;
  return source;
}
std::atomic<bool> g_interrupted{false};

// A signal handler may not call request_stop (it may lock), so a watcher thread does.
void OnInterrupt(int) {
  if (g_interrupted.exchange(true)) ::_exit(130);
}
void WatchInterrupts() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action {};
    action.sa_handler = OnInterrupt;
    ::sigaction(SIGINT, &action, nullptr);
    std::thread([] {
      while (!g_interrupted.load()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
      InterruptSource().request_stop();
    }).detach();
  });
}

// One line on the terminal, redrawn at most ten times a second and wiped when the program goes on.
class ProgressBar {
 public:
  ~ProgressBar() { Wipe(); }
  void Report(std::string_view stage, std::int64_t done, std::int64_t total) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    const bool finished = total > 0 && done >= total;
    if (finished) return WipeLocked();
    if (now - drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = now;
    constexpr int kWidth = 30;
    std::string line = fmt::format("\r{:<10} ", stage);
    if (total > 0) {
      const int filled = static_cast<int>(kWidth * done / total);
      line += fmt::format("[{:#<{}}{:.<{}}] {:3}%  {}/{}", "", filled, "", kWidth - filled, 100 * done / total, done,
                          total);
    } else {
      line += fmt::format("{}", done);
    }
    line += "\033[K";
    std::fputs(line.c_str(), stderr);
    std::fflush(stderr);
    shown_ = true;
  }
  void Wipe() {
    const std::lock_guard lock(mutex_);
    WipeLocked();
  }

 private:
  void WipeLocked() {
    if (shown_) std::fputs("\r\033[K", stderr);
    shown_ = false;
  }
  std::mutex mutex_;
  std::chrono::steady_clock::time_point drawn_{};
  bool shown_ = false;
};

ProgressBar& Bar() {
  static ProgressBar bar;
  return bar;
}

}  // namespace

void AddListArguments(CLI::App* command, ListArguments* arguments) {
  command->add_option("--needs", arguments->files.needs, "list of needs (.jsonl, .csv, .xlsx; - = standard input)")
      ->type_name("FILE");
  command->add_option("--offerings", arguments->files.offerings, "list of offerings (likewise)")->type_name("FILE");
  AddServerArguments(command, &arguments->server);
  command->add_option("--mapping", arguments->mapping, "headings of your own: lines \"heading TAB field\"")
      ->type_name("FILE");
  command
      ->add_option("--must", arguments->must,
                   "constraints that reject a pair: resource, mode, region, amount, trl, validity, party_kind")
      ->delimiter(',')
      ->type_name("NAME,...");
  command->add_option("--exclude", arguments->exclude, "pairs that must not meet: lines \"need id TAB offering id\"")
      ->type_name("FILE");
  command->add_option("--today", arguments->today, "the day for which validity counts (default: today)")
      ->type_name("DATE");
  command->add_option("--model", arguments->models, "folder of the models")->type_name("DIR");
  command
      ->add_option("--encoder", arguments->encoder,
                   "let an endpoint encode the texts: JSON {\"encoder\": {\"url\", \"model\", \"dimension\"}}")
      ->type_name("FILE");
  command->add_option("--ranker", arguments->ranker, "rank with this file of `magpie learn`")->type_name("FILE");
  command->add_option("--seed", arguments->seed, "seed of everything random")->capture_default_str();
  command->add_option("--threads", arguments->threads, "threads to use, 0 = one a core")->capture_default_str();
  command->add_flag("--strict", arguments->strict, "exit with status 1 where a row was in error");
}

int Session::ExitStatus(bool strict) const {
  return strict && lists.needs.errors + lists.offerings.errors > 0 ? kRowErrors : kDone;
}

absl::StatusOr<Session> OpenSession(const ListArguments& arguments, bool offerings_required) {
  if (arguments.files.needs.empty() && !offerings_required) {
    return MakeError(Reason::kBadArgument, "--needs",
                     "is missing; give the list of needs (or --server to ask a running server)");
  }
  if (arguments.files.needs.empty() || (arguments.files.offerings.empty() && offerings_required)) {
    return MakeError(Reason::kBadArgument, arguments.files.needs.empty() ? "--needs" : "--offerings",
                     "is missing; give both lists (or --server to ask a running server)");
  }
  Session session;
  session.context = MakeContext(arguments.threads);
  std::shared_ptr<const Encoder> text_encoder;
  if (!arguments.encoder.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(const RemoteEncoderSettings settings, ReadRemoteEncoderSettings(arguments.encoder));
    MAGPIE_ASSIGN_OR_RETURN(text_encoder, RemoteEncoder::Open(settings));
  }
  ListFiles files = arguments.files;
  if (!arguments.mapping.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(files.heading_fields, ReadHeadingFields(arguments.mapping));
  }
  MAGPIE_ASSIGN_OR_RETURN(session.scorer_options.must, ParseMust(arguments.must));
  if (arguments.today.empty()) {
    session.scorer_options.today = Today();
  } else {
    const std::optional<Date> date = ParseDate(arguments.today);
    if (!date) {
      return MakeError(Reason::kBadArgument, "--today",
                       fmt::format("'{}' is no date; write it like 2025-03-11", arguments.today));
    }
    session.scorer_options.today = *date;
  }
  session.scorer_options.seed = arguments.seed;
  if (!arguments.ranker.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(session.scorer_options.ranker, Ranker::Read(arguments.ranker));
  }
  MAGPIE_ASSIGN_OR_RETURN(session.lists, ReadLists(files, session.context));
  Bar().Wipe();
  ReportRows(session.lists.rows, session.lists.needs, session.lists.offerings);
  if (!arguments.exclude.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(const std::vector<PairLine> pairs, ReadPairs(arguments.exclude));
    for (const PairLine& pair : pairs) {
      if (const std::string problem = PairProblem(pair, *session.lists.snapshot); !problem.empty()) {
        Complain(fmt::format("{} line {}: {}; the line excludes nothing", arguments.exclude, pair.line, problem));
      }
      session.scorer_options.excluded.emplace_back(pair.need_id, pair.offering_id);
    }
  }
  MAGPIE_ASSIGN_OR_RETURN(session.engine, Engine::Open(FindModels(arguments.models), std::move(text_encoder)));
  return session;
}

absl::Status MakeScorer(Session* session) {
  MAGPIE_ASSIGN_OR_RETURN(
      session->scorer, session->engine->ScorerFor(session->lists.snapshot, session->scorer_options, session->context));
  return absl::OkStatus();
}

absl::Status WriteOutput(const std::string& path, std::string_view bytes) {
  Bar().Wipe();
  if (!path.empty() && path != "-") return WriteFile(path, bytes);
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size() || std::fflush(stdout) != 0) {
    return MakeError(Reason::kFileNotFound, "standard output", "cannot be written");
  }
  return absl::OkStatus();
}

RunContext MakeContext(int threads) {
  RunContext context;
  context.threads = threads > 0 ? threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  WatchInterrupts();
  context.stop = InterruptSource().get_token();
  context.warning = [](std::string_view message) { Complain(message); };
  if (::isatty(STDERR_FILENO)) {
    context.progress = [](std::string_view stage, std::int64_t done, std::int64_t total) {
      Bar().Report(stage, done, total);
    };
  }
  return context;
}

void Complain(std::string_view message) {
  Bar().Wipe();
  std::fputs(fmt::format("magpie: {}\n", message).c_str(), stderr);
}

void ReportRows(const std::vector<RowReport>& rows, const ImportSummary& needs, const ImportSummary& offerings) {
  std::size_t shown = 0;
  for (const RowReport& row : rows) {
    if (row.status != RowStatus::kError && row.status != RowStatus::kDuplicate) continue;
    if (++shown > kRowsShown) continue;
    std::string where = row.file;
    if (!row.sheet.empty()) where += " sheet " + row.sheet;
    where += fmt::format(" row {}", row.row);
    if (!row.column.empty()) where += fmt::format(" column {}", row.column);
    Complain(fmt::format("{}: {}: {}{}", where, row.reason, row.hint,
                         row.value.empty() ? "" : fmt::format(" (it says \"{}\")", row.value)));
  }
  if (shown > kRowsShown) {
    Complain(fmt::format("... and {} rows more; `magpie check` lists every row", shown - kRowsShown));
  }
  if (shown > 0) {
    Complain(fmt::format("rows left out: {} ({} errors, {} duplicates)", shown, needs.errors + offerings.errors,
                         needs.duplicates + offerings.duplicates));
  }
}

void AddServerArguments(CLI::App* command, ServerArguments* arguments) {
  command->add_option("--server", arguments->address, "a running magpied, instead of files")->type_name("HOST:PORT");
  command->add_option("--workspace", arguments->workspace, "the server's workspace")->capture_default_str();
  command->add_option("--tls-ca", arguments->tls_ca, "PEM certificates to trust; without it no TLS")->type_name("FILE");
  command
      ->add_option("--token-file", arguments->token_file,
                   "file with the token that the server wants; else the environment variable MAGPIE_TOKEN is used")
      ->type_name("FILE");
}

absl::StatusOr<ClientOptions> ServerOf(const ServerArguments& arguments) {
  if (arguments.address.empty()) {
    return MakeError(Reason::kBadArgument, "--server", "is missing; give the server's HOST:PORT");
  }
  ClientOptions options;
  options.address = arguments.address;
  options.workspace = arguments.workspace;
  options.tls_ca = arguments.tls_ca;
  if (!arguments.token_file.empty()) {
    constexpr std::size_t kTokenBytes = 4'096;
    MAGPIE_ASSIGN_OR_RETURN(options.token, ReadFile(arguments.token_file, kTokenBytes));
  } else if (const char* token = std::getenv("MAGPIE_TOKEN"); token != nullptr) {
    options.token = token;
  }
  options.token = std::string(absl::StripAsciiWhitespace(options.token));
  // A header holds no line breaks and the like; the token itself stays out of the message.
  if (!std::ranges::all_of(options.token, [](unsigned char c) { return absl::ascii_isgraph(c); })) {
    return MakeError(Reason::kBadArgument, arguments.token_file.empty() ? "MAGPIE_TOKEN" : "--token-file",
                     "holds something else than one token");
  }
  return options;
}

absl::StatusOr<ClientOptions> ServerOf(const ListArguments& arguments) {
  if (!arguments.files.needs.empty() || !arguments.files.offerings.empty()) {
    return MakeError(Reason::kBadArgument, "--server",
                     "works on what the server holds; leave out --needs and --offerings, or bring them in with "
                     "`magpie import` first");
  }
  if (!arguments.encoder.empty()) {
    return MakeError(Reason::kBadArgument, "--encoder", "is the server's own business: give it to magpied instead");
  }
  return ServerOf(arguments.server);
}

absl::StatusOr<std::unique_ptr<Client>> ConnectTo(const ServerArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const ClientOptions options, ServerOf(arguments));
  return Client::Connect(options);
}

absl::StatusOr<std::unique_ptr<Client>> ConnectTo(const ListArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const ClientOptions options, ServerOf(arguments));
  return Client::Connect(options);
}

absl::StatusOr<Side> ParseSide(const std::string& text) {
  const std::optional<Side> side = ParseWord<Side>(text);
  if (!side) return MakeError(Reason::kBadArgument, "--side", fmt::format("is '{}'; use need or offering", text));
  return *side;
}

absl::StatusOr<ConstraintSet> ParseMust(const std::vector<std::string>& names) {
  ConstraintSet must;
  for (const std::string& name : names) {
    const std::optional<Constraint> constraint = ParseWord<Constraint>(name);
    if (!constraint) {
      return MakeError(
          Reason::kBadArgument, "--must",
          fmt::format("'{}' is no constraint; use resource, mode, region, amount, trl, validity or party_kind", name));
    }
    must.Add(*constraint);
  }
  return must;
}

std::string MatchHeading(bool evidence) {
  return evidence ? "need_id\toffering_id\trank\tscore\tgrade\tevidence\tobjection\n"
                  : "need_id\toffering_id\trank\tscore\tgrade\n";
}

void AppendMatchLine(const RemotePair& pair, const std::vector<std::string>& more, std::string* out) {
  const std::string rank = std::to_string(pair.rank), score = FormatScore(pair.score);
  const std::string grade = std::to_string(pair.grade);
  std::vector<std::string_view> fields = {pair.need_id, pair.offering_id, rank, score, grade};
  fields.insert(fields.end(), more.begin(), more.end());
  AppendTsvLine(fields, out);
}

std::string MatchTable(const std::vector<RemotePair>& pairs) {
  std::string out = MatchHeading(false);
  for (const RemotePair& pair : pairs) AppendMatchLine(pair, {}, &out);
  return out;
}

std::string ScoreTable(const std::vector<RemotePair>& pairs) {
  std::string out = "need_id\toffering_id\tscore\tgrade";
  for (int c = 0; c < kComponentCount; ++c) {
    out += '\t';
    out += ComponentName(static_cast<Component>(c));
  }
  out += '\n';
  for (const RemotePair& pair : pairs) {
    std::vector<std::string> fields = {pair.need_id, pair.offering_id, FormatScore(pair.score),
                                       std::to_string(pair.grade)};
    for (float component : pair.components) fields.push_back(FormatScore(component));
    AppendTsvLine(std::vector<std::string_view>(fields.begin(), fields.end()), &out);
  }
  return out;
}

absl::StatusOr<Language> ParseLanguage(const std::string& text) {
  const std::optional<Language> language = ParseWord<Language>(text);
  if (!language) return MakeError(Reason::kBadArgument, "--lang", fmt::format("is '{}'; use zh or en", text));
  return *language;
}

}  // namespace magpie::cli
