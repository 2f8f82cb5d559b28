#include "core/plugin/elf.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <type_traits>

#include "core/plugin/refuse.h"

namespace aip::plugin {
namespace {

constexpr unsigned char kStbGnuUnique = 10;
// Far above what a plugin has; they bound the work that a strange file can ask for.
constexpr std::size_t kSectionsMax = 4096;
constexpr std::size_t kExportsMax = 4096;
constexpr std::size_t kSymbolBytesMax = 4096;

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
constexpr std::string_view kMachineName = "x86-64";
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
constexpr std::string_view kMachineName = "AArch64";
#elif defined(__riscv)
constexpr Elf64_Half kMachine = EM_RISCV;
constexpr std::string_view kMachineName = "RISC-V";
#else
#error "add this machine's ELF number"
#endif

// `size` bytes at `offset`, if all of them are in the file.
std::optional<Bytes> slice(Bytes file, std::uint64_t offset, std::uint64_t size) noexcept {
  if (offset > file.size() || size > file.size() - offset) return std::nullopt;
  return file.substr(offset, size);
}

// The i-th record of a table, copied out, because nothing in a file is aligned for sure.
template <class T>
std::optional<T> record(Bytes table, std::uint64_t i) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  if (i >= table.size() / sizeof(T)) return std::nullopt;
  T out;
  std::memcpy(&out, table.data() + i * sizeof(T), sizeof(T));
  return out;
}

// A text in a string table; empty if it does not end inside the table, or only after
// kSymbolBytesMax.
Bytes text_at(Bytes table, std::uint64_t offset) noexcept {
  if (offset >= table.size()) return {};
  const Bytes rest = table.substr(offset, kSymbolBytesMax);
  const std::size_t end = rest.find('\0');
  return end == Bytes::npos ? Bytes() : rest.substr(0, end);
}

Status check_header(Bytes file, const Elf64_Ehdr& header) {
  if (header.e_ident[EI_CLASS] == ELFCLASS32) {
    return refuse("it is built for a 32-bit machine; this gateway runs on 64 bits");
  }
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_ident[EI_VERSION] != EV_CURRENT) {
    return refuse("it is not a 64-bit little-endian object");
  }
  if (header.e_machine != kMachine) {
    return refuse("it is built for another machine (ELF number " +
                  std::to_string(header.e_machine) + "); this gateway runs on " +
                  std::string(kMachineName));
  }
  if (header.e_type != ET_DYN) {
    return refuse("it is not a shared object: build it with -shared");
  }
  if (header.e_shoff == 0 || header.e_shnum == 0) {
    return refuse(
        "it has no section table, so its note cannot be read: do not strip it with sstrip");
  }
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shnum > kSectionsMax) {
    return refuse("its section table is malformed");
  }
  if (!slice(file, header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr))) {
    return refuse(
        "it is cut short: its section table should end at byte " +
        std::to_string(header.e_shoff + std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr)) +
        ", the file has " + std::to_string(file.size()));
  }
  return {};
}

// The file's sections, looked up by name or type.
class Sections {
 public:
  Sections(Bytes file, const Elf64_Ehdr& header)
      : file_(file),
        table_(*slice(file, header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr))) {
    if (const auto names = record<Elf64_Shdr>(table_, header.e_shstrndx)) names_ = bytes(*names);
  }
  [[nodiscard]] Bytes bytes(const Elf64_Shdr& section) const noexcept {
    if (section.sh_type == SHT_NOBITS) return {};
    return slice(file_, section.sh_offset, section.sh_size).value_or(Bytes());
  }
  // Calls fn(header, name) for each.
  template <class F>
  void for_each(F&& fn) const {
    for (std::uint64_t i = 0; const auto section = record<Elf64_Shdr>(table_, i); ++i) {
      fn(*section, text_at(names_, section->sh_name));
    }
  }
  [[nodiscard]] std::optional<Elf64_Shdr> at(std::uint64_t index) const noexcept {
    return record<Elf64_Shdr>(table_, index);
  }

 private:
  Bytes file_, table_, names_;
};

// An object has one table of dynamic symbols; a second one in a strange file is not read.
void read_symbols(const Sections& sections, const Elf64_Shdr& table, ElfFacts& facts) {
  if (!facts.exports.empty()) return;
  const auto strings = sections.at(table.sh_link);
  if (!strings) return;
  const Bytes names = sections.bytes(*strings);
  const Bytes symbols = sections.bytes(table);
  for (std::uint64_t i = 0; const auto symbol = record<Elf64_Sym>(symbols, i); ++i) {
    if (facts.exports.size() == kExportsMax) return;
    const unsigned char binding = ELF64_ST_BIND(symbol->st_info);
    if (symbol->st_shndx == SHN_UNDEF || binding == STB_LOCAL) continue;
    facts.exports.emplace_back(text_at(names, symbol->st_name));
    if (binding == kStbGnuUnique && facts.pinned_by.empty()) {
      facts.pinned_by = "unique symbol " + facts.exports.back();
    }
  }
}

void read_dynamic(Bytes entries, ElfFacts& facts) {
  for (std::uint64_t i = 0; const auto entry = record<Elf64_Dyn>(entries, i); ++i) {
    if (entry->d_tag == DT_NULL) return;
    if (entry->d_tag == DT_FLAGS_1 && (entry->d_un.d_val & DF_1_NODELETE) != 0) {
      facts.pinned_by = "linker flag nodelete";
    }
    if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_STATIC_TLS) != 0) {
      facts.pinned_by = "static thread-local storage";
    }
  }
}

}  // namespace

Result<ElfFacts> read_elf(Bytes file) {
  if (file.empty()) return refuse("the file is empty");
  if (file.size() < SELFMAG || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0) {
    return refuse("it is not a shared object (it does not begin as an ELF file)");
  }
  const auto header = record<Elf64_Ehdr>(file, 0);
  // A 32-bit header is shorter, but its class byte can be judged all the same.
  if (!header && (file.size() <= EI_CLASS || file[EI_CLASS] != ELFCLASS32)) {
    return refuse("it is cut short: it ends within its ELF header");
  }
  if (!header) return refuse("it is built for a 32-bit machine; this gateway runs on 64 bits");
  if (Status fits = check_header(file, *header); !fits) return std::move(fits).error();

  const Sections sections(file, *header);
  ElfFacts facts;
  bool whole = true;
  sections.for_each([&](const Elf64_Shdr& section, Bytes name) {
    if (section.sh_type != SHT_NOBITS && section.sh_type != SHT_NULL) {
      whole = whole && slice(file, section.sh_offset, section.sh_size).has_value();
    }
    if (name == ".note.aiproxy") facts.note = sections.bytes(section);
    if (name == ".aiproxy.manifest") facts.manifest = sections.bytes(section);
    if (section.sh_type == SHT_DYNSYM) read_symbols(sections, section, facts);
    if (section.sh_type == SHT_DYNAMIC) read_dynamic(sections.bytes(section), facts);
    // Its destructors stay registered with every thread that met them, so the code must stay.
    if ((section.sh_flags & SHF_TLS) != 0) facts.pinned_by = "thread-local storage";
  });
  if (!whole) return refuse("it is cut short or damaged: a section lies outside the file");
  return facts;
}

}  // namespace aip::plugin
