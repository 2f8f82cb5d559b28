// A plugin that crashes or hangs when it is brought up does so in a child, and is refused by name.
#include "core/plugin/trial.h"

#include <doctest/doctest.h>

#include "tests/abi/files.h"

using aip::test::Folder;
namespace plugin = aip::plugin;

namespace {

std::string outcome(const std::string& path, const std::string& section, int ms_max = 60'000) {
  const Folder folder;
  auto file = plugin::inspect(aip::test::build_dir() + path);
  REQUIRE(file.ok());
  plugin::TrialPlan plan;
  plan.program = aip::test::build_dir() + "/tests/trial_child";
  plan.copies_dir = folder.path() + "/copies";
  plan.ms_max = ms_max;
  const aip::Status tried = plugin::try_out(*file, "x", section, plan);
  return tried ? "good" : tried.error().detail;
}

std::string faulty(const std::string& fault) {
  return "/tests/faulty/faulty_" + fault + ".so";
}

bool has(const std::string& text, std::string_view part) {
  CAPTURE(text);
  const bool found = text.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

}  // namespace

TEST_CASE("trial: good plugins pass, with sections longer than a pipe holds") {
  CHECK(outcome("/plugins/mock.so", "{}") == "good");
  const std::string section =
      R"({"base_url":"http://acme.test","note":")" + std::string(300'000, 'x') + "\"}";
  CHECK(outcome("/examples/acme.so", section) == "good");
}

TEST_CASE("trial: a crash is the child's, and tells in which call it was") {
  has(outcome(faulty("crashes_at_load"), "{}"), "provider x: it crashed (");
  has(outcome(faulty("crashes_at_load"), "{}"), "in load");
  has(outcome(faulty("crashes_in_create"), "{}"), "in create");
}

TEST_CASE("trial: a refusal keeps the plugin's words") {
  has(outcome(faulty("create_fails"), "{}"), "base_url is not a URL");
  has(outcome(faulty("init_fails"), "{}"), "init() failed");
  has(outcome(faulty("attach_fails"), "{}"), "worker_attach() failed");
}

TEST_CASE("trial: a plugin that ends the process, and calls that a success, is refused") {
  has(outcome(faulty("exits_in_create"), "{}"), "it ended the process (status 0)");
}

TEST_CASE("trial: a hang ends after its time") {
  has(outcome(faulty("hangs_in_create"), "{}", 300), "did not end within 300 ms");
}

TEST_CASE("trial: what went well is not tried again by the same program") {
  const Folder folder;
  auto file = plugin::inspect(aip::test::build_dir() + "/examples/echo_c.so");
  REQUIRE(file.ok());
  plugin::TrialPlan plan;
  plan.program = aip::test::build_dir() + "/tests/trial_child";
  plan.copies_dir = folder.path() + "/copies";
  REQUIRE(plugin::try_out(*file, "x", "{}", plan).ok());
  plan.ms_max = 0;  // whatever is tried now is late
  CHECK(plugin::try_out(*file, "x", "{}", plan).ok());
  CHECK_FALSE(plugin::try_out(*file, "x", R"({"other":1})", plan).ok());
  plan.program = "/bin/true";
  CHECK_FALSE(plugin::try_out(*file, "x", "{}", plan).ok());
}
