// SPDX-License-Identifier: MIT OR Apache-2.0
// EndpointAddr in postcard, as part of larger values: tickets of every kind hold one. [endpoint.md §1.5],
// [endpoint.md §1.7.3], [endpoint.md §1.9]
#pragma once

#include <optional>
#include <span>
#include <utility>

#include "base/byte_span.hpp"
#include "base/postcard.hpp"
#include "iroh/base/result.hpp"
#include "iroh/identity/endpoint_addr.hpp"

namespace iroh::identity {

void write_endpoint_addr(base::PostcardWriter& writer, const EndpointAddr& addr, CustomAddrForm form);
/// Fails with KeyError::invalid_key_data or AddrError.
Result<EndpointAddr> read_endpoint_addr(base::PostcardReader& reader, CustomAddrForm form);

/// Reads a whole value that holds addresses in one form or the other: as 1.4; if that fails or leaves bytes over,
/// as 1.0; if that fails as well, the first reading counts. read(PostcardReader&, CustomAddrForm) gives a Result.
template <class Read>
auto read_either_form(base::ByteSpan bytes, Read read) {
  base::PostcardReader reader(bytes);
  auto value = read(reader, CustomAddrForm::iroh_1_4);
  if (value && reader.is_empty()) return value;
  base::PostcardReader second_reader(bytes);
  auto second = read(second_reader, CustomAddrForm::iroh_1_0);
  return second ? second : value;
}

}  // namespace iroh::identity
