// SPDX-License-Identifier: MIT OR Apache-2.0
// For the tests of qlog: reads one JSON text, strictly, into a value. Nothing is forgiven. [RFC 8259]
#pragma once

#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/utf8.hpp"

namespace iroh::quic {

struct JsonValue {
  using Array = std::vector<JsonValue>;
  using Object = std::map<std::string, JsonValue>;
  std::variant<std::nullptr_t, bool, double, std::string, Array, Object> value = nullptr;

  /// A member that must be there.
  const JsonValue& operator[](const std::string& name) const { return std::get<Object>(value).at(name); }
  const JsonValue& operator[](std::size_t index) const { return std::get<Array>(value).at(index); }
  bool contains(const std::string& name) const { return std::get<Object>(value).contains(name); }
  std::size_t size() const { return std::get<Array>(value).size(); }
  const std::string& text() const { return std::get<std::string>(value); }
  double number() const { return std::get<double>(value); }
  bool boolean() const { return std::get<bool>(value); }
};

class JsonReader {
 public:
  /// Throws std::runtime_error unless the text is one JSON value and nothing else.
  static JsonValue read(std::string_view text) {
    JsonReader reader(text);
    JsonValue value = reader.value();
    reader.expect(reader.text_.empty());
    return value;
  }

 private:
  explicit JsonReader(std::string_view text) : text_(text) { expect(base::is_utf8(text)); }

  static void expect(bool condition) {
    if (!condition) throw std::runtime_error("not JSON");
  }
  char next() {
    expect(!text_.empty());
    const char c = text_.front();
    text_.remove_prefix(1);
    return c;
  }
  bool take(std::string_view token) {
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }

  JsonValue value() {
    if (take("null")) return {};
    if (take("true")) return {true};
    if (take("false")) return {false};
    if (take("{")) return {object()};
    if (take("[")) return {array()};
    if (take("\"")) return {string()};
    return {number()};
  }
  JsonValue::Object object() {
    JsonValue::Object members;
    if (take("}")) return members;
    do {
      expect(take("\""));
      std::string name = string();
      expect(take(":"));
      expect(members.emplace(std::move(name), value()).second);  // no name twice
    } while (take(","));
    expect(take("}"));
    return members;
  }
  JsonValue::Array array() {
    JsonValue::Array elements;
    if (take("]")) return elements;
    do elements.push_back(value());
    while (take(","));
    expect(take("]"));
    return elements;
  }
  std::string string() {
    std::string out;
    for (char c = next(); c != '"'; c = next()) {
      expect(static_cast<unsigned char>(c) >= 0x20);
      if (c != '\\') {
        out += c;
        continue;
      }
      const char escaped = next();
      if (escaped == '"' || escaped == '\\' || escaped == '/') {
        out += escaped;
      } else {
        expect(escaped == 'u');
        base::append_utf8(out, four_hex_digits());
      }
    }
    return out;
  }
  char32_t four_hex_digits() {
    unsigned code = 0;
    expect(text_.size() >= 4);
    const auto end = text_.data() + 4;
    const auto [at, error] = std::from_chars(text_.data(), end, code, 16);
    expect(error == std::errc{} && at == end);
    text_.remove_prefix(4);
    return code;
  }
  double number() {
    const bool is_negative = take("-");
    expect(!text_.empty() && text_[0] >= '0' && text_[0] <= '9');
    expect(text_[0] != '0' || text_.size() == 1 || text_[1] < '0' || text_[1] > '9');  // no leading zero
    double number = 0;
    const auto [at, error] = std::from_chars(text_.data(), text_.data() + text_.size(), number);
    expect(error == std::errc{});
    text_.remove_prefix(static_cast<std::size_t>(at - text_.data()));
    return is_negative ? -number : number;
  }

  std::string_view text_;
};

}  // namespace iroh::quic
