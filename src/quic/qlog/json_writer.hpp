// SPDX-License-Identifier: MIT OR Apache-2.0
// Appends JSON text to a string, piece by piece; commas come by themselves. [RFC 8259]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/byte_span.hpp"
#include "base/time.hpp"

namespace iroh::quic {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) noexcept : out_(out) {}

  void begin_object();
  void end_object() { out_ += '}'; }
  void begin_array();
  void end_array() { out_ += ']'; }
  /// Names the value that is written next.
  void key(std::string_view name);

  /// Bytes that are not UTF-8 become U+FFFD each: the text may come from a peer.
  void string(std::string_view text);
  void hex(base::ByteSpan bytes);
  /// Beyond 2^53 - 1, where readers lose digits, as a string. [RFC 7493 §2.2]
  void number(std::uint64_t value);
  void boolean(bool value);
  /// A number of milliseconds with three decimals.
  void milliseconds(base::Duration duration);

  void field(std::string_view name, std::string_view text) { key(name), string(text); }
  void field(std::string_view name, const char* text) { key(name), string(text); }
  void field(std::string_view name, std::uint64_t value) { key(name), number(value); }
  void field(std::string_view name, bool value) { key(name), boolean(value); }
  void field(std::string_view name, base::Duration value) { key(name), milliseconds(value); }
  void hex_field(std::string_view name, base::ByteSpan bytes) { key(name), hex(bytes); }
  void object_field(std::string_view name) { key(name), begin_object(); }
  void array_field(std::string_view name) { key(name), begin_array(); }

 private:
  void separate();
  void escaped(std::string_view text);

  std::string& out_;
};

}  // namespace iroh::quic
