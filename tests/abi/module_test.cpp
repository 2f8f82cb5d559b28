// Loading, sharing, replacing and unmapping, with real shared objects.
#include <dlfcn.h>
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdio>

#include "core/plugin/instance.h"
#include "core/plugin/scope.h"
#include "tests/abi/files.h"
#include "tests/support/fake_worker.h"

using aip::plugin::FileInfo;
using aip::test::Folder;
using aip::test::good_plugin;
using aip::test::read_file;
namespace plugin = aip::plugin;

namespace {

FileInfo inspected(const std::string& path) {
  auto info = plugin::inspect(path);
  REQUIRE(info.ok());
  return std::move(*info);
}

bool mapped(const std::string& copy) {
  void* handle = ::dlopen(copy.c_str(), RTLD_NOW | RTLD_NOLOAD);
  if (handle != nullptr) ::dlclose(handle);
  return handle != nullptr;
}

// Why a faulty plugin does not come up; "up" if it does.
std::string refusal(const std::string& fault, const Folder& folder) {
  const FileInfo file = inspected(aip::test::build_dir() + "/tests/faulty/faulty_" + fault + ".so");
  auto module = plugin::load(file, folder.path() + "/copies");
  if (!module) return module.error().detail;
  auto instance = plugin::instantiate(*module, "faulty", "{}");
  if (!instance) return instance.error().detail;
  aip::test::FakeWorker worker;
  auto attached = plugin::attach(*instance, 1010, worker, worker);
  return attached ? "up" : attached.error().detail;
}

}  // namespace

TEST_CASE("module: mock and echo_c are unmapped at their last use") {
  const Folder folder;
  for (const std::string path : {"/plugins/mock.so", "/examples/echo_c.so"}) {
    const FileInfo file = inspected(aip::test::build_dir() + path);
    std::string copy;
    {
      auto module = plugin::load(file, folder.path() + "/copies");
      REQUIRE(module.ok());
      copy = plugin::copy_of(**module);
      auto instance = plugin::instantiate(*module, file.name, "{}");
      REQUIRE(instance.ok());
      aip::test::FakeWorker worker;
      auto attached = plugin::attach(*instance, 1011, worker, worker);
      REQUIRE(attached.ok());
      CHECK(mapped(copy));
    }
    CAPTURE(path);
    const bool still = mapped(copy);
    std::printf("unload %s: still mapped: %d\n", file.name.c_str(), still ? 1 : 0);
    CHECK_FALSE(still);
  }
}

TEST_CASE("module: the copy is private, named by its hash, and made once") {
  const Folder folder;
  const FileInfo file = inspected(folder.put("a.so", good_plugin()));
  const std::string copies = folder.path() + "/deep/copies";

  auto first = plugin::load(file, copies);
  auto second = plugin::load(file, copies);

  REQUIRE(first.ok());
  CHECK(first->get() == second->get());
  const std::string copy = plugin::copy_of(**first);
  CHECK(copy.ends_with("/echo-c-" + file.sha256 + ".so"));
  CHECK(read_file(copy) == good_plugin());
  struct stat info {};
  REQUIRE(::stat(copy.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0500);
  REQUIRE(::stat(copies.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
}

TEST_CASE("module: a copy that somebody has changed is made anew") {
  const Folder folder;
  const FileInfo file = inspected(folder.put("a.so", good_plugin()));
  const std::string copies = folder.path() + "/copies";
  const std::string copy = plugin::copy_of(**plugin::load(file, copies));
  REQUIRE(::chmod(copy.c_str(), 0700) == 0);
  std::filesystem::resize_file(copy, 100);

  auto again = plugin::load(file, copies);

  REQUIRE(again.ok());
  CHECK(read_file(copy) == good_plugin());
}

TEST_CASE("module: a replaced file is new code beside the old, which lives to its last use") {
  const Folder folder;
  const std::string path = folder.put("a.so", good_plugin());
  const std::string copies = folder.path() + "/copies";
  auto old_code = plugin::load(inspected(path), copies);
  REQUIRE(old_code.ok());

  // Overwritten in place, as cp does: the mapped copy does not notice.
  folder.put("a.so", good_plugin() + "another build");
  auto new_code = plugin::load(inspected(path), copies);

  REQUIRE(new_code.ok());
  CHECK(new_code->get() != old_code->get());
  CHECK(plugin::generations_of("echo-c") == 2);
  CHECK(plugin::instantiate(*old_code, "old", "{}").ok());
  CHECK(plugin::instantiate(*new_code, "new", "{}").ok());
  const std::string old_copy = plugin::copy_of(**old_code);
  *old_code = nullptr;
  CHECK_FALSE(mapped(old_copy));
  CHECK(plugin::generations_of("echo-c") == 1);
}

TEST_CASE("module: a file that changed since it was inspected is refused") {
  const Folder folder;
  const std::string path = folder.put("a.so", good_plugin());
  const FileInfo file = inspected(path);
  folder.put("a.so", good_plugin() + "another build");

  auto module = plugin::load(file, folder.path() + "/copies");

  REQUIRE_FALSE(module.ok());
  CHECK(module.error().detail.find("replaced while") != std::string::npos);
}

TEST_CASE("module: tables with a fault are refused in words") {
  const Folder folder;
  const auto has = [&](const char* fault, const char* words) {
    const std::string why = refusal(fault, folder);
    CAPTURE(fault);
    CAPTURE(why);
    CHECK(why.find(words) != std::string::npos);
  };
  has("null_table", "its entry gives no table");
  has("small_table", "not of this interface's size");
  has("wrong_magic", "wrong magic");
  has("other_minor", "another interface version");
  has("no_provider", "brings no provider");
  has("null_begin", "lacks a function");
  has("no_deinit", "lacks init or deinit");
  has("init_fails", "init() failed with status -3");
  has("create_fails", "base_url is not a URL");
  has("create_throws", "create() failed with status -11");
  has("attach_fails", "worker_attach() failed with status -4");
}

TEST_CASE("module: a plugin that does not say it may be unmapped stays, and is found again") {
  const Folder folder;
  const FileInfo file =
      inspected(aip::test::build_dir() + "/tests/faulty/faulty_not_unloadable.so");
  std::string copy;
  const plugin::Module* first = nullptr;
  {
    auto module = plugin::load(file, folder.path() + "/copies");
    REQUIRE(module.ok());
    copy = plugin::copy_of(**module);
    first = module->get();
  }

  CHECK(mapped(copy));
  CHECK(plugin::load(file, folder.path() + "/copies")->get() == first);
}

TEST_CASE("module: loaded and unmapped a thousand times") {
  const Folder folder;
  const FileInfo file = inspected(folder.put("a.so", good_plugin()));
  for (int i = 0; i < 1000; ++i) {
    auto module = plugin::load(file, folder.path() + "/copies");
    REQUIRE(module.ok());
    REQUIRE(plugin::instantiate(*module, "echo-c", "{}").ok());
  }
  CHECK(plugin::generations_of("echo-c") == 0);
}
