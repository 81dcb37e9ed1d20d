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
    if(WIN32)
        add_link_options(-fstack-protector-strong) # there it needs a library
    else()
        add_link_options(-Wl,-z,relro,-z,now)
    endif()
endif()

if(WIN32)
    # Windows 8 and Server 2012: jobs within jobs. Of windows.h no more than is needed, and no macros min and max.
    add_compile_definitions(_WIN32_WINNT=0x0602 WIN32_LEAN_AND_MEAN NOMINMAX UNICODE _UNICODE)
endif()

if(SOAPSTONE_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()
