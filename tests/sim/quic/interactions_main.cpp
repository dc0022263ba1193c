// SPDX-License-Identifier: MIT OR Apache-2.0
// Many random interactions: quic_interactions [--seeds N] [--first N] [--seed N] [--jobs N]. Workers are processes, so
// that a crash is a failure like any other: it is reported with its seed, and shortened.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "tests/sim/quic/interaction.hpp"

namespace iroh::sim {
namespace {

constexpr std::size_t jobs_max = 64;
constexpr std::size_t failures_max = 20;

/// What workers tell the parent, in memory that they share.
struct Board {
  std::atomic<std::uint64_t> next;
  std::atomic<std::uint64_t> done;
  std::atomic<std::uint64_t> datagrams;
  std::atomic<std::uint64_t> virtual_seconds;
  std::atomic<std::uint64_t> timed_out;
  std::atomic<std::uint64_t> failed;
  std::uint64_t failures[failures_max];
  std::atomic<std::uint64_t> current[jobs_max];
};

Board& make_board() {
  void* memory = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  return *new (memory) Board();
}

void note_failure(Board& board, std::uint64_t seed) {
  const std::uint64_t at = board.failed.fetch_add(1);
  if (at < failures_max) board.failures[at] = seed;
}

[[noreturn]] void work(Board& board, std::size_t job, std::uint64_t end) {
  for (;;) {
    const std::uint64_t seed = board.next.fetch_add(1);
    if (seed >= end) std::_Exit(0);
    board.current[job] = seed;
    InteractionStats stats;
    if (const Failure failure = run(Plan::from_seed(seed), &stats)) {
      std::fprintf(stderr, "%s\n", failure->c_str());
      note_failure(board, seed);
    }
    board.datagrams += stats.datagrams;
    board.virtual_seconds += static_cast<std::uint64_t>(stats.virtual_time / base::seconds(1));
    board.timed_out += stats.timed_out;
    ++board.done;
  }
}

pid_t start_worker(Board& board, std::size_t job, std::uint64_t end) {
  const pid_t child = fork();
  if (child == 0) work(board, job, end);
  return child;
}

// A crash ends a worker: its seed has failed, and another worker takes its place.
void supervise(Board& board, std::size_t jobs, std::uint64_t end) {
  std::vector<pid_t> children(jobs);
  for (std::size_t job = 0; job < jobs; ++job) children[job] = start_worker(board, job, end);
  std::size_t running = jobs;
  while (running > 0) {
    int status = 0;
    const pid_t gone = waitpid(-1, &status, 0);
    for (std::size_t job = 0; job < jobs; ++job) {
      if (children[job] != gone) continue;
      --running;
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
      std::fprintf(stderr, "seed %lu: the process died\n", static_cast<unsigned long>(board.current[job].load()));
      note_failure(board, board.current[job]);
      if (board.failed < failures_max) {
        children[job] = start_worker(board, job, end);
        ++running;
      }
    }
  }
}

/// In a process of its own, and silently.
bool fails_in_child(const Plan& plan) {
  const pid_t child = fork();
  if (child == 0) {
    std::freopen("/dev/null", "w", stderr);
    alarm(60);
    std::_Exit(run(plan).has_value() ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

void report(std::uint64_t seed) {
  const Plan plan = Plan::from_seed(seed);
  if (!fails_in_child(plan)) {
    std::printf("seed %lu failed once, but not again (TLS draws its own randomness)\n",
                static_cast<unsigned long>(seed));
    return;
  }
  const Plan shortest = shrink(plan, fails_in_child);
  std::printf("seed %lu: %zu operations, of which are needed\n%s", static_cast<unsigned long>(seed),
              plan.operations.size(), describe(shortest).c_str());
  std::fflush(stdout);
  // Once more, to be seen: the message, or the stack of the crash.
  const pid_t child = fork();
  if (child == 0) {
    if (const Failure failure = run(shortest)) std::fprintf(stderr, "%s\n", failure->c_str());
    std::_Exit(0);
  }
  waitpid(child, nullptr, 0);
}

void show_progress(const Board& board, std::uint64_t count, std::chrono::steady_clock::time_point start) {
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::fprintf(stderr, "%lu of %lu seeds, %.0f s, %.1f million datagrams, %lu hours of virtual time, %lu failed\n",
               static_cast<unsigned long>(board.done), static_cast<unsigned long>(count), seconds,
               static_cast<double>(board.datagrams) / 1e6, static_cast<unsigned long>(board.virtual_seconds / 3600),
               static_cast<unsigned long>(board.failed));
}

std::uint64_t number(const char* text) {
  return std::strtoull(text, nullptr, 10);
}

int usage() {
  std::fprintf(stderr, "usage: quic_interactions [--seeds N] [--first N] [--seed N] [--jobs N]\n");
  return 2;
}

int run_many(std::uint64_t first, std::uint64_t count, std::size_t jobs) {
  const auto start = std::chrono::steady_clock::now();
  Board& board = make_board();
  board.next = first;
  const pid_t reporter = fork();
  if (reporter == 0) {
    for (;;) {
      std::this_thread::sleep_for(std::chrono::seconds(10));
      show_progress(board, count, start);
    }
  }
  supervise(board, jobs, first + count);
  kill(reporter, SIGTERM);
  waitpid(reporter, nullptr, 0);
  show_progress(board, count, start);
  for (std::size_t i = 0; i < std::min<std::size_t>(board.failed, 3); ++i) report(board.failures[i]);
  std::printf("%lu seeds from %lu on: %lu failed\n", static_cast<unsigned long>(count),
              static_cast<unsigned long>(first), static_cast<unsigned long>(board.failed));
  return board.failed == 0 && board.done == count ? 0 : 1;
}

int main_of(int count, char** arguments) {
  std::uint64_t seeds = 200;
  std::uint64_t first = 0;
  std::size_t jobs = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, jobs_max);
  for (int i = 1; i < count; i += 2) {
    const std::string name = arguments[i];
    if (i + 1 >= count) return usage();
    const std::uint64_t value = number(arguments[i + 1]);
    if (name == "--seeds") {
      seeds = value;
    } else if (name == "--first") {
      first = value;
    } else if (name == "--seed") {
      first = value;
      seeds = 1;
    } else if (name == "--jobs") {
      jobs = std::clamp<std::size_t>(value, 1, jobs_max);
    } else {
      return usage();
    }
  }
  return run_many(first, seeds, std::min<std::size_t>(jobs, std::max<std::uint64_t>(seeds, 1)));
}

}  // namespace
}  // namespace iroh::sim

int main(int count, char** arguments) {
  return iroh::sim::main_of(count, arguments);
}
