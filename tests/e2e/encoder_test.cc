// An endpoint that encodes texts, from the two programs' side: used, cached, gone, wrongly set.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/ingest/listing_json.h"
#include "server_process.h"
#include "unit/vector/embedding_server.h"

namespace magpie {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int kDimension = 8;
constexpr char kNeeds[] = R"({"id": "N1", "title": "锅炉管道老是结垢", "description": "换热效率越来越低"}
{"id": "N2", "title": "玉米播种机堵塞", "description": "秸秆缠绕"}
)";
constexpr char kOfferings[] = R"({"id": "O1", "title": "循环水缓蚀阻垢剂", "description": "抑制碳酸钙垢"}
{"id": "O2", "title": "玉米免耕播种机", "description": "一次完成破茬、播种、施肥"}
{"id": "O3", "title": "锅炉烟气余热回收", "description": "省煤器改造"}
)";
constexpr int kListings = 5;

class EncoderTest : public testing::Test {
 protected:
  EncoderTest() : folder_("encoder") {
    EXPECT_TRUE(WriteFile(Path("needs.jsonl"), kNeeds).ok());
    EXPECT_TRUE(WriteFile(Path("offerings.jsonl"), kOfferings).ok());
    server_.emplace([this](const EmbeddingServer::Request& request, int) {
      return status_ == 200 ? EmbeddingServer::RightAnswer(request, kDimension) : EmbeddingAnswer{.status = status_};
    });
    WriteSettings(Path("vectors.cache").string());
  }

  std::filesystem::path Path(const std::string& name) const { return folder_.path() / name; }
  void WriteSettings(std::optional<std::string> cache, int dimension = kDimension) const {
    nlohmann::json block = {{"url", server_->url()}, {"model", "m"}, {"dimension", dimension}, {"retries", 0}};
    if (cache) block["cache"] = *cache;
    EXPECT_TRUE(WriteFile(Path("encoder.json"), nlohmann::json({{"encoder", block}}).dump()).ok());
  }

  struct Ended {
    int status = -1;
    std::string output, errors;
  };
  // Runs magpie with the two lists.
  Ended Magpie(const std::string& command, const std::string& arguments) const {
    const std::string line = fmt::format("'{}' {} --needs '{}' --offerings '{}' {} > '{}' 2> '{}'", MAGPIE, command,
                                         Path("needs.jsonl").string(), Path("offerings.jsonl").string(), arguments,
                                         Path("out").string(), Path("err").string());
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadFile(Path("out"), 1 << 20).value_or(""),
            ReadFile(Path("err"), 1 << 20).value_or("")};
  }
  std::string WithEncoder() const { return fmt::format("--encoder '{}'", Path("encoder.json").string()); }

  const FreshFolder folder_;
  std::atomic<int> status_ = 200;
  std::optional<EmbeddingServer> server_;
};

TEST_F(EncoderTest, MatchUsesItAndAsksOnce) {
  const Ended built_in = Magpie("match", ""), first = Magpie("match", WithEncoder());
  EXPECT_EQ(first.status, 0) << first.errors;
  EXPECT_THAT(first.errors, IsEmpty());
  EXPECT_NE(first.output, built_in.output);
  EXPECT_EQ(server_->requests(), 1);  // all texts fit into one
  EXPECT_EQ(server_->seen().front().json["input"].size(), std::size_t{kListings});
  status_ = 500;
  const Ended second = Magpie("match", WithEncoder() + " --threads 3");
  EXPECT_EQ(second.output, first.output);
  EXPECT_EQ(server_->requests(), 1);
}

TEST_F(EncoderTest, EveryCommandTakesIt) {
  EXPECT_TRUE(WriteFile(Path("pairs.tsv"), "N1\tO1\n").ok());
  EXPECT_TRUE(WriteFile(Path("qrels.tsv"), "N1\tO1\t3\nN2\tO2\t3\n").ok());
  for (const std::string& command :
       {std::string("match"), fmt::format("score --pairs '{}'", Path("pairs.tsv").string()),
        std::string("explain --need N1 --offering O1"), fmt::format("plan --out '{}'", Path("plan").string()),
        fmt::format("eval --qrels '{}'", Path("qrels.tsv").string())}) {
    const Ended ended = Magpie(command, WithEncoder());
    EXPECT_EQ(ended.status, 0) << command << ": " << ended.errors;
    EXPECT_THAT(ended.errors, IsEmpty()) << command;
  }
  EXPECT_EQ(server_->requests(), 1);
  EXPECT_THAT(ReadFile(Path("plan") / "run.json", 1 << 20).value(), HasSubstr("+m/8\""));
}

TEST_F(EncoderTest, TheBuiltInOneStepsInForAllTexts) {
  // Half of the texts are known; that must not help them.
  EXPECT_TRUE(
      WriteFile(Path("offerings.jsonl"), std::string(kOfferings).substr(0, std::string(kOfferings).find('\n') + 1))
          .ok());
  Magpie("match", WithEncoder());
  EXPECT_TRUE(WriteFile(Path("offerings.jsonl"), kOfferings).ok());
  status_ = 503;
  const Ended built_in = Magpie("match", ""), fallen_back = Magpie("match", WithEncoder());
  EXPECT_EQ(fallen_back.status, 0);
  EXPECT_EQ(fallen_back.output, built_in.output);
  EXPECT_THAT(fallen_back.errors, HasSubstr("it answers 503; all texts of this run are encoded by the built-in"));
  Magpie("plan", WithEncoder() + fmt::format(" --out '{}'", Path("plan").string()));
  EXPECT_THAT(ReadFile(Path("plan") / "run.json", 1 << 20).value(), HasSubstr(" (instead of m/8)\""));
}

TEST_F(EncoderTest, WrongSettingsEndTheRun) {
  WriteSettings("", 9);
  Ended ended = Magpie("match", WithEncoder());
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.output, IsEmpty());
  EXPECT_THAT(ended.errors, HasSubstr("encoder.dimension: is 9, but m gives vectors of 8 components"));
  status_ = 401;
  ended = Magpie("match", WithEncoder());
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.errors, HasSubstr("wants a key"));
  status_ = 404;
  ServerProcess refused(Path("data"), {"--encoder", Path("encoder.json").string()});
  EXPECT_EQ(refused.Wait(), 2);
  EXPECT_THAT(refused.Errors(), HasSubstr("no model 'm' there"));
}

TEST_F(EncoderTest, ServerUsesItAndAnswersWithoutIt) {
  WriteSettings(std::nullopt);  // beside the workspaces
  ServerProcess server(Path("data"), {"--encoder", Path("encoder.json").string()});
  ASSERT_TRUE(server.WaitUntilServing());
  EXPECT_TRUE(std::filesystem::exists(Path("data") / "vectors.cache"));
  const auto client = server.Connect();
  for (const auto& [side, lines] : {std::pair(Side::kNeed, kNeeds), std::pair(Side::kOffering, kOfferings)}) {
    std::vector<ListingRecord> records;
    std::istringstream text(lines);
    for (std::string line; std::getline(text, line);) records.push_back(ListingFromJson(line, side, nullptr).value());
    ASSERT_TRUE(client->ImportListings(side, records, {}, {}).ok());
  }
  const auto best = client->Recommend(Side::kNeed, "N1", 3, {});
  ASSERT_TRUE(best.ok()) << ErrorText(best.status());
  EXPECT_THAT(best->versions.model_id, HasSubstr("+m/8"));
  const auto found = client->Search(Side::kOffering, "锅炉结垢", 3, {});
  ASSERT_TRUE(found.ok()) << ErrorText(found.status());
  EXPECT_THAT(found->versions.model_id, HasSubstr("+m/8"));

  status_ = 500;
  const auto same = client->Search(Side::kOffering, "锅炉结垢", 3, {});  // known by now
  ASSERT_TRUE(same.ok());
  EXPECT_THAT(same->versions.model_id, HasSubstr("+m/8"));
  for (const char* question : {"秸秆缠绕", "烟气余热"}) {
    const auto other = client->Search(Side::kOffering, question, 3, {});
    ASSERT_TRUE(other.ok()) << ErrorText(other.status());
    EXPECT_FALSE(other->pairs.empty());
    EXPECT_THAT(other->versions.model_id, HasSubstr(" (instead of m/8)"));
  }
  const std::string errors = server.Errors();
  const std::size_t first = errors.find("it answers 500; the built-in encoder answers questions until it does");
  EXPECT_NE(first, std::string::npos) << errors;
  EXPECT_EQ(errors.find("it answers 500", first + 1), std::string::npos) << "said more than once: " << errors;
}

TEST_F(EncoderTest, ServerStartsWhereNobodyAnswers) {
  status_ = 500;
  ServerProcess server(Path("data"), {"--encoder", Path("encoder.json").string()});
  ASSERT_TRUE(server.WaitUntilServing());
  EXPECT_THAT(server.Errors(), HasSubstr("the built-in encoder does its work until it answers"));
  EXPECT_THAT(server.Errors(), Not(HasSubstr("error")));
}

}  // namespace
}  // namespace magpie
