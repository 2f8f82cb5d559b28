#include "core/admin/token.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace aip;

namespace {

// A folder of the test's own, and a umask for as long as it lives.
class Folder {
 public:
  explicit Folder(mode_t mask = 022) : mask_(::umask(mask)) {
    std::string name = std::filesystem::temp_directory_path().string() + "/aiproxy-token-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() {
    ::umask(mask_);
    std::filesystem::remove_all(path);
  }
  [[nodiscard]] std::string token_file() const { return path + "/admin.token"; }
  void write(const std::string& text, mode_t mode = 0600) const {
    std::ofstream(token_file()) << text;
    REQUIRE(::chmod(token_file().c_str(), mode) == 0);
  }
  [[nodiscard]] Result<admin::Token> token() const {
    SystemRandom random;
    return admin::kept_token(path, random);
  }
  [[nodiscard]] std::string refusal() const {
    const Result<admin::Token> got = token();
    return got ? "accepted" : got.error().detail;
  }
  [[nodiscard]] std::size_t files() const {
    const std::filesystem::directory_iterator all(path);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  std::string path;

 private:
  const mode_t mask_;
};

mode_t mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* kGood = "0123456789abcdef";

}  // namespace

TEST_CASE("token: made at the first start and the same at the next, 0600 whatever the umask") {
  for (const mode_t mask : {0000, 0022, 0077, 0777}) {
    const Folder folder(mask);
    const Result<admin::Token> first = folder.token();
    REQUIRE(first.ok());
    CHECK(first->secret.reveal().size() == 43);  // 32 bytes
    CHECK(first->file == folder.token_file());
    CHECK(mode_of(folder.token_file()) == 0600);
    CHECK(folder.files() == 1);  // no draft is left
    const Result<admin::Token> second = folder.token();
    REQUIRE(second.ok());
    CHECK(second->secret.reveal() == first->secret.reveal());
  }
}

TEST_CASE("token: the random bytes are written in base64url") {
  const Folder folder;
  class Fixed final : public Random {
    void fill(void* out, std::size_t n) override {
      for (std::size_t i = 0; i < n; ++i) static_cast<unsigned char*>(out)[i] = i % 2 ? 0xFF : 0xFB;
    }
  } random;
  const Result<admin::Token> token = admin::kept_token(folder.path, random);
  REQUIRE(token.ok());
  // python3: base64.urlsafe_b64encode(b"\xfb\xff" * 16).rstrip(b"=")
  CHECK(token->secret.reveal() == "-__7__v_-__7__v_-__7__v_-__7__v_-__7__v_-_8");
}

TEST_CASE("token: one that an operator wrote is used, with or without a line end") {
  const Folder folder;
  for (const std::string text : {"0123456789abcdef", "0123456789abcdef\n"}) {
    folder.write(text);
    const Result<admin::Token> token = folder.token();
    REQUIRE(token.ok());
    CHECK(token->secret.reveal() == kGood);
  }
  folder.write(std::string(kGood) + "\n", 0400);
  CHECK(folder.token().ok());
}

TEST_CASE("token: a file that others may read or write is refused, and stays as it is") {
  for (const mode_t mode : {0604, 0640, 0644, 0660, 0602, 0610, 0666}) {
    const Folder folder;
    folder.write(kGood, mode);
    CHECK(says(folder.refusal(), "others"));
    CHECK(says(folder.refusal(), folder.token_file()));
    CHECK_FALSE(says(folder.refusal(), kGood));
    CHECK(mode_of(folder.token_file()) == mode);
  }
}

TEST_CASE("token: a symbolic link is not followed, whether it leads to a file or nowhere") {
  for (const bool there : {true, false}) {
    const Folder folder;
    const std::string victim = folder.path + "/victim";
    if (there) std::ofstream(victim) << kGood;
    if (there) ::chmod(victim.c_str(), 0600);
    REQUIRE(::symlink(victim.c_str(), folder.token_file().c_str()) == 0);
    CHECK(says(folder.refusal(), "symbolic link"));
    CHECK(std::filesystem::exists(victim) == there);
  }
}

TEST_CASE("token: what is no file is refused and holds nobody") {
  {
    const Folder folder;
    REQUIRE(::mkdir(folder.token_file().c_str(), 0700) == 0);
    CHECK(says(folder.refusal(), "not a regular file"));
  }
  const Folder folder;
  REQUIRE(::mkfifo(folder.token_file().c_str(), 0600) == 0);
  CHECK(says(folder.refusal(), "not a regular file"));
}

TEST_CASE("token: a file that holds none is refused") {
  const Folder folder;
  folder.write(std::string(4096, 'x'));
  CHECK(folder.token().ok());
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string(15, 'x'), std::string(4097, 'x'),
        std::string(100'000, 'x'), std::string("0123456789 abcdef"),
        std::string("0123456789abcdef\n\n"), std::string("0123456789abcdef\xc3\xa4")}) {
    folder.write(text);
    CHECK(says(folder.refusal(), "holds no token"));
  }
}

TEST_CASE("token: somebody else's file is refused") {
  if (::geteuid() != 0) return;  // only root can make one
  const Folder folder;
  folder.write(kGood);
  REQUIRE(::chown(folder.token_file().c_str(), 12345, 12345) == 0);
  CHECK(says(folder.refusal(), "another user"));
}

TEST_CASE("token: a draft that was planted is not written through") {
  const Folder folder;
  const std::string victim = folder.path + "/victim";
  const std::string draft = folder.token_file() + "." + std::to_string(::getpid());
  REQUIRE(::symlink(victim.c_str(), draft.c_str()) == 0);
  CHECK(folder.token().ok());
  CHECK_FALSE(std::filesystem::exists(victim));
}

TEST_CASE("token: a folder that is not there is an error in words") {
  SystemRandom random;
  const Result<admin::Token> token = admin::kept_token("/nonexistent/folder", random);
  REQUIRE_FALSE(token.ok());
  CHECK(says(token.error().detail, "/nonexistent/folder/admin.token"));
}
