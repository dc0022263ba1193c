// SPDX-License-Identifier: MIT OR Apache-2.0
// The ways to write to a stream.
#pragma once

#include <vector>

#include "endpoint/send_state.hpp"

namespace iroh::endpoint {

class WriteSome final : public PendingOf<WriteOperation, std::size_t> {
 public:
  WriteSome(CompletionHandler<std::size_t> handler, std::shared_ptr<SendHandle> keep, ByteView data)
      : PendingOf(std::move(handler), std::move(keep)), data_(data) {}
  bool progress(SendState& stream) override;

 private:
  ByteView data_;
};

class WriteAll final : public PendingOf<WriteOperation> {
 public:
  WriteAll(CompletionHandler<> handler, std::shared_ptr<SendHandle> keep, ByteView data)
      : PendingOf(std::move(handler), std::move(keep)), data_(data.span()) {}
  bool progress(SendState& stream) override;

 private:
  std::span<const std::byte> data_;
};

class WriteBytes final : public PendingOf<WriteOperation> {
 public:
  WriteBytes(CompletionHandler<> handler, std::shared_ptr<SendHandle> keep, Bytes data)
      : PendingOf(std::move(handler), std::move(keep)), data_(std::move(data)) {}
  bool progress(SendState& stream) override;

 private:
  Bytes data_;
};

class WriteChunks final : public PendingOf<WriteOperation> {
 public:
  WriteChunks(CompletionHandler<> handler, std::shared_ptr<SendHandle> keep, std::vector<Bytes> chunks)
      : PendingOf(std::move(handler), std::move(keep)), chunks_(std::move(chunks)) {}
  bool progress(SendState& stream) override;

 private:
  std::vector<Bytes> chunks_;
  std::size_t next_ = 0;
};

}  // namespace iroh::endpoint
