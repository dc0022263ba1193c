// SPDX-License-Identifier: MIT OR Apache-2.0
#include "identity/key_vectors.hpp"

namespace iroh::identity::test {

const std::array<KeyVector, 4>& key_vectors() {
  static const std::array<KeyVector, 4> vectors{{
      {repeat("00", 32), "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29",
       "8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo",
       "7dl2ff6emqi2qol3l382krodedij45bn3nh479hqo14a32qpr8kg.iroh.invalid",
       "b0b47780f096ae60bfff8d8e7b19c36b321ae6e69cca972f2ff987ef30f20d29"
       "774b53bae404485c4391ddf1b3f37aaa8a9747f984eb0884e8aa533386e73305",
       "8f895b3cafe2c9506039d0e2a66382568004674fe8d237785092e40d6aaf483e"
       "4fc60168705f31f101596138ce21aa357c0d32a064f423dc3ee4aa3abf53f803",
       "endpointaa5wuj54z23killcuounaktpbvzwkmqvo4o6eq5ghlaerimllhncsaa"},
      {repeat("01", 32), "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c",
       "tkrq8zmwb8a3m9k15csu3q17qmfgqnp9dskbrg9uq1rydpyxp7qy",
       "ha4e7nbk17opbvaircmjpeiteb56e2dv3ma146vjei403d0fdte0.iroh.invalid",
       "1b11b54888ee61743d072f36ce1ffdcde233b39ace8754db41cd299af9d8a63f"
       "5ccda750aa6316da57e8f2617811a21e612a6deb6d4408894a89f1a4ec3fc004",
       "778cda0634c021fae8b1a9fa655ba13230f6fcfc5c5d519afb0872ec9bf1d642"
       "41cc3eed8ad47270d86d30e762ad17677c6fb1797e35bca7eba30388257e020f",
       "endpointacfiry65oqe7dfp5klns2pf2lvzmuzyjx4ozieq36n2iqanub5xvyaa"},
      {repeat("ff", 32), "76a1592044a6e4f511265bca73a604d90b0529d1df602be30a19a9257660d1f5",
       "q4oi1enrw51xkrjgmxf88jor5rfokkqt57onzaakdgw1k7uy484o",
       "eqgli824krifa496bf5779g4r45gaaehrtg2nooa36kiatj0q7qg.iroh.invalid",
       "7462bc99e5b9fa2b51affddd94e03cb4e5042fb151be63b7857b667589ebcf75"
       "fe39f1af7c82f0a183a2c15d8c10bb70e75da53a0e7f1b1f356ffdc1ab2d180d",
       "", "endpointab3kcwjaistoj5irezn4u45gatmqwbjj2hpwak7dbim2sjlwmdi7kaa"},
      {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
       "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
       "yqooxx9u3aemh8mo5wcqq16yufu6jitouq1o4za751dger1igghy",
       "0eggffvjpo8bs7bgrkceeiu0j5ju9lhgjeigqnotri3684il66s0.iroh.invalid",
       "c9e88a06c88855aa75f90bcfdc5a87b76a99c0d2044114b8931e72089e7b8c7a"
       "c6b4a9776b57326f2d781aa8da8821fe6b4c7296fde0b63ca24d7f6343ac6a0a",
       "9ca53579530654d5c3df77089ef45eda613e2fedf670e96bedac4639504e5845"
       "ef4b95d5793077233dd16817b2532e9c5525872a73a4ad74b759369a9e05c102",
       "endpointaab2cb576phbbpq5odorrz2lycmwpzgwgcn2kdk7dxoimzaskuy3qaa"},
  }};
  return vectors;
}

EndpointId sample_id() {
  return EndpointId::parse(key_vectors()[3].id).value();
}

namespace {

SocketAddr random_socket_addr(base::Random& random) {
  const auto port = static_cast<std::uint16_t>(random.below(65536));
  IpAddr::V6 octets{};
  random.fill(std::as_writable_bytes(std::span(octets)));
  if (random.chance(1, 2)) return {IpAddr(octets), port};
  return {IpAddr(IpAddr::V4{octets[0], octets[1], octets[2], octets[3]}), port};
}

CustomAddr random_custom_addr(base::Random& random) {
  std::vector<std::byte> data(random.below(70));
  random.fill(data);
  return CustomAddr(random.next_u64() >> random.below(64), data);
}

RelayUrl random_relay_url(base::Random& random) {
  const std::string host =
      "relay" + std::to_string(random.below(100)) + ".example.com" + (random.chance(1, 2) ? "." : "");
  const std::string port = random.chance(1, 2) ? "" : ":" + std::to_string(random.below(65536));
  return RelayUrl::parse((random.chance(1, 2) ? "https://" : "http://") + host + port).value();
}

}  // namespace

EndpointAddr random_addr(base::Random& random) {
  const auto& vector = key_vectors().at(random.below(key_vectors().size()));
  EndpointAddr addr(EndpointId::parse(vector.id).value());
  for (auto count = random.below(7); count > 0; --count) {
    switch (random.below(4)) {
      case 0:
        addr.insert(random_relay_url(random));
        break;
      case 1:
        addr.insert(random_custom_addr(random));
        break;
      default:
        addr.insert(random_socket_addr(random));
    }
  }
  return addr;
}

}  // namespace iroh::identity::test
