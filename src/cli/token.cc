// magpie token: who may call a server.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "cli/command.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"
#include "magpie/client/access_client.h"

namespace magpie::cli {
namespace {

struct TokenArguments {
  ServerArguments server;
  std::string data;
  RemoteToken token;
  int days = 365;
  std::string id, out;
};

absl::StatusOr<std::unique_ptr<AccessClient>> OpenBook(const TokenArguments& arguments) {
  if (arguments.data.empty() == arguments.server.address.empty()) {
    return MakeError(Reason::kBadArgument, "--data",
                     "or --server, one of the two: the server's folder while it is down, its address while it is up");
  }
  if (!arguments.data.empty()) return OpenAccess(arguments.data);
  MAGPIE_ASSIGN_OR_RETURN(const ClientOptions options, ServerOf(arguments.server));
  return AccessClient::Connect(options);
}

absl::StatusOr<int> RunCreate(TokenArguments arguments) {
  RemoteToken& token = arguments.token;
  if (token.role != "admin") token.workspace = arguments.server.workspace;
  if (arguments.days > 0) {
    const auto end = std::chrono::system_clock::now() + std::chrono::hours(24) * arguments.days;
    token.expire_time = fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(end)));
  }
  MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<AccessClient> book, OpenBook(arguments));
  MAGPIE_ASSIGN_OR_RETURN(const MadeToken made, book->Create(token, MakeContext(0)));
  Complain(fmt::format("{}: {}{}{}, {}", made.token.id, made.token.role,
                       made.token.workspace.empty() ? "" : " of the workspace " + made.token.workspace,
                       made.token.party.empty() ? "" : ", party " + made.token.party,
                       made.token.expire_time.empty() ? "without an end" : "until " + made.token.expire_time));
  if (made.secret.empty()) {
    Complain(fmt::format("a client certificate of the name '{}' stands for it", made.token.certificate_name));
    return kDone;
  }
  Complain("this is the only time that the token is shown:");
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, made.secret + "\n"));
  return kDone;
}

absl::StatusOr<int> RunList(const TokenArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<AccessClient> book, OpenBook(arguments));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<RemoteToken> tokens, book->List(MakeContext(0)));
  std::string text = "id\trole\tworkspace\tparty\tcertificate_name\tlabel\tcreate_time\texpire_time\trevoke_time\n";
  for (const RemoteToken& token : tokens) {
    AppendTsvLine(
        std::vector<std::string_view>{token.id, token.role, token.workspace, token.party, token.certificate_name,
                                      token.label, token.create_time, token.expire_time, token.revoke_time},
        &text);
  }
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, text));
  return kDone;
}

absl::StatusOr<int> RunRevoke(const TokenArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<AccessClient> book, OpenBook(arguments));
  MAGPIE_ASSIGN_OR_RETURN(const RemoteToken token, book->Revoke(arguments.id, MakeContext(0)));
  MAGPIE_RETURN_IF_ERROR(WriteOutput("", fmt::format("{} does not count any more\n", token.id)));
  return kDone;
}

void AddBook(CLI::App* command, TokenArguments* arguments) {
  AddServerArguments(command, &arguments->server);
  command->add_option("--data", arguments->data, "the server's folder, while it is down")->type_name("DIR");
}

}  // namespace

void AddTokenCommand(Program* program) {
  CLI::App* command = program->app.add_subcommand("token", "who may call a server: makes, lists and revokes tokens");
  command->require_subcommand(1);
  command->footer(
      "Example:\n  magpie token create --data /var/lib/magpie --role admin --out admin.token\n"
      "  magpie token create --server HOST:7070 --role party-member --party P12 --token-file admin.token");

  auto create = std::make_shared<TokenArguments>();
  CLI::App* sub = command->add_subcommand("create", "makes a token and prints it, this once");
  AddBook(sub, create.get());
  sub->add_option("--role", create->token.role,
                  "admin: everything; organiser: everything in the workspace; broker: keeps listings, reads all;\n"
                  "party-member: the listings of one party; reader: reads")
      ->required();
  sub->add_option("--party", create->token.party, "of a party-member: the party's id");
  sub->add_option("--label", create->token.label, "for whom or what it is");
  sub->add_option("--days", create->days, "how long it counts; 0 = without an end")
      ->check(CLI::Range(0, 36'500))
      ->capture_default_str();
  sub->add_option("--certificate", create->token.certificate_name,
                  "a client certificate with this name stands for it, so that no token is made");
  sub->add_option("--calls-per-second", create->token.calls_per_second, "0 = as the server says")
      ->capture_default_str();
  sub->add_option("--out", create->out, "where the token goes (default: standard output)")->type_name("FILE");
  sub->callback([program, create] { program->run = [create] { return RunCreate(*create); }; });

  auto list = std::make_shared<TokenArguments>();
  sub = command->add_subcommand("list", "all tokens, newest first, never the secrets");
  AddBook(sub, list.get());
  sub->add_option("--out", list->out, "where the table goes (default: standard output)")->type_name("FILE");
  sub->callback([program, list] { program->run = [list] { return RunList(*list); }; });

  auto revoke = std::make_shared<TokenArguments>();
  sub = command->add_subcommand("revoke", "from now on the token does not count");
  AddBook(sub, revoke.get());
  sub->add_option("id", revoke->id, "the token's id, such as t-3f9a02c1d4e5f607")->required();
  sub->callback([program, revoke] { program->run = [revoke] { return RunRevoke(*revoke); }; });
}

}  // namespace magpie::cli
