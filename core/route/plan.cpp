// plan.cpp - "who answers is decided so" (SPEC 4), sentence by sentence.
#include <algorithm>

#include "core/route/table.h"

namespace aip::route {
namespace {

// One draw after another from the same dice (SplitMix64's finisher).
std::uint64_t next_draw(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

// Chosen by weight, without putting back: the order of the fallbacks is weighted as well. A target
// of weight 0 is out of service.
std::vector<const config::Target*> by_weight(const std::vector<config::Target>& targets,
                                             std::uint64_t dice) {
  std::vector<const config::Target*> left, out;
  std::uint64_t sum = 0;
  for (const config::Target& target : targets) {
    if (target.weight == 0) continue;
    left.push_back(&target);
    sum += target.weight;
  }
  while (!left.empty()) {
    std::uint64_t draw = next_draw(dice) % sum;
    auto chosen = left.begin();
    while (draw >= (*chosen)->weight) draw -= (*chosen++)->weight;
    sum -= (*chosen)->weight;
    out.push_back(*chosen);
    left.erase(chosen);
  }
  return out;
}

std::vector<const config::Target*> in_order(const std::vector<config::Target>& targets,
                                            std::size_t first) {
  std::vector<const config::Target*> out;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    out.push_back(&targets[(first + i) % targets.size()]);
  }
  return out;
}

std::vector<const config::Target*> ordered(const config::ModelRule& rule, std::uint64_t dice,
                                           std::uint32_t turn) {
  if (rule.targets.empty()) return {};
  switch (rule.policy) {
    case config::Policy::Weighted:
      return by_weight(rule.targets, dice);
    case config::Policy::Order:
      return in_order(rule.targets, 0);
    case config::Policy::RoundRobin:
      return in_order(rule.targets, turn % rule.targets.size());
  }
  return {};
}

bool is_glob(std::string_view match) {
  return match.find('*') != std::string_view::npos;
}

std::string_view word_of(Operation operation) {
  switch (operation) {
    case Operation::Chat:
      return "chat";
    case Operation::CountTokens:
      return "count_tokens";
    case Operation::Embeddings:
      return "embeddings";
    case Operation::ListModels:
    case Operation::GetModel:
      return "models";
    case Operation::Forward:
      return "forward";
    case Operation::PluginRoute:
      return "route";
  }
  return "";
}

}  // namespace

bool TableData::can(std::uint32_t provider, Operation operation) const noexcept {
  const config::Manifest* manifest = providers_[provider].manifest;
  if (manifest == nullptr) return false;
  const std::vector<std::string>& known = manifest->operations;
  return known.empty() || std::find(known.begin(), known.end(), word_of(operation)) != known.end();
}

std::optional<std::uint32_t> TableData::named(std::string_view name) const {
  const auto it = by_name_.find(name);
  if (name.empty() || it == by_name_.end()) return std::nullopt;
  return it->second;
}

std::optional<std::uint32_t> TableData::claimant(std::string_view model) const {
  if (model.empty()) return std::nullopt;
  if (const auto it = listed_.find(model); it != listed_.end()) return it->second;
  for (const Claim& claim : claims_) {
    if (glob_matches(claim.glob, model)) return claim.provider;
  }
  return std::nullopt;
}

Plan TableData::plan_one(std::uint32_t provider, std::string_view model, bool named) const {
  Plan plan;
  plan.candidates.push_back(
      {provider, std::string(model), providers_[provider].provider->drop_unsupported});
  plan.named = named;
  plan.model_known = listed_.find(model) != listed_.end();
  return plan;
}

Plan TableData::plan_rule(const config::ModelRule& rule, std::string_view model, std::uint64_t dice,
                          std::uint32_t turn) const {
  Plan plan;
  for (const config::Target* target : ordered(rule, dice, turn)) {
    const auto provider = by_name_.find(target->provider);
    if (provider == by_name_.end()) continue;
    plan.candidates.push_back(
        {provider->second, target->model.empty() ? std::string(model) : target->model,
         target->drop_unsupported || providers_[provider->second].provider->drop_unsupported});
  }
  plan.retry = rule.retry;
  plan.timeouts = rule.timeouts;
  plan.model_known = !is_glob(rule.match) || listed_.find(model) != listed_.end();
  return plan;
}

Result<Plan> TableData::choose(const Match& match, std::string_view provider_member,
                               std::string_view model, std::uint64_t dice,
                               std::uint32_t turn) const {
  // The path has named it: /p/<name>/ or a claimed route.
  if (const auto pinned = named(match.provider)) return plan_one(*pinned, model, true);
  // `provider` in the body: a configured name or an alias; other words mean nothing, as in the
  // seed.
  if (const auto asked = named(provider_member)) return plan_one(*asked, model, true);
  // An exact `models` match.
  for (const config::ModelRule& rule : config_->models) {
    if (!is_glob(rule.match) && rule.match == model) return plan_rule(rule, model, dice, turn);
  }
  // `model` as provider/model.
  const std::size_t slash = model.find('/');
  if (slash != std::string_view::npos && slash + 1 < model.size()) {
    if (const auto asked = named(model.substr(0, slash))) {
      return plan_one(*asked, model.substr(slash + 1), true);
    }
  }
  // The first `models` glob.
  for (const config::ModelRule& rule : config_->models) {
    if (is_glob(rule.match) && glob_matches(rule.match, model)) {
      return plan_rule(rule, model, dice, turn);
    }
  }
  // The provider that claims the model's name.
  if (const auto owner = claimant(model)) return plan_one(*owner, model, false);
  if (const auto fallback = named(config_->default_provider)) {
    return plan_one(*fallback, model, false);
  }
  return Error{ErrorCode::PolicyModelUnknown,
               model.empty() ? std::string("The request names no model, and there is no default "
                                           "provider.")
                             : "No provider answers for the model \"" + std::string(model) + "\"."};
}

Result<Plan> TableData::plan(const Match& match, std::string_view provider_member,
                             std::string_view model, std::uint64_t dice, std::uint32_t turn) const {
  Result<Plan> plan = choose(match, provider_member, model, dice, turn);
  if (!plan || match.operation == Operation::PluginRoute) return plan;
  std::vector<Candidate>& candidates = plan->candidates;
  const std::string first =
      candidates.empty() ? std::string() : providers_[candidates.front().provider].provider->name;
  // The tokens of a chat can be estimated for whoever chats.
  const bool count = match.operation == Operation::CountTokens;
  std::erase_if(candidates, [&](const Candidate& c) {
    return !can(c.provider, match.operation) && !(count && can(c.provider, Operation::Chat));
  });
  if (!candidates.empty()) return plan;
  return Error{ErrorCode::CallerUnsupported, "The provider \"" + first + "\" has no \"" +
                                                 std::string(word_of(match.operation)) + "\"."};
}

}  // namespace aip::route
