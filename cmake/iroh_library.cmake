# SPDX-License-Identifier: MIT OR Apache-2.0
# One folder in src/ is one library, one namespace, one target: iroh_library(<folder> DEPS <folders and targets>).
# Every *.cpp below the folder belongs to it; *_test.cpp becomes <folder>_test, *_bench.cpp <folder>_bench, and test_support.cpp
# a library for the tests of this folder and of others, iroh_<folder>_test_support.

# What most files include, read once per target instead of once per file. A file may not rely on it: ./dev check also
# builds without (IROH_PCH=OFF).
option(IROH_PCH "precompile the standard headers" ON)
set(IROH_PCH_STD <algorithm> <array> <chrono> <cstdint> <cstring> <deque> <expected> <functional> <map> <memory> <optional>
    <ranges> <span> <string> <string_view> <unordered_map> <utility> <variant> <vector>)

# Several files of a folder at once: the headers and templates that they share are compiled once, which is most of the
# work (IROH_UNITY). So names in anonymous namespaces are to be unique within a folder; ./dev check also builds file by file
# (IROH_UNITY=OFF), so that each includes what it needs.
set(IROH_UNITY_BATCH 8)

function(iroh_unity target sources)
  if(NOT IROH_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  foreach(source IN LISTS sources)
    cmake_path(GET source PARENT_PATH folder)
    string(MAKE_C_IDENTIFIER "${folder}" folder)
    math(EXPR group "${count_${folder}} + 0")
    math(EXPR count_${folder} "${group} + 1")
    math(EXPR group "${group} / ${IROH_UNITY_BATCH}")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP "${folder}_${group}")
  endforeach()
endfunction()

# Few files are not worth it.
function(iroh_precompile target sources)
  list(LENGTH sources count)
  if(IROH_PCH AND count GREATER 8)
    target_precompile_headers(${target} PRIVATE ${IROH_PCH_STD} ${ARGN})
  endif()
endfunction()

function(iroh_library name)
  cmake_parse_arguments(ARG "NO_UNITY" "" "DEPS;PRIVATE_DEPS;TEST_DEPS;PCH" ${ARGN})
  file(GLOB_RECURSE all CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${all})
  set(benches ${all})
  set(sources ${all})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "(_test|_bench|/test_support)\\.cpp$")

  add_library(iroh_${name} STATIC ${sources})
  add_library(iroh::${name} ALIAS iroh_${name})
  target_include_directories(iroh_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
  target_link_libraries(iroh_${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS} iroh_compile_options)
  iroh_precompile(iroh_${name} "${sources}" ${ARG_PCH})
  if(NOT ARG_NO_UNITY)
    iroh_unity(iroh_${name} "${sources}")
  endif()

  if(IROH_BUILD_TESTS AND tests)
    set(support "")
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/test_support.cpp)
      set(support iroh_${name}_test_support)
      add_library(${support} STATIC test_support.cpp)
      target_link_libraries(${support} PUBLIC iroh_${name} GTest::gtest PRIVATE iroh_compile_options)
    endif()
    set(no_unity "")
    if(ARG_NO_UNITY)
      set(no_unity NO_UNITY)
    endif()
    iroh_test(${name}_test ${no_unity} SOURCES ${tests} DEPS iroh_${name} ${support} ${ARG_TEST_DEPS} PCH ${ARG_PCH})
  endif()
  if(IROH_BUILD_BENCH AND benches)
    add_executable(${name}_bench ${benches})
    target_link_libraries(${name}_bench PRIVATE iroh_${name} benchmark::benchmark_main iroh_compile_options)
  endif()
endfunction()

# iroh_test(<name> SOURCES <files> DEPS <targets> [LABELS <labels>] [MAIN]): one GoogleTest program, registered test by test.
# With MAIN the sources bring their own main function.
function(iroh_test name)
  cmake_parse_arguments(ARG "MAIN;NO_UNITY" "TIMEOUT" "SOURCES;DEPS;LABELS;PCH" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} iroh_rapidcheck iroh_compile_options
    $<IF:$<BOOL:${ARG_MAIN}>,GTest::gtest,GTest::gtest_main>)
  iroh_precompile(${name} "${ARG_SOURCES}" <gtest/gtest.h> ${ARG_PCH})
  if(NOT ARG_NO_UNITY)
    iroh_unity(${name} "${ARG_SOURCES}")
  endif()
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()
