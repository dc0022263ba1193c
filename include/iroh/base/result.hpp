// SPDX-License-Identifier: MIT OR Apache-2.0
/// What synchronous calls that can fail return. Asynchronous calls hand the same error_code to their completion token.
#pragma once

#include <boost/system/error_code.hpp>
#include <expected>

namespace iroh {

using boost::system::error_code;

/// A value, or an error in one of our categories. Never thrown by the call itself; value() throws if there is none.
template <class T>
using Result = std::expected<T, error_code>;

}  // namespace iroh
