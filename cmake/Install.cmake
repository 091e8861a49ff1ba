# cmake --install puts the program, the library, its headers and find_package(impasto) in place.
include(CMakePackageConfigHelpers)

install(TARGETS impasto_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS impasto EXPORT impasto-targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(IMPASTO_CUDA_FOUND)
  install(TARGETS impasto_cuda LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
install(DIRECTORY include/impasto DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT impasto-targets NAMESPACE impasto:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/impasto)

configure_package_config_file(cmake/impasto-config.cmake.in
  ${PROJECT_BINARY_DIR}/impasto-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/impasto)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/impasto-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/impasto-config.cmake
  ${PROJECT_BINARY_DIR}/impasto-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/impasto)
