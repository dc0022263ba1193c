// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/pipe/pipe_copy.hpp"
#include "tools/lib/as_values.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <optional>
#include <vector>

namespace iroh::tools {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

// [tools.md §3.8] One read of a busy TCP socket fills several packets; more gains nothing.
constexpr std::size_t read_size = std::size_t{128} << 10;
// [tools.md 49] Silence of the peer, which answers our keep-alives every 5 s even if its application does not read.
constexpr std::chrono::seconds silence_max{6};
constexpr std::chrono::milliseconds silence_step{500};

/// The three loops run in one thread and share these members. A loop that fails throws, which cancels the others.
class PipeCopy {
 public:
  PipeCopy(const asio::any_io_executor& executor, Connection connection, BiStream stream, LocalEnd local)
      : connection_(std::move(connection)), stream_(std::move(stream)), local_(std::move(local)), delivery_(executor) {}

  Task<PipeResult> run() {
    try {
      co_await ((read_local() && watch_delivery()) && write_local());
    } catch (const std::exception&) {
      // Whichever loop failed first has left its error; none has if all were cancelled from outside.
      if (!error_) error_ = asio::error::operation_aborted;
    }
    if (!error_ && lost_ && !is_benign_loss()) error_ = lost_;
    if (!error_) co_return PipeResult();
    // [tools.md §3.1] Abnormal end: code 0 for both halves. Failure only means that the half is over already.
    static_cast<void>(stream_.send.reset(0));
    static_cast<void>(stream_.recv.stop(0));
    co_return pipe_failure(describe());
  }

 private:
  [[noreturn]] void fail(error_code error) {
    if (!error_) error_ = error;
    throw boost::system::system_error(error);
  }

  Task<> read_local() {
    std::vector<std::byte> buffer(local_.in ? read_size : 0);
    while (local_.in) {
      auto [read_error, size] = co_await local_.in->async_read_some(asio::buffer(buffer), as_values);
      if (read_error == asio::error::eof) break;
      if (read_error) fail(read_error);
      auto [write_error] = co_await stream_.send.write_all(std::span(buffer).first(size), as_values);
      if (write_error) co_return on_send_error(write_error);
    }
    if (const auto finished = stream_.send.finish(); !finished) co_return on_send_error(finished.error());
    is_finished_ = true;
    co_await wait_for_delivery();
  }

  /// If the connection is lost, what had arrived before is still to be written out: write_local() decides how that
  /// ends.
  void on_send_error(error_code error) {
    if (!connection_.close_reason()) fail(error);
    on_loss(error);
  }

  void on_loss(error_code error) {
    if (!lost_) lost_ = error;
    delivery_.cancel();
    if (is_written_ && !is_finished_) fail(error);
  }

  // [tools.md 35] Our end counts when the peer has acknowledged it. [tools.md 50] Or wants no more, after the end was
  // queued.
  Task<> watch_delivery() {
    auto [error, code] = co_await stream_.send.stopped(as_values);
    if (error == asio::error::operation_aborted) fail(error);
    if (error) co_return on_loss(error);
    if (code && !is_finished_) fail(error_code(static_cast<int>(*code), stream_stopped_category()));
    is_delivered_ = true;
    delivery_.cancel();
  }

  Task<> wait_for_delivery() {
    using Clock = std::chrono::steady_clock;
    std::uint64_t heard = connection_.stats().udp_rx.datagrams;
    Clock::time_point last = Clock::now();
    while (!is_delivered_ && !lost_) {
      delivery_.expires_after(silence_step);
      co_await delivery_.async_wait(as_values);
      const std::uint64_t now_heard = connection_.stats().udp_rx.datagrams;
      if (now_heard != heard) last = Clock::now();
      heard = now_heard;
      if (Clock::now() - last >= silence_max && !is_delivered_ && !lost_) fail(asio::error::timed_out);
    }
  }

  // [tools.md §3.8] The pieces go from the receive buffer to writev() as they are, as soon as they are there.
  Task<> write_local() {
    std::vector<asio::const_buffer> buffers;
    for (;;) {
      auto [read_error, chunks] = co_await stream_.recv.read_chunks(RecvStream::default_chunk_count, as_values);
      if (read_error) fail(read_error);
      if (chunks.empty()) break;
      buffers.clear();
      for (const Bytes& chunk : chunks) buffers.emplace_back(chunk.data(), chunk.size());
      auto [write_error, written] =
          co_await asio::async_write(*local_.out, std::span<const asio::const_buffer>(buffers), as_values);
      if (write_error) fail(write_error);
    }
    // [tools.md 34] The peer's end is the end of the local output; the other direction goes on.
    local_.end_output();
    is_written_ = true;
    if (lost_ && !is_finished_) fail(*lost_);
  }

  // [tools.md 48] dumbpipe 0.39 closes with code 0 when it has read everything, without waiting for acknowledgements.
  bool is_benign_loss() const {
    const auto reason = connection_.close_reason();
    return reason && reason->is_application_close(0);
  }

  std::string describe() const {
    if (*error_ == asio::error::operation_aborted) return "cancelled";
    if (*error_ == asio::error::timed_out && is_finished_) return "the peer does not acknowledge the end of the data";
    const auto reason = connection_.close_reason();
    if (reason && *error_ == reason->error()) return "connection lost: " + reason->to_string();
    return error_->message();
  }

  Connection connection_;
  BiStream stream_;
  LocalEnd local_;
  asio::steady_timer delivery_;
  bool is_finished_ = false;   // our end is queued
  bool is_delivered_ = false;  // and acknowledged
  bool is_written_ = false;    // the peer's end has arrived and everything is written out
  std::optional<error_code> lost_;
  std::optional<error_code> error_;
};

}  // namespace

PipeResult pipe_failure(std::string error) {
  return {false, std::move(error)};
}

Task<PipeResult> pipe_copy(Connection connection, BiStream stream, LocalEnd local) {
  PipeCopy copy(co_await asio::this_coro::executor, std::move(connection), std::move(stream), std::move(local));
  co_return co_await copy.run();
}

}  // namespace iroh::tools
