// The pickle machine's tape and stack: bounded, and every step checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "weights/pickle.hpp"

namespace impasto::pickle {

class Stack {
 public:
  Stack(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  /// Throws the InputError "the checkpoint's pickle WHAT".
  [[noreturn]] void damaged(const std::string& what) const;
  [[nodiscard]] const std::string& where() const { return where_; }

  // The tape. Each throws when it ends too early.
  std::string_view take(std::uint64_t count);
  std::uint64_t little_endian(std::size_t count);
  std::string line();

  // The stack. A mark is a height below which nothing may be popped.
  void push(Ref ref);
  void push(Value value);
  Ref pop();
  void mark();
  std::vector<Ref> pop_to_mark();
  std::vector<Ref> pop_last(std::size_t count);
  Ref top();
  Value& top(Kind kind, const char* name);
  Value& value(Ref ref) { return result_.values[ref]; }

  /// Appends to the list or dict on top.
  void extend(const std::vector<Ref>& items, Kind kind, const char* name);

  // The memo.
  void remember(std::uint64_t key);
  void remember_next() { remember(memo_.size()); }
  void recall(std::uint64_t key);

  /// The top of the stack as the pickle's value, and everything that it refers to.
  Pickle finish();

 private:
  void count_items(std::size_t count);

  std::string_view bytes_;
  const std::string& where_;
  std::size_t at_ = 0;
  std::size_t items_ = 0;
  Pickle result_;
  std::vector<Ref> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, Ref> memo_;
};

}  // namespace impasto::pickle
