// The audit log: every batch leaves one entry, and no entry can be changed, taken out or put in unseen.
#include "magpie/service/audit.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "magpie/base/status.h"

namespace magpie {
namespace {

class AuditTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("magpie-audit-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    Open();
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void Open() {
    store_.reset();
    auto inner = OpenSqliteStore(folder_ / "a.db", {});
    ASSERT_TRUE(inner.ok());
    auto audited = AuditedStore::Over(*std::move(inner));
    ASSERT_TRUE(audited.ok());
    store_ = *std::move(audited);
  }
  // Past the log.
  void Tamper(const std::string& id, std::optional<std::string> body) {
    store_.reset();
    {
      auto inner = OpenSqliteStore(folder_ / "a.db", {});
      ASSERT_TRUE((*inner)->Write({{"audit", id, std::move(body), std::nullopt}}).ok());
    }
    Open();
  }
  std::string Body(const std::string& id) { return store_->Read("audit", id).value()->body; }
  std::string Fault() { return VerifyAudit(*store_).value().fault(); }
  void WriteThree() {
    for (const char* id : {"N1", "N2", "N3"}) {
      const CallScope scope({"tokens/t-1", "CatalogueService/CreateNeed", std::string(32, 'a')});
      ASSERT_TRUE(store_->Write({{"need", id, "{\"title\":\"绝密\"}", std::nullopt}}).ok());
    }
  }

  std::filesystem::path folder_;
  std::unique_ptr<AuditedStore> store_;
};

TEST_F(AuditTest, TellsWhoWroteWhatAndNotWhatStandsInIt) {
  WriteThree();
  ASSERT_TRUE(store_->Write({{"need", "N1", std::nullopt, std::nullopt}}).ok());  // the server's own doing
  ASSERT_TRUE(store_->Append(v1::AUDIT_KIND_REFUSAL, {}, "NOT_ALLOWED", {}).ok());
  const auto entries = ReadAudit(*store_, 6, 10).value();
  ASSERT_EQ(entries.size(), 5u);
  EXPECT_EQ(entries[0].sequence(), 5);
  EXPECT_EQ(entries[0].kind(), v1::AUDIT_KIND_REFUSAL);
  EXPECT_EQ(entries[1].rows(0), "-need/N1");
  EXPECT_EQ(entries[1].token(), "");
  EXPECT_EQ(entries[4].rows(0), "need/N1");
  EXPECT_EQ(entries[4].token(), "tokens/t-1");
  EXPECT_EQ(entries[4].method(), "CatalogueService/CreateNeed");
  EXPECT_EQ(entries[4].trace_id(), std::string(32, 'a'));
  for (const auto& entry : entries) EXPECT_EQ(entry.text().find("绝密"), std::string::npos);
  EXPECT_EQ(Fault(), "");
  EXPECT_EQ(ReadAudit(*store_, 3, 1).value().front().sequence(), 2);
}

TEST_F(AuditTest, GoesOnAfterARestartAndCountsARepetitionOnce) {
  RequestRecord request;
  request.request_id = "r1";
  request.request_hash = "h";
  ASSERT_TRUE(store_->Write({{"need", "N1", "1", std::nullopt}}, request).ok());
  ASSERT_TRUE(store_->Write({{"need", "N1", "1", std::nullopt}}, request).ok());
  EXPECT_EQ(store_->entry_count(), 1);
  Open();
  EXPECT_EQ(store_->entry_count(), 1);
  WriteThree();
  EXPECT_EQ(VerifyAudit(*store_).value().entry_count(), 4);
  EXPECT_EQ(Fault(), "");
  // A write that fails leaves no entry.
  EXPECT_FALSE(store_->Write({{"need", "N9", "1", 77}}).ok());
  EXPECT_EQ(store_->entry_count(), 4);
  EXPECT_EQ(Fault(), "");
}

TEST_F(AuditTest, NamesFiftyRowsAndCountsTheOthers) {
  std::vector<RowChange> rows;
  for (int i = 0; i < 60; ++i) rows.push_back({"need", std::to_string(i), "{}", std::nullopt});
  ASSERT_TRUE(store_->Write(rows).ok());
  const auto entry = ReadAudit(*store_, 2, 1).value().front();
  EXPECT_EQ(entry.rows_size(), 51);
  EXPECT_EQ(entry.rows(50), "+10 more");
}

TEST_F(AuditTest, AChangedEntryIsSeen) {
  WriteThree();
  std::string body = Body("000000000002");
  body.replace(body.find("N2"), 2, "N7");
  Tamper("000000000002", body);
  EXPECT_NE(Fault().find("entry 2"), std::string::npos);
}

TEST_F(AuditTest, AMissingEntryIsSeenInTheMiddleAndAtTheEnd) {
  WriteThree();
  Tamper("000000000003", std::nullopt);
  EXPECT_NE(Fault().find("entries 3 to 3 are missing"), std::string::npos);
  Tamper("000000000001", std::nullopt);
  EXPECT_NE(Fault().find("entry 1 is missing"), std::string::npos);
  EXPECT_EQ(ReasonOf(ReadAudit(*store_, 4, 5).status()), Reason::kStoreCorrupt);
}

TEST_F(AuditTest, AnExportIsCheckedLineByLine) {
  WriteThree();
  std::vector<std::string> lines;
  for (int i = 1; i <= 3; ++i) lines.push_back(Body("00000000000" + std::to_string(i)));
  EXPECT_EQ(VerifyAuditLines(lines).fault(), "");
  EXPECT_EQ(VerifyAuditLines(lines).head_hash(), VerifyAudit(*store_).value().head_hash());
  std::swap(lines[1], lines[2]);
  EXPECT_NE(VerifyAuditLines(lines).fault(), "");
  lines[0] = "nonsense";
  EXPECT_NE(VerifyAuditLines(lines).fault().find("entry 1 cannot be read"), std::string::npos);
}

}  // namespace
}  // namespace magpie
