// SPDX-License-Identifier: MIT OR Apache-2.0
// What errors of one layer are in another.
#pragma once

#include "bao/item.hpp"
#include "iroh/blobs/blob_error.hpp"
#include "iroh/blobs/transfer.hpp"

namespace iroh::blobs {

/// Of an encoding, made or read.
error_code to_error(bao::ErrorKind kind) noexcept;
/// The code with which a peer has reset or stopped a stream, as an error of ours; other errors stay as they are.
error_code from_stream_error(const error_code& error) noexcept;

}  // namespace iroh::blobs
