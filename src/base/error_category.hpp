// SPDX-License-Identifier: MIT OR Apache-2.0
// An error category from a name and functions: one line per category, instead of a class each.
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_condition.hpp>
#include <string>

namespace iroh::base {

// GCC warns of every class that derives from boost::system::error_category, since the base has no virtual destructor;
// nobody deletes a category.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

/// To be held in a function-local static: `static const base::ErrorCategory category("iroh.x", message);`
class ErrorCategory final : public boost::system::error_category {
 public:
  using Message = std::string (*)(int value);
  using Condition = boost::system::error_condition (*)(int value) noexcept;

  /// to_condition: which error_condition a code stands for; nullptr if it stands for itself.
  explicit ErrorCategory(const char* category_name, Message to_message, Condition to_condition = nullptr) noexcept
      : name_(category_name), message_(to_message), condition_(to_condition) {}

  const char* name() const noexcept override { return name_; }
  std::string message(int value) const override { return message_(value); }
  boost::system::error_condition default_error_condition(int value) const noexcept override {
    return condition_ != nullptr ? condition_(value) : boost::system::error_condition(value, *this);
  }

 private:
  const char* name_;
  Message message_;
  Condition condition_;
};

#pragma GCC diagnostic pop

}  // namespace iroh::base
