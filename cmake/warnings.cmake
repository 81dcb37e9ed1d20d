# Warnings for our own code; generated code (the library wire) gets none of them.
add_library(warnings INTERFACE)
target_compile_options(warnings INTERFACE -Wall -Wextra -Wpedantic -Werror -Wshadow=local -Wnon-virtual-dtor
                       -Woverloaded-virtual -Wcast-align)
