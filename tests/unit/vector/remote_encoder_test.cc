#include "magpie/vector/remote_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "magpie/base/status.h"
#include "unit/vector/embedding_server.h"

namespace magpie {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Request = EmbeddingServer::Request;

constexpr int kDimension = 5;
constexpr auto kRight = [](const Request& request, int) { return EmbeddingServer::RightAnswer(request, kDimension); };

// As the analyzer gives it: `normal`, and a token where it holds a word.
AnalyzedText Text(std::string normal) {
  AnalyzedText text;
  text.normal = std::move(normal);
  if (!text.normal.empty()) text.tokens.emplace_back();
  return text;
}

std::filesystem::path Fresh(const std::string& name) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / ("magpie-remote-" + name);
  std::filesystem::remove_all(path);
  return path;
}

RemoteEncoderSettings SettingsFor(const EmbeddingServer& server) {
  RemoteEncoderSettings settings;
  settings.url = server.url();
  settings.model = "m";
  settings.dimension = kDimension;
  settings.batch = 2;
  settings.timeout_ms = 5'000;
  settings.backoff_ms = 1;
  settings.cache = "";
  return settings;
}

struct Outcome {
  absl::Status status;
  std::vector<float> rows;
};

Outcome Encode(const Encoder& encoder, const std::vector<std::string>& texts, const RunContext& context = {}) {
  std::vector<AnalyzedText> analyzed;
  for (const std::string& text : texts) analyzed.push_back(Text(text));
  std::vector<const AnalyzedText*> pointers;
  for (const AnalyzedText& text : analyzed) pointers.push_back(&text);
  Outcome outcome;
  outcome.rows.resize(texts.size() * static_cast<std::size_t>(encoder.dimension()));
  outcome.status = encoder.Encode(pointers, outcome.rows, context);
  return outcome;
}

Outcome EncodeWith(const RemoteEncoderSettings& settings, const std::vector<std::string>& texts) {
  auto encoder = RemoteEncoder::Open(settings);
  if (!encoder.ok()) return {encoder.status(), {}};
  return Encode(**encoder, texts);
}

void ExpectRow(const Outcome& outcome, std::size_t i, const std::string& text) {
  ASSERT_TRUE(outcome.status.ok()) << ErrorText(outcome.status);
  const std::vector<double> expected = EmbeddingServer::VectorOf(text, kDimension);
  double squares = 0;
  for (double value : expected) squares += value * value;
  for (std::size_t j = 0; j < kDimension; ++j) {
    EXPECT_NEAR(outcome.rows[i * kDimension + j], expected[j] / std::sqrt(squares), 1e-6) << text << ' ' << j;
  }
}

TEST(RemoteEncoderTest, GivesUnitVectorsInBatchesAndAsksOnceForEqualTexts) {
  const EmbeddingServer server(kRight);
  const auto encoder = RemoteEncoder::Open(SettingsFor(server)).value();
  EXPECT_EQ(encoder->id(), "m/5");
  const std::vector<std::string> texts = {"锅炉结垢", "pump", "锅炉结垢", "", "阻垢剂"};
  const Outcome outcome = Encode(*encoder, texts);
  for (std::size_t i : {0u, 1u, 2u, 4u}) ExpectRow(outcome, i, texts[i]);
  for (std::size_t j = 0; j < kDimension; ++j) EXPECT_EQ(outcome.rows[3 * kDimension + j], 0);  // no words
  ASSERT_EQ(server.requests(), 2);
  const Request first = server.seen().front();
  EXPECT_EQ(first.json, nlohmann::json({{"model", "m"}, {"input", {"锅炉结垢", "pump"}}}));
  EXPECT_THAT(first.head, HasSubstr("POST /v1/embeddings HTTP/1.1\r\n"));
  EXPECT_THAT(first.head, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(first.head, Not(HasSubstr("Authorization")));
}

TEST(RemoteEncoderTest, SendsKeyDimensionAndNoMoreOfATextThanAsked) {
  const EmbeddingServer server(kRight);
  RemoteEncoderSettings settings = SettingsFor(server);
  settings.api_key_env = "MAGPIE_TEST_KEY";
  settings.send_dimension = true;
  settings.characters = 3;
  ::unsetenv("MAGPIE_TEST_KEY");
  EXPECT_EQ(ReasonOf(EncodeWith(settings, {}).status), Reason::kBadArgument);
  ::setenv("MAGPIE_TEST_KEY", "k1\r\nX-Other: 1", 1);
  EXPECT_EQ(ReasonOf(EncodeWith(settings, {}).status), Reason::kBadArgument);
  ::setenv("MAGPIE_TEST_KEY", "k1", 1);
  ExpectRow(EncodeWith(settings, {"锅炉管结垢"}), 0, "锅炉管");
  const Request request = server.seen().front();
  EXPECT_EQ(request.json["dimensions"], 5);
  EXPECT_EQ(request.json["input"][0], "锅炉管");
  EXPECT_THAT(request.head, HasSubstr("Authorization: Bearer k1\r\n"));
  EXPECT_EQ(RemoteEncoder::Open(settings).value()->id(), "m/5/3");  // other vectors, another id
}

TEST(RemoteEncoderTest, PutsAnswersInOrderByTheirIndex) {
  const EmbeddingServer server([](const Request& request, int) {
    nlohmann::json reply = EmbeddingServer::ReplyTo(request.json, kDimension);
    std::reverse(reply["data"].begin(), reply["data"].end());
    return EmbeddingAnswer{.body = reply.dump(4)};
  });
  const Outcome outcome = EncodeWith(SettingsFor(server), {"a", "b", "c", "d"});
  for (std::size_t i = 0; i < 4; ++i) ExpectRow(outcome, i, std::string(1, static_cast<char>('a' + i)));
}

TEST(RemoteEncoderTest, TriesAgainAfterPassingTrouble) {
  const std::vector<EmbeddingAnswer> troubles = {
      {.status = 500, .body = "oops"},
      {.status = 503},
      {.status = 408},
      {.body = R"({"data": [{"index": 0, "embedding": [1, 2, 3, 4, 5]}]})", .cut = 20},
      {.body = R"({"data": [{"index": 0, "embedding": [1, 2, 3)"},
      {.body = R"({"data": [{"index": 0, "embedding": [1, NaN, 3, 4, 5]}]})"},
      {.body = R"({"data": [{"index": 0, "embedding": [1, null, 3, 4, 5]}]})"},
      {.body = R"({"data": [{"index": 0, "embedding": [1, 1e999, 3, 4, 5]}]})"},
      {.body = R"({"data": [{"index": 0, "embedding": [1e300, 1e300, 3, 4, 5]}]})"},
      {.body = R"({"data": [{"index": 0, "embedding": "AAAA"}]})"},
      {.body = R"({"data": [{"index": 1, "embedding": [1, 2, 3, 4, 5]}]})"},
      {.body = R"({"data": [{"index": -1, "embedding": [1, 2, 3, 4, 5]}]})"},
      {.body = R"({"data": [{"embedding": [1, 2, 3, 4, 5]}]})"},
      {.body = R"({"data": []})"},
      {.body = R"({"data": [{"index": 0, "embedding": [1,2,3,4,5]}, {"index": 1, "embedding": [1,2,3,4,5]}]})"},
      {.body = R"({"data": {}})"},
      {.body = "[]"},
      {.body = "<html>welcome</html>"},
      {.body = ""},
      {.body = std::string(1 << 20, ' ')},
  };
  for (const EmbeddingAnswer& trouble : troubles) {
    const EmbeddingServer server([&](const Request& request, int number) {
      return number == 1 ? trouble : EmbeddingServer::RightAnswer(request, kDimension);
    });
    ExpectRow(EncodeWith(SettingsFor(server), {"a"}), 0, "a");
    EXPECT_EQ(server.requests(), 2) << trouble.status << ' ' << trouble.body.substr(0, 100);
  }
}

TEST(RemoteEncoderTest, TakesNoVectorForTwoTexts) {
  const EmbeddingServer server([](const Request& request, int) {
    nlohmann::json reply = EmbeddingServer::ReplyTo(request.json, kDimension);
    for (nlohmann::json& item : reply["data"]) item["index"] = 0;
    return EmbeddingAnswer{.body = reply.dump()};
  });
  const absl::Status status = EncodeWith(SettingsFor(server), {"a", "b"}).status;
  EXPECT_EQ(ReasonOf(status), Reason::kUnavailable);
  EXPECT_THAT(ErrorText(status), HasSubstr("there twice"));
}

TEST(RemoteEncoderTest, HonoursRetryAfter) {
  const EmbeddingServer server([](const Request& request, int number) {
    if (number == 1) return EmbeddingAnswer{.status = 429, .headers = "Retry-After: 1\r\n"};
    return EmbeddingServer::RightAnswer(request, kDimension);
  });
  const auto begin = std::chrono::steady_clock::now();
  ExpectRow(EncodeWith(SettingsFor(server), {"a"}), 0, "a");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(950));

  const EmbeddingServer busy(
      [](const Request&, int) { return EmbeddingAnswer{.status = 429, .headers = "Retry-After: 3600\r\n"}; });
  EXPECT_EQ(ReasonOf(EncodeWith(SettingsFor(busy), {"a"}).status), Reason::kUnavailable);
  EXPECT_EQ(busy.requests(), 1);
}

TEST(RemoteEncoderTest, GivesUpAfterTheTriesAndPauses) {
  std::atomic<bool> well = false;
  const EmbeddingServer server([&](const Request& request, int) {
    if (!well) return EmbeddingAnswer{.status = 500, .body = R"({"error": {"message": "out of\nmemory"}})"};
    return EmbeddingServer::RightAnswer(request, kDimension);
  });
  RemoteEncoderSettings settings = SettingsFor(server);
  settings.pause_ms = 300;
  const auto encoder = RemoteEncoder::Open(settings).value();
  const absl::Status status = Encode(*encoder, {"a"}).status;
  EXPECT_EQ(ReasonOf(status), Reason::kUnavailable);
  EXPECT_THAT(ErrorText(status), HasSubstr("it answers 500 (it says \"out of memory\")"));
  EXPECT_EQ(server.requests(), 3);
  EXPECT_EQ(ReasonOf(Encode(*encoder, {"b"}).status), Reason::kUnavailable);
  EXPECT_EQ(server.requests(), 3) << "asked during the pause";
  std::this_thread::sleep_for(std::chrono::milliseconds(350));
  EXPECT_EQ(ReasonOf(Encode(*encoder, {"b"}).status), Reason::kUnavailable);
  EXPECT_EQ(server.requests(), 4) << "one try after the pause";
  std::this_thread::sleep_for(std::chrono::milliseconds(350));
  well = true;
  ExpectRow(Encode(*encoder, {"b"}), 0, "b");
}

TEST(RemoteEncoderTest, TimesOutAndStopsWhenAsked) {
  const EmbeddingServer server([](const Request& request, int) {
    EmbeddingAnswer answer = EmbeddingServer::RightAnswer(request, kDimension);
    answer.delay_ms = 20'000;
    return answer;
  });
  RemoteEncoderSettings settings = SettingsFor(server);
  settings.timeout_ms = 100;
  settings.retries = 1;
  const absl::Status status = EncodeWith(settings, {"a"}).status;
  EXPECT_EQ(ReasonOf(status), Reason::kUnavailable);
  EXPECT_THAT(ErrorText(status), HasSubstr("no answer within 100 ms"));
  EXPECT_EQ(server.requests(), 2);

  settings.timeout_ms = 30'000;
  std::stop_source stop;
  RunContext context;
  context.stop = stop.get_token();
  const auto encoder = RemoteEncoder::Open(settings).value();
  const auto begin = std::chrono::steady_clock::now();
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request_stop();
  });
  EXPECT_EQ(ReasonOf(Encode(*encoder, {"a"}, context).status), Reason::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  stopper.join();
}

TEST(RemoteEncoderTest, NobodyListening) {
  RemoteEncoderSettings settings;
  {
    const EmbeddingServer server(kRight);
    settings = SettingsFor(server);
  }
  EXPECT_EQ(ReasonOf(EncodeWith(settings, {"a"}).status), Reason::kUnavailable);
}

TEST(RemoteEncoderTest, WrongSettingsAreErrorsAtTheFirstTry) {
  struct Case {
    EmbeddingAnswer answer;
    std::string field, text;
    int requests = 1;
  };
  const EmbeddingServer elsewhere(kRight);
  const std::vector<Case> cases = {
      {{.status = 401, .body = R"({"error": {"message": "bad key secret"}})"}, "encoder.api_key_env", "wants a key"},
      {{.status = 403}, "encoder.api_key_env", "wants a key"},
      {{.status = 404, .body = R"({"error": "no model m"})"}, "encoder.model", "no model m"},
      {{.status = 400, .body = R"({"message": "too long"})"}, "encoder.model", "too long", 2},  // and the probe
      {{.status = 413}, "encoder.model", "does not take", 2},
      {{.status = 204}, "encoder.url", "gives no vectors"},
      {{.status = 307, .headers = "Location: " + elsewhere.url() + "\r\n"}, "encoder.url", "not followed"},
      {{.body = R"({"data": [{"index": 0, "embedding": [1, 2, 3]}]})"}, "encoder.dimension", "vectors of 3 components"},
  };
  for (const Case& c : cases) {
    const EmbeddingServer server([&](const Request&, int) { return c.answer; });
    const absl::Status status = EncodeWith(SettingsFor(server), {"a"}).status;
    EXPECT_EQ(ReasonOf(status), Reason::kEncoderRefused) << c.text;
    EXPECT_EQ(FieldOf(status), c.field);
    EXPECT_THAT(ErrorText(status), HasSubstr(c.text));
    EXPECT_THAT(ErrorText(status), Not(HasSubstr("secret")));
    EXPECT_EQ(server.requests(), c.requests) << c.text;
  }
  EXPECT_EQ(elsewhere.requests(), 0);
}

TEST(RemoteEncoderTest, KeepsWithinLimitsThatTheEndpointHas) {
  // Takes two texts of 300 letters at once, and none that holds an x.
  const EmbeddingServer server([](const Request& request, int) {
    const auto texts = request.json["input"].get<std::vector<std::string>>();
    const bool taken = texts.size() <= 2 && std::all_of(texts.begin(), texts.end(), [](const std::string& text) {
                         return text.size() <= 300 && text.find('x') == std::string::npos;
                       });
    return taken ? EmbeddingServer::RightAnswer(request, kDimension) : EmbeddingAnswer{.status = 422};
  });
  RemoteEncoderSettings settings = SettingsFor(server);
  settings.batch = 8;
  settings.cache = Fresh("limits") / "vectors.cache";
  const std::string long_text(1'000, 'l');
  const std::vector<std::string> texts = {"x", "b", "c", long_text, "d", "e"};
  const Outcome outcome = EncodeWith(settings, texts);
  for (std::size_t i : {1u, 2u, 4u, 5u}) ExpectRow(outcome, i, texts[i]);
  ExpectRow(outcome, 3, long_text.substr(0, 250));
  for (std::size_t j = 0; j < kDimension; ++j) EXPECT_EQ(outcome.rows[j], 0);
  const int before = server.requests();
  EXPECT_EQ(EncodeWith(settings, texts).rows, outcome.rows);
  EXPECT_EQ(server.requests(), before);
}

TEST(RemoteEncoderTest, NoMessageRepeatsTheKey) {
  const EmbeddingServer server([](const Request& request, int number) {
    return EmbeddingAnswer{.status = number == 1 ? 400 : 500,
                           .body = nlohmann::json({{"message", "you sent " + request.head}}).dump()};
  });
  RemoteEncoderSettings settings = SettingsFor(server);
  settings.api_key_env = "MAGPIE_TEST_KEY";
  ::setenv("MAGPIE_TEST_KEY", "k-e-y", 1);
  for (int i = 0; i < 2; ++i) EXPECT_THAT(ErrorText(EncodeWith(settings, {"a"}).status), Not(HasSubstr("k-e-y")));
}

TEST(RemoteEncoderTest, ChecksEndpointAndSettingsPastTheCache) {
  const EmbeddingServer server(kRight);
  RemoteEncoderSettings settings = SettingsFor(server);
  const auto encoder = RemoteEncoder::Open(settings).value();
  EXPECT_TRUE(encoder->Check(RunContext()).ok());
  EXPECT_TRUE(encoder->Check(RunContext()).ok());
  EXPECT_EQ(server.requests(), 2);
  settings.dimension = 4;
  EXPECT_EQ(ReasonOf(RemoteEncoder::Open(settings).value()->Check(RunContext())), Reason::kEncoderRefused);
}

TEST(RemoteEncoderTest, AsksNoTextTwiceWhileTheCacheHolds) {
  // Never the same vector twice, as endpoints that compute in parallel do in the last digits.
  const EmbeddingServer server([](const Request& request, int number) {
    nlohmann::json reply = EmbeddingServer::ReplyTo(request.json, kDimension);
    for (nlohmann::json& item : reply["data"]) item["embedding"][0] = number;
    return EmbeddingAnswer{.body = reply.dump()};
  });
  RemoteEncoderSettings settings = SettingsFor(server);
  settings.cache = Fresh("hits") / "deep" / "vectors.cache";
  const Outcome first = EncodeWith(settings, {"a", "b", "c"});
  ASSERT_TRUE(first.status.ok()) << ErrorText(first.status);
  EXPECT_EQ(server.requests(), 2);
  const Outcome second = EncodeWith(settings, {"a", "b", "c"});
  EXPECT_EQ(server.requests(), 2);
  EXPECT_EQ(first.rows, second.rows);
  EncodeWith(settings, {"c", "d"});
  EXPECT_EQ(server.seen().back().json["input"], nlohmann::json({"d"}));
  settings.model = "n";
  EncodeWith(settings, {"a"});
  EXPECT_EQ(server.requests(), 4) << "another model, other vectors";

  struct stat info {};
  ASSERT_EQ(::stat(settings.cache->c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(RemoteEncoderTest, WhoeverComesSecondTakesTheVectorThatIsKept) {
  const std::filesystem::path cache = Fresh("race") / "vectors.cache";
  // While the first encoder waits for its answer, another one, as another process would, keeps vectors of these texts.
  const EmbeddingServer quick(
      [](const Request& request, int) { return EmbeddingServer::RightAnswer(request, kDimension); });
  RemoteEncoderSettings settings = SettingsFor(quick);
  settings.cache = cache;
  Outcome other;
  const EmbeddingServer slow([&](const Request& request, int) {
    other = EncodeWith(settings, {"a", "b"});
    nlohmann::json reply = EmbeddingServer::ReplyTo(request.json, kDimension);
    for (nlohmann::json& item : reply["data"]) item["embedding"][0] = 77;
    return EmbeddingAnswer{.body = reply.dump()};
  });
  RemoteEncoderSettings own = settings;
  own.url = slow.url();
  const Outcome outcome = EncodeWith(own, {"a", "b"});
  ASSERT_TRUE(outcome.status.ok()) << ErrorText(outcome.status);
  EXPECT_EQ(outcome.rows, other.rows);
}

TEST(RemoteEncoderTest, ManyThreadsAndTwoEncodersShareACache) {
  const EmbeddingServer server(kRight);
  RemoteEncoderSettings settings = SettingsFor(server);
  settings.cache = Fresh("threads") / "vectors.cache";
  const auto one = RemoteEncoder::Open(settings).value(), two = RemoteEncoder::Open(settings).value();
  std::vector<std::string> texts;
  for (int i = 0; i < 40; ++i) texts.push_back("text " + std::to_string(i));
  std::vector<Outcome> outcomes(8);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < outcomes.size(); ++t) {
    threads.emplace_back([&, t] { outcomes[t] = Encode(t % 2 == 0 ? *one : *two, texts); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Outcome& outcome : outcomes) {
    for (std::size_t i = 0; i < texts.size(); ++i) ExpectRow(outcome, i, texts[i]);
  }
  const int before = server.requests();
  Encode(*one, texts);
  EXPECT_EQ(server.requests(), before);
}

TEST(RemoteEncoderTest, AFileThatIsNoCacheIsRefusedAndLeftAlone) {
  const EmbeddingServer server(kRight);
  RemoteEncoderSettings settings = SettingsFor(server);
  const std::filesystem::path folder = Fresh("foreign");
  std::filesystem::create_directories(folder);
  settings.cache = folder / "needs.csv";
  std::ofstream(*settings.cache) << "id,title\nN1,a list that somebody needs\n";
  EXPECT_EQ(ReasonOf(EncodeWith(settings, {"a"}).status), Reason::kBadFile);
  EXPECT_EQ(ReadFile(*settings.cache, 1000).value(), "id,title\nN1,a list that somebody needs\n");
  settings.cache = folder;  // a folder
  EXPECT_EQ(ReasonOf(EncodeWith(settings, {"a"}).status), Reason::kFileNotFound);
  settings.cache = folder / "needs.csv" / "x";
  EXPECT_EQ(ReasonOf(EncodeWith(settings, {"a"}).status), Reason::kFileNotFound);
}

// Wherever a byte is flipped or the file is cut, the vectors are right or the file is refused.
TEST(RemoteEncoderTest, ADamagedCacheNeverGivesAWrongVector) {
  const EmbeddingServer server(kRight);
  RemoteEncoderSettings settings = SettingsFor(server);
  const std::filesystem::path folder = Fresh("damaged");
  settings.cache = folder / "vectors.cache";
  const std::vector<std::string> texts = {"a", "b", "c"};
  ASSERT_TRUE(EncodeWith(settings, texts).status.ok());
  const std::string whole = ReadFile(*settings.cache, 1 << 20).value();
  int refused = 0, healed = 0;
  const auto try_file = [&](const std::string& bytes) {
    ASSERT_TRUE(WriteFile(*settings.cache, bytes).ok());
    const int before = server.requests();
    const Outcome outcome = EncodeWith(settings, texts);
    if (!outcome.status.ok()) {
      EXPECT_TRUE(ReasonOf(outcome.status) == Reason::kBadFile || ReasonOf(outcome.status) == Reason::kFileNotFound);
      ++refused;
      return;
    }
    for (std::size_t i = 0; i < texts.size(); ++i) ExpectRow(outcome, i, texts[i]);
    healed += server.requests() > before;
  };
  for (std::size_t at = 0; at < whole.size(); at += at < 128 ? 7 : 61) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
    try_file(bytes);
  }
  for (std::size_t size = 0; size < whole.size(); size += 1'500) try_file(whole.substr(0, size));
  EXPECT_GT(refused, 0);
  EXPECT_GT(healed, 0);
}

TEST(RemoteEncoderTest, CompletesTheUrlAndRefusesOthers) {
  const EmbeddingServer server(kRight);
  RemoteEncoderSettings settings = SettingsFor(server);
  const std::string base = server.url().substr(0, server.url().find("/v1"));
  for (const char* path : {"", "/", "/v1", "/v1/", "/v1/embeddings"}) {
    settings.url = base + path;
    ExpectRow(EncodeWith(settings, {"a"}), 0, "a");
    EXPECT_THAT(server.seen().back().head, HasSubstr("POST /v1/embeddings HTTP")) << path;
  }
  settings.url = base + "/openai/embed?api-version=2&key=secret";
  ExpectRow(EncodeWith(settings, {"a"}), 0, "a");
  EXPECT_THAT(server.seen().back().head, HasSubstr("POST /openai/embed?api-version=2&key=secret HTTP"));
  for (const char* url : {"", "ftp://127.0.0.1/x", "file:///etc/passwd", "http://", "http://user:secret@127.0.0.1/",
                          "http://127.0.0.1/#x", "127.0.0.1:8080 x", "gopher://127.0.0.1/"}) {
    settings.url = url;
    const absl::Status status = RemoteEncoder::Open(settings).status();
    EXPECT_EQ(ReasonOf(status), Reason::kBadArgument) << url;
    EXPECT_EQ(FieldOf(status), "encoder.url");
    EXPECT_THAT(ErrorText(status), Not(HasSubstr("secret")));
  }
}

absl::StatusOr<RemoteEncoderSettings> ReadSettings(const std::string& json) {
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "magpie-encoder.json";
  EXPECT_TRUE(WriteFile(file, json).ok());
  return ReadRemoteEncoderSettings(file);
}

TEST(RemoteEncoderSettingsTest, ReadsTheBlock) {
  const RemoteEncoderSettings settings =
      ReadSettings(R"({"encoder": {"url": "http://h/v1", "model": "bge-m3", "dimension": 1024, "send_dimension": true,
                       "api_key_env": "K", "batch": 8, "characters": 500, "timeout_ms": 900, "retries": 0,
                       "cache": ""}})")
          .value();
  EXPECT_EQ(settings.url, "http://h/v1");
  EXPECT_EQ(settings.model, "bge-m3");
  EXPECT_EQ(settings.dimension, 1024);
  EXPECT_TRUE(settings.send_dimension);
  EXPECT_EQ(settings.api_key_env, "K");
  EXPECT_EQ(settings.batch, 8);
  EXPECT_EQ(settings.characters, 500);
  EXPECT_EQ(settings.timeout_ms, 900);
  EXPECT_EQ(settings.retries, 0);
  EXPECT_EQ(settings.cache, "");
  EXPECT_FALSE(ReadSettings(R"({"encoder": {"url": "u", "model": "m", "dimension": 1}})").value().cache.has_value());
}

TEST(RemoteEncoderSettingsTest, SaysWhatIsWrong) {
  const auto text = [](const std::string& json) { return ErrorText(ReadSettings(json).status()); };
  EXPECT_EQ(ReasonOf(ReadSettings("{").status()), Reason::kBadFile);
  EXPECT_THAT(text("[]"), HasSubstr("one block \"encoder\""));
  EXPECT_THAT(text(R"({"encoder": 1})"), HasSubstr("one block \"encoder\""));
  EXPECT_THAT(text(R"({"encoder": {}, "other": 1})"), HasSubstr("one block \"encoder\""));
  EXPECT_THAT(text(R"({"encoder": {"url": "u", "model": "m"}})"), HasSubstr("encoder.dimension is missing"));
  EXPECT_THAT(text(R"({"encoder": {"url": 1}})"), HasSubstr("encoder.url is no text"));
  EXPECT_THAT(text(R"({"encoder": {"dimension": 1.5}})"), HasSubstr("encoder.dimension is no whole number"));
  EXPECT_THAT(text(R"({"encoder": {"send_dimension": 1}})"), HasSubstr("neither true nor false"));
  EXPECT_THAT(text(R"({"encoder": {"api_key": "sk-1"}})"), HasSubstr("encoder.api_key is no setting"));
  EXPECT_EQ(ReasonOf(ReadRemoteEncoderSettings("/no/such/file").status()), Reason::kFileNotFound);

  RemoteEncoderSettings settings;
  settings.url = "http://127.0.0.1:1";
  settings.cache = "";
  const auto field = [&] { return FieldOf(RemoteEncoder::Open(settings).status()); };
  EXPECT_EQ(field(), "encoder.dimension");
  settings.dimension = 5;
  EXPECT_EQ(field(), "encoder.model");
  settings.model = "m";
  EXPECT_EQ(field(), "");
  settings.batch = 0;
  EXPECT_EQ(field(), "encoder.batch");
  settings.batch = 1;
  settings.timeout_ms = 1;
  EXPECT_EQ(field(), "encoder.timeout_ms");
  settings.timeout_ms = 1'000;
  settings.retries = -1;
  EXPECT_EQ(field(), "encoder.retries");
  settings.retries = 0;
  settings.characters = 0;
  EXPECT_EQ(field(), "encoder.characters");
}

}  // namespace
}  // namespace magpie
