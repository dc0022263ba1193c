// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/transfer/buffer_pool.hpp"

#include <mutex>
#include <utility>
#include <vector>

namespace iroh::blobs {

class BufferPool::Shared {
 public:
  explicit Shared(std::size_t size) noexcept : size_(size) {}
  ~Shared();

  std::size_t size() const noexcept { return size_; }
  Node* take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return nullptr;
    Node* node = free_.back();
    free_.pop_back();
    return node;
  }
  /// False if there are enough.
  bool put(Node* node) noexcept {
    const std::lock_guard lock(mutex_);
    if (free_.size() >= kept_max) return false;
    free_.push_back(node);  // has its room from the beginning
    return true;
  }

 private:
  friend class BufferPool;
  const std::size_t size_;
  std::mutex mutex_;
  std::vector<Node*> free_;
};

class BufferPool::Node final : public SharedBuffer {
 public:
  explicit Node(std::size_t size) : size_(size), memory_(new std::byte[size]) {}
  ~Node() override = default;

  std::span<std::byte> memory() noexcept { return {memory_.get(), size_}; }
  /// Keeps the pool while the buffer is out.
  void use(std::shared_ptr<Shared> pool) noexcept {
    pool_ = std::move(pool);
    revive();
  }

 private:
  void recycle() noexcept override {
    const auto pool = std::exchange(pool_, nullptr);
    if (size_ != pool->size() || !pool->put(this)) delete this;
  }

  const std::size_t size_;
  const std::unique_ptr<std::byte[]> memory_;
  std::shared_ptr<Shared> pool_;
};

BufferPool::Shared::~Shared() {
  for (Node* node : free_) delete node;
}

BufferPool::BufferPool(std::size_t buffer_size) : shared_(std::make_shared<Shared>(buffer_size)) {
  shared_->free_.reserve(kept_max);
}

BufferPool::Buffer BufferPool::get(std::size_t size) {
  Node* node = size <= shared_->size() ? shared_->take() : nullptr;
  if (node == nullptr) node = new Node(std::max(size, shared_->size()));
  node->use(shared_);
  return Buffer(SharedBufferRef::adopt(node));
}

std::span<std::byte> BufferPool::Buffer::memory() const noexcept {
  return static_cast<Node*>(owner_.get())->memory();
}

Bytes BufferPool::Buffer::freeze(std::size_t size) && {
  const auto view = memory().first(size);
  return {std::move(owner_), view};
}

}  // namespace iroh::blobs
