// SPDX-License-Identifier: MIT OR Apache-2.0
// Endpoint::bind(): from options to a running endpoint.
#include <algorithm>
#include <boost/asio/append.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>

#include "base/log.hpp"
#include "endpoint/alpn.hpp"
#include "endpoint/bind_plan.hpp"
#include "endpoint/empty_handle.hpp"
#include "endpoint/endpoint_state.hpp"
#include "endpoint/key_log.hpp"
#include "endpoint/transport_config.hpp"
#include "net/os_platform.hpp"
#include "tls/session.hpp"

namespace iroh {
namespace {

namespace asio = boost::asio;
using endpoint::EndpointState;

Result<void> check(const EndpointOptions& options) {
  if (options.relay_mode != RelayMode::disabled) return std::unexpected(make_error_code(EndpointError::not_supported));
  if (!std::ranges::all_of(options.alpns, endpoint::is_valid_alpn)) {
    return std::unexpected(make_error_code(EndpointError::invalid_alpn));
  }
  return {};
}

Result<std::shared_ptr<EndpointState>> make_state(const asio::any_io_executor& executor, EndpointOptions& options) {
  if (const auto checked = check(options); !checked) return std::unexpected(checked.error());
  auto plan = endpoint::plan_sockets(options.bind_addrs, options.default_bind_addrs);
  if (!plan) return std::unexpected(plan.error());
  SecretKey secret_key = options.secret_key ? *std::move(options.secret_key) : SecretKey::generate();
  auto identity = tls::make_identity(secret_key);
  if (!identity) {
    base::log(base::LogLevel::error, "endpoint", "TLS: {}", identity.error());
    return std::unexpected(make_error_code(EndpointError::tls_setup));
  }
  endpoint::Strand strand(executor);
  auto platform = options.platform != nullptr ? std::move(options.platform) : net::make_os_platform(strand);
  auto sockets = endpoint::bind_sockets(*platform, *plan);
  if (!sockets) return std::unexpected(sockets.error());
  auto transport = endpoint::make_transport_config(options.transport, *sockets);
  if (!transport) return std::unexpected(transport.error());
  return std::make_shared<EndpointState>(EndpointState::Setup{
      .driver = {.executor = executor,
                 .strand = std::move(strand),
                 .platform = std::move(platform),
                 .sockets = *std::move(sockets),
                 .identity = *std::move(identity),
                 .config = {.transport = *std::move(transport),
                            .max_tickets = options.max_tls_tickets,
                            .key_log = options.key_log ? endpoint::key_log_from_environment() : nullptr},
                 .adaptive_spin = options.adaptive_spin},
      .secret_key = std::move(secret_key),
      .alpns = std::move(options.alpns),
      .external_addrs = std::move(options.external_addrs),
      .transport = std::move(options.transport),
      .incoming_filter = std::move(options.incoming_filter),
      .hooks = std::move(options.hooks),
  });
}

bool is_usable(const asio::any_io_executor& executor) {
  return executor && executor.target<asio::system_executor>() == nullptr;
}

}  // namespace

void Endpoint::start_bind(CompletionHandler<Endpoint> handler, asio::any_io_executor executor,
                          EndpointOptions options) {
  if (!is_usable(executor)) return endpoint::fail_empty(std::move(handler), EndpointError::no_executor);
  auto state = make_state(executor, options);
  error_code error;
  Endpoint bound;
  if (state) {
    (*state)->start();
    bound = endpoint::Internals::make(std::make_shared<endpoint::EndpointHandle>(*std::move(state)));
  } else {
    error = state.error();
  }
  asio::post(executor, asio::append(std::move(handler), error, std::move(bound)));
}

}  // namespace iroh
