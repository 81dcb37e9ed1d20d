# read_script(VARIABLE FILE)
#
# Sets VARIABLE to a shell script that is to be built in: without its comments and indentation, as it crosses the line
# once for each target. A line @NAME@ becomes the part of that name.
set(script_parts ${CMAKE_SOURCE_DIR}/common/os/firewall.sh ${CMAKE_SOURCE_DIR}/manager/transport/shell/prelude.sh
    ${CMAKE_SOURCE_DIR}/manager/transport/shell/programs.sh)
function(read_script variable file)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file} ${script_parts})
    file(READ ${file} text)
    foreach(file ${script_parts})
        get_filename_component(name ${file} NAME_WE)
        file(READ ${file} part)
        string(REPLACE "\n@${name}@\n" "\n${part}" text "${text}")
    endforeach()
    string(REGEX REPLACE "(^|\n)( *#[^\n]*| +)" "\\1" text "${text}")
    string(REGEX REPLACE "\n\n+" "\n" text "${text}")
    set(${variable} "${text}" PARENT_SCOPE)
endfunction()
