// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/incoming_filter.hpp"

#include <exception>

#include "base/log.hpp"
#include "endpoint/endpoint_state.hpp"
#include "endpoint/handles.hpp"

namespace iroh::endpoint {

FilterOutcome ask_filter(const IncomingFilter& filter, const Incoming& incoming) {
  if (!filter) return FilterOutcome::accept;
  try {
    return filter(incoming);
  } catch (const std::exception& error) {
    base::log(base::LogLevel::warn, "endpoint", "the filter failed: {}", error.what());
    return FilterOutcome::reject;
  }
}

bool turn_away(Incoming& incoming, FilterOutcome outcome) {
  switch (outcome) {
    case FilterOutcome::accept:
      return false;
    case FilterOutcome::reject:
      incoming.refuse();
      break;
    case FilterOutcome::ignore:
      incoming.ignore();
      break;
    case FilterOutcome::retry:
      if (!incoming.retry()) incoming.refuse();
      break;
  }
  return true;
}

void FilterOperation::post(const asio::any_io_executor& through) {
  asio::post(through, [filter = std::move(filter_), handle = std::move(incoming_)] {
    Incoming incoming = Internals::make(handle);
    if (!turn_away(incoming, ask_filter(*filter, incoming))) handle->offer();
  });
}

}  // namespace iroh::endpoint
