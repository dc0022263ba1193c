// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/progress_bar.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "tools/lib/number_format.hpp"

namespace iroh::tools {
namespace {

constexpr std::chrono::milliseconds redraw_interval{250};

std::size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string format_count(std::uint64_t count, ProgressBar::Unit unit) {
  return unit == ProgressBar::Unit::bytes ? format_bytes(count) : std::to_string(count);
}

}  // namespace

ProgressBar::ProgressBar(std::string label, std::uint64_t total, Unit unit)
    : label_(std::move(label)),
      total_(total),
      unit_(unit),
      is_shown_(::isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      next_(start_) {}

ProgressBar::~ProgressBar() {
  if (is_shown_) std::fputs("\r\033[K", stderr);
}

// [tools.md 3] Nothing of it goes into a pipe or a file.
void ProgressBar::update(std::uint64_t done) {
  if (!is_shown_) return;
  const auto now = Clock::now();
  if (now < next_) return;
  next_ = now + redraw_interval;
  draw(done, now);
}

void ProgressBar::draw(std::uint64_t done, Clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  const double left = rate > 0 ? static_cast<double>(total_ - done) / rate : 0;
  const std::string facts =
      fmt::format(" {}/{} {}/s ETA {:.0f} s", format_count(done, unit_), format_count(total_, unit_),
                  format_count(static_cast<std::uint64_t>(rate), unit_), left);
  const std::size_t used = label_.size() + facts.size() + 4;
  const std::size_t width = std::max(terminal_width(), used + 10) - used;
  const auto filled = static_cast<std::size_t>(static_cast<double>(width) * static_cast<double>(done) /
                                               static_cast<double>(std::max<std::uint64_t>(total_, 1)));
  const std::size_t rest = width - std::min(filled, width);
  const std::string bar = std::string(width - rest, '#') + (rest > 0 ? ">" + std::string(rest - 1, '-') : "");
  fmt::print(stderr, "\r{} [{}]{}\033[K", label_, bar, facts);
  std::fflush(stderr);
}

}  // namespace iroh::tools
