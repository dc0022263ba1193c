// SPDX-License-Identifier: MIT OR Apache-2.0
// The events of a download, for whoever takes them: progress is merged, so that nobody has to. From any thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "blobs/service/completion.hpp"
#include "iroh/blobs/downloader.hpp"

namespace iroh::blobs {

class DownloadEvents {
 public:
  /// Events that wait; without a bound a list of providers without end would fill the memory of a program that does not
  /// look. The oldest go.
  static constexpr std::size_t waiting_max = 256;

  explicit DownloadEvents(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  void push(DownloadEvent event);
  /// After the events that wait, next() gives this error, or nothing.
  void end(error_code error);

  void next(CompletionHandler<std::optional<DownloadEvent>> handler, const std::shared_ptr<DownloadEvents>& self);

 private:
  struct Waiting {
    std::uint64_t id;
    Completion<std::optional<DownloadEvent>> completion;
  };
  void deliver();
  void cancel(std::uint64_t id);

  const asio::any_io_executor executor_;
  std::mutex mutex_;
  std::deque<DownloadEvent> events_;
  std::optional<error_code> end_;
  std::optional<Waiting> waiting_;
  std::uint64_t last_id_ = 0;
};

}  // namespace iroh::blobs
