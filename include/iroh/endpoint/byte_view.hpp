// SPDX-License-Identifier: MIT OR Apache-2.0
/// ByteView and ByteBuffer: how bytes are passed to calls that read from, or write to, the caller's memory.
#pragma once

#include <concepts>
#include <cstddef>
#include <ranges>
#include <span>
#include <string_view>
#include <type_traits>

#include "iroh/base/bytes.hpp"

namespace iroh {
namespace detail {

template <class T>
concept ByteLike = std::same_as<std::remove_cv_t<T>, std::byte> || std::same_as<std::remove_cv_t<T>, char> ||
                   std::same_as<std::remove_cv_t<T>, unsigned char> || std::same_as<std::remove_cv_t<T>, char8_t>;

template <class R>
concept ByteRange = std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
                    ByteLike<std::remove_reference_t<std::ranges::range_reference_t<R>>>;

/// A literal: its length is that of the text, not of the array.
template <class R>
concept CharArray = std::is_array_v<R> && std::same_as<std::remove_cv_t<std::remove_extent_t<R>>, char>;

}  // namespace detail

/// Anything contiguous: a string, a literal (without its 0), a vector, an array or a span of bytes or characters. The
/// memory stays the caller's and must live until the call completes; a temporary inside a co_await expression does.
class ByteView {
 public:
  constexpr ByteView() noexcept = default;
  ByteView(const char* text) noexcept : ByteView(std::string_view(text)) {}
  template <detail::ByteRange R>
    requires(!detail::CharArray<R>)
  ByteView(const R& range) noexcept
      : bytes_(std::as_bytes(std::span(std::ranges::data(range), std::ranges::size(range)))) {}

  constexpr std::span<const std::byte> span() const noexcept { return bytes_; }
  constexpr operator std::span<const std::byte>() const noexcept { return bytes_; }
  constexpr const std::byte* data() const noexcept { return bytes_.data(); }
  constexpr std::size_t size() const noexcept { return bytes_.size(); }
  constexpr bool empty() const noexcept { return bytes_.empty(); }

 private:
  std::span<const std::byte> bytes_;
};

/// Memory of the caller that a call fills. It must live until the call completes.
class ByteBuffer {
 public:
  constexpr ByteBuffer() noexcept = default;
  template <detail::ByteRange R>
    requires(!std::is_const_v<std::remove_reference_t<std::ranges::range_reference_t<R>>>)
  ByteBuffer(R&& range) noexcept
      : bytes_(std::as_writable_bytes(std::span(std::ranges::data(range), std::ranges::size(range)))) {}

  constexpr std::span<std::byte> span() const noexcept { return bytes_; }
  constexpr std::size_t size() const noexcept { return bytes_.size(); }
  constexpr bool empty() const noexcept { return bytes_.empty(); }

 private:
  std::span<std::byte> bytes_;
};

}  // namespace iroh
