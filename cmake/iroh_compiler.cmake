# SPDX-License-Identifier: MIT OR Apache-2.0
# How every target of ours is compiled: language level, warnings, sanitizers, compiler cache.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(IROH_CCACHE ccache)
if(IROH_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Precompiled headers are part of what it compares, if it is told that they may be.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${IROH_CCACHE})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()

find_program(IROH_MOLD mold)
if(IROH_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

option(IROH_UNITY "compile several files of a folder at once (iroh_library.cmake)" OFF)

add_library(iroh_compile_options INTERFACE)
target_compile_options(iroh_compile_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion
  -Wold-style-cast -Wcast-align -Woverloaded-virtual -Wformat=2 -Wimplicit-fallthrough
  $<$<BOOL:${IROH_WERROR}>:-Werror>
  # What is compiled together: names of one file hide none of another, and what it keeps to itself stays with it.
  $<IF:$<BOOL:${IROH_UNITY}>,-Wno-subobject-linkage,-Wshadow>)
# GCC 12 reports members left out of a designated initialiser although they have defaults.
target_compile_options(iroh_compile_options INTERFACE -Wno-missing-field-initializers
  # And an operator delete of Asio that it takes for the wrong one after inlining (coroutine frames).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:RelWithDebInfo>>:-Wno-mismatched-new-delete>)

if(IROH_SANITIZE)
  add_compile_options(-fsanitize=${IROH_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${IROH_SANITIZE})
endif()
