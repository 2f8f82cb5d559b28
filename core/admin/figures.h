// figures.h - the metrics that are read off the process when somebody asks, from Control and from
// the plugins' scopes. docs/metrics.md says what each means.
//
// Threads: see observe/metrics.h.   Lifetime: `control` outlives the last render().
// Tests: tests/unit/admin/figures_test.cpp
#pragma once

#include "core/admin/control.h"
#include "core/observe/metrics.h"

namespace aip::admin {

void publish_figures(observe::Metrics& metrics, const Control& control);

}  // namespace aip::admin
