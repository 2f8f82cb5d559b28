// Files that are no plugins for us are refused in words before any of their code runs.
#include <aiproxy/note.h>
#include <doctest/doctest.h>
#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "core/plugin/instance.h"
#include "tests/abi/files.h"

using aip::test::Folder;
using aip::test::good_plugin;
using aip::test::replaced;
using aip::test::with_byte;

namespace {

struct BadFile {
  const char* what;
  std::string path;
  const char* words;  // in the refusal
};

// The note with another minor.
std::string other_minor(std::string bytes) {
  const std::string magic("AIPX", 4);
  const std::size_t note = bytes.find("aiproxy" + std::string(1, '\0') + magic);
  return with_byte(std::move(bytes), note + 8 + 8, 42);
}

std::vector<BadFile> bad_files(const Folder& f) {
  const std::string good = good_plugin();
  std::vector<BadFile> out{
      {"empty", f.put("empty.so", ""), "empty"},
      {"text", f.put("text.so", "#!/bin/sh\necho hello\n"), "not a shared object"},
      {"32-bit", f.put("bits.so", with_byte(good, EI_CLASS, ELFCLASS32)), "32-bit"},
      {"other machine", f.put("machine.so", with_byte(good, offsetof(Elf64_Ehdr, e_machine), 8)),
       "another machine"},
      {"cut short", f.put("cut.so", good.substr(0, good.size() / 2)), "cut short"},
      {"no entry", f.put("entry.so", replaced(good, "aip_plugin_entry_v0", "bip_plugin_entry_v0")),
       "does not export aip_plugin_entry_v0"},
      {"no note", f.put("note.so", replaced(good, ".note.aiproxy", ".note.biproxy")),
       "no aiproxy note"},
      {"wrong interface version", f.put("minor.so", other_minor(good)),
       "built for plugin interface 0.42"},
      {"no manifest",
       f.put("manifest.so", replaced(good, ".aiproxy.manifest", ".biproxy.manifest")),
       "no manifest"},
      {"manifest is not JSON",
       f.put("json.so", replaced(good, "\"name\": \"echo-c\"", "\"name\": \"echo-c ")),
       "its manifest: The text is not valid JSON"},
      {"writable for others", f.put("mode.so", good), "others than its owner may write"},
      {"symbolic link", f.path() + "/link.so", "symbolic link"},
  };
  ::chmod((f.path() + "/mode.so").c_str(), 0666);
  f.put("target.bin", good);
  CHECK(::symlink("target.bin", (f.path() + "/link.so").c_str()) == 0);
  return out;
}

}  // namespace

TEST_CASE("abi: the good plugin that the bad ones are made of is accepted") {
  const Folder folder;
  const auto info = aip::plugin::inspect(folder.put("good.so", good_plugin()));
  REQUIRE(info.ok());
  CHECK(info->name == "echo-c");
  CHECK(info->version == "1.0.0");
  CHECK(info->abi_minor == AIP_ABI_MINOR);
  CHECK(info->sha256.size() == 64);
}

TEST_CASE("abi: twelve kinds of bad files are refused, each in its own words") {
  const Folder folder;
  const std::vector<BadFile> files = bad_files(folder);
  int accepted = 0;
  for (const BadFile& file : files) {
    const auto info = aip::plugin::inspect(file.path);
    CAPTURE(file.what);
    if (info) {
      ++accepted;
      CHECK_FALSE(info.ok());
      continue;
    }
    CAPTURE(info.error().detail);
    CHECK(info.error().detail.find(file.words) != std::string::npos);
  }
  std::printf("D5: accepted: %d of %zu\n", accepted, files.size());
  CHECK(accepted == 0);
}

TEST_CASE("abi: a scan tells each refused file with its reason and keeps the good ones") {
  const Folder folder;
  const std::size_t bad = bad_files(folder).size();
  folder.put("good.so", good_plugin());
  folder.put("second.so", good_plugin());
  folder.put(".still-being-written.so", "");
  folder.put("readme.txt", "not a plugin");

  const aip::plugin::Scan found = aip::plugin::scan({folder.path(), folder.path() + "/none"});

  REQUIRE(found.plugins.size() == 1);
  CHECK(found.plugins[0].path == folder.path() + "/good.so");
  CHECK(found.refused.size() == bad + 2);  // the second of the same name, and the absent folder
}

TEST_CASE("abi: further oddities are refused as well") {
  const Folder folder;
  const std::string good = good_plugin();
  const auto words = [](const std::string& path) {
    const auto info = aip::plugin::inspect(path);
    return info ? std::string("accepted") : info.error().detail;
  };
  CHECK(words(folder.path() + "/absent.so").find("cannot be opened") != std::string::npos);
  CHECK(words(folder.path()).find("not a regular file") != std::string::npos);
  const std::string fifo = folder.path() + "/fifo.so";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(words(fifo).find("not a regular file") != std::string::npos);
  CHECK(words(folder.put("exec.so", with_byte(good, offsetof(Elf64_Ehdr, e_type), ET_EXEC)))
            .find("not a shared object") != std::string::npos);
  CHECK(words(folder.put("name.so", replaced(good, "\"name\": \"echo-c\"", "\"name\": \"Echo/C\"")))
            .find("\"name\" must be") != std::string::npos);
  CHECK(words(folder.put("next.so", replaced(good, "aip_plugin_entry_v0", "aip_plugin_entry_v7")))
            .find("its entry is aip_plugin_entry_v7") != std::string::npos);
  CHECK(words(folder.put("magic.so", replaced(good, "AIPX", "AIPY"))).find("malformed") !=
        std::string::npos);
}

TEST_CASE("abi: a manifest whose members have the wrong type is refused at once") {
  const Folder folder;
  const std::string bytes =
      replaced(good_plugin(), R"("operations": ["chat"])", R"("operations": "chat"  )");

  const auto info = aip::plugin::inspect(folder.put("typed.so", bytes));

  REQUIRE_FALSE(info.ok());
  CHECK(info.error().detail.find("\"operations\" must be a list") != std::string::npos);
}

TEST_CASE("abi: a file that belongs to a stranger is refused") {
  if (::geteuid() != 0) return;  // only root can give a file away
  const Folder folder;
  const std::string path = folder.put("stranger.so", good_plugin());
  REQUIRE(::chown(path.c_str(), 12345, 12345) == 0);

  const auto info = aip::plugin::inspect(path);

  REQUIRE_FALSE(info.ok());
  CHECK(info.error().detail.find("belongs to user 12345") != std::string::npos);
}
