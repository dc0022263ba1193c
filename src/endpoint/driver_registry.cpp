// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/driver_registry.hpp"

#include "endpoint/driver.hpp"

namespace iroh::endpoint {

boost::asio::execution_context::id DriverRegistry::id;

void DriverRegistry::add(std::weak_ptr<Driver> driver) {
  const std::lock_guard lock(mutex_);
  std::erase_if(drivers_, [](const std::weak_ptr<Driver>& entry) { return entry.expired(); });
  drivers_.push_back(std::move(driver));
}

void DriverRegistry::shutdown() {
  std::vector<std::weak_ptr<Driver>> drivers;
  {
    const std::lock_guard lock(mutex_);
    drivers.swap(drivers_);
  }
  for (const auto& entry : drivers) {
    if (const auto driver = entry.lock()) driver->abandon();
  }
}

}  // namespace iroh::endpoint
