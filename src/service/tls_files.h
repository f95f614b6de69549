// The server's certificate, key and authority of clients: read, held against each other, and renewed while it runs.
//
// gRPC looks at files once a second. It is given files in memory, reached by /proc/self/fd: so what it reads was checked
// before, changes at once, and the key lies on no disk but where the administrator put it.
// Errors   kFileNotFound; kBadFile with the option whose file holds no PEM, a key under a password, or a key of another
//          certificate. After an error in Reload() everything is as before.
// Threads  Reload() by one thread at a time; handshakes go on meanwhile.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/security/server_credentials.h>

#include <filesystem>
#include <memory>
#include <string>

namespace magpie {

class TlsFiles {
 public:
  // `client_ca` may be empty: then clients are asked for no certificate.
  static absl::StatusOr<std::unique_ptr<TlsFiles>> Open(const std::filesystem::path& cert,
                                                        const std::filesystem::path& key,
                                                        const std::filesystem::path& client_ca);
  ~TlsFiles();
  TlsFiles(const TlsFiles&) = delete;
  TlsFiles& operator=(const TlsFiles&) = delete;

  std::shared_ptr<grpc::ServerCredentials> Credentials() const;
  // Reads the files anew; new connections get what they hold within two seconds.
  absl::Status Reload();
  // Of the certificate: "Mar  1 00:00:00 2027 GMT".
  const std::string& expires() const { return expires_; }

 private:
  TlsFiles(std::filesystem::path cert, std::filesystem::path key, std::filesystem::path client_ca);

  const std::filesystem::path cert_, key_, client_ca_;
  int cert_fd_ = -1, key_fd_ = -1, ca_fd_ = -1;
  std::string expires_;
};

}  // namespace magpie
