# What nearly every source includes, by way of our own headers: two seconds of each compilation.
set(standard_headers <algorithm> <chrono> <condition_variable> <filesystem> <functional> <map> <memory> <mutex>
                     <optional> <string> <string_view> <thread> <utility> <vector>)

# The end of the names of sources that are not for the system that we build for.
set(other_system windows)
if(WIN32)
    set(other_system linux)
endif()

# folder_library(NAME [LINK libraries...] [PRECOMPILE headers...] [SMALL])
#
# One folder is one static library: every .cpp beside the calling CMakeLists.txt except main.cpp and what its name
# gives to another system (*_windows.cpp on Linux, *_linux.cpp on Windows). Headers are included from the root of
# the tree. SMALL optimises for size: such a library is part of the static agent.
# PRECOMPILE is for other headers that cost each source seconds. A folder with few sources precompiles nothing.
function(folder_library name)
    cmake_parse_arguments(ARG "SMALL" "" "LINK;PRECOMPILE" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS *.cpp)
    list(FILTER sources EXCLUDE REGEX "/main\\.cpp$|_${other_system}\\.cpp$")
    if(NOT sources)
        add_library(${name} INTERFACE)
        target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
        target_link_libraries(${name} INTERFACE ${ARG_LINK})
        return()
    endif()
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE warnings)
    list(LENGTH sources count)
    if(ARG_PRECOMPILE OR count GREATER 4)
        target_precompile_headers(${name} PRIVATE ${standard_headers} ${ARG_PRECOMPILE})
        target_compile_options(${name} PRIVATE -fpch-preprocess) # wanted by ccache
    endif()
    if(ARG_SMALL)
        target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-Os> -ffunction-sections -fdata-sections)
    endif()
endfunction()
