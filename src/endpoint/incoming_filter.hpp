// SPDX-License-Identifier: MIT OR Apache-2.0
// Asks a filter what to do with a client. The filter is the user's code and runs outside the lock.
#pragma once

#include <memory>

#include "endpoint/operation.hpp"
#include "iroh/endpoint/incoming.hpp"

namespace iroh::endpoint {

class IncomingHandle;

/// A filter that throws rejects.
FilterOutcome ask_filter(const IncomingFilter& filter, const Incoming& incoming);
/// Refuses, sends away or ignores. False if the outcome is to accept: then nothing has happened.
bool turn_away(Incoming& incoming, FilterOutcome outcome);

/// Takes a client from the core to the endpoint's filter, and from there to whoever accepts.
class FilterOperation final : public Operation {
 public:
  FilterOperation(std::shared_ptr<const IncomingFilter> filter, std::shared_ptr<IncomingHandle> incoming) noexcept
      : filter_(std::move(filter)), incoming_(std::move(incoming)) {}
  void fail(error_code) override {}
  void post(const asio::any_io_executor& through) override;

 private:
  std::shared_ptr<const IncomingFilter> filter_;
  std::shared_ptr<IncomingHandle> incoming_;
};

}  // namespace iroh::endpoint
