# impasto_compile_together(TARGET): its sources of one folder are compiled IMPASTO_COMPILE_TOGETHER at a time, as one unit (a
# unity build), so that the standard library's and other large headers are read once for all of them. Names in unnamed
# namespaces must therefore differ within a folder; tools/lint.sh reads each folder as one unit, and finds those that do not.
# The sanitizers' presets compile each source alone, and so find the includes that one forgot.
function(impasto_compile_together target)
  if(IMPASTO_COMPILE_TOGETHER LESS 2)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # GCC takes a source for a header when another includes it, and warns of its unnamed namespaces.
  target_compile_options(${target} PRIVATE $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wno-subobject-linkage>)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.cpp$")
  list(SORT sources)
  set(last_folder "")
  foreach(source IN LISTS sources)
    cmake_path(ABSOLUTE_PATH source OUTPUT_VARIABLE folder)
    cmake_path(GET folder PARENT_PATH folder)
    cmake_path(RELATIVE_PATH folder BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
    if(NOT folder STREQUAL last_folder)
      set(place 0)
      set(last_folder ${folder})
    endif()
    math(EXPR part "${place} / ${IMPASTO_COMPILE_TOGETHER}")
    math(EXPR place "${place} + 1")
    string(REPLACE "/" "_" group "${folder}_${part}")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
  endforeach()
endfunction()
