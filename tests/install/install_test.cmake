# Installs the build, builds the example against the installed package, and runs both. Run by ctest with
# -DBUILD, -DSOURCE, -DWORK.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGN}\nended with ${result}:\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -S ${SOURCE}/tests/install -B ${WORK}/build -G Ninja
  -DCMAKE_PREFIX_PATH=${WORK}/prefix -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${FLAGS}
  -DEXAMPLE=${SOURCE}/docs/examples/embed.cpp)
run(${CMAKE_COMMAND} --build ${WORK}/build)
set(samples ${SOURCE}/docs/samples)
run(${WORK}/build/embed ${samples}/coffee.jpg ${samples}/swirling_night.jpg ${WORK}/embedded.png oriented)
run(${WORK}/prefix/bin/impasto transfer ${samples}/coffee.jpg ${samples}/swirling_night.jpg
  -o ${WORK}/installed.png --weights oriented --size 48 --iterations 6 --progress none)
foreach(picture embedded installed)
  if(NOT EXISTS ${WORK}/${picture}.png)
    message(FATAL_ERROR "${picture}.png was not written")
  endif()
endforeach()
file(REMOVE_RECURSE ${WORK})
