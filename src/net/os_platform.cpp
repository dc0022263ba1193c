// SPDX-License-Identifier: MIT OR Apache-2.0
#include "net/os_platform.hpp"

#include <utility>

#include "crypto/system_random.hpp"
#include "net/os_clock.hpp"
#include "net/os_interfaces.hpp"
#include "net/os_timer.hpp"
#include "net/slab_pool.hpp"
#include "net/udp_socket_linux.hpp"

namespace iroh::net {
namespace {

class OsPlatform final : public Platform {
 public:
  OsPlatform(boost::asio::any_io_executor executor, OsPlatformOptions options)
      : executor_(std::move(executor)), options_(std::move(options)), slabs_(SlabPool::of_process()) {}

  base::Instant now() override { return os_now(); }
  base::Random& random() override { return crypto::system_random(); }
  Result<std::unique_ptr<UdpSocket>> bind_udp(const SocketAddr& local) override {
    return make_linux_udp_socket(executor_, local, slabs_, options_.udp);
  }
  std::unique_ptr<Timer> make_timer() override { return make_os_timer(executor_); }
  std::vector<InterfaceAddr> interface_addresses() override { return os_interface_addresses(); }

 private:
  boost::asio::any_io_executor executor_;
  OsPlatformOptions options_;
  std::shared_ptr<SlabPool> slabs_;
};

}  // namespace

std::shared_ptr<Platform> make_os_platform(boost::asio::any_io_executor executor, OsPlatformOptions options) {
  return std::make_shared<OsPlatform>(std::move(executor), std::move(options));
}

}  // namespace iroh::net
