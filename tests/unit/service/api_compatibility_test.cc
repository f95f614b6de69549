// The API as it was released (tests/data/api/v1.binpb, written by tools/api-snapshot) must go on working: nothing that stands
// there may be gone, renamed or of another kind. Additions are free.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "magpie/v1/access_service.pb.h"
#include "magpie/v1/audit_service.pb.h"
#include "magpie/v1/catalogue_service.pb.h"
#include "magpie/v1/disclosure_service.pb.h"
#include "magpie/v1/learning_service.pb.h"
#include "magpie/v1/match_service.pb.h"
#include "magpie/v1/operations.pb.h"

namespace magpie {
namespace {

using google::protobuf::DescriptorProto;
using google::protobuf::EnumDescriptorProto;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What a client of the old API would miss in the new one.
class Comparison {
 public:
  std::vector<std::string> Breaks(const FileDescriptorSet& before, const FileDescriptorSet& now) {
    for (const FileDescriptorProto& old_file : before.file()) {
      const FileDescriptorProto* file = Find(now.file(), old_file.name(), "file " + old_file.name());
      if (file == nullptr) continue;
      for (const auto& message : old_file.message_type()) {
        CompareMessages(message, Find(file->message_type(), message.name(), message.name()), message.name());
      }
      for (const auto& type : old_file.enum_type()) {
        CompareEnums(type, Find(file->enum_type(), type.name(), type.name()), type.name());
      }
      for (const auto& service : old_file.service()) {
        const auto* found = Find(file->service(), service.name(), service.name());
        if (found == nullptr) continue;
        for (const auto& method : service.method()) {
          const std::string where = service.name() + "." + method.name();
          const auto* same = Find(found->method(), method.name(), where);
          if (same == nullptr) continue;
          Expect(method.input_type() == same->input_type(), where + " takes another message");
          Expect(method.output_type() == same->output_type(), where + " answers with another message");
          Expect(method.client_streaming() == same->client_streaming() &&
                     method.server_streaming() == same->server_streaming(),
                 where + " streams otherwise");
        }
      }
    }
    return breaks_;
  }

 private:
  void Expect(bool holds, const std::string& what) {
    if (!holds) breaks_.push_back(what);
  }
  template <typename Items>
  auto Find(const Items& items, const std::string& name, const std::string& where) -> decltype(&items.Get(0)) {
    for (const auto& item : items) {
      if (item.name() == name) return &item;
    }
    breaks_.push_back(where + " is gone");
    return nullptr;
  }
  void CompareMessages(const DescriptorProto& before, const DescriptorProto* now, const std::string& where) {
    if (now == nullptr) return;
    for (const auto& field : before.field()) {
      const std::string at = where + "." + field.name();
      const auto* same = Find(now->field(), field.name(), at);
      if (same == nullptr) continue;
      Expect(field.number() == same->number(), at + " has another number");
      Expect(field.type() == same->type() && field.type_name() == same->type_name(), at + " has another type");
      Expect(field.label() == same->label(), at + " is repeated otherwise");
      Expect(field.proto3_optional() == same->proto3_optional(), at + " has another presence");
    }
    for (const auto& message : before.nested_type()) {
      const std::string at = where + "." + message.name();
      CompareMessages(message, Find(now->nested_type(), message.name(), at), at);
    }
    for (const auto& type : before.enum_type()) {
      const std::string at = where + "." + type.name();
      CompareEnums(type, Find(now->enum_type(), type.name(), at), at);
    }
  }
  void CompareEnums(const EnumDescriptorProto& before, const EnumDescriptorProto* now, const std::string& where) {
    if (now == nullptr) return;
    for (const auto& value : before.value()) {
      const auto* same = Find(now->value(), value.name(), where + "." + value.name());
      if (same != nullptr) Expect(value.number() == same->number(), where + "." + value.name() + " has another number");
    }
  }

  std::vector<std::string> breaks_;
};

FileDescriptorSet Released() {
  std::ifstream file(std::string(MAGPIE_SOURCE_DIR) + "/tests/data/api/v1.binpb", std::ios::binary);
  FileDescriptorSet set;
  EXPECT_TRUE(set.ParseFromIstream(&file));
  return set;
}

FileDescriptorSet Present() {
  FileDescriptorSet set;
  for (const auto* file :
       {v1::Token::descriptor()->file(), v1::AuditEntry::descriptor()->file(),
        v1::GetPartyRequest::descriptor()->file(), v1::PairDisclosure::descriptor()->file(),
        v1::Feedback::descriptor()->file(), v1::Match::descriptor()->file(), v1::Operation::descriptor()->file(),
        v1::Listing::descriptor()->file(), v1::Level_descriptor()->file()}) {
    file->CopyTo(set.add_file());
  }
  return set;
}

TEST(ApiCompatibility, NothingThatWasReleasedIsGoneOrOtherwise) {
  const FileDescriptorSet released = Released();
  EXPECT_EQ(released.file_size(), Present().file_size()) << "run tools/api-snapshot";
  EXPECT_THAT(Comparison().Breaks(released, Present()), IsEmpty());
}

TEST(ApiCompatibility, TheSnapshotHoldsAllThereIs) {
  EXPECT_THAT(Comparison().Breaks(Present(), Released()), IsEmpty()) << "something was added: run tools/api-snapshot";
}

// Each kind of break is seen.
TEST(ApiCompatibility, SeesWhatWouldBreakClients) {
  const auto after = [](const std::function<void(FileDescriptorProto*)>& change) {
    FileDescriptorSet now = Present();
    for (FileDescriptorProto& file : *now.mutable_file()) {
      if (file.name() == "magpie/v1/operations.proto") change(&file);
    }
    return Comparison().Breaks(Present(), now);
  };
  const auto message = [](FileDescriptorProto* file) {
    for (auto& item : *file->mutable_message_type()) {
      if (item.name() == "Operation") return &item;
    }
    return static_cast<DescriptorProto*>(nullptr);
  };
  EXPECT_THAT(after([](auto*) {}), IsEmpty());
  EXPECT_THAT(after([&](auto* f) { message(f)->mutable_field()->DeleteSubrange(0, 1); }),
              Contains(HasSubstr("Operation.name is gone")));
  EXPECT_THAT(after([&](auto* f) { message(f)->mutable_field(0)->set_number(77); }),
              Contains(HasSubstr("Operation.name has another number")));
  EXPECT_THAT(after([&](auto* f) {
                message(f)->mutable_field(0)->set_type(google::protobuf::FieldDescriptorProto::TYPE_BYTES);
              }),
              Contains(HasSubstr("Operation.name has another type")));
  EXPECT_THAT(after([&](auto* f) {
                message(f)->mutable_field(0)->set_label(google::protobuf::FieldDescriptorProto::LABEL_REPEATED);
              }),
              Contains(HasSubstr("repeated otherwise")));
  EXPECT_THAT(after([&](auto* f) { message(f)->set_name("Undertaking"); }), Contains(HasSubstr("Operation is gone")));
  EXPECT_THAT(after([](auto* f) { f->mutable_service(0)->mutable_method(0)->set_name("Other"); }),
              Contains(HasSubstr("is gone")));
  EXPECT_THAT(after([](auto* f) { f->mutable_service(0)->mutable_method(0)->set_server_streaming(true); }),
              Contains(HasSubstr("streams otherwise")));
  EXPECT_THAT(after([](auto* f) { f->mutable_service(0)->mutable_method(0)->set_output_type(".magpie.v1.Match"); }),
              Contains(HasSubstr("answers with another message")));
}

}  // namespace
}  // namespace magpie
