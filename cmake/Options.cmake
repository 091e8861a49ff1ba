# Warnings, hardening, sanitizers and the version that --version prints.
option(IMPASTO_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(IMPASTO_BUILD_BENCHMARKS "Build the micro-benchmarks" OFF)
option(IMPASTO_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(IMPASTO_SANITIZE_THREADS "Build with ThreadSanitizer" OFF)
option(IMPASTO_BUILD_FUZZERS "Build the fuzzers of tests/fuzz, with clang, and nothing else; see tools/fuzz.sh" OFF)
option(IMPASTO_WERROR "Treat warnings as errors: for those who change the code, not for those who use it" OFF)
set(IMPASTO_COMPILE_TOGETHER 0 CACHE STRING "How many sources of a folder are compiled as one unit; 0 or 1: each alone")

# A compiler that nobody has tried has opinions that nobody could follow.
if(IMPASTO_WERROR AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 15)
  message(STATUS "Warnings stop no build here: GCC ${CMAKE_CXX_COMPILER_VERSION} is newer than the 12 to 14 that were tried")
  set(IMPASTO_WERROR OFF)
endif()

add_library(impasto_flags INTERFACE)
target_compile_features(impasto_flags INTERFACE cxx_std_20)
target_compile_options(impasto_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wconversion -Wshadow>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${IMPASTO_WERROR}>>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlaps in std::string's operator+ that are not there (GCC bug 105329).
  target_compile_options(impasto_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
else()
  # Systems with newer compilers have newer libraries, which call old names deprecated that older ones have alone.
  target_compile_options(impasto_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-error=deprecated-declarations>)
endif()

# Programs that read other people's files: guarded stacks and buffers, nothing writable that need not be.
include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
target_compile_options(impasto_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fstack-protector-strong>)
target_link_options(impasto_flags INTERFACE LINKER:-z,relro,-z,now,-z,noexecstack)
if(NOT IMPASTO_SANITIZE AND NOT IMPASTO_SANITIZE_THREADS)  # the sanitizers watch the same functions
  target_compile_options(impasto_flags INTERFACE
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<NOT:$<CONFIG:Debug>>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
endif()

# The build folder is laid out as an installation is (program in bin, libraries in lib), so that a binary finds its libraries by
# the same path in both. CMake would pad a path that it changes when installing with an empty element, which means the current folder.
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
set(CMAKE_INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)  # libraries that lie where the loader does not look
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_LIBDIR})

if(IMPASTO_SANITIZE)
  target_compile_options(impasto_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
    -fno-omit-frame-pointer
    -Wno-maybe-uninitialized)  # instrumented code confuses it (GCC bug 105562)
  target_link_options(impasto_flags INTERFACE -fsanitize=address,undefined)
endif()

if(IMPASTO_SANITIZE_THREADS)
  target_compile_options(impasto_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
  target_link_options(impasto_flags INTERFACE -fsanitize=thread)
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
