// check.h - assertions for the promises that this program makes to itself.
//
// AIP_CHECK is always on: a broken promise of our own ends the process at once, with the place.
// AIP_DCHECK costs nothing in release builds. A peer's lie is never an assertion: it is an Error.
#pragma once

#include <cstdio>
#include <cstdlib>

#define AIP_CHECK(condition)                                                               \
  do {                                                                                     \
    if (!(condition)) [[unlikely]] {                                                       \
      std::fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                        \
    }                                                                                      \
  } while (false)

#ifdef NDEBUG
#define AIP_DCHECK(condition) static_cast<void>(sizeof(!(condition)))
#else
#define AIP_DCHECK(condition) AIP_CHECK(condition)
#endif
