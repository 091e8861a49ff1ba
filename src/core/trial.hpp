// Work on trial in a child process, for libraries that crash on damaged files.
#pragma once

#include <functional>

namespace impasto {

/// From now on survives() tries things out. Only for a program that knows its threads: a child of
/// fork has the calling thread alone, and what others held stays locked in it. At first nothing is
/// tried.
void allow_trials();

/// False if `action` crashes a child process (a signal such as SIGSEGV, or a sanitizer that ends
/// it). True otherwise, whatever it throws, and where nothing was tried: trials are not allowed, or
/// the system allows no child. What `action` does to memory is not seen here, and what it says on
/// stderr by nobody.
bool survives(const std::function<void()>& action);

}  // namespace impasto
