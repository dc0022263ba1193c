// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/transmit.hpp"

#include <vector>

namespace iroh::quic {
namespace {

class OwnedPayload final : public SharedBuffer {
 public:
  explicit OwnedPayload(ByteSpan bytes) : bytes_(bytes.begin(), bytes.end()) {}
  MutableByteSpan bytes() noexcept { return bytes_; }

 private:
  void recycle() noexcept override { delete this; }
  std::vector<std::byte> bytes_;
};

}  // namespace

ReceivedDatagrams copy_out(const ReceivedDatagrams& datagrams) {
  auto* owned = new OwnedPayload(datagrams.payload);
  ReceivedDatagrams out = datagrams;
  out.payload = owned->bytes();
  out.buffer = SharedBufferRef::adopt(owned);
  return out;
}

}  // namespace iroh::quic
