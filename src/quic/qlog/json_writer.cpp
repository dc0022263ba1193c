// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/qlog/json_writer.hpp"

#include <fmt/format.h>

#include <iterator>

#include "base/hex.hpp"
#include "base/utf8.hpp"

namespace iroh::quic {
namespace {

constexpr std::uint64_t exact_integer_max = (std::uint64_t{1} << 53) - 1;

/// How many bytes the character at the front takes; 0 if it is not well-formed.
std::size_t character_size(std::string_view text) noexcept {
  for (std::size_t size = 1; size <= 4 && size <= text.size(); ++size) {
    if (base::is_utf8(text.substr(0, size))) return size;
  }
  return 0;
}

}  // namespace

/// A value follows another unless a bracket, a colon or nothing stands before it. A string always ends with a quote,
/// so that its contents are never looked at here.
void JsonWriter::separate() {
  if (out_.empty()) return;
  constexpr std::string_view no_comma_after = "{[:\x1e";
  if (no_comma_after.find(out_.back()) == std::string_view::npos) out_ += ',';
}

void JsonWriter::begin_object() {
  separate();
  out_ += '{';
}

void JsonWriter::begin_array() {
  separate();
  out_ += '[';
}

void JsonWriter::key(std::string_view name) {
  string(name);
  out_ += ':';
}

void JsonWriter::string(std::string_view text) {
  separate();
  out_ += '"';
  escaped(text);
  out_ += '"';
}

void JsonWriter::escaped(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const auto character = text.substr(0, size == 0 ? 1 : size);
    text.remove_prefix(character.size());
    if (size == 0) {
      base::append_utf8(out_, U'\ufffd');
    } else if (character == "\"" || character == "\\") {
      out_ += '\\';
      out_ += character;
    } else if (size == 1 && static_cast<unsigned char>(character[0]) < 0x20) {
      fmt::format_to(std::back_inserter(out_), "\\u{:04x}", static_cast<unsigned>(character[0]));
    } else {
      out_ += character;
    }
  }
}

void JsonWriter::hex(base::ByteSpan bytes) {
  separate();
  out_ += '"';
  out_ += base::to_hex(bytes);
  out_ += '"';
}

void JsonWriter::number(std::uint64_t value) {
  separate();
  const auto text = fmt::format_int(value);
  if (value > exact_integer_max) out_ += '"';
  out_.append(text.data(), text.size());
  if (value > exact_integer_max) out_ += '"';
}

void JsonWriter::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
}

void JsonWriter::milliseconds(base::Duration duration) {
  separate();
  const auto microseconds = std::chrono::duration_cast<base::microseconds>(duration).count();
  if (microseconds < 0) out_ += '-';
  const auto magnitude = microseconds < 0 ? -microseconds : microseconds;
  fmt::format_to(std::back_inserter(out_), "{}.{:03}", magnitude / 1000, magnitude % 1000);
}

}  // namespace iroh::quic
