// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tls/ticket_keys.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "crypto/hkdf.hpp"
#include "crypto/hmac.hpp"
#include "crypto/system_random.hpp"

namespace iroh::tls {

TicketKeys::TicketKeys() {
  crypto::system_random().fill(secret_);
}

TicketKeys::~TicketKeys() {
  crypto::wipe(secret_);
}

TicketKeys::Key TicketKeys::key_for(std::string_view alpn, base::ByteSpan context) const {
  std::vector<std::byte> info(sizeof generation_);
  std::memcpy(info.data(), &generation_, sizeof generation_);
  info.push_back(static_cast<std::byte>(alpn.size()));  // at most 255 bytes: the split is unambiguous
  const auto name = base::as_bytes(alpn);
  info.insert(info.end(), name.begin(), name.end());
  info.insert(info.end(), context.begin(), context.end());
  auto derived = crypto::hkdf_expand(crypto::HashAlgorithm::sha256, secret_, info, key_size);
  Key key;
  std::ranges::copy(derived, key.begin());
  crypto::wipe(derived);
  return key;
}

bool TicketKeys::admit_early_data(base::ByteSpan id) {
  if (admitted_.size() >= remembered_max) {
    // What is forgotten here could be replayed, were its ticket still good.
    ++generation_;
    admitted_.clear();
    return false;
  }
  // Keyed, so that nobody can make the identifiers of others collide.
  const auto hash = crypto::hmac_sha256(secret_, id);
  std::uint64_t key = 0;
  std::memcpy(&key, hash.data(), sizeof key);
  return admitted_.insert(key).second;
}

std::size_t TicketKeys::remembered() const {
  return admitted_.size();
}

}  // namespace iroh::tls
