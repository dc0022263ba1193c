// SPDX-License-Identifier: MIT OR Apache-2.0
// What the tests of stores share: folders, data, and transfers without a network.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "bao/test_support.hpp"
#include "blake3/test_data.hpp"
#include "blobs/store/file_store.hpp"

namespace iroh::blobs {

inline Bytes letters(std::size_t size) {
  return Bytes::copy_of(blake3::letter_pattern(size));
}
inline Bytes random_bytes(base::Random& random, std::size_t size) {
  std::string text(size, '\0');
  random.fill(std::as_writable_bytes(std::span(text.data(), text.size())));
  return Bytes::from_string(std::move(text));
}

/// Gone with the test.
class TestFolder {
 public:
  TestFolder() {
    static std::atomic<int> counter = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("iroh-store-" + std::to_string(::getpid()) + "-" + std::to_string(++counter));
    std::filesystem::create_directories(path_);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline void write_file(const std::filesystem::path& path, const Bytes& data) {
  std::ofstream(path, std::ios::binary) << data;
}
inline Bytes read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes::from_string(std::string(std::istreambuf_iterator<char>(in), {}));
}
inline std::set<std::string> names_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}
/// Changes one byte of a file in place.
inline void damage(const std::filesystem::path& path, std::uint64_t offset) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(offset));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(static_cast<char>(byte ^ 1));
  ASSERT_TRUE(file.good());
}

/// Writes the encoding of these ranges as if it had come from a peer. The first error ends it.
inline Result<void> receive_into(BlobWriter& writer, const Bytes& data, const ChunkRanges& ranges) {
  const auto encoded = bao::encode(data, ranges);
  const Hash hash = Hash::of(data);
  bao::Decoder decoder(hash.bytes(), ranges);
  base::ByteSpan input = encoded.bytes;
  while (!decoder.is_done()) {
    const auto item = decoder.next(input);
    if (!item || !*item) return std::unexpected(make_error_code(BlobError::mismatch));
    if (auto done = writer.write(**item); !done) return done;
  }
  return writer.flush();
}
inline Result<void> receive(Store& store, const Bytes& data, const ChunkRanges& ranges) {
  const auto writer = store.write(Hash::of(data), data.size());
  if (!writer) return std::unexpected(writer.error());
  return receive_into(**writer, data, ranges);
}

inline bao::Encoded serve(Store& store, const Hash& hash, const ChunkRanges& ranges) {
  const auto reader = *store.open(hash);
  return bao::encode(*reader, hash.bytes(), bao::Geometry(reader->bitfield().size()), ranges);
}

inline std::unique_ptr<FileStore> open_store(const std::filesystem::path& folder,
                                             const FileStoreOptions& options = {}) {
  auto opened = FileStore::open(folder, options);
  EXPECT_TRUE(opened) << opened.error().message();
  return opened ? std::move(*opened) : nullptr;
}

/// What kill -9 at this moment would leave: everything the kernel was told, nothing that is only in memory.
inline void copy_as_after_a_crash(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

}  // namespace iroh::blobs
