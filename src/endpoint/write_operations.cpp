// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/write_operations.hpp"

namespace iroh::endpoint {
namespace {

/// True if the result is set: the write has failed for good.
template <class Op>
bool is_over(Op& operation, const Result<std::size_t>& written) {
  if (written.error() == asio::error::would_block) return false;
  operation.fail(written.error());
  return true;
}

}  // namespace

bool WriteSome::progress(SendState& stream) {
  const auto written = stream.write(data_.span());
  if (!written) return is_over(*this, written);
  complete({}, *written);
  return true;
}

bool WriteAll::progress(SendState& stream) {
  do {
    const auto written = stream.write(data_);
    if (!written) return is_over(*this, written);
    data_ = data_.subspan(*written);
  } while (!data_.empty());
  complete({});
  return true;
}

bool WriteBytes::progress(SendState& stream) {
  do {
    const auto written = stream.write(data_);  // removes what it takes
    if (!written) return is_over(*this, written);
  } while (!data_.empty());
  complete({});
  return true;
}

bool WriteChunks::progress(SendState& stream) {
  while (next_ < chunks_.size()) {
    const auto written = stream.write(chunks_[next_]);
    if (!written) return is_over(*this, written);
    if (chunks_[next_].empty()) ++next_;
  }
  complete({});
  return true;
}

}  // namespace iroh::endpoint
