# add_soap_library(NAME SCHEMAS xsd... WSDLS wsdl... TYPEMAP file SERVICES names... [SOURCES cpp...])
#
# Contracts -> typed C++: one wsdl2h run over all of them (schemas first), one soapcpp2 run, one static library.
# The generated code is linked against Debian's libgsoap++.a, which knows no TLS, zlib or cookies: transport is
# the business of common/net.
find_program(WSDL2H wsdl2h REQUIRED)
find_program(SOAPCPP2 soapcpp2 REQUIRED)
find_library(GSOAP_LIBRARY libgsoap++.a REQUIRED)
find_path(GSOAP_IMPORT stl.h PATHS /usr/share/gsoap/import NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH REQUIRED)

function(add_soap_library name)
    cmake_parse_arguments(ARG "" "TYPEMAP" "SCHEMAS;WSDLS;SERVICES;SOURCES" ${ARGN})
    set(out ${CMAKE_CURRENT_BINARY_DIR}/generated)
    file(MAKE_DIRECTORY ${out})
    set(contracts ${ARG_SCHEMAS} ${ARG_WSDLS})
    set(inputs)
    foreach(contract ${contracts} ${ARG_TYPEMAP})
        list(APPEND inputs ${CMAKE_CURRENT_SOURCE_DIR}/${contract})
    endforeach()
    file(RELATIVE_PATH here ${out} ${CMAKE_CURRENT_SOURCE_DIR})
    list(TRANSFORM contracts PREPEND ${here}/ OUTPUT_VARIABLE relative)

    # wsdl2h only warns about a type that it cannot find, and soapcpp2 then stumbles over it: stop at the warning.
    add_custom_command(
        OUTPUT ${out}/${name}.h
        COMMAND sh ${CMAKE_SOURCE_DIR}/cmake/fail_on_warning.sh ${WSDL2H} -c++17 -f -S "" -L -O4 -x
                -t ${here}/${ARG_TYPEMAP} -I ${here} -o ${name}.h ${relative}
        DEPENDS ${inputs} ${CMAKE_SOURCE_DIR}/cmake/fail_on_warning.sh
        WORKING_DIRECTORY ${out} VERBATIM)

    set(generated ${out}/${name}C.cpp)
    foreach(service ${ARG_SERVICES})
        list(APPEND generated ${out}/${name}${service}Proxy.cpp ${out}/${name}${service}Service.cpp)
    endforeach()
    list(GET ARG_SERVICES 0 first)
    add_custom_command(
        OUTPUT ${generated} ${out}/${name}H.h ${out}/${name}Stub.h ${out}/${first}.nsmap
        COMMAND ${SOAPCPP2} -c++17 -j -L -w -x -I ${here}:${GSOAP_IMPORT} -p ${name} ${name}.h
        DEPENDS ${out}/${name}.h
        WORKING_DIRECTORY ${out} VERBATIM)
    file(WRITE ${out}/namespaces.cpp "#include \"${name}H.h\"\n#include \"${first}.nsmap\"\n")

    add_library(${name} STATIC ${generated} ${out}/namespaces.cpp ${ARG_SOURCES})
    target_include_directories(${name} SYSTEM PUBLIC ${out})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_compile_definitions(${name} PUBLIC WITH_IPV6 WITH_DOM WITH_PURE_VIRTUAL)
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-Os> -ffunction-sections -fdata-sections)
    target_link_libraries(${name} PUBLIC ${GSOAP_LIBRARY} $<$<BOOL:${WIN32}>:ws2_32>)
    # The library's table of namespaces is only found when the linker is told to look for it.
    target_link_options(${name} INTERFACE LINKER:-u,namespaces)
endfunction()

# embed_contract(NAME wsdl xsd)   adds to library NAME the texts of a contract and the names of its operations:
# header NAME_contract.hpp, see contract.hpp.in
function(embed_contract name wsdl xsd)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/generated)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${wsdl} ${xsd})
    file(READ ${wsdl} CONTRACT_WSDL)
    file(READ ${xsd} CONTRACT_SCHEMA)
    string(REGEX MATCHALL "<soap:operation soapAction=\"[^\"]*/[A-Za-z]+\"" actions "${CONTRACT_WSDL}")
    set(CONTRACT_OPERATIONS)
    foreach(action ${actions})
        string(REGEX REPLACE ".*/([A-Za-z]+)\"$" "\"\\1\"" operation "${action}")
        list(APPEND CONTRACT_OPERATIONS ${operation})
    endforeach()
    list(JOIN CONTRACT_OPERATIONS ", " CONTRACT_OPERATIONS)
    configure_file(${CMAKE_SOURCE_DIR}/cmake/contract.hpp.in ${out}/${name}_contract.hpp @ONLY)
endfunction()
