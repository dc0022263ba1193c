// SPDX-License-Identifier: MIT OR Apache-2.0
// Several progress bars below each other on stderr, if that is a terminal: one for each thing that goes on.
// [tools.md §1.5]
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace iroh::tools {

struct Bar {
  enum class Unit : std::uint8_t { bytes, items, none };  ///< none: the label and the time alone

  std::string label;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  Unit unit = Unit::bytes;
};

/// How fast something grows, of late: what is older counts less, by half for each two seconds.
class SpeedMeter {
 public:
  using Clock = std::chrono::steady_clock;

  void update(std::uint64_t done, Clock::time_point now);
  double per_second() const noexcept { return speed_; }

 private:
  std::optional<Clock::time_point> last_;
  std::uint64_t last_done_ = 0;
  double speed_ = 0;
  double weight_ = 0;  ///< 1 after much time
};

/// One line of at most `width` columns, if the label leaves room.
std::string bar_line(const Bar& bar, double per_second, std::chrono::seconds elapsed, std::size_t width);

/// Safe from any thread. Removes its lines at the end.
class ProgressLines {
 public:
  using Key = std::uint64_t;

  explicit ProgressLines(bool is_wanted);
  ProgressLines(const ProgressLines&) = delete;
  ProgressLines& operator=(const ProgressLines&) = delete;
  ~ProgressLines();

  bool is_shown() const noexcept { return is_shown_; }
  /// Adds a bar or changes it. Drawn at most every 250 ms.
  void set(Key key, Bar bar);
  void remove(Key key);
  void clear();
  /// A line above the bars; nothing unless they are shown.
  void print(const std::string& line);

 private:
  using Clock = std::chrono::steady_clock;
  struct Line {
    Bar bar;
    Clock::time_point start;
    SpeedMeter speed;
  };
  void draw_if_due();
  void draw();
  void erase_drawn();

  const bool is_shown_;
  std::mutex mutex_;
  std::map<Key, Line> lines_;
  Clock::time_point next_{};
  std::size_t drawn_ = 0;  ///< lines on the screen
  std::string output_;     // written with one call, so that lines do not flicker
};

}  // namespace iroh::tools
