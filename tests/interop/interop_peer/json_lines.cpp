// SPDX-License-Identifier: MIT OR Apache-2.0
#include "json_lines.hpp"

#include <unistd.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iostream>

namespace iroh::interop {
namespace asio = boost::asio;

void print_line(const boost::json::object& object) {
  std::cout << boost::json::serialize(object) << std::endl;
}

struct LineReader::State {
  explicit State(const asio::any_io_executor& executor) : input(executor, ::dup(STDIN_FILENO)) {}
  asio::posix::stream_descriptor input;
  std::string buffer;
};

LineReader::LineReader(asio::any_io_executor executor) : state_(std::make_unique<State>(executor)) {}
LineReader::~LineReader() = default;

Task<std::optional<boost::json::object>> LineReader::next() {
  for (;;) {
    auto [ec, count] = co_await asio::async_read_until(state_->input, asio::dynamic_buffer(state_->buffer), '\n',
                                                       asio::as_tuple(asio::use_awaitable));
    if (ec) co_return std::nullopt;
    const std::string line = state_->buffer.substr(0, count);
    state_->buffer.erase(0, count);
    boost::system::error_code parse_error;
    const auto value = boost::json::parse(line, parse_error);
    if (!parse_error && value.is_object()) co_return value.as_object();
    std::cerr << "not a JSON object: " << line << std::endl;
  }
}

}  // namespace iroh::interop
