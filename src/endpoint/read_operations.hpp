// SPDX-License-Identifier: MIT OR Apache-2.0
// The ways to read from a stream.
#pragma once

#include <string>
#include <vector>

#include "endpoint/recv_state.hpp"

namespace iroh::endpoint {

class Read final : public PendingOf<ReadOperation, Bytes> {
 public:
  Read(CompletionHandler<Bytes> handler, std::shared_ptr<RecvHandle> keep, std::size_t max)
      : PendingOf(std::move(handler), std::move(keep)), max_(max) {}
  bool progress(RecvState& stream) override;

 private:
  std::size_t max_;
};

class ReadChunks final : public PendingOf<ReadOperation, std::vector<Bytes>> {
 public:
  ReadChunks(CompletionHandler<std::vector<Bytes>> handler, std::shared_ptr<RecvHandle> keep, std::size_t max_count)
      : PendingOf(std::move(handler), std::move(keep)), max_count_(max_count) {}
  bool progress(RecvState& stream) override;

 private:
  std::size_t max_count_;
};

class ReadSome final : public PendingOf<ReadOperation, std::size_t> {
 public:
  ReadSome(CompletionHandler<std::size_t> handler, std::shared_ptr<RecvHandle> keep, ByteBuffer out)
      : PendingOf(std::move(handler), std::move(keep)), out_(out.span()) {}
  bool progress(RecvState& stream) override;

 private:
  std::span<std::byte> out_;
};

/// Collects across several arrivals: exactly so many bytes, or up to the end.
class ReadAll final : public PendingOf<ReadOperation, Bytes> {
 public:
  enum class Until { size, end };
  ReadAll(CompletionHandler<Bytes> handler, std::shared_ptr<RecvHandle> keep, Until until, std::size_t size);
  bool progress(RecvState& stream) override;

 private:
  bool finish_with(error_code error);

  Until until_;
  std::size_t size_;  // wanted, or at most
  std::string collected_;
};

}  // namespace iroh::endpoint
