// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/receivers.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <optional>

#include "tools/lib/share/session.hpp"

namespace iroh::tools {
namespace {

using Kind = ProviderEvent::Kind;

std::optional<std::string_view> name_of(Kind kind) {
  switch (kind) {
    case Kind::client_connected:
      return "connected";
    case Kind::client_closed:
      return "closed";
    case Kind::received:
      return "request";
    case Kind::completed:
      return "completed";
    case Kind::aborted:
      return "aborted";
    case Kind::refused:
      return "refused";
    case Kind::started:
    case Kind::progress:
      break;
  }
  return std::nullopt;
}

void print_event(const ProviderEvent& event) {
  const auto name = name_of(event.kind);
  if (!name) return;
  boost::json::object line{
      {"event", *name}, {"receiver", event.client.remote_id.to_string()}, {"connection", event.client.connection_id}};
  if (event.request) line["request"] = event.request->request_id;
  if (event.kind == Kind::completed || event.kind == Kind::aborted) {
    line["payload_bytes"] = event.stats.payload_bytes_written;
    line["seconds"] = std::chrono::duration<double>(event.stats.elapsed).count();
  }
  if (event.failure) line["error"] = event.failure->to_string();
  print_json_line(line);
}

bool is_end(Kind kind) {
  return kind == Kind::completed || kind == Kind::aborted || kind == Kind::refused;
}

}  // namespace

std::string request_label(const ProviderEvent& event) {
  return fmt::format("n {} r {}/{} i {} # {}", event.client.remote_id.to_string().substr(0, 10),
                     event.client.connection_id, event.request ? event.request->request_id : 0, event.index,
                     event.hash ? event.hash->short_string() : "");
}

void Receivers::update(const ProviderEvent& event) {
  const std::lock_guard lock(mutex_);
  if (json_) print_event(event);
  if (!event.request || !lines_.is_shown()) return;
  const Id id{event.client.connection_id, event.request->request_id};
  if (is_end(event.kind)) {
    lines_.remove(key_of(id));
    keys_.erase(id);
  } else if (event.hash) {
    show(event, key_of(id));
  }
}

ProgressLines::Key Receivers::key_of(const Id& id) {
  const auto [at, is_new] = keys_.try_emplace(id, next_key_);
  if (is_new) ++next_key_;
  return at->second;
}

void Receivers::show(const ProviderEvent& event, ProgressLines::Key key) {
  lines_.set(key, {.label = request_label(event), .done = event.end_offset, .total = event.size});
}

}  // namespace iroh::tools
