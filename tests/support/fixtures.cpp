#include "tests/support/fixtures.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace aip::test {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    std::fprintf(stderr, "fixtures: %s cannot be read\n", path.c_str());
    std::abort();
  }
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

struct Row {
  std::string file, provider, kind, group, features;
};

std::vector<Row> read_index(const std::string& folder) {
  std::vector<Row> rows;
  std::istringstream index(read_file(fs::path(folder) / "INDEX.tsv"));
  std::string line;
  std::getline(index, line);  // the names of the columns
  while (std::getline(index, line)) {
    std::istringstream cells(line);
    Row row;
    std::getline(cells, row.file, '\t');
    std::getline(cells, row.provider, '\t');
    std::getline(cells, row.kind, '\t');
    std::getline(cells, row.group, '\t');
    std::getline(cells, row.features, '\t');
    rows.push_back(std::move(row));
  }
  return rows;
}

// The word behind `name` in the features; empty if there is none.
std::string feature(const std::string& features, std::string_view name) {
  const std::size_t at = features.find(name);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size();
  return features.substr(begin, features.find_first_of(" ,", begin) - begin);
}

std::string framed(const std::string& lines) {
  std::string out;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) out += "data: " + line + "\n\n";
  }
  return out + "data: [DONE]\n\n";
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

std::optional<std::string> fixtures_folder() {
  std::string folder;
  if (const char* named = std::getenv("AIPROXY_FIXTURES")) {
    folder = named;
  } else if (const char* source = std::getenv("AIPROXY_SOURCE_DIR")) {
    folder = std::string(source) + "/../shared/fixtures";
  }
  std::error_code ignored;
  if (folder.empty() || !fs::exists(fs::path(folder) / "INDEX.tsv", ignored)) return std::nullopt;
  return folder;
}

std::vector<Recorded> recorded(const std::string& folder, std::string_view prefix) {
  std::vector<Recorded> out;
  Row request;
  for (const Row& row : read_index(folder)) {
    if (row.provider.compare(0, prefix.size(), prefix) != 0) continue;
    if (row.kind == "request") {
      request = row;
      continue;
    }
    Recorded r;
    r.name = row.file;
    r.provider = row.provider;
    r.features = row.features;
    r.is_stream = row.kind == "stream";
    r.answer = read_file(fs::path(folder) / row.file);
    if (ends_with(row.file, ".jsonl")) r.answer = framed(r.answer);
    for (const std::string_view name : {"status=", "error:"}) {
      const std::string word = feature(row.features, name);
      if (!word.empty()) r.status = std::atoi(word.c_str());
    }
    if (request.group == row.group && request.provider == row.provider) {
      r.request = read_file(fs::path(folder) / request.file);
      r.url = feature(request.features, "uri=");
      request = {};
    }
    out.push_back(std::move(r));
  }
  return out;
}

}  // namespace aip::test
