// SPDX-License-Identifier: MIT OR Apache-2.0
// Replaces the global allocation functions by ones that count while a Counted is alive.
#include "tests/steady_state/allocation_counter.hpp"

#include <cstdlib>
#include <new>

namespace iroh::test {
namespace {

bool is_counting = false;
std::uint64_t allocations = 0;

}  // namespace

void count_allocation() noexcept {
  if (is_counting) ++allocations;
}

Counted::Counted() noexcept {
  is_counting = true;
}
Counted::~Counted() {
  is_counting = false;
}
std::uint64_t Counted::total() noexcept {
  return allocations;
}

namespace {

void* allocate(std::size_t size) {
  count_allocation();
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

void* allocate(std::size_t size, std::align_val_t alignment) {
  count_allocation();
  const auto align = static_cast<std::size_t>(alignment);
  if (void* memory = std::aligned_alloc(align, (size + align - 1) / align * align)) return memory;
  throw std::bad_alloc();
}

}  // namespace
}  // namespace iroh::test

void* operator new(std::size_t size) {
  return iroh::test::allocate(size);
}
void* operator new[](std::size_t size) {
  return iroh::test::allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return iroh::test::allocate(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return iroh::test::allocate(size, alignment);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
