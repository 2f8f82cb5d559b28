# aiproxy_add_plugin(NAME SOURCES files... MANIFEST file.json [OUTPUT_DIR dir]): a provider as a
# shared object NAME.so that can be loaded, replaced and unloaded.
#
#   one export          hidden visibility, a version script, --exclude-libs: nothing of the plugin
#                       or of its libraries can be interposed by another (or pin it in memory)
#   no unique symbols   -fno-gnu-unique: g++ would keep the object mapped for ever
#   bound at load       -z now, -z defs: a missing function is an error here, not at night
#   manifest            the JSON file becomes section .aiproxy.manifest, readable without running
#                       the plugin
#
# The SDK's helpers are compiled into a C++ plugin, hidden (they need RapidJSON's headers); a plugin
# in C needs the C header alone. The target is plugin_NAME. Works in this tree and from an installed
# SDK, where find_package(AiproxyPlugin) brings it: every path starts from this file.

function(aiproxy_add_plugin name)
  cmake_parse_arguments(ARG "" "MANIFEST;OUTPUT_DIR" "SOURCES" ${ARGN})
  if(NOT ARG_SOURCES OR NOT ARG_MANIFEST)
    message(FATAL_ERROR "aiproxy_add_plugin(${name}): SOURCES and MANIFEST are needed")
  endif()
  if(NOT ARG_OUTPUT_DIR)
    set(ARG_OUTPUT_DIR ${CMAKE_BINARY_DIR}/plugins)
  endif()
  get_filename_component(sdk ${CMAKE_CURRENT_FUNCTION_LIST_DIR} DIRECTORY)
  get_filename_component(manifest "${ARG_MANIFEST}" ABSOLUTE)

  # "a": an allocated section survives strip.
  set(carrier ${CMAKE_CURRENT_BINARY_DIR}/${name}_manifest.c)
  file(CONFIGURE OUTPUT ${carrier} @ONLY CONTENT
    "__asm__(\".pushsection .aiproxy.manifest,\\\"a\\\"\\n.incbin \\\"@manifest@\\\"\\n.popsection\\n\");\ntypedef int aiproxy_manifest_is_above;\n")
  # In a batch its object would not depend on the manifest, and a change would not be built.
  set_source_files_properties(${carrier} PROPERTIES
    OBJECT_DEPENDS ${manifest} SKIP_UNITY_BUILD_INCLUSION ON)

  set(target plugin_${name})
  add_library(${target} MODULE ${ARG_SOURCES} ${carrier})
  if("${ARG_SOURCES}" MATCHES "\\.(cpp|cc|cxx)(;|$)")
    target_sources(${target} PRIVATE ${sdk}/cpp/json.cpp)
    target_compile_features(${target} PRIVATE cxx_std_17)
  endif()
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} SUFFIX .so
    LIBRARY_OUTPUT_DIRECTORY ${ARG_OUTPUT_DIR}
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON
    LINK_DEPENDS "${sdk}/cmake/plugin.map")
  target_compile_features(${target} PRIVATE c_std_11)
  target_include_directories(${target} PRIVATE ${sdk}/include ${sdk}/cpp)
  if(AIPROXY_WARNINGS)
    target_compile_options(${target} PRIVATE ${AIPROXY_WARNINGS})
  else()
    target_compile_options(${target} PRIVATE -Wall -Wextra)
  endif()
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${target} PRIVATE
    -Wl,--version-script=${sdk}/cmake/plugin.map
    -Wl,--exclude-libs,ALL -Wl,-z,now -Wl,--as-needed)
  # The gateway reads and hashes the whole file at each start, and most of it is debug information.
  target_link_options(${target} PRIVATE -Wl,--compress-debug-sections=zlib)
  # A sanitizer's runtime lives in the program, so its functions stay undefined here.
  if(NOT AIPROXY_SANITIZE AND NOT "${CMAKE_CXX_FLAGS} ${CMAKE_C_FLAGS}" MATCHES "-fsanitize")
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
  # The gateway refuses a file that others may write to, which a umask of 002 would make.
  add_custom_command(TARGET ${target} POST_BUILD COMMAND chmod go-w $<TARGET_FILE:${target}>)
endfunction()
