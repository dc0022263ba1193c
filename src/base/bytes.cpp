// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/base/bytes.hpp"

#include <algorithm>
#include <ostream>

#include "base/heap_buffer.hpp"

namespace iroh {
namespace {

class StringBuffer final : public SharedBuffer {
 public:
  explicit StringBuffer(std::string text) noexcept : text_(std::move(text)) {}
  std::string_view text() const noexcept { return text_; }

 private:
  void recycle() noexcept override { delete this; }
  std::string text_;
};

}  // namespace

Bytes Bytes::copy_of(std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  auto* buffer = base::HeapBuffer::copy_of(bytes);
  return Bytes(SharedBufferRef::adopt(buffer), buffer->bytes());
}

Bytes Bytes::from_string(std::string text) {
  if (text.empty()) return {};
  auto* buffer = new StringBuffer(std::move(text));
  const std::string_view view = buffer->text();
  return Bytes(SharedBufferRef::adopt(buffer), std::as_bytes(std::span(view.data(), view.size())));
}

Bytes Bytes::slice(std::size_t offset, std::size_t count) const noexcept {
  offset = std::min(offset, size());
  count = std::min(count, size() - offset);
  return Bytes(owner_, view_.subspan(offset, count));
}

std::ostream& operator<<(std::ostream& out, const Bytes& bytes) {
  return out << bytes.text();
}

}  // namespace iroh
