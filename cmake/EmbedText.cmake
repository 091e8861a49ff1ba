# Puts a text file into the program:
#
#   impasto_embed_text(TARGET FILE FUNCTION HEADER)
#
# compiles `std::string_view FUNCTION()`, declared in HEADER, into TARGET; it returns the text of FILE, which may not contain
# `)embedded"`. The same file, run as a script, makes the source.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ "${INPUT}" text)
  file(WRITE "${OUTPUT}" "// Made of ${INPUT}.\n#include \"${HEADER}\"\n\nnamespace impasto {\n
std::string_view ${FUNCTION}() {
  return R\"embedded(${text})embedded\";
}

}  // namespace impasto\n")
  return()
endif()

set(IMPASTO_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(impasto_embed_text target file function header)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp)
  set(input ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${input} -DOUTPUT=${output} -DFUNCTION=${function} -DHEADER=${header}
      -P ${IMPASTO_EMBED_SCRIPT}
    DEPENDS ${input} ${IMPASTO_EMBED_SCRIPT} VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
