# The GPUs that the kernels are compiled for, with an nvidia-smi and an nvcc that say what they are told. Run by ctest with
# -DSOURCE, -DWORK.
include(${SOURCE}/cmake/CudaArchitectures.cmake)

# expect(SMI_STATUS SMI_ANSWER EXPECTED): with an nvcc that knows 7.5 to 9.0.
function(expect status answer expected)
  file(REMOVE_RECURSE ${WORK})
  file(WRITE ${WORK}/nvidia-smi "#!/bin/sh\nprintf '${answer}'\nexit ${status}\n")
  file(WRITE ${WORK}/nvcc "#!/bin/sh\nprintf 'sm_75\\nsm_80\\nsm_86\\nsm_89\\nsm_90\\n'\n")
  file(CHMOD ${WORK}/nvidia-smi ${WORK}/nvcc PERMISSIONS OWNER_READ OWNER_EXECUTE)
  set(ENV{PATH} "${WORK}:$ENV{PATH}")
  impasto_cuda_architectures(${WORK}/nvcc found)
  if(NOT "${found}" STREQUAL "${expected}")
    message(SEND_ERROR "nvidia-smi ended with ${status} and said '${answer}': '${found}' instead of '${expected}'")
  endif()
endfunction()

expect(0 "8.6\\n" "86-real")
expect(0 "8.0\\n9.0\\n8.0\\n" "80-real;90-real")
expect(0 "12.0\\n" "75")
expect(0 "9.0\\n12.0\\n" "90-real;75")
expect(0 "[N/A]\\n" "75")
expect(9 "NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver, version 535.5\\n" "75")
file(REMOVE_RECURSE ${WORK})
