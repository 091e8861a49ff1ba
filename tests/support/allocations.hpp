// What operator new is asked for in this test program: counted, or refused.
#pragma once

namespace impasto {

/// False under AddressSanitizer, whose own operator new cannot be replaced: then nothing is counted
/// and nothing is refused.
bool can_watch_allocations();

/// From now on the allocations of every thread are counted from 0, but those that a vendor library
/// makes in its own calls.
void start_counting_allocations();
/// The count so far; further allocations are not counted.
long stop_counting_allocations();

/// While it lives the nth allocation of its thread throws std::bad_alloc, 1 being the next.
class RefusedAllocation {
 public:
  explicit RefusedAllocation(long nth);
  ~RefusedAllocation();
  RefusedAllocation(const RefusedAllocation&) = delete;
  RefusedAllocation& operator=(const RefusedAllocation&) = delete;
  RefusedAllocation(RefusedAllocation&&) = delete;
  RefusedAllocation& operator=(RefusedAllocation&&) = delete;

  /// Whether there were so many.
  [[nodiscard]] static bool came();
};

}  // namespace impasto
