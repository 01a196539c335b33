// What scenarios say about what they got, and how they wait: for something that happens, never for time to pass.
#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

// Longer than anything takes on a busy machine; a wait that ends here is a failure.
constexpr std::chrono::seconds patience(25);

// An expectation that does not hold; its text is the reason that is printed.
struct Unmet : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Fails with the text unless the condition holds.
inline void check(bool holds, const std::string &what) {
  if (!holds) throw Unmet(what);
}

template <class T> std::string shown(const T &value) {
  std::ostringstream out;
  out << value;
  return out.str().size() < 300 ? out.str() : out.str().substr(0, 300) + "…";
}

template <class T> std::string shown(const std::vector<T> &values) {
  std::string all = "[";
  for (const T &value : values) all += (all.size() > 1 ? ", " : "") + shown(value);
  return all + "]";
}

// Fails unless both are equal.
template <class A, class B> void same(const A &got, const B &wanted, const std::string &what) {
  if (!(got == wanted)) throw Unmet(what + ": got " + shown(got) + ", expected " + shown(wanted));
}

// Asks again and again until it holds: for what can only be asked, not awaited.
inline void eventually(const std::function<bool()> &holds, const std::string &what) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    check(std::chrono::steady_clock::now() < end, what + ": not within " + shown(patience.count()) + " s");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

// Things that other threads bring, taken in their order.
template <class T> class Arrivals {
public:
  void put(T item) {
    std::lock_guard<std::mutex> guard(mutex);
    items.push_back(std::move(item));
    changed.notify_all();
  }

  // The next one, waiting for it.
  T next(const std::string &what) {
    std::unique_lock<std::mutex> guard(mutex);
    if (!changed.wait_for(guard, patience, [&] { return !items.empty(); }))
      throw Unmet("no " + what + " within " + shown(patience.count()) + " s");
    T item = std::move(items.front());
    items.pop_front();
    return item;
  }

  // Takes one after the other up to the first for which wanted holds, and returns that.
  T until(const std::function<bool(const T &)> &wanted, const std::string &what) {
    for (;;) {
      T item = next(what);
      if (wanted(item)) return item;
    }
  }

  // How many have come that nobody took.
  size_t waiting() {
    std::lock_guard<std::mutex> guard(mutex);
    return items.size();
  }

private:
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<T> items;
};

// Something that happens once.
class Signal {
public:
  void set() {
    std::lock_guard<std::mutex> guard(mutex);
    happened = true;
    changed.notify_all();
  }

  void wait(const std::string &what) {
    std::unique_lock<std::mutex> guard(mutex);
    if (!changed.wait_for(guard, patience, [&] { return happened; }))
      throw Unmet(what + ": not within " + shown(patience.count()) + " s");
  }

private:
  std::mutex mutex;
  std::condition_variable changed;
  bool happened = false;
};
