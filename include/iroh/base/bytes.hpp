// SPDX-License-Identifier: MIT OR Apache-2.0
/// Bytes: an immutable, reference-counted slice. Copies share the memory; a slice keeps its whole buffer alive.
///
/// Threads: distinct Bytes objects may be used from distinct threads even if they share a buffer.
#pragma once

#include <atomic>
#include <cstddef>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace iroh {

/// Memory that slices can share. Derive from it to lend memory of your own; the last release calls recycle().
class SharedBuffer {
 public:
  SharedBuffer() = default;
  SharedBuffer(const SharedBuffer&) = delete;
  SharedBuffer& operator=(const SharedBuffer&) = delete;

  void retain() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) recycle();
  }
  /// True if exactly one reference is left: its holder may write to the memory.
  bool is_unique() const noexcept { return count_.load(std::memory_order_acquire) == 1; }

 protected:
  virtual ~SharedBuffer() = default;
  /// Called by whichever thread drops the last reference. The count is 0 then; set it again with revive().
  virtual void recycle() noexcept = 0;
  void revive() noexcept { count_.store(1, std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> count_{1};
};

/// Owns one reference to a SharedBuffer.
class SharedBufferRef {
 public:
  SharedBufferRef() noexcept = default;
  /// Takes over the reference that the caller holds.
  static SharedBufferRef adopt(SharedBuffer* buffer) noexcept { return SharedBufferRef(buffer); }
  SharedBufferRef(const SharedBufferRef& other) noexcept : buffer_(other.buffer_) {
    if (buffer_ != nullptr) buffer_->retain();
  }
  SharedBufferRef(SharedBufferRef&& other) noexcept : buffer_(std::exchange(other.buffer_, nullptr)) {}
  SharedBufferRef& operator=(SharedBufferRef other) noexcept {
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~SharedBufferRef() {
    if (buffer_ != nullptr) buffer_->release();
  }
  SharedBuffer* get() const noexcept { return buffer_; }
  explicit operator bool() const noexcept { return buffer_ != nullptr; }

 private:
  explicit SharedBufferRef(SharedBuffer* buffer) noexcept : buffer_(buffer) {}
  SharedBuffer* buffer_ = nullptr;
};

class Bytes {
 public:
  Bytes() noexcept = default;
  /// A view into memory that the owner keeps alive.
  Bytes(SharedBufferRef owner, std::span<const std::byte> view) noexcept : owner_(std::move(owner)), view_(view) {}

  static Bytes copy_of(std::span<const std::byte> bytes);
  static Bytes copy_of(std::string_view text) { return copy_of(std::as_bytes(std::span(text.data(), text.size()))); }
  /// Takes over the string's memory without a copy.
  static Bytes from_string(std::string text);

  const std::byte* data() const noexcept { return view_.data(); }
  std::size_t size() const noexcept { return view_.size(); }
  bool empty() const noexcept { return view_.empty(); }
  std::span<const std::byte> span() const noexcept { return view_; }
  operator std::span<const std::byte>() const noexcept { return view_; }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(view_.data()), view_.size()}; }
  const SharedBufferRef& owner() const noexcept { return owner_; }

  /// The part [offset, offset + count); both are clipped to the slice.
  Bytes slice(std::size_t offset, std::size_t count = static_cast<std::size_t>(-1)) const noexcept;
  void remove_prefix(std::size_t count) noexcept { view_ = view_.subspan(count); }
  void truncate(std::size_t count) noexcept {
    if (count < view_.size()) view_ = view_.first(count);
  }

  friend bool operator==(const Bytes& left, const Bytes& right) noexcept { return left.text() == right.text(); }

 private:
  SharedBufferRef owner_;
  std::span<const std::byte> view_;
};

/// Writes the bytes as they are.
std::ostream& operator<<(std::ostream& out, const Bytes& bytes);

}  // namespace iroh
