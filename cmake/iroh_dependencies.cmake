# SPDX-License-Identifier: MIT OR Apache-2.0
# The system libraries of docs/internals/dependencies.md. Nothing is downloaded.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS url json)
find_package(fmt REQUIRED)
pkg_check_modules(GNUTLS REQUIRED IMPORTED_TARGET gnutls)
pkg_check_modules(NETTLE REQUIRED IMPORTED_TARGET nettle)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto)
find_library(IPSEC_MB_LIBRARY IPSec_MB)  # optional, amd64 only

# Asio is compiled once, in src/net, instead of in every file that includes it.
add_library(iroh_asio INTERFACE)
target_link_libraries(iroh_asio INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(iroh_asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION)

if(IROH_BUILD_TESTS)
  find_package(GTest REQUIRED)
  find_path(RAPIDCHECK_INCLUDE_DIR rapidcheck.h REQUIRED)
  find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
  add_library(iroh_rapidcheck INTERFACE)
  target_include_directories(iroh_rapidcheck SYSTEM INTERFACE ${RAPIDCHECK_INCLUDE_DIR})
  target_link_libraries(iroh_rapidcheck INTERFACE ${RAPIDCHECK_LIBRARY})
endif()
if(IROH_BUILD_BENCH)
  find_package(benchmark REQUIRED)
endif()
