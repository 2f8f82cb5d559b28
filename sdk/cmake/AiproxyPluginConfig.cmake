# find_package(AiproxyPlugin): brings aiproxy_add_plugin().
include(${CMAKE_CURRENT_LIST_DIR}/AiproxyPlugin.cmake)
