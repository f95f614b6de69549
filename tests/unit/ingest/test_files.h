// Small files that the tests of ingest write: texts, zip archives and workbooks made of raw XML.
#pragma once

#include <gtest/gtest.h>
#include <zip.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace magpie::testing {

inline std::string TempPath(const std::string& name) {
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) /
      (std::string("magpie_ingest_") + ::testing::UnitTest::GetInstance()->current_test_info()->test_suite_name() +
       "_" + ::testing::UnitTest::GetInstance()->current_test_info()->name());
  std::filesystem::create_directories(folder);
  return (folder / name).string();
}

inline std::string WriteText(const std::string& name, std::string_view bytes) {
  const std::string path = TempPath(name);
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

inline std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

using Parts = std::vector<std::pair<std::string, std::string>>;  // name, content

inline std::string WriteZip(const std::string& name, const Parts& parts) {
  const std::string path = TempPath(name);
  std::filesystem::remove(path);
  int error = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
  EXPECT_NE(archive, nullptr);
  for (const auto& [part, content] : parts) {
    zip_source_t* source = zip_source_buffer(archive, content.data(), content.size(), 0);
    EXPECT_GE(zip_file_add(archive, part.c_str(), source, ZIP_FL_OVERWRITE | ZIP_FL_ENC_UTF_8), 0);
  }
  EXPECT_EQ(zip_close(archive), 0);
  return path;
}

struct SheetXml {
  std::string name;
  std::string data;        // inside <sheetData>
  std::string after = "";  // behind it, for instance <mergeCells>
};

struct WorkbookXml {
  std::vector<SheetXml> sheets;
  std::string shared_strings = "";  // <si> elements
  std::string styles = "";          // inside <styleSheet>
  bool date1904 = false;
};

inline Parts WorkbookParts(const WorkbookXml& workbook) {
  std::string list, relations;
  Parts parts;
  for (std::size_t i = 0; i < workbook.sheets.size(); ++i) {
    const std::string id = std::to_string(i + 1);
    list += "<sheet name=\"" + workbook.sheets[i].name + "\" sheetId=\"" + id + "\" r:id=\"rId" + id + "\"/>";
    relations += "<Relationship Id=\"rId" + id +
                 "\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" "
                 "Target=\"worksheets/sheet" +
                 id + ".xml\"/>";
    parts.emplace_back("xl/worksheets/sheet" + id + ".xml", "<worksheet><sheetData>" + workbook.sheets[i].data +
                                                                "</sheetData>" + workbook.sheets[i].after +
                                                                "</worksheet>");
  }
  const std::string type = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
  if (!workbook.shared_strings.empty()) {
    parts.emplace_back("xl/sharedStrings.xml", "<sst>" + workbook.shared_strings + "</sst>");
    relations += "<Relationship Id=\"rIdS\" Type=\"" + type + "sharedStrings\" Target=\"sharedStrings.xml\"/>";
  }
  if (!workbook.styles.empty()) {
    parts.emplace_back("xl/styles.xml", "<styleSheet>" + workbook.styles + "</styleSheet>");
    relations += "<Relationship Id=\"rIdT\" Type=\"" + type + "styles\" Target=\"/xl/styles.xml\"/>";
  }
  parts.emplace_back("[Content_Types].xml", "<Types/>");
  parts.emplace_back("_rels/.rels", "<Relationships><Relationship Id=\"rId1\" Type=\"" + type +
                                        "officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>");
  parts.emplace_back("xl/workbook.xml", std::string("<workbook xmlns:r=\"urn:r\"><workbookPr") +
                                            (workbook.date1904 ? " date1904=\"1\"" : "") + "/><sheets>" + list +
                                            "</sheets></workbook>");
  parts.emplace_back("xl/_rels/workbook.xml.rels", "<Relationships>" + relations + "</Relationships>");
  return parts;
}

inline std::string WriteWorkbook(const std::string& name, const WorkbookXml& workbook) {
  return WriteZip(name, WorkbookParts(workbook));
}

// Rows of texts as inline strings, from row 1; an empty text leaves the cell out.
inline std::string InlineRows(const std::vector<std::vector<std::string>>& rows) {
  std::string xml;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    xml += "<row r=\"" + std::to_string(r + 1) + "\">";
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      if (rows[r][c].empty()) continue;
      xml += "<c r=\"" + std::string(1, static_cast<char>('A' + c)) + std::to_string(r + 1) +
             "\" t=\"inlineStr\"><is><t>" + rows[r][c] + "</t></is></c>";
    }
    xml += "</row>";
  }
  return xml;
}

}  // namespace magpie::testing
