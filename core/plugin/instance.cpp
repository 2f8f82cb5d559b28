#include "core/plugin/instance.h"

#include <utility>

#include "core/plugin/attachment.h"
#include "core/plugin/checks.h"
#include "core/plugin/crossing.h"
#include "core/plugin/module.h"
#include "core/plugin/post_box.h"
#include "core/plugin/stream_session.h"

namespace aip::plugin {

// A provider as create() made it.
class Instance {
 public:
  Instance(std::shared_ptr<Module> module, std::string name)
      : module_(std::move(module)),
        name_(std::move(name)),
        scope_(intern_scope(module_->file().name, name_)),
        handle_(main_handles().acquire(HandleKind::Scope, scope_, nullptr, 0)) {}
  ~Instance() {
    if (created_) {
      cross(scope_, nullptr, "destroy", [&]() -> aip_status {
        module_->provider().destroy(provider_);
        return AIP_OK;
      });
    }
    main_handles().release(handle_);
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  [[nodiscard]] Status create(Bytes section);

  [[nodiscard]] const Module& module() const noexcept { return *module_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] Scope& scope() const noexcept { return scope_; }
  [[nodiscard]] void* provider() const noexcept { return provider_; }

 private:
  static HandleTable& main_handles() { return HandleTable::of_worker(HandleTable::kMainWorker); }

  const std::shared_ptr<Module> module_;
  const std::string name_;
  Scope& scope_;
  const aip_id handle_;
  void* provider_ = nullptr;  // the plugin's own
  bool created_ = false;
};

Status Instance::create(Bytes section) {
  aip_error told{};
  const aip_status status = cross(scope_, nullptr, "create", [&] {
    return module_->provider().create(handle_, span_of(section), &provider_, &told);
  });
  if (status >= 0) {
    created_ = true;
    return {};
  }
  std::string why = "its create() failed with status " + std::to_string(status);
  if (told.struct_size != 0) {
    const PluginError error = copy_error(told);
    if (!error.message.empty()) why = error.message;
    if (!error.param.empty()) why = error.param + ": " + why;
  }
  return Error{ErrorCode::GatewayPlugin, std::move(why)};
}

Result<std::shared_ptr<Instance>> instantiate(std::shared_ptr<Module> module,
                                              std::string provider_name,
                                              const std::string& section_json) {
  auto instance = std::make_shared<Instance>(std::move(module), std::move(provider_name));
  if (Status created = instance->create(section_json); !created) {
    return std::move(created).error().at("provider " + instance->name());
  }
  return instance;
}

const FileInfo& file_of(const Instance& instance) noexcept {
  return instance.module().file();
}

const std::string& copy_of(const Instance& instance) noexcept {
  return instance.module().copy();
}

namespace {

class AttachedInstance final : public WorkerInstance {
 public:
  AttachedInstance(std::shared_ptr<Instance> instance, std::uint32_t worker, Scheduler& scheduler,
                   Poster& poster)
      : instance_(std::move(instance)),
        at_{instance_->module().provider(), instance_->scope(), HandleTable::of_worker(worker),
            scheduler},
        box_(PostBox::of_worker(worker)),
        handle_(at_.handles.acquire(HandleKind::Scope, at_.scope, nullptr, 0)) {
    at_.handles.own_by_this_thread();
    box_.open(poster);
  }
  ~AttachedInstance() override {
    AIP_CHECK(at_.sessions == 0);
    if (attached_) {
      cross(at_.scope, &at_.scheduler, "worker_detach", [&]() -> aip_status {
        at_.table.worker_detach(at_.worker_state);
        return AIP_OK;
      });
    }
    box_.close();
    at_.handles.release(handle_);
  }
  AttachedInstance(const AttachedInstance&) = delete;
  AttachedInstance& operator=(const AttachedInstance&) = delete;

  [[nodiscard]] Status attach(std::uint32_t worker) {
    const aip_status status = cross(at_.scope, &at_.scheduler, "worker_attach", [&] {
      return at_.table.worker_attach(instance_->provider(), worker, handle_, &at_.worker_state);
    });
    attached_ = status >= 0;
    if (attached_) return {};
    return Error{ErrorCode::GatewayPlugin, "provider " + instance_->name() +
                                               ": its worker_attach() failed with status " +
                                               std::to_string(status)};
  }

  [[nodiscard]] const std::string& provider_name() const noexcept override {
    return instance_->name();
  }
  [[nodiscard]] std::unique_ptr<Session> open(SessionOwner& owner) override {
    return std::make_unique<StreamSession>(at_, owner);
  }
  [[nodiscard]] bool has_resolve() const noexcept override { return at_.table.resolve != nullptr; }

 private:
  const std::shared_ptr<Instance> instance_;
  Attachment at_;
  PostBox& box_;
  const aip_id handle_;
  bool attached_ = false;
};

}  // namespace

Result<std::shared_ptr<WorkerInstance>> attach(std::shared_ptr<Instance> instance,
                                               std::uint32_t worker, Scheduler& scheduler,
                                               Poster& poster) {
  AIP_CHECK(worker < HandleTable::kWorkersMax);
  auto attached =
      std::make_shared<AttachedInstance>(std::move(instance), worker, scheduler, poster);
  if (Status status = attached->attach(worker); !status) return std::move(status).error();
  return std::shared_ptr<WorkerInstance>(std::move(attached));
}

}  // namespace aip::plugin
