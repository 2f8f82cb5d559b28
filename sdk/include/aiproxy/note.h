/* note.h - what a plugin says about itself before any of its code runs.
 *
 * Two ELF sections, read by the host from the file:
 *   .note.aiproxy      a note with owner "aiproxy", type 1, and the fixed struct below;
 *   .aiproxy.manifest  the manifest, a JSON text (docs/manifest.md is its reference).
 * The manifest is brought in from a file by aiproxy_add_plugin() (CMake), or by any other means
 * that puts its bytes into a section of that name.
 */
#ifndef AIPROXY_NOTE_H
#define AIPROXY_NOTE_H

#include <stdint.h>

#include "aiproxy/abi.h"

typedef struct aip_note {
  uint32_t name_size, desc_size, type;
  char name[8]; /* "aiproxy" and its NUL */
  uint32_t magic, abi_major, abi_minor, min_host_minor;
} aip_note;

/* Place once, at file scope: AIP_NOTE(0) for a plugin that needs nothing newer than host minor 0. */
#define AIP_NOTE(min_host_minor)                                                            \
  __attribute__((section(".note.aiproxy"), used, aligned(4))) static const aip_note         \
      aip_note_ = {8,         16,           1,            "aiproxy",                        \
                   AIP_MAGIC, AIP_ABI_MAJOR, AIP_ABI_MINOR, (min_host_minor)}

#endif
