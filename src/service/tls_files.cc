#include "service/tls_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr unsigned kRefreshSeconds = 1;

template <auto Free>
struct Freer {
  template <typename Object>
  void operator()(Object* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;

Bio Reading(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

absl::StatusOr<Certificate> FirstCertificate(const std::string& pem, std::string_view option,
                                             const std::filesystem::path& file) {
  Certificate certificate(PEM_read_bio_X509(Reading(pem).get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (certificate) return certificate;
  return MakeError(Reason::kBadFile, option, fmt::format("'{}' holds no PEM certificate", file.string()));
}

// A password would have to be asked for, and nobody is there.
int NoPassword(char*, int, int, void*) {
  return -1;
}

std::string TimeText(const ASN1_TIME* time) {
  const Bio text(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(text.get(), time);
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

// Puts the bytes behind a file descriptor, which is made where it is -1.
absl::Status Hold(const std::string& bytes, int* fd) {
  const auto failed = [] {
    return MakeError(Reason::kUnavailable, "", fmt::format("no memory for the TLS files: {}", std::strerror(errno)));
  };
  const int fresh = memfd_create("magpie-tls", MFD_CLOEXEC);
  if (fresh < 0) return failed();
  if (write(fresh, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    close(fresh);
    return failed();
  }
  if (*fd < 0) {
    *fd = fresh;
    return absl::OkStatus();
  }
  const bool moved = dup3(fresh, *fd, O_CLOEXEC) >= 0;
  close(fresh);
  return moved ? absl::OkStatus() : failed();
}

std::string PathOf(int fd) {
  return fd < 0 ? std::string() : fmt::format("/proc/self/fd/{}", fd);
}

}  // namespace

TlsFiles::TlsFiles(std::filesystem::path cert, std::filesystem::path key, std::filesystem::path client_ca)
    : cert_(std::move(cert)), key_(std::move(key)), client_ca_(std::move(client_ca)) {}

TlsFiles::~TlsFiles() {
  for (const int fd : {cert_fd_, key_fd_, ca_fd_}) {
    if (fd >= 0) close(fd);
  }
}

absl::StatusOr<std::unique_ptr<TlsFiles>> TlsFiles::Open(const std::filesystem::path& cert,
                                                         const std::filesystem::path& key,
                                                         const std::filesystem::path& client_ca) {
  std::unique_ptr<TlsFiles> files(new TlsFiles(cert, key, client_ca));
  MAGPIE_RETURN_IF_ERROR(files->Reload());
  return files;
}

absl::Status TlsFiles::Reload() {
  MAGPIE_ASSIGN_OR_RETURN(const std::string cert_pem, ReadFile(cert_, kMostBytes));
  MAGPIE_ASSIGN_OR_RETURN(const std::string key_pem, ReadFile(key_, kMostBytes));
  MAGPIE_ASSIGN_OR_RETURN(const Certificate certificate, FirstCertificate(cert_pem, "--tls-cert", cert_));
  const Key key(PEM_read_bio_PrivateKey(Reading(key_pem).get(), nullptr, NoPassword, nullptr));
  ERR_clear_error();
  if (!key) {
    return MakeError(Reason::kBadFile, "--tls-key",
                     fmt::format("'{}' holds no PEM private key, or one under a password", key_.string()));
  }
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    ERR_clear_error();
    return MakeError(Reason::kBadFile, "--tls-key",
                     fmt::format("'{}' is not the key of the certificate in '{}'", key_.string(), cert_.string()));
  }
  std::string ca_pem;
  if (!client_ca_.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(ca_pem, ReadFile(client_ca_, kMostBytes));
    MAGPIE_RETURN_IF_ERROR(FirstCertificate(ca_pem, "--tls-client-ca", client_ca_).status());
  }
  // gRPC reads all of them anew each second: between two of these lines it may meet the new key with the old
  // certificate, which it notices at the next look.
  MAGPIE_RETURN_IF_ERROR(Hold(key_pem, &key_fd_));
  MAGPIE_RETURN_IF_ERROR(Hold(cert_pem, &cert_fd_));
  if (!client_ca_.empty()) MAGPIE_RETURN_IF_ERROR(Hold(ca_pem, &ca_fd_));
  expires_ = TimeText(X509_get0_notAfter(certificate.get()));
  return absl::OkStatus();
}

std::shared_ptr<grpc::ServerCredentials> TlsFiles::Credentials() const {
  const auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      PathOf(key_fd_), PathOf(cert_fd_), PathOf(ca_fd_), kRefreshSeconds);
  grpc::experimental::TlsServerCredentialsOptions options(provider);
  options.watch_identity_key_cert_pairs();
  if (ca_fd_ >= 0) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace magpie
