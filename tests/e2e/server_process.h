// magpied as a child process: started on a free loopback port, waited for by its health check, killed or drained.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "magpie/client/client.h"

namespace magpie {

// A fresh folder below gtest's, gone with the object.
class FreshFolder {
 public:
  explicit FreshFolder(const std::string& name);
  ~FreshFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class ServerProcess {
 public:
  // Starts magpied with `--data FOLDER --listen 127.0.0.1:0` and `arguments`; does not wait.
  ServerProcess(const std::filesystem::path& folder, const std::vector<std::string>& arguments = {});
  // Starts it with these arguments alone.
  explicit ServerProcess(const std::vector<std::string>& arguments);
  ~ServerProcess();  // kill -9, if it still runs
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // From here on clients speak TLS and trust this certificate.
  void UseTls(const std::filesystem::path& certificate) { tls_ca_ = certificate; }

  // Waits for the printed address and for SERVING. False (with a test failure) after 30 s.
  bool WaitUntilServing();
  const std::string& address() const { return address_; }
  const std::string& http_address() const { return http_address_; }  // where it was started with --http
  std::unique_ptr<Client> Connect(const std::string& workspace = "default") const;

  void Signal(int signal) const;
  // Its exit status; -SIGNAL if a signal ended it, -1000 if it does not end within 30 s.
  int Wait();
  // What it wrote to standard error so far.
  std::string Errors() const;

 private:
  void Start(const std::vector<std::string>& arguments);

  pid_t pid_ = -1;
  int output_ = -1;
  std::filesystem::path errors_, tls_ca_;
  std::string address_, http_address_;
};

// One list of tests/data/sample-fair.
std::vector<ListingRecord> SampleFair(Side side);

}  // namespace magpie
