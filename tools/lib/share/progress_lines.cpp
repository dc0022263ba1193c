// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/progress_lines.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/utf8.hpp"
#include "tools/lib/number_format.hpp"

namespace iroh::tools {
namespace {

constexpr std::chrono::milliseconds redraw_interval{250};
constexpr double half_life_seconds = 2;

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

TerminalSize terminal_size() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {};
  return {size.ws_col, std::max<std::size_t>(size.ws_row, 4)};
}

std::string count_text(std::uint64_t count, Bar::Unit unit) {
  return unit == Bar::Unit::bytes ? format_bytes(count) : std::to_string(count);
}

std::string clock_text(std::chrono::seconds elapsed) {
  const auto count = elapsed.count();
  return fmt::format("[{:02}:{:02}:{:02}]", count / 3600, count / 60 % 60, count % 60);
}

std::string eta_text(const Bar& bar, double per_second) {
  if (per_second <= 0 || bar.done >= bar.total) return "";
  const double seconds = std::min(static_cast<double>(bar.total - bar.done) / per_second, 1e9);
  return " ETA " + format_duration(std::chrono::nanoseconds(std::llround(seconds * 1e9)));
}

std::string facts_of(const Bar& bar, double per_second) {
  return fmt::format(" {}/{} {}/s{}", count_text(bar.done, bar.unit), count_text(bar.total, bar.unit),
                     count_text(static_cast<std::uint64_t>(per_second), bar.unit), eta_text(bar, per_second));
}

/// Columns, as far as code points tell.
std::size_t columns_of(const std::string& text) {
  const auto points = base::decode_utf8(text);
  return points ? points->size() : text.size();
}

std::string cut(const std::string& text, std::size_t columns) {
  if (columns_of(text) <= columns) return text;
  std::string result;
  if (const auto points = base::decode_utf8(text)) {
    for (const char32_t point : points->substr(0, columns)) base::append_utf8(result, point);
  }
  return result;
}

std::string filled_bar(double part, std::size_t width) {
  const auto done = std::min(static_cast<std::size_t>(part * static_cast<double>(width)), width);
  if (done == width) return std::string(width, '#');
  return std::string(done, '#') + ">" + std::string(width - done - 1, '-');
}

}  // namespace

void SpeedMeter::update(std::uint64_t done, Clock::time_point now) {
  if (!last_ || done < last_done_) {  // the first value, or a new beginning
    *this = SpeedMeter();
    last_ = now;
    last_done_ = done;
    return;
  }
  const double seconds = std::chrono::duration<double>(now - *last_).count();
  if (seconds <= 0) return;
  const double keep = std::exp2(-seconds / half_life_seconds);
  const double speed = static_cast<double>(done - last_done_) / seconds;
  // While little is known, what is known counts fully.
  const double new_weight = weight_ * keep + (1 - keep);
  speed_ = (speed_ * weight_ * keep + speed * (1 - keep)) / new_weight;
  weight_ = new_weight;
  last_ = now;
  last_done_ = done;
}

std::string bar_line(const Bar& bar, double per_second, std::chrono::seconds elapsed, std::size_t width) {
  const std::string head = bar.label + " " + clock_text(elapsed);
  if (bar.unit == Bar::Unit::none) return cut(head, width);
  const std::string facts = facts_of(bar, per_second);
  const std::size_t used = columns_of(head) + columns_of(facts) + 3;
  if (used + 8 > width) return cut(head + facts, width);
  const double part =
      bar.total == 0 ? 1 : std::min(1.0, static_cast<double>(bar.done) / static_cast<double>(bar.total));
  return fmt::format("{} [{}]{}", head, filled_bar(part, width - used), facts);
}

// [tools.md 3] Nothing of it goes into a pipe or a file.
ProgressLines::ProgressLines(bool is_wanted) : is_shown_(is_wanted && ::isatty(STDERR_FILENO) == 1) {}

ProgressLines::~ProgressLines() {
  clear();
}

void ProgressLines::set(Key key, Bar bar) {
  if (!is_shown_) return;
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = lines_.try_emplace(key);
  if (is_new) at->second.start = Clock::now();
  at->second.bar = std::move(bar);
  draw_if_due();
}

void ProgressLines::remove(Key key) {
  if (!is_shown_) return;
  const std::lock_guard lock(mutex_);
  if (lines_.erase(key) != 0) draw();
}

void ProgressLines::clear() {
  if (!is_shown_) return;
  const std::lock_guard lock(mutex_);
  lines_.clear();
  draw();
}

void ProgressLines::print(const std::string& line) {
  if (!is_shown_) return;
  const std::lock_guard lock(mutex_);
  erase_drawn();
  output_ += line + "\n";
  draw();
}

void ProgressLines::draw_if_due() {
  const auto now = Clock::now();
  if (now >= next_) draw();
}

void ProgressLines::erase_drawn() {
  if (drawn_ > 0) output_ += fmt::format("\033[{}A\r\033[J", drawn_);
  drawn_ = 0;
}

void ProgressLines::draw() {
  const auto now = Clock::now();
  const TerminalSize size = terminal_size();
  erase_drawn();
  for (auto& [key, line] : lines_) {
    line.speed.update(line.bar.done, now);
    if (drawn_ + 2 >= size.rows) continue;  // the others are there when there is room
    const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(now - line.start);
    output_ += bar_line(line.bar, line.speed.per_second(), elapsed, size.columns - 1) + "\n";
    ++drawn_;
  }
  next_ = now + redraw_interval;
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, output_.data(), output_.size());
  output_.clear();
}

}  // namespace iroh::tools
