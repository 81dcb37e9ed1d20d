# Debian's cross compiler for Windows, the variant whose threads are POSIX' (std::thread needs them), and the libraries
# that scripts/build-agent-windows builds into the tree.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)

set(libraries ${CMAKE_CURRENT_LIST_DIR}/../build/windows-libraries)
cmake_path(NORMAL_PATH libraries)
set(CMAKE_FIND_ROOT_PATH ${libraries} /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

set(CMAKE_CXX_STANDARD_INCLUDE_DIRECTORIES ${libraries}/include)
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static -L${libraries}/lib")

# Tests are programs for Windows; ctest runs them by this.
set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/../scripts/wine)
