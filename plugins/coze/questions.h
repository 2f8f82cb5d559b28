// questions.h - the SDK's words for what a translator asks and how it says no, as this plugin's
// own.
#pragma once

#include <aiproxy/questions.hpp>

namespace aip::coze {

using sdk::HostQuestions;
using sdk::invalid;
using sdk::MaybeFailure;
using sdk::Outcome;
using sdk::Questions;
using sdk::unsupported;

}  // namespace aip::coze
