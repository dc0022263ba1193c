// SPDX-License-Identifier: MIT OR Apache-2.0
// The JSON of an EndpointAddr. [endpoint.md §1.5]
#include <boost/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "base/try.hpp"
#include "iroh/identity/endpoint_addr.hpp"

namespace iroh {
namespace {

namespace json = boost::json;

std::unexpected<error_code> invalid() {
  return std::unexpected(make_error_code(AddrError::json_invalid));
}

json::object custom_to_json(const CustomAddr& addr) {
  json::array data;
  for (const std::byte byte : addr.data()) data.push_back(std::to_integer<std::uint64_t>(byte));
  return {{"id", addr.transport_id()}, {"data", std::move(data)}};
}

json::object to_json_value(const TransportAddr& addr) {
  if (const auto* url = addr.relay()) return {{"Relay", url->to_string()}};
  if (const auto* ip = addr.ip()) return {{"Ip", ip->to_string()}};
  return {{"Custom", custom_to_json(*addr.custom())}};
}

/// A whole number that fits; 1.0 is none.
template <class T>
std::optional<T> number_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || value->is_double()) return std::nullopt;
  error_code error;
  const T number = value->to_number<T>(error);
  return error ? std::nullopt : std::optional(number);
}

std::optional<std::vector<std::byte>> bytes_from_json(const json::value* value) {
  const json::array* array = value == nullptr ? nullptr : value->if_array();
  if (array == nullptr) return std::nullopt;
  std::vector<std::byte> bytes;
  for (const json::value& item : *array) {
    error_code error;
    const auto byte = item.is_double() ? std::uint8_t{0} : item.to_number<std::uint8_t>(error);
    if (error || item.is_double()) return std::nullopt;
    bytes.push_back(static_cast<std::byte>(byte));
  }
  return bytes;
}

/// An array, or the two forms of iroh 1.0: {"Inline":{"size":n,"data":[30 numbers]}} and {"Heap":[...]}.
std::optional<std::vector<std::byte>> custom_data_from_json(const json::value* value) {
  const json::object* object = value == nullptr ? nullptr : value->if_object();
  if (object == nullptr) return bytes_from_json(value);
  if (object->size() != 1) return std::nullopt;
  if (const auto* heap = object->if_contains("Heap")) return bytes_from_json(heap);
  const auto* inlined = object->if_contains("Inline");
  if (inlined == nullptr || !inlined->is_object()) return std::nullopt;
  const auto size = number_at<std::uint8_t>(inlined->get_object(), "size");
  auto bytes = bytes_from_json(inlined->get_object().if_contains("data"));
  if (!size || !bytes || bytes->size() != 30 || *size > bytes->size()) return std::nullopt;
  bytes->resize(*size);
  return bytes;
}

Result<TransportAddr> custom_from_json(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return invalid();
  const auto id = number_at<std::uint64_t>(*object, "id");
  const auto data = custom_data_from_json(object->if_contains("data"));
  if (!id || !data) return invalid();
  return CustomAddr(*id, *data);
}

/// An object with one member whose name is the kind.
Result<TransportAddr> transport_addr_from_json(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr || object->size() != 1) return invalid();
  const auto& [kind, content] = *object->begin();
  if (kind == "Custom") return custom_from_json(content);
  const json::string* text = content.if_string();
  if (text == nullptr) return invalid();
  if (kind == "Relay") {
    IROH_TRY(url, RelayUrl::parse(*text));
    return url;
  }
  if (kind != "Ip") return invalid();
  IROH_TRY(addr, SocketAddr::parse(*text));
  return addr;
}

Result<EndpointAddr> from_json_object(const json::object& object) {
  const json::value* id_value = object.if_contains("id");
  const json::value* addrs_value = object.if_contains("addrs");
  if (id_value == nullptr || !id_value->is_string() || addrs_value == nullptr || !addrs_value->is_array())
    return invalid();
  IROH_TRY(id, EndpointId::parse(id_value->get_string()));
  std::vector<TransportAddr> addrs;
  for (const json::value& value : addrs_value->get_array()) {
    IROH_TRY(addr, transport_addr_from_json(value));
    addrs.push_back(std::move(addr));
  }
  return EndpointAddr(id, std::move(addrs));
}

}  // namespace

std::string EndpointAddr::to_json() const {
  json::array addrs;
  for (const TransportAddr& addr : addrs_) addrs.push_back(to_json_value(addr));
  return json::serialize(json::object{{"id", id_.to_string()}, {"addrs", std::move(addrs)}});
}

Result<EndpointAddr> EndpointAddr::from_json(std::string_view text) {
  error_code error;
  const json::value value = json::parse(text, error);
  if (error) return std::unexpected(make_error_code(AddrError::json_syntax));
  return value.is_object() ? from_json_object(value.get_object()) : invalid();
}

}  // namespace iroh
