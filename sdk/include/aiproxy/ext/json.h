/* ext/json.h - host extension "aiproxy.json/1": is this text JSON?
 *
 * A plugin that was given DATA without AIP_DATA_JSON, or that made JSON by other means, asks here
 * before it walks the bytes. [any]
 */
#ifndef AIPROXY_EXT_JSON_H
#define AIPROXY_EXT_JSON_H

#include "aiproxy/abi.h"

#define AIP_EXT_JSON "aiproxy.json/1"

typedef struct aip_json_v1 {
  uint32_t struct_size, pad;
  /* AIP_OK if `text` is one valid JSON text (RFC 8259, UTF-8) no deeper than `max_depth` (0: the
   * host's limit), else AIP_E_INVALID. */
  aip_status (*check)(aip_span text, uint32_t max_depth);
} aip_json_v1;

#endif
