// The gRPC server as one object: listens, loads, answers, drains. The program magpied is a thin shell around it.
//
// Life     Start() listens at once and says NOT_SERVING; Load() opens the workspaces and models and turns to SERVING;
//          Drain() turns to NOT_SERVING, lets running calls finish, then ends match runs that are still at work.
// Disk     where a workspace's disk takes no writes, calls that write fail with the store's reason and all others go on.
//          The health of the service kWritesService is NOT_SERVING then, until a trial write, two a second, succeeds.
// Errors   kBadArgument (address, TLS files), kFileNotFound, kStoreBusy, kStoreCorrupt, kModelMissing, kUnavailable
//          (the port is taken), kTokenMissing (no token yet, and others than this machine can reach it), kEncoderRefused (the endpoint of the text encoder answers that its settings are wrong;
//          one that does not answer at all is only logged).
// Threads  Drain() may be called from another thread than the rest.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace magpie {

// What one request or reply may weigh. Large imports are to be sent in batches.
inline constexpr int kMaxMessageBytes = 16 << 20;

// One call that has ended, for the log.
struct CallLine {
  std::string_view method;  // "CatalogueService/GetNeed"
  std::string code;         // "OK", "NOT_FOUND"
  double seconds = 0;       // waiting included
  std::string token;        // "tokens/t-1"; empty = nobody in particular, or nobody at all
  std::string trace_id;     // of the caller's W3C traceparent; empty = none
};

// A name for health checks alone: SERVING where every workspace can be written.
inline constexpr char kWritesService[] = "magpie.v1.writes";

struct ServerOptions {
  std::filesystem::path data;                     // the folder of the workspaces
  std::string listen = "127.0.0.1:7070";          // port 0 = any free one
  std::string http;                               // HOST:PORT of the HTTP side; empty = none
  std::vector<std::string> http_origins;          // pages of browsers that may call it; "*" = any
  std::filesystem::path tls_cert, tls_key;        // PEM; both or neither; of HTTP, too
  std::filesystem::path tls_client_ca;            // PEM; client certificates that it signed may stand for tokens
  double calls_per_second = 0;                    // of a token that names no rate of its own; 0 = no limit
  bool allow_plaintext = false;                   // listen beyond loopback without TLS
  std::filesystem::path models;                   // empty = found as FindModels() says
  std::filesystem::path encoder;                  // settings of a text encoder; empty = the built-in one does all
  std::vector<std::string> workspaces;            // made besides `default`
  int threads = 0;                                // that handle calls; 0 = as many as cores, at least 32
  std::function<void(std::string_view)> log;      // one line; called from any thread
  std::function<void(const CallLine&)> log_call;  // each call that ends; may be empty
};

class Server {
 public:
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options);
  virtual ~Server() = default;

  virtual std::string address() const = 0;       // "127.0.0.1:7070" with the port that was really taken
  virtual std::string http_address() const = 0;  // the same of the HTTP side; empty = none
  virtual absl::Status Load() = 0;
  // Reads certificate, key and authority of clients anew; after an error the old ones stay. kWrongState without TLS.
  virtual absl::Status ReloadTls() = 0;
  // Returns when the last call has ended, at the latest soon after the grace.
  virtual void Drain(int grace_ms) = 0;
};

}  // namespace magpie
