// SPDX-License-Identifier: MIT OR Apache-2.0
// Writes the TLS samples of the corpus: the first messages of a real handshake between two of our own sessions. Usage:
// record_tls_corpus <fuzz/corpus>. The messages hold fresh randomness, so every run writes other bytes.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tls/session.hpp"

namespace {

using namespace iroh;

SecretKey key_of(unsigned char number) {
  std::array<std::byte, SecretKey::size> seed;
  seed.fill(std::byte{number});
  return SecretKey::from_bytes(seed);
}

/// What the session wants to send at the level of Initial packets.
std::vector<std::byte> initial_output(tls::Session& session) {
  std::vector<std::byte> bytes;
  while (const auto output = session.poll_output()) {
    const auto* data = std::get_if<tls::CryptoData>(&*output);
    if (data != nullptr && data->level == tls::Level::initial) {
      bytes.insert(bytes.end(), data->bytes.begin(), data->bytes.end());
    }
  }
  return bytes;
}

/// The targets take the size of the pieces from the first byte; 0 is "in one".
void write(const std::filesystem::path& file, unsigned char piece_size, const std::vector<std::byte>& bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream stream(file, std::ios::binary);
  stream.put(static_cast<char>(piece_size));
  stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

int record(const std::filesystem::path& corpus) {
  const std::vector<std::byte> parameters{std::byte{1}, std::byte{2}, std::byte{3}};
  const auto caller = tls::make_identity(key_of(1));
  const auto callee = tls::make_identity(key_of(2));
  if (!caller || !callee) return 1;
  const auto client = tls::make_client_session(*caller, {key_of(2).public_key(), {"test/0"}, parameters, {}});
  const auto server = tls::make_server_session(*callee, {{"test/0", "other"}, parameters});
  if (!client->start() || !server->start()) return 1;
  const auto client_hello = initial_output(*client);
  if (!server->feed(tls::Level::initial, client_hello)) return 1;
  const auto server_hello = initial_output(*server);
  if (client_hello.empty() || server_hello.empty()) return 1;

  write(corpus / "tls_server" / "client_hello", 0, client_hello);
  write(corpus / "tls_server" / "client_hello_in_pieces", 100, client_hello);
  write(corpus / "tls_server" / "client_hello_byte_by_byte", 1, client_hello);
  write(corpus / "tls_client" / "server_hello", 0, server_hello);
  write(corpus / "tls_client" / "server_hello_in_pieces", 7, server_hello);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: record_tls_corpus <folder of the corpora>\n", stderr);
    return 2;
  }
  const int result = record(argv[1]);
  if (result != 0) std::fputs("record_tls_corpus: the handshake failed\n", stderr);
  return result;
}
