# aiproxy_floor(NAME [PUBLIC libs...] [PRIVATE libs...]): core/NAME as the static library
# aiproxy_NAME out of all its .cpp files. A folder of headers alone becomes an interface library.
# PUBLIC names of other floors are written as aiproxy_NAME; CMake's arrows are those of
# tools/check_floors.py.

set(AIPROXY_WARNINGS
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wswitch-enum -Wundef
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>
    # GCC 12 sees overlapping copies in std::string's operator+ where there are none (GCC PR 105651).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
    # In a batch of files every unnamed namespace stands in an included file, which GCC warns of.
    $<$<AND:$<BOOL:${CMAKE_UNITY_BUILD}>,$<COMPILE_LANGUAGE:CXX>>:-Wno-subobject-linkage>
    $<$<BOOL:${AIPROXY_WERROR}>:-Werror>)

if(AIPROXY_SANITIZE)
  # With a sanitizer GCC 12 sees uninitialized members in std::regex's own moves (GCC PR 105562).
  list(APPEND AIPROXY_WARNINGS $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_compile_options(-fsanitize=${AIPROXY_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  # RapidJSON and valijson add to null pointers that they only compare; clang refuses that.
  add_compile_options($<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=pointer-overflow>)
  add_link_options(-fsanitize=${AIPROXY_SANITIZE})
endif()

function(aiproxy_floor name)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)
    add_library(aiproxy_${name} INTERFACE)
    target_include_directories(aiproxy_${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(aiproxy_${name} INTERFACE ${ARG_PUBLIC} ${ARG_PRIVATE})
    return()
  endif()
  add_library(aiproxy_${name} STATIC ${sources})
  target_include_directories(aiproxy_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_compile_options(aiproxy_${name} PRIVATE ${AIPROXY_WARNINGS})
  target_link_libraries(aiproxy_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()

# aiproxy_test(FOLDER libs...): tests/unit/FOLDER/*_test.cpp as one doctest program. Optimizing the
# tests themselves would take nearly half of their compile time and find nothing. Only *_cost_test.cpp
# are a program of their own, as optimized as the product: what both sides instantiate (in C++20
# all of std::string) the linker takes from the tests, so a figure would be that of slow code.
function(aiproxy_test folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  get_filename_component(leaf ${folder} NAME)
  set(costs ${sources})
  list(FILTER costs INCLUDE REGEX "_cost_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_cost_test\\.cpp$")
  aiproxy_test_program(${leaf} SOURCES ${sources} OPTIONS -O0 LIBS ${ARGN})
  if(costs)
    aiproxy_test_program(${leaf}_cost SOURCES ${costs} LIBS ${ARGN})
  endif()
endfunction()

function(aiproxy_test_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;OPTIONS;LIBS" ${ARGN})
  set(target test_${name})
  add_executable(${target} ${ARG_SOURCES} ${CMAKE_SOURCE_DIR}/tests/support/doctest_main.cpp)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  # doctest's own implementation and the tests that include it cannot share a batch.
  set_source_files_properties(${CMAKE_SOURCE_DIR}/tests/support/doctest_main.cpp
    PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_compile_options(${target} PRIVATE ${AIPROXY_WARNINGS} ${ARG_OPTIONS})
  target_link_libraries(${target} PRIVATE ${ARG_LIBS})
  add_test(NAME ${name} COMMAND ${target})
  set_tests_properties(${name} PROPERTIES ENVIRONMENT
    "AIPROXY_SOURCE_DIR=${CMAKE_SOURCE_DIR};AIPROXY_BUILD_DIR=${CMAKE_BINARY_DIR}")
endfunction()
