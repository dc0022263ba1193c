// SPDX-License-Identifier: MIT OR Apache-2.0
// The public router handle.
#include "iroh/endpoint/router.hpp"

#include "base/assert.hpp"
#include "endpoint/empty_handle.hpp"
#include "endpoint/router_state.hpp"

namespace iroh {
namespace endpoint {

class RouterHandle {
 public:
  explicit RouterHandle(std::shared_ptr<RouterState> state) : state_(std::move(state)) {}
  RouterHandle(const RouterHandle&) = delete;
  RouterHandle& operator=(const RouterHandle&) = delete;
  ~RouterHandle() { state_->drop(); }
  RouterState& state() const noexcept { return *state_; }

 private:
  std::shared_ptr<RouterState> state_;
};

}  // namespace endpoint

Task<> ProtocolHandler::shutdown() {
  co_return;
}

Router::Router(Endpoint endpoint) {
  IROH_ASSERT(static_cast<bool>(endpoint));
  auto state = std::make_shared<endpoint::RouterState>(std::move(endpoint));
  state->start();
  handle_ = std::make_shared<endpoint::RouterHandle>(std::move(state));
}

void Router::add(std::string alpn, std::shared_ptr<ProtocolHandler> handler) const {
  IROH_ASSERT(handle_ != nullptr);
  handle_->state().add(std::move(alpn), std::move(handler));
}

Router Router::incoming_filter(IncomingFilter filter) const {
  IROH_ASSERT(handle_ != nullptr);
  handle_->state().set_filter(std::move(filter));
  return *this;
}

const Endpoint& Router::endpoint() const noexcept {
  IROH_ASSERT(handle_ != nullptr);
  return handle_->state().endpoint();
}

void Router::start_shutdown(CompletionHandler<> handler, Handle handle) {
  if (handle == nullptr) return endpoint::fail_empty(std::move(handler), EndpointError::closed);
  handle->state().shutdown(std::move(handler));
}

bool Router::is_shutdown() const noexcept {
  return handle_ == nullptr || handle_->state().is_shutdown();
}

}  // namespace iroh
