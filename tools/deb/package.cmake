# What is installed besides programs and models; with MAGPIE_PACKAGE (tools/package) what a Debian package holds as well: the
# unit and its configuration.
option(MAGPIE_PACKAGE "install what belongs to a Debian package, too" OFF)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE ${CMAKE_SOURCE_DIR}/NOTICE ${CMAKE_SOURCE_DIR}/README.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/proto/magpie DESTINATION ${CMAKE_INSTALL_DATADIR}/magpie/proto)
if(NOT MAGPIE_PACKAGE)
  return()
endif()

install(FILES ${CMAKE_CURRENT_LIST_DIR}/magpied.service DESTINATION lib/systemd/system)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/magpied.conf DESTINATION /etc/magpie)
# Made by tools/package from the programs' own help texts.
install(DIRECTORY ${CMAKE_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR} OPTIONAL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME magpie)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The Magpie project <magpie@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "matches technology needs with offerings")
set(CPACK_PACKAGE_DESCRIPTION
    "Magpie takes firms' needs and institutes' offerings and gives explained pairs, a fair\n assignment and a timetable; magpied keeps them in a folder and answers over gRPC and HTTP.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/postinst ${CMAKE_CURRENT_LIST_DIR}/prerm
                                       ${CMAKE_CURRENT_LIST_DIR}/postrm ${CMAKE_CURRENT_BINARY_DIR}/conffiles)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/conffiles "/etc/magpie/magpied.conf\n")
install(FILES ${CMAKE_CURRENT_LIST_DIR}/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
configure_file(${CMAKE_CURRENT_LIST_DIR}/changelog.in ${CMAKE_BINARY_DIR}/changelog @ONLY)
execute_process(COMMAND gzip -9nf ${CMAKE_BINARY_DIR}/changelog COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${CMAKE_BINARY_DIR}/changelog.gz DESTINATION ${CMAKE_INSTALL_DOCDIR})
include(CPack)
