# Warnings, sanitizers and the version that --version prints.
option(IMPASTO_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(IMPASTO_BUILD_BENCHMARKS "Build the micro-benchmarks" OFF)
option(IMPASTO_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(IMPASTO_WARNINGS_AS_ERRORS "Treat warnings as errors" ${PROJECT_IS_TOP_LEVEL})

add_library(impasto_flags INTERFACE)
target_compile_features(impasto_flags INTERFACE cxx_std_20)
target_compile_options(impasto_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wconversion -Wshadow>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${IMPASTO_WARNINGS_AS_ERRORS}>>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlaps in std::string's operator+ that are not there (GCC bug 105329).
  target_compile_options(impasto_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
if(IMPASTO_SANITIZE)
  target_compile_options(impasto_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
    -fno-omit-frame-pointer
    -Wno-maybe-uninitialized)  # instrumented code confuses it (GCC bug 105562)
  target_link_options(impasto_flags INTERFACE -fsanitize=address,undefined)
endif()

find_package(Git QUIET)
set(IMPASTO_COMMIT "unknown")
if(GIT_FOUND AND EXISTS ${PROJECT_SOURCE_DIR}/.git)
  execute_process(COMMAND ${GIT_EXECUTABLE} -C ${PROJECT_SOURCE_DIR} rev-parse --short=12 HEAD
    OUTPUT_VARIABLE IMPASTO_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT IMPASTO_COMMIT)
    set(IMPASTO_COMMIT "unknown")
  endif()
endif()
