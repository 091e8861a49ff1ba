# Installs the build, builds the examples against the installed package, and runs all. Run by ctest with
# -DBUILD, -DSOURCE, -DWORK.

# Runs a command, expects the exit status, and leaves what it printed in `printed`.
function(expect status)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL status)
    message(FATAL_ERROR "${ARGN}\nended with ${result} instead of ${status}:\n${output}")
  endif()
  set(printed "${output}" PARENT_SCOPE)
endfunction()

macro(run)
  expect(0 ${ARGN})
endmacro()

# The number behind the last `text` in what was printed.
function(number_behind text variable)
  string(REGEX MATCHALL "${text} [-+.e0-9]+" found "${printed}")
  if(NOT found)
    message(FATAL_ERROR "no '${text}' in:\n${printed}")
  endif()
  list(GET found -1 last)
  string(REGEX REPLACE "^.* " "" number "${last}")
  set(${variable} ${number} PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -S ${SOURCE}/tests/install -B ${WORK}/build -G Ninja
  -DCMAKE_PREFIX_PATH=${WORK}/prefix -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${FLAGS}
  -DEXAMPLES=${SOURCE}/docs/examples)
run(${CMAKE_COMMAND} --build ${WORK}/build)
set(pictures ${SOURCE}/docs/samples/coffee.jpg ${SOURCE}/docs/samples/swirling_night.jpg)

run(${WORK}/build/embed ${pictures} ${WORK}/embedded.png oriented 48)
number_behind("loss" first)
number_behind("->" last)
if(NOT last LESS first)
  message(FATAL_ERROR "embed's loss did not fall:\n${printed}")
endif()
expect(2 ${WORK}/build/embed)
expect(3 ${WORK}/build/embed nowhere.jpg nowhere.jpg ${WORK}/nowhere.png oriented)

run(${WORK}/build/own_loss ${pictures} ${WORK}/own_loss.png oriented 48 6)
number_behind("step 1: loss" first)
number_behind("step 6: loss" last)
number_behind("ratio" ratio)
if(NOT last LESS first OR ratio LESS 0.95 OR ratio GREATER 1.05)
  message(FATAL_ERROR "own_loss's loss did not fall, or its gradient is wrong:\n${printed}")
endif()
expect(3 ${WORK}/build/own_loss nowhere.jpg nowhere.jpg ${WORK}/nowhere.png oriented)

run(${WORK}/prefix/bin/impasto transfer ${pictures}
  -o ${WORK}/installed.png --weights oriented --size 48 --iterations 6 --progress none)
foreach(picture embedded own_loss installed)
  if(NOT EXISTS ${WORK}/${picture}.png)
    message(FATAL_ERROR "${picture}.png was not written")
  endif()
endforeach()
file(REMOVE_RECURSE ${WORK})
