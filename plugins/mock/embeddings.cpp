#include "embeddings.h"

#include <aiproxy/base64.hpp>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "words.h"

namespace mock {
namespace {

using aip::json::Value;
using aip::json::Writer;
using aip::sdk::Failure;
using aip::sdk::Headers;
using aip::sdk::text;
using aip::sdk::Usage;

constexpr std::int64_t kDimensions = 16;
constexpr std::int64_t kDimensionsMax = 4096;
constexpr std::size_t kInputsMax = 2048;  // as OpenAI's

std::uint64_t mix(std::uint64_t z) noexcept {  // SplitMix64
  z += 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::uint64_t hash_of(std::string_view word) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : word) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (lower != ' ' && lower != '\n') {
      hash = (hash ^ static_cast<unsigned char>(lower)) * 0x100000001b3ULL;
    }
  }
  return hash;
}

// Six decimals, so that the text and the base64 form tell the same numbers.
std::vector<float> vector_of(std::string_view input, std::size_t dimensions) {
  std::vector<double> sum(dimensions, 0.0);
  do {
    const std::string_view word = first_word(input);
    input.remove_prefix(word.size());
    const std::uint64_t seed = hash_of(word);
    for (std::size_t i = 0; i < dimensions; ++i) {
      sum[i] += static_cast<double>(mix(seed + i) >> 11) * 0x1p-52 - 1.0;
    }
  } while (!input.empty());
  double square = 0;
  for (const double x : sum) square += x * x;
  const double length = square > 0 ? std::sqrt(square) : 1;
  std::vector<float> out;
  out.reserve(dimensions);
  for (const double x : sum) {
    out.push_back(static_cast<float>(std::round(x / length * 1e6) / 1e6));
  }
  return out;
}

std::string base64(const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return aip::sdk::encode_base64(bytes);
}

// `input` is a text, a list of texts, a list of token numbers, or a list of such lists.
std::vector<std::string> read_inputs(Value input) {
  std::vector<std::string> out;
  if (input.is_string()) out.push_back(input.str());
  for (const Value item : input.items()) {
    if (item.is_number()) return {std::string(input.raw())};
    out.push_back(item.is_string() ? item.str() : std::string(item.raw()));
  }
  return out;
}

void write_vector(const std::vector<float>& values, bool as_base64, Writer& w) {
  if (as_base64) {
    w.string(base64(values));
    return;
  }
  w.array();
  for (const float x : values) w.real(std::round(static_cast<double>(x) * 1e6) / 1e6);
  w.end_array();
}

Failure wrong(std::string_view param, std::string message) {
  Failure f(AIP_E_INVALID, std::move(message));
  f.http_status = 400;
  f.type = "invalid_request_error";
  f.param = std::string(param);
  return f;
}

}  // namespace

aip_status Embeddings::begin(const aip_request& request) {
  const Value body(text(request.body));
  const std::vector<std::string> inputs = read_inputs(body["input"]);
  if (inputs.empty()) return fail(wrong("input", "\"input\" must be a text or a list."));
  if (inputs.size() > kInputsMax) return fail(wrong("input", "At most 2048 inputs are taken."));
  const std::int64_t dimensions = body["dimensions"].integer().value_or(kDimensions);
  if (dimensions < 1 || dimensions > kDimensionsMax) {
    return fail(wrong("dimensions", "\"dimensions\" must be 1 to 4096."));
  }
  const bool as_base64 = body["encoding_format"].equals("base64");

  std::string out;
  Writer w(out);
  std::uint64_t words = 0;
  w.object().member("object", "list").key("data").array();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    words += count_words(inputs[i]);
    w.object().member("object", "embedding").key("index").unsigned_number(i).key("embedding");
    write_vector(vector_of(inputs[i], static_cast<std::size_t>(dimensions)), as_base64, w);
    w.end_object();
  }
  w.end_array().member("model", text(request.model)).key("usage").object();
  w.key("prompt_tokens").unsigned_number(words).key("total_tokens").unsigned_number(words);
  w.end_object().end_object();

  Headers headers;
  headers.add("content-type", "application/json");
  if (const aip_status s = stream().respond(200, headers); s < 0) return s;
  if (const aip_status s = stream().emit_raw(out); s < 0) return s;
  if (const aip_status s =
          stream().emit(aip::sdk::event::usage(Usage().set(AIP_USAGE_INPUT, words)));
      s < 0) {
    return s;
  }
  return stream().finish();
}

}  // namespace mock
