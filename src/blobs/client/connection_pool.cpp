// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/connection_pool.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/system_error.hpp>

#include "blobs/client/connection_pool_state.hpp"
#include "iroh/blobs/blob_error.hpp"

namespace iroh {
namespace asio = boost::asio;

struct PooledConnection::Use {
  Use(std::weak_ptr<blobs::PoolState> of, EndpointId remote, blobs::PoolState::EntryPtr used)
      : pool(std::move(of)), id(remote), entry(std::move(used)), connection(entry->connection) {}
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() {
    if (const auto alive = pool.lock()) alive->release(id, entry);
  }
  std::weak_ptr<blobs::PoolState> pool;
  EndpointId id;
  blobs::PoolState::EntryPtr entry;
  Connection connection;
};

const Connection& PooledConnection::operator*() const noexcept {
  return use_->connection;
}

namespace blobs {
namespace {

/// [blobs.md §5.3] All closes have code 0 and say why.
void close_because(const Connection& connection, std::string_view reason) {
  connection.close(0, reason);
}

Task<Connection> dial(Endpoint endpoint, EndpointAddr addr, std::string alpn, PoolOptions options) {
  Connection connection = co_await endpoint.connect(std::move(addr), alpn);
  if (!options.on_connected) co_return connection;
  bool is_accepted = false;
  try {
    Task<> hook = options.on_connected(connection);
    co_await std::move(hook);
    is_accepted = true;
  } catch (const std::exception&) {
  }
  if (!is_accepted) {
    close_because(connection, "on_connected failed");
    throw boost::system::system_error(make_error_code(BlobError::rejected));
  }
  co_return connection;
}

error_code to_error(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& failure) {
    return failure.code();
  } catch (const std::exception&) {
    return BlobError::rejected;
  }
}

}  // namespace

/// A dial, its time-out, and the way to end it.
struct PoolState::Attempt {
  explicit Attempt(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;
  asio::cancellation_signal cancel;
  bool has_timed_out = false;
};

PoolState::PoolState(Endpoint endpoint, std::string alpn, PoolOptions options)
    : endpoint_(std::move(endpoint)),
      alpn_(std::move(alpn)),
      options_(std::move(options)),
      strand_(asio::make_strand(endpoint_.executor())) {}

void PoolState::get(CompletionHandler<PooledConnection> handler, EndpointAddr addr) {
  Completion<PooledConnection> completion(std::move(handler));
  error_code error;
  PooledConnection ready;
  EntryPtr started;
  {
    const std::lock_guard lock(mutex_);
    forget_closed();
    const auto found = entries_.find(addr.id());
    if (is_closed_) {
      error = asio::error::operation_aborted;
    } else if (found != entries_.end() && found->second->connection) {
      ready = use(addr.id(), found->second);
    } else if (found != entries_.end()) {
      // [blobs.md 82] One attempt for all.
      found->second->waiting.push_back(std::move(completion));
      return;
    } else if (attempts_ >= options_.max_attempts) {
      error = BlobError::too_many_attempts;
    } else if (error = make_room(); !error) {
      started = std::make_shared<Entry>();
      started->waiting.push_back(std::move(completion));
      entries_.emplace(addr.id(), started);
      ++attempts_;
    }
  }
  if (started) return start_attempt(addr, std::move(started));
  completion.post(strand_, error, std::move(ready));
}

PooledConnection PoolState::use(const EndpointId& id, const EntryPtr& entry) {
  ++entry->uses;
  return PooledConnection(std::make_shared<const PooledConnection::Use>(weak_from_this(), id, entry));
}

/// [blobs.md 94] A connection known to be closed is never handed out.
void PoolState::forget_closed() {
  std::erase_if(entries_, [](const auto& entry) {
    return entry.second->connection && entry.second->connection.close_reason().has_value();
  });
}

/// [blobs.md 82], [blobs.md 94] A slot is taken when an attempt begins; the connection unused longest makes room.
error_code PoolState::make_room() {
  if (options_.max_connections == 0) return BlobError::too_many_connections;
  if (entries_.size() < options_.max_connections) return {};
  auto oldest = entries_.end();
  for (auto at = entries_.begin(); at != entries_.end(); ++at) {
    if (!at->second->connection || at->second->uses > 0) continue;
    if (oldest == entries_.end() || at->second->unused_since < oldest->second->unused_since) oldest = at;
  }
  if (oldest == entries_.end()) return BlobError::too_many_connections;
  close_because(oldest->second->connection, "unused");
  entries_.erase(oldest);
  return {};
}

void PoolState::start_attempt(const EndpointAddr& addr, EntryPtr entry) {
  asio::post(strand_, [self = shared_from_this(), addr, entry = std::move(entry)] {
    const auto attempt = std::make_shared<Attempt>(self->strand_);
    attempt->timer.expires_after(self->options_.connect_timeout);
    attempt->timer.async_wait([attempt](const error_code& error) {
      if (error) return;
      attempt->has_timed_out = true;
      attempt->cancel.emit(asio::cancellation_type::terminal);
    });
    auto on_over = [self, id = addr.id(), entry, attempt](const std::exception_ptr& thrown, Connection connection) {
      attempt->timer.cancel();
      error_code error;
      if (thrown) error = attempt->has_timed_out ? error_code(BlobError::connect_timed_out) : to_error(thrown);
      self->on_attempt_over(id, entry, error, std::move(connection));
    };
    asio::co_spawn(self->strand_, dial(self->endpoint_, addr, self->alpn_, self->options_),
                   asio::bind_cancellation_slot(attempt->cancel.slot(), std::move(on_over)));
  });
}

void PoolState::on_attempt_over(const EndpointId& id, const EntryPtr& entry, error_code error, Connection connection) {
  std::vector<std::pair<Completion<PooledConnection>, PooledConnection>> ready;
  {
    const std::lock_guard lock(mutex_);
    --attempts_;
    if (is_closed_ && !error) {
      close_because(connection, "discarded");
      error = asio::error::operation_aborted;
    }
    // A failure is told to all who wait, and not remembered.
    if (error) entries_.erase(id);
    entry->connection = error ? Connection() : std::move(connection);
    for (auto& waiting : entry->waiting) {
      ready.emplace_back(std::move(waiting), error ? PooledConnection() : use(id, entry));
    }
    entry->waiting.clear();
  }
  for (auto& [completion, pooled] : ready) completion.post(strand_, error, std::move(pooled));
}

void PoolState::release(const EndpointId& id, const EntryPtr& entry) {
  std::uint64_t released = 0;
  {
    const std::lock_guard lock(mutex_);
    if (--entry->uses > 0 || is_closed_) return;
    entry->unused_since = std::chrono::steady_clock::now();
    released = ++entry->released;
  }
  const auto timer = std::make_shared<asio::steady_timer>(strand_, options_.idle_timeout);
  timer->async_wait([weak = weak_from_this(), id, entry, released, timer](const error_code& error) {
    const auto self = weak.lock();
    if (self && !error) self->on_idle(id, entry, released);
  });
}

/// [blobs.md 94] Every use starts the time anew.
void PoolState::on_idle(const EndpointId& id, const EntryPtr& entry, std::uint64_t released) {
  const std::lock_guard lock(mutex_);
  if (entry->uses > 0 || entry->released != released) return;
  close_because(entry->connection, "unused");
  const auto found = entries_.find(id);
  if (found != entries_.end() && found->second == entry) entries_.erase(found);
}

std::size_t PoolState::size() {
  const std::lock_guard lock(mutex_);
  forget_closed();
  return entries_.size() - attempts_;
}

void PoolState::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  for (const auto& [id, entry] : entries_) {
    if (entry->connection) close_because(entry->connection, entry->uses > 0 ? "drop" : "unused");
  }
  std::erase_if(entries_, [](const auto& entry) { return static_cast<bool>(entry.second->connection); });
}

}  // namespace blobs

// ---- The handle

struct ConnectionPool::Owner {
  explicit Owner(State of) noexcept : state(std::move(of)) {}
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;
  ~Owner() { state->close(); }
  State state;
};

ConnectionPool::ConnectionPool(Endpoint endpoint, std::string alpn, PoolOptions options)
    : state_(std::make_shared<blobs::PoolState>(std::move(endpoint), std::move(alpn), std::move(options))),
      owner_(std::make_shared<Owner>(state_)) {}

void ConnectionPool::start_get(CompletionHandler<PooledConnection> handler, State state, EndpointAddr addr) {
  state->get(std::move(handler), std::move(addr));
}

std::size_t ConnectionPool::size() const {
  return state_->size();
}

}  // namespace iroh
