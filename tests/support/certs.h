// certs.h - certificates made for a test, good ones and bad ones, as PEM files in a folder of the
// test's own that goes away with it. Keys are P-256 unless said otherwise.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "core/base/check.h"

namespace aip::test {

struct KeyFree {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct CertFree {
  void operator()(X509* cert) const noexcept { X509_free(cert); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, KeyFree>;
using CertPtr = std::unique_ptr<X509, CertFree>;

struct Identity {
  KeyPtr key;
  CertPtr cert;
};

struct CertSpec {
  std::string common_name = "test";
  std::string alt_names;  // "DNS:a,IP:127.0.0.1"; empty: none
  std::string usage = "serverAuth";
  int from_days = -1;
  int to_days = 30;
  bool is_ca = false;
  int rsa_bits = 0;  // 0: P-256
};

inline KeyPtr make_key(int rsa_bits) {
  KeyPtr key(rsa_bits > 0 ? EVP_RSA_gen(static_cast<unsigned>(rsa_bits)) : EVP_EC_gen("P-256"));
  AIP_CHECK(key != nullptr);
  return key;
}

inline void add_extension(X509* cert, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  AIP_CHECK(extension != nullptr);
  X509_add_ext(cert, extension, -1);
  X509_EXTENSION_free(extension);
}

// Signed by `issuer`, or by itself if that is nullptr.
inline Identity make_identity(const CertSpec& spec, const Identity* issuer) {
  constexpr long kDay = 24L * 60 * 60;
  static long serial = 1000;
  Identity made{make_key(spec.rsa_bits), CertPtr(X509_new())};
  X509* cert = made.cert.get();
  X509* by = issuer != nullptr ? issuer->cert.get() : cert;
  X509_set_version(cert, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(cert), spec.from_days * kDay);
  X509_gmtime_adj(X509_getm_notAfter(cert), spec.to_days * kDay);
  X509_set_pubkey(cert, made.key.get());
  const auto* name = reinterpret_cast<const unsigned char*>(spec.common_name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC, name, -1, -1, 0);
  X509_set_issuer_name(cert, X509_get_subject_name(by));
  add_extension(cert, by, NID_basic_constraints, spec.is_ca ? "critical,CA:TRUE" : "CA:FALSE");
  if (spec.is_ca) add_extension(cert, by, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(cert, by, NID_subject_key_identifier, "hash");
  if (!spec.is_ca && !spec.usage.empty()) add_extension(cert, by, NID_ext_key_usage, spec.usage);
  if (!spec.alt_names.empty()) add_extension(cert, by, NID_subject_alt_name, spec.alt_names);
  EVP_PKEY* signer = issuer != nullptr ? issuer->key.get() : made.key.get();
  AIP_CHECK(X509_sign(cert, signer, EVP_sha256()) > 0);
  return made;
}

inline Identity make_ca(const std::string& name) {
  CertSpec spec;
  spec.common_name = name;
  spec.is_ca = true;
  return make_identity(spec, nullptr);
}

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "aiproxy-tls-XXXXXX").string();
    AIP_CHECK(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

  std::string write_cert(const std::string& name, const Identity& identity) const {
    std::FILE* out = std::fopen(file(name).c_str(), "w");
    AIP_CHECK(out != nullptr && PEM_write_X509(out, identity.cert.get()) == 1);
    std::fclose(out);
    return file(name);
  }
  std::string write_key(const std::string& name, const Identity& identity,
                        const std::string& password = {}) const {
    std::FILE* out = std::fopen(file(name).c_str(), "w");
    AIP_CHECK(out != nullptr);
    std::string secret = password;
    const int written = PEM_write_PrivateKey(
        out, identity.key.get(), secret.empty() ? nullptr : EVP_aes_128_cbc(),
        secret.empty() ? nullptr : reinterpret_cast<unsigned char*>(secret.data()),
        static_cast<int>(secret.size()), nullptr, nullptr);
    AIP_CHECK(written == 1);
    std::fclose(out);
    return file(name);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace aip::test
