# What differs between the presets: hardening, sanitizers, coverage.
add_library(build_modes INTERFACE)

if(SOAPSTONE_SANITIZE)
    add_compile_options(-fsanitize=${SOAPSTONE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${SOAPSTONE_SANITIZE})
    # g++ 12 sees things in instrumented code that are none, and Asio's fences are not TSan's business.
    add_compile_options(-Wno-maybe-uninitialized)
    if(SOAPSTONE_SANITIZE STREQUAL thread)
        add_compile_options(-Wno-tsan)
    endif()
else()
    add_compile_definitions($<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
    add_compile_options(-fstack-protector-strong)
    add_link_options(-Wl,-z,relro,-z,now)
endif()

if(SOAPSTONE_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()
