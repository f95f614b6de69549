#include "service/http_gateway.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/generic/generic_stub.h>
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/service/rpc_status.h"
#include "magpie/service/server.h"

namespace magpie {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using Json = nlohmann::ordered_json;

constexpr char kUnaryJson[] = "application/json", kUnaryProto[] = "application/proto";
constexpr char kStreamJson[] = "application/connect+json", kStreamProto[] = "application/connect+proto";
constexpr int kSecondsToRead = 30, kSecondsToWrite = 30, kSecondsIdle = 15;
constexpr int kCallsAConnection = 10'000;
constexpr char kForwarded[][14] = {"authorization", "traceparent"};
constexpr std::size_t kEnvelope = 5;  // flags and length
constexpr char kLastEnvelope = 2;

struct CodeInfo {
  const char* name;
  int http;
};
// By gRPC's code.
constexpr CodeInfo kCodes[] = {{"ok", 200},
                               {"canceled", 499},
                               {"unknown", 500},
                               {"invalid_argument", 400},
                               {"deadline_exceeded", 504},
                               {"not_found", 404},
                               {"already_exists", 409},
                               {"permission_denied", 403},
                               {"resource_exhausted", 429},
                               {"failed_precondition", 400},
                               {"aborted", 409},
                               {"out_of_range", 400},
                               {"unimplemented", 501},
                               {"internal", 500},
                               {"unavailable", 503},
                               {"data_loss", 500},
                               {"unauthenticated", 401}};

const CodeInfo& InfoOf(grpc::StatusCode code) {
  return kCodes[code >= 0 && code < static_cast<int>(std::size(kCodes)) ? code : grpc::StatusCode::UNKNOWN];
}

std::string Unpadded(const std::string& bytes) {
  std::string text = absl::Base64Escape(bytes);
  while (text.ends_with('=')) text.pop_back();
  return text;
}

// {"code", "message", "details": [{"type", "value", "debug"}]}
Json ErrorJson(const grpc::Status& status) {
  Json error = {{"code", InfoOf(status.error_code()).name}, {"message", status.error_message()}};
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return error;
  for (const google::protobuf::Any& any : details.details()) {
    const std::string type = any.type_url().substr(any.type_url().rfind('/') + 1);
    Json detail = {{"type", type}, {"value", Unpadded(any.value())}};
    std::string debug;
    if (google::protobuf::util::MessageToJsonString(any, &debug).ok()) {
      detail["debug"] = Json::parse(debug);
      detail["debug"].erase("@type");
    }
    error["details"].push_back(std::move(detail));
  }
  return error;
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void Answer(const grpc::Status& status, httplib::Response& response) {
  response.status = InfoOf(status.error_code()).http;
  const auto retry = RetryDelayOf(FromGrpcStatus(status));
  if (retry) response.set_header("Retry-After", std::to_string(retry->count() / 1'000 + 1));
  response.set_content(Dump(ErrorJson(status)), kUnaryJson);
}

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

std::string FromBuffer(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor* type) {
  auto* factory = google::protobuf::MessageFactory::generated_factory();
  return std::unique_ptr<Message>(factory->GetPrototype(type)->New());
}

// What came as JSON, as the bytes of the message.
absl::StatusOr<std::string> ReadRequest(const MethodDescriptor& method, bool json, const std::string& body) {
  const auto message = NewMessage(method.input_type());
  if (!json) {
    // gRPC itself would call this UNIMPLEMENTED.
    if (message->ParseFromString(body)) return body;
    return MakeError(Reason::kBadArgument, "", fmt::format("the body is no {}", method.input_type()->name()));
  }
  const auto status = google::protobuf::util::JsonStringToMessage(body.empty() ? "{}" : body, message.get());
  if (!status.ok()) {
    return MakeError(Reason::kBadArgument, "",
                     fmt::format("the body is no {}: {}", method.input_type()->name(), status.ToString()));
  }
  return message->SerializeAsString();
}

std::string WriteResponse(const MethodDescriptor& method, bool json, std::string bytes) {
  if (!json) return bytes;
  const auto message = NewMessage(method.output_type());
  std::string text;
  if (message->ParseFromString(bytes)) (void)google::protobuf::util::MessageToJsonString(*message, &text);
  return text;
}

// "/magpie.v1.CatalogueService/GetNeed"; null = no such method.
const MethodDescriptor* FindMethod(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string service = path.substr(1, slash - 1);
  if (slash == 0 || !service.starts_with("magpie.v1.")) return nullptr;
  const auto* found = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service);
  return found == nullptr ? nullptr : found->FindMethodByName(path.substr(slash + 1));
}

// Headers and the deadline go on to gRPC. False = a timeout that is none.
bool Forward(const httplib::Request& request, grpc::ClientContext* context) {
  for (const char* header : kForwarded) {
    if (request.has_header(header)) context->AddMetadata(header, request.get_header_value(header));
  }
  const std::string timeout = request.get_header_value("Connect-Timeout-Ms");
  if (timeout.empty()) return true;
  constexpr std::size_t kMostDigits = 10;
  if (timeout.size() > kMostDigits || !std::ranges::all_of(timeout, [](char c) { return c >= '0' && c <= '9'; })) {
    return false;
  }
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(std::stoll(timeout)));
  return true;
}

std::string Envelope(char flags, const std::string& bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  std::string out(1, flags);
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xff);
  return out + bytes;
}

// One call that streams its answers; Next() is called by the thread of the connection.
class StreamedCall {
 public:
  StreamedCall(grpc::GenericStub& stub, const MethodDescriptor& method, bool json)
      : stub_(stub), method_(method), json_(json) {}
  ~StreamedCall() {
    context.TryCancel();
    if (stream_ != nullptr && !finished_) {
      grpc::Status status;
      stream_->Finish(&status, this);
      Wait();
    }
    queue_.Shutdown();
    void* tag = nullptr;
    for (bool ok = false; queue_.Next(&tag, &ok);) {
    }
  }

  grpc::ClientContext context;

  void Begin(const std::string& path, const std::string& request) {
    stream_ = stub_.PrepareCall(&context, path, &queue_);
    stream_->StartCall(this);
    if (!Wait()) return;
    stream_->WriteLast(ToBuffer(request), grpc::WriteOptions(), this);
    Wait();
  }

  // The next envelope; false = it was the last one.
  bool Next(std::string* out) {
    grpc::ByteBuffer buffer;
    stream_->Read(&buffer, this);
    if (Wait()) {
      *out = Envelope(0, WriteResponse(method_, json_, FromBuffer(buffer)));
      return true;
    }
    grpc::Status status;
    stream_->Finish(&status, this);
    Wait();
    finished_ = true;
    Json end = Json::object();
    if (!status.ok()) end["error"] = ErrorJson(status);
    *out = Envelope(kLastEnvelope, Dump(end));
    return false;
  }

 private:
  bool Wait() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::GenericStub& stub_;
  const MethodDescriptor& method_;
  const bool json_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  bool finished_ = false;
};

class Gateway final : public HttpGateway {
 public:
  explicit Gateway(GatewayOptions options) : options_(std::move(options)), stub_(options_.channel) {}
  ~Gateway() override {
    closing_ = true;
    if (server_) server_->stop();
    if (thread_.joinable()) thread_.join();
  }

  absl::Status Listen() {
    if (options_.tls_cert.empty()) {
      server_ = std::make_unique<httplib::Server>();
    } else {
      server_ = std::make_unique<httplib::SSLServer>(options_.tls_cert.c_str(), options_.tls_key.c_str());
      if (!server_->is_valid()) return MakeError(Reason::kBadArgument, "--tls-cert", "cannot be used for HTTP");
    }
    server_->new_task_queue = [] { return new httplib::ThreadPool(kMostConnections); };
    server_->set_payload_max_length(kMaxMessageBytes);
    server_->set_read_timeout(kSecondsToRead);
    server_->set_write_timeout(kSecondsToWrite);
    server_->set_keep_alive_timeout(kSecondsIdle);
    server_->set_keep_alive_max_count(kCallsAConnection);
    server_->set_tcp_nodelay(true);
    server_->set_socket_options([](int) {});  // the port is ours alone
    server_->Get("/healthz", [this](const auto&, auto& response) { AnswerHealth(response); });
    server_->Get("/metrics", [this](const auto& request, auto& response) { AnswerMetrics(request, response); });
    server_->Post("/.*", [this](const auto& request, auto& response) { AnswerCall(request, response); });
    server_->Options("/.*", [this](const auto& request, auto& response) { AnswerPreflight(request, response); });
    server_->set_pre_routing_handler([this](const auto& request, auto& response) {
      if (IsAddressed(request)) return httplib::Server::HandlerResponse::Unhandled;
      Answer({grpc::StatusCode::PERMISSION_DENIED, "this server is spoken to as localhost"}, response);
      return httplib::Server::HandlerResponse::Handled;
    });
    server_->set_post_routing_handler([this](const auto& request, auto& response) { AddOrigin(request, response); });
    port_ = options_.port == 0 ? server_->bind_to_any_port(options_.host.c_str()) : options_.port;
    if (port_ <= 0 || (options_.port != 0 && !server_->bind_to_port(options_.host.c_str(), options_.port))) {
      return MakeError(Reason::kUnavailable, "--http",
                       fmt::format("cannot listen on {}:{}: the port is taken, or the host is not this machine's",
                                   options_.host, options_.port));
    }
    thread_ = std::thread([this] { server_->listen_after_bind(); });
    return absl::OkStatus();
  }

  int port() const override { return port_; }

  absl::Status ReloadTls() override {
    if (options_.tls_cert.empty()) return absl::OkStatus();
    SSL_CTX* context = static_cast<httplib::SSLServer&>(*server_).ssl_context();
    if (SSL_CTX_use_certificate_chain_file(context, options_.tls_cert.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, options_.tls_key.c_str(), SSL_FILETYPE_PEM) != 1) {
      return MakeError(Reason::kBadArgument, "--tls-cert", "cannot be used for HTTP; the old files stay");
    }
    return absl::OkStatus();
  }

 private:
  // A server on loopback answers to loopback's names alone: else a web page could have its own name lead here, and the
  // browser would take the two for one.
  bool IsAddressed(const httplib::Request& request) const {
    if (!options_.only_as_loopback) return true;
    std::string host = request.get_header_value("Host");
    if (!host.ends_with(']')) host = host.substr(0, host.rfind(':'));
    return host == "localhost" || host == "[::1]" || host.starts_with("127.");
  }

  void AnswerHealth(httplib::Response& response) const {
    const bool serving = options_.is_serving();
    response.status = serving ? 200 : 503;
    response.set_content(serving ? R"({"status":"serving"})" : R"({"status":"not serving"})", kUnaryJson);
  }

  void AnswerMetrics(const httplib::Request& request, httplib::Response& response) const {
    const absl::StatusOr<std::string> text = options_.metrics(request.get_header_value("authorization"));
    if (!text.ok()) return Answer(ToGrpcStatus(text.status()), response);
    response.set_content(*text, "text/plain; version=0.0.4; charset=utf-8");
  }

  void AnswerCall(const httplib::Request& request, httplib::Response& response) {
    std::string type = request.get_header_value("Content-Type");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ')) type.pop_back();
    const bool unary = type == kUnaryJson || type == kUnaryProto;
    const bool json = type == kUnaryJson || type == kStreamJson;
    const MethodDescriptor* method = FindMethod(request.path);
    if (method == nullptr) {
      return Answer({grpc::StatusCode::UNIMPLEMENTED, "there is no method " + request.path}, response);
    }
    const bool fits = unary ? !method->server_streaming() : type == kStreamJson || type == kStreamProto;
    if (!fits || method->client_streaming() || (!unary && !method->server_streaming())) {
      response.status = 415;
      response.set_header("Accept-Post", method->server_streaming()
                                             ? "application/connect+json, application/connect+proto"
                                             : "application/json, application/proto");
      return;
    }
    if (unary) return AnswerUnary(*method, json, request, response);
    AnswerStream(*method, json, request, response);
  }

  void AnswerUnary(const MethodDescriptor& method, bool json, const httplib::Request& request,
                   httplib::Response& response) {
    grpc::ClientContext context;
    const absl::StatusOr<std::string> message = ReadRequest(method, json, request.body);
    if (!message.ok()) return Answer(ToGrpcStatus(message.status()), response);
    if (!Forward(request, &context)) return Answer(BadTimeout(), response);
    grpc::CompletionQueue queue;
    const auto call = stub_.PrepareUnaryCall(&context, request.path, ToBuffer(*message), &queue);
    call->StartCall();
    grpc::ByteBuffer reply;
    grpc::Status status;
    call->Finish(&reply, &status, this);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    if (!status.ok()) return Answer(status, response);
    response.set_content(WriteResponse(method, json, FromBuffer(reply)), json ? kUnaryJson : kUnaryProto);
  }

  void AnswerStream(const MethodDescriptor& method, bool json, const httplib::Request& request,
                    httplib::Response& response) {
    const auto refuse = [&](const grpc::Status& status) {
      response.set_content(Envelope(kLastEnvelope, Dump({{"error", ErrorJson(status)}})),
                           json ? kStreamJson : kStreamProto);
    };
    const std::string& body = request.body;
    if (body.size() < kEnvelope || body[0] != 0) {
      return refuse({grpc::StatusCode::INVALID_ARGUMENT, "one message in an envelope without flags is wanted"});
    }
    const absl::StatusOr<std::string> message = ReadRequest(method, json, body.substr(kEnvelope));
    if (!message.ok()) return refuse(ToGrpcStatus(message.status()));
    if (streams_.fetch_add(1) >= kMostStreams) {
      --streams_;
      return refuse(ToGrpcStatus(
          WithRetryDelay(MakeError(Reason::kTooManyCalls, "",
                                   fmt::format("{} streams are open over HTTP; try again later", kMostStreams)),
                         std::chrono::seconds(kSecondsIdle))));
    }
    const auto call = std::make_shared<StreamedCall>(stub_, method, json);
    if (!Forward(request, &call->context)) {
      --streams_;
      return refuse(BadTimeout());
    }
    call->Begin(request.path, *message);
    response.set_chunked_content_provider(
        json ? kStreamJson : kStreamProto,
        [this, call](std::size_t, httplib::DataSink& sink) {
          std::string envelope;
          const bool more = call->Next(&envelope);
          if (!sink.write(envelope.data(), envelope.size())) return false;
          if (!more || closing_) sink.done();
          return true;
        },
        [this](bool) { --streams_; });
  }

  static grpc::Status BadTimeout() {
    return {grpc::StatusCode::INVALID_ARGUMENT, "Connect-Timeout-Ms is not a number of at most ten digits"};
  }

  bool IsAllowed(const std::string& origin) const {
    return std::ranges::any_of(options_.allow_origins,
                               [&](const std::string& allowed) { return allowed == "*" || allowed == origin; });
  }

  void AnswerPreflight(const httplib::Request& request, httplib::Response& response) const {
    response.status = 204;
    if (!IsAllowed(request.get_header_value("Origin"))) return;
    response.set_header("Access-Control-Allow-Methods", "GET, POST");
    response.set_header("Access-Control-Allow-Headers",
                        "Content-Type, Connect-Protocol-Version, Connect-Timeout-Ms, Authorization, Traceparent");
    response.set_header("Access-Control-Max-Age", "7200");
  }

  void AddOrigin(const httplib::Request& request, httplib::Response& response) const {
    const std::string origin = request.get_header_value("Origin");
    if (origin.empty() || !IsAllowed(origin)) return;
    response.set_header("Access-Control-Allow-Origin", origin);
    response.set_header("Access-Control-Expose-Headers", "Retry-After");
    response.set_header("Vary", "Origin");
  }

  const GatewayOptions options_;
  grpc::GenericStub stub_;
  std::unique_ptr<httplib::Server> server_;
  int port_ = 0;
  std::atomic<int> streams_ = 0;
  std::atomic<bool> closing_ = false;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpGateway>> HttpGateway::Start(GatewayOptions options) {
  auto gateway = std::make_unique<Gateway>(std::move(options));
  MAGPIE_RETURN_IF_ERROR(gateway->Listen());
  return std::unique_ptr<HttpGateway>(std::move(gateway));
}

}  // namespace magpie
