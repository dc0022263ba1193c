// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/identity/relay_url.hpp"

#include <ostream>

#include "base/try.hpp"
#include "identity/url.hpp"

namespace iroh {

Result<RelayUrl> RelayUrl::parse(std::string_view text) {
  IROH_TRY(parts, identity::parse_url(text));
  RelayUrl url;
  url.scheme_size_ = parts.scheme.size();
  url.text_ = parts.scheme + ':';
  if (parts.host) {
    url.text_ += "//" + parts.user_info;
    url.host_begin_ = url.text_.size();
    url.host_size_ = parts.host->size();
    url.text_ += *parts.host;
  }
  if (parts.port) url.text_ += ':' + std::to_string(*parts.port);
  url.port_ = parts.port;
  url.text_ += parts.path + parts.query + parts.fragment;
  return url;
}

std::ostream& operator<<(std::ostream& out, const RelayUrl& url) {
  return out << url.to_string();
}

std::string debug_string(const RelayUrl& url) {
  return "RelayUrl(\"" + url.to_string() + "\")";
}

}  // namespace iroh

std::size_t std::hash<iroh::RelayUrl>::operator()(const iroh::RelayUrl& url) const noexcept {
  return std::hash<std::string>()(url.to_string());
}
