# read_script(VARIABLE FILE)
#
# Sets VARIABLE to a shell script that is to be built in: without its comments and indentation, as it crosses the line
# once for each target. A line @firewall@ becomes common/os/firewall.sh.
function(read_script variable file)
    set(firewall_file ${CMAKE_SOURCE_DIR}/common/os/firewall.sh)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file} ${firewall_file})
    file(READ ${file} text)
    file(READ ${firewall_file} firewall)
    string(REPLACE "\n@firewall@\n" "\n${firewall}" text "${text}")
    string(REGEX REPLACE "(^|\n)( *#[^\n]*| +)" "\\1" text "${text}")
    string(REGEX REPLACE "\n\n+" "\n" text "${text}")
    set(${variable} "${text}" PARENT_SCOPE)
endfunction()
