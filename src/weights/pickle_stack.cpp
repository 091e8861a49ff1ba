#include "weights/pickle_stack.hpp"

#include <algorithm>
#include <utility>

#include "impasto/error.hpp"

namespace impasto::pickle {

namespace {

/// Values, references between them, stack and memo: a VGG's state dict needs some thousand of each.
constexpr std::size_t kMaxValues = 250'000;
constexpr std::size_t kMaxItems = 1'000'000;

}  // namespace

void Stack::damaged(const std::string& what) const {
  throw InputError("the checkpoint's pickle " + what, where_,
                   "it is damaged or no state dict; save it again with torch.save(state_dict)");
}

std::string_view Stack::take(std::uint64_t count) {
  if (count > bytes_.size() - at_) {
    damaged("ends in the middle");
  }
  const auto part = bytes_.substr(at_, static_cast<std::size_t>(count));
  at_ += part.size();
  return part;
}

std::uint64_t Stack::little_endian(std::size_t count) {
  const auto part = take(count);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    number |= static_cast<std::uint64_t>(static_cast<unsigned char>(part[i])) << (8 * i);
  }
  return number;
}

std::string Stack::line() {
  const auto end = bytes_.find('\n', at_);
  if (end == std::string_view::npos) {
    damaged("ends in the middle");
  }
  std::string text(take(end - at_));
  take(1);
  return text;
}

void Stack::push(Ref ref) {
  if (stack_.size() >= kMaxValues) {
    damaged("is too large");
  }
  stack_.push_back(ref);
}

void Stack::push(Value value) {
  if (result_.values.size() >= kMaxValues) {
    damaged("is too large");
  }
  count_items(value.items.size());
  result_.values.push_back(std::move(value));
  push(static_cast<Ref>(result_.values.size() - 1));
}

Ref Stack::pop() {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) {
    damaged("takes more from its stack than there is");
  }
  const Ref ref = stack_.back();
  stack_.pop_back();
  return ref;
}

void Stack::mark() {
  if (marks_.size() >= kMaxValues) {
    damaged("is too large");
  }
  marks_.push_back(stack_.size());
}

std::vector<Ref> Stack::pop_to_mark() {
  if (marks_.empty()) {
    damaged("misses a mark");
  }
  const std::size_t height = marks_.back();
  marks_.pop_back();
  std::vector<Ref> items(stack_.begin() + static_cast<std::ptrdiff_t>(height), stack_.end());
  stack_.resize(height);
  return items;
}

std::vector<Ref> Stack::pop_last(std::size_t count) {
  std::vector<Ref> items(count);
  std::generate(items.rbegin(), items.rend(), [this] { return pop(); });
  return items;
}

Ref Stack::top() {
  const Ref ref = pop();
  push(ref);
  return ref;
}

Value& Stack::top(Kind kind, const char* name) {
  const Ref ref = top();
  if (value(ref).kind != kind) {
    damaged(std::string("expects a ") + name + " where there is none");
  }
  return value(ref);
}

void Stack::extend(const std::vector<Ref>& items, Kind kind, const char* name) {
  if (kind == Kind::kDict && items.size() % 2 != 0) {
    damaged("has a key without a value");
  }
  count_items(items.size());
  auto& target = top(kind, name).items;
  target.insert(target.end(), items.begin(), items.end());
}

void Stack::remember(std::uint64_t key) {
  const Ref ref = top();
  memo_[key] = ref;
  if (memo_.size() > kMaxValues) {
    damaged("is too large");
  }
}

void Stack::recall(std::uint64_t key) {
  const auto found = memo_.find(key);
  if (found == memo_.end()) {
    damaged("recalls what it never stored");
  }
  push(found->second);
}

Pickle Stack::finish() {
  result_.root = pop();
  result_.size = at_;
  return std::move(result_);
}

void Stack::count_items(std::size_t count) {
  items_ += count;
  if (items_ > kMaxItems) {
    damaged("is too large");
  }
}

}  // namespace impasto::pickle
