// magpied: reads its options, starts the server, waits for a signal, drains.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "magpie/base/instruction_set.h"
#include "magpie/base/status.h"
#include "magpie/engine/version.h"
#include "magpie/service/server.h"

namespace {

// Exit statuses, as the command line's (docs/formats.md).
constexpr int kDone = 0;
constexpr int kBadInput = 2;
constexpr int kInternal = 3;

constexpr int kSecondsOfGrace = 10;

// One line a message on standard error.
class Log {
 public:
  explicit Log(bool json) : json_(json) {}

  void Write(std::string_view level, std::string_view message) {
    if (json_) return WriteJson({{"time", Now()}, {"level", level}, {"message", message}});
    WriteLine(fmt::format("{} {} {}", Now(), level, message));
  }

  void WriteCall(const magpie::CallLine& call) {
    const double ms = std::round(call.seconds * 1e6) / 1e3;
    if (!json_) {
      return WriteLine(fmt::format("{} call {} {} {} ms {} {}", Now(), call.method, call.code, ms,
                                   call.token.empty() ? "-" : call.token, call.trace_id.empty() ? "-" : call.trace_id));
    }
    nlohmann::ordered_json object = {{"time", Now()},         {"level", "info"},   {"message", "call"},
                                     {"method", call.method}, {"code", call.code}, {"ms", ms}};
    if (!call.token.empty()) object["token"] = call.token;
    if (!call.trace_id.empty()) object["trace_id"] = call.trace_id;
    WriteJson(object);
  }

 private:
  static std::string Now() {
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(Clock::now())));
  }
  void WriteJson(const nlohmann::ordered_json& object) {
    WriteLine(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  void WriteLine(std::string line) {
    line += '\n';
    const std::lock_guard lock(mutex_);
    std::fwrite(line.data(), 1, line.size(), stderr);
  }

  using Clock = std::chrono::system_clock;
  const bool json_;
  std::mutex mutex_;
};

// Tells systemd of a service of Type=notify how it stands; without one nothing happens (sd_notify(3)).
void TellSystemd(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path == nullptr || std::strlen(path) >= sizeof address.sun_path) return;
  std::strcpy(address.sun_path, path);
  const std::size_t size = offsetof(sockaddr_un, sun_path) + std::strlen(path);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract socket
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
           static_cast<socklen_t>(size));
  ::close(fd);
}

// Each connection is a descriptor: as many as the system lets this process have, not the few that a shell begins with.
void AllowManyConnections() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int ExitCodeOf(const absl::Status& status) {
  return absl::IsInternal(status) ? kInternal : kBadInput;
}

int Run(int argc, char** argv) {
  magpie::ServerOptions options;
  std::string log_format = "plain";
  int grace_s = kSecondsOfGrace;
  CLI::App app("magpied " + std::string(magpie::Version()) +
               ": keeps needs and offerings in a folder and matches them over gRPC.");
  app.set_version_flag("--version", std::string(magpie::Version()));
  app.set_config("--config", "", "read options from this file, lines such as: listen = \"127.0.0.1:7070\"");
  app.add_option("--data", options.data, "folder of the workspaces, one file NAME.db each; made if missing")
      ->required();
  app.add_option("--listen", options.listen, "HOST:PORT to listen on; port 0 takes any free one")
      ->capture_default_str();
  app.add_option("--http", options.http,
                 "HOST:PORT for HTTP: the Connect protocol (curl, browsers), /healthz and /metrics; default: none");
  app.add_option(
      "--http-allow-origin", options.http_origins,
      "a web page's origin, https://HOST[:PORT], whose scripts may call by HTTP; '*' = any (may be repeated)");
  app.add_option("--tls-cert", options.tls_cert, "certificate chain, PEM");
  app.add_option("--tls-key", options.tls_key, "private key, PEM");
  app.add_option("--tls-client-ca", options.tls_client_ca,
                 "authority of client certificates, PEM: one whose name a token record bears needs no token");
  app.add_option("--token-rate", options.calls_per_second,
                 "calls a second of a token that names no rate of its own; 0 = no limit")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_flag("--allow-plaintext", options.allow_plaintext,
               "listen beyond this machine WITHOUT encryption: whoever sits in between reads everything");
  app.add_option("--models", options.models, "folder of the models; default: $MAGPIE_MODELS, else beside the program");
  app.add_option("--encoder", options.encoder,
                 "settings of an endpoint that encodes the texts, JSON: {\"encoder\": {\"url\", \"model\", "
                 "\"dimension\"}}");
  app.add_option("--workspace", options.workspaces, "make this workspace, too, if it is missing (may be repeated)");
  app.add_option("--threads", options.threads, "threads that handle calls; 0 = one a core, at least 32")
      ->check(CLI::Range(0, 1'024))
      ->capture_default_str();
  app.add_option("--grace", grace_s, "seconds that running calls get to finish after SIGTERM")
      ->check(CLI::Range(0, 3'600))
      ->capture_default_str();
  bool log_calls = false;
  app.add_flag("--log-calls", log_calls,
               "log each call: method, code, time, token's name, trace id; never what it says");
  app.add_option("--log", log_format, "plain or json, one line a message on standard error")
      ->check(CLI::IsMember({"plain", "json"}))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? kDone : kBadInput;
  }

  // Every thread is to leave these signals to the wait below.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  AllowManyConnections();

  Log log(log_format == "json");
  options.log = [&log](std::string_view message) { log.Write("info", message); };
  if (log_calls) options.log_call = [&log](const magpie::CallLine& call) { log.WriteCall(call); };
  const auto fail = [&](const absl::Status& status) {
    log.Write("error", magpie::ErrorText(status));
    return ExitCodeOf(status);
  };

  if (const absl::Status forced = magpie::CheckInstructionSet(); !forced.ok()) return fail(forced);
  auto server = magpie::Server::Start(options);
  if (!server.ok()) return fail(server.status());
  if (const absl::Status loaded = (*server)->Load(); !loaded.ok()) return fail(loaded);
  if (options.allow_plaintext && options.tls_cert.empty()) {
    log.Write("warning", "calls and answers travel WITHOUT encryption (--allow-plaintext)");
  }
  fmt::print("listening on {}\n", (*server)->address());
  if (!(*server)->http_address().empty()) fmt::print("HTTP on {}\n", (*server)->http_address());
  std::fflush(stdout);
  log.Write("info", fmt::format("listening on {}, instruction set {}", (*server)->address(),
                                magpie::InstructionSetName(magpie::ActiveInstructionSet())));

  TellSystemd("READY=1");

  int signal = 0;
  for (sigwait(&signals, &signal); signal == SIGHUP; sigwait(&signals, &signal)) {
    if (const absl::Status reloaded = (*server)->ReloadTls(); !reloaded.ok()) {
      log.Write("error", fmt::format("SIGHUP: {}; the old TLS files stay in use", magpie::ErrorText(reloaded)));
    }
  }
  log.Write("info", fmt::format("{}: finishing the calls that run, {} s at most",
                                signal == SIGTERM ? "SIGTERM" : "SIGINT", grace_s));
  TellSystemd("STOPPING=1");
  (*server)->Drain(grace_s * 1'000);
  log.Write("info", "stopped");
  return kDone;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "magpied: %s\n", error.what());
    return kInternal;
  }
}
