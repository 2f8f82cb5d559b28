#include "core/plugin/trial.h"

int main(int argc, char** argv) {
  return aip::plugin::run_trial(argc, argv);
}
