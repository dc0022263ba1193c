// SPDX-License-Identifier: MIT OR Apache-2.0
// Errors as values: auto [error, value] = co_await call(..., as_values);
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

namespace iroh::blobs {

inline constexpr auto as_values = boost::asio::as_tuple(boost::asio::deferred);

}  // namespace iroh::blobs
