#include "magpie/base/region.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "magpie/base/unicode.h"

namespace magpie {
namespace {

using testing::ElementsAre;

std::string Code(std::string_view text) {
  return ParseRegion(text).code;
}

struct Case {
  std::string_view text;
  std::string_view code;
};

class RegionSpelling : public testing::TestWithParam<Case> {};

TEST_P(RegionSpelling, HasTheCode) {
  const Region region = ParseRegion(GetParam().text);
  EXPECT_EQ(region.code, GetParam().code) << GetParam().text;
  EXPECT_EQ(region.text, TrimSpace(GetParam().text));
}

INSTANTIATE_TEST_SUITE_P(Provinces, RegionSpelling,
                         testing::Values(Case{"浙江省", "330000"}, Case{"浙江", "330000"}, Case{"青海", "630000"},
                                         Case{"新疆", "650000"}, Case{"内蒙古", "150000"}, Case{"内蒙", "150000"},
                                         Case{"沪", "310000"}, Case{"香港", "810000"}, Case{"中国香港", "810000"},
                                         Case{"澳门特别行政区", "820000"}, Case{"台湾省", "710000"},
                                         Case{"台湾/新竹", "710000"}, Case{"海南", "460000"}, Case{"吉林", "220000"},
                                         Case{"广西壮族自治区", "450000"}, Case{"上海", "310000"},
                                         Case{"重庆市/重庆市", "500000"}));

INSTANTIATE_TEST_SUITE_P(
    Cities, RegionSpelling,
    testing::Values(Case{"浙江省/宁波市", "330200"}, Case{"浙江宁波", "330200"}, Case{"宁波", "330200"},
                    Case{"浙江省 宁波市", "330200"}, Case{"中国浙江省宁波市", "330200"}, Case{"　宁波市　", "330200"},
                    Case{"新疆维吾尔自治区/乌鲁木齐市", "650100"}, Case{"吉林吉林", "220200"}, Case{"吉林市", "220200"},
                    Case{"吉林省吉林市", "220200"}, Case{"海南州", "632500"}, Case{"延边州", "222400"},
                    Case{"恩施", "422800"}, Case{"恩施州", "422800"}, Case{"黔东南", "522600"},
                    Case{"黔东南州", "522600"}, Case{"贵州省/黔东南苗族侗族自治州", "522600"},
                    Case{"内蒙古自治区/阿拉善盟", "152900"}, Case{"内蒙古锡林郭勒", "152500"},
                    Case{"新疆巴音郭楞", "652800"}, Case{"西安", "610100"}, Case{"陕西西安", "610100"},
                    Case{"东莞市", "441900"}, Case{"襄樊", "420600"}, Case{"哈密地区", "650500"},
                    Case{"朝阳市", "211300"}, Case{"辽宁朝阳", "211300"}, Case{"大同", "140200"},
                    Case{"铁岭", "211200"}, Case{"江苏苏州工业园区", "320500"}, Case{"宁波高新区", "330200"},
                    Case{"山东省/威海市火炬高技术产业开发区", "371000"}, Case{"雄安新区", "130600"},
                    Case{"河北雄安新区", "130600"}, Case{"江苏徐州鼓楼市场", "320300"},
                    Case{"杭州西湖大道1号", "330100"}, Case{"新疆和田", "653200"}, Case{"重庆两江新区", "500000"}));

INSTANTIATE_TEST_SUITE_P(
    Counties, RegionSpelling,
    testing::Values(Case{"宁波市余姚", "330281"}, Case{"余姚市", "330281"}, Case{"余姚", "330281"},
                    Case{"浙江余姚", "330281"}, Case{"浙江省宁波市余姚市", "330281"}, Case{"宁波（余姚）", "330281"},
                    Case{"湖南省/浏阳市", "430181"}, Case{"新疆维吾尔自治区/石河子市", "659001"},
                    Case{"新疆生产建设兵团石河子", "659001"}, Case{"兵团第八师", "659001"},
                    Case{"海南省/文昌市", "469005"}, Case{"海南省/省直辖县级行政区划/文昌市", "469005"},
                    Case{"济源市", "419001"}, Case{"神农架", "429021"}, Case{"北京市/海淀区", "110108"},
                    Case{"北京海淀", "110108"}, Case{"北京市市辖区海淀区", "110108"}, Case{"天津市/滨海新区", "120116"},
                    Case{"上海浦东", "310115"}, Case{"北京朝阳", "110105"}, Case{"南京市鼓楼区", "320106"},
                    Case{"江苏省徐州市鼓楼区", "320302"}, Case{"南通通州", "320612"}, Case{"萧山市", "330109"},
                    Case{"宁波鄞县", "330212"}, Case{"上海南汇", "310115"}, Case{"杭州余杭未来科技城", "330110"},
                    Case{"南昌县", "360121"}, Case{"恩施市", "422801"}, Case{"黄岛区", "370211"},
                    Case{"青岛西海岸新区", "370211"}, Case{"双江县", "530925"},
                    Case{"双江拉祜族佤族布朗族傣族自治县", "530925"}, Case{"巴林右旗", "150423"},
                    Case{"黑山县", "210726"}, Case{"沙县", "350405"}, Case{"余姚市丈亭镇工业园", "330281"}));

INSTANTIATE_TEST_SUITE_P(SharedNames, RegionSpelling,
                         testing::Values(Case{"鼓楼区", ""}, Case{"朝阳", ""}, Case{"朝阳区", ""}, Case{"白云", ""},
                                         Case{"江苏鼓楼区", "320000"}, Case{"Suzhou", ""}, Case{"Chaoyang", ""}));

INSTANTIATE_TEST_SUITE_P(Codes, RegionSpelling,
                         testing::Values(Case{"330281", "330281"}, Case{"330200", "330200"},
                                         Case{"330281001000", "330281"}, Case{"330204", "330200"},
                                         Case{"110100", "110000"}, Case{"990000", ""}, Case{"３３０２８１", "330281"},
                                         Case{"33028", ""}));

INSTANTIATE_TEST_SUITE_P(
    Latin, RegionSpelling,
    testing::Values(Case{"Ningbo", "330200"}, Case{"Ningbo, Zhejiang", "330200"}, Case{"Zhejiang Ningbo", "330200"},
                    Case{"Xi'an, Shaanxi, China", "610100"}, Case{"Shanxi", "140000"},
                    Case{"Shaanxi Province", "610000"}, Case{"Suzhou, Jiangsu", "320500"},
                    Case{"Suzhou/Anhui", "341300"}, Case{"Jilin", "220000"}, Case{"Jilin City, Jilin", "220200"},
                    Case{"Hong Kong SAR", "810000"}, Case{"Inner Mongolia", "150000"}, Case{"Urumqi", "650100"},
                    Case{"Harbin", "230100"}, Case{"Haidian District, Beijing", "110108"},
                    Case{"Chaoyang, Beijing", "110105"}, Case{"China", "100000"}, Case{"P.R. China", "100000"}));

INSTANTIATE_TEST_SUITE_P(NotPlaces, RegionSpelling,
                         testing::Values(Case{"", ""}, Case{"不限", ""}, Case{"长三角", ""}, Case{"国外", ""},
                                         Case{"???", ""}, Case{"New York", ""}, Case{"-", ""}, Case{"\xff\xfe", ""},
                                         Case{"某某公司", ""}, Case{"12345678901234567890", ""}));

TEST(Region, NamesTheLevels) {
  Region region = ParseRegion("宁波市余姚");
  EXPECT_EQ(region.province, "浙江省");
  EXPECT_EQ(region.city, "宁波市");
  EXPECT_EQ(region.county, "余姚市");
  EXPECT_EQ(region.text, "宁波市余姚");
  EXPECT_EQ(FormatRegion(region), "浙江省宁波市余姚市");
  EXPECT_EQ(LevelOf(region), RegionLevel::kCounty);

  region = ParseRegion("上海浦东");
  EXPECT_EQ(region.province, "上海市");
  EXPECT_EQ(region.city, "上海市");
  EXPECT_EQ(region.county, "浦东新区");
  EXPECT_EQ(FormatRegion(region), "上海市浦东新区");

  region = ParseRegion("湖北仙桃");
  EXPECT_EQ(region.city, "");
  EXPECT_EQ(region.county, "仙桃市");
  EXPECT_EQ(FormatRegion(region), "湖北省仙桃市");
  EXPECT_EQ(LevelOf(ParseRegion("青海")), RegionLevel::kProvince);
  EXPECT_EQ(LevelOf(ParseRegion("宁波")), RegionLevel::kCity);
  EXPECT_EQ(LevelOf(ParseRegion("全国")), RegionLevel::kCountry);
  EXPECT_EQ(FormatRegion(ParseRegion("全国")), "中国");
}

TEST(Region, KeepsThePartsOfPlacesAbroad) {
  const auto parts = [](std::string_view text) {
    const Region region = ParseRegion(text);
    EXPECT_EQ(region.code, "") << text;
    EXPECT_EQ(region.text, text);
    return std::vector<std::string>{region.province, region.city, region.county};
  };
  EXPECT_THAT(parts("哈萨克斯坦/阿巴伊州"), ElementsAre("哈萨克斯坦", "阿巴伊州", ""));
  EXPECT_THAT(parts("德国美因茨"), ElementsAre("德国", "美因茨", ""));
  EXPECT_THAT(parts("日本/福山"), ElementsAre("日本", "福山", ""));
  EXPECT_THAT(parts("巴林"), ElementsAre("巴林", "", ""));
  EXPECT_THAT(parts("USA/Boston"), ElementsAre("USA", "Boston", ""));
  EXPECT_THAT(parts("Boston, USA"), ElementsAre("USA", "Boston", ""));
  EXPECT_THAT(parts("Cambridge, MA, U.S.A."), ElementsAre("U.S.A.", "Cambridge", "MA"));
  EXPECT_THAT(parts("瓦坎达/金城"), ElementsAre("瓦坎达", "金城", ""));
  EXPECT_THAT(parts("新加坡/新加坡"), ElementsAre("新加坡", "新加坡", ""));
}

TEST(Region, EveryNameOfTheTableIsReadBack) {
  std::ifstream file(std::string(MAGPIE_SOURCE_DIR) + "/models/regions/gbt2260.tsv");
  std::string line, last;
  int count = 0;
  while (std::getline(file, line)) {
    const std::string code = line.substr(0, 6);
    ASSERT_LT(last, code);
    last = code;
    const std::optional<Region> region = FindRegion(code);
    ASSERT_TRUE(region.has_value()) << code;
    EXPECT_EQ(region->code, code);
    EXPECT_EQ(Code(FormatRegion(*region)), code) << FormatRegion(*region);
    EXPECT_EQ(Code(region->province + "/" + region->city + "/" + region->county), code) << FormatRegion(*region);
    EXPECT_TRUE(RegionContains(*FindRegion(code.substr(0, 2) + "0000"), *region));
    ++count;
  }
  EXPECT_EQ(count, 3217);
}

TEST(Region, ReadsEveryRegionOfTheSampleFair) {
  const std::set<std::string> abroad = {"哈萨克斯坦", "新加坡", "德国", "英国", "挪威", "芬兰", "马来西亚", "瑞典"};
  for (const std::string name : {"needs", "offerings"}) {
    std::ifstream file(std::string(MAGPIE_SOURCE_DIR) + "/tests/data/sample-fair/" + name + ".jsonl");
    std::string line;
    while (std::getline(file, line)) {
      const std::string text = nlohmann::json::parse(line)["party"]["region"];
      const Region region = ParseRegion(text);
      const std::size_t slash = text.find('/');
      ASSERT_NE(slash, std::string::npos);
      EXPECT_EQ(region.province, text.substr(0, slash));
      if (abroad.contains(region.province)) {
        EXPECT_EQ(region.code, "");
        EXPECT_EQ(region.city, text.substr(slash + 1));
      } else {
        EXPECT_NE(region.code, "") << text;
        EXPECT_TRUE(region.city == text.substr(slash + 1) || region.county == text.substr(slash + 1)) << text;
      }
    }
  }
}

TEST(Region, ContainsWhatLiesInside) {
  const auto contains = [](std::string_view outer, std::string_view inner) {
    return RegionContains(ParseRegion(outer), ParseRegion(inner));
  };
  EXPECT_TRUE(contains("浙江", "余姚"));
  EXPECT_TRUE(contains("宁波", "余姚"));
  EXPECT_TRUE(contains("余姚", "余姚市"));
  EXPECT_FALSE(contains("余姚", "宁波"));
  EXPECT_FALSE(contains("杭州", "余姚"));
  EXPECT_TRUE(contains("全国", "余姚"));
  EXPECT_FALSE(contains("全国", "德国/美因茨"));
  EXPECT_TRUE(contains("", "德国/美因茨"));
  EXPECT_TRUE(contains("不限", "德国/美因茨"));
  EXPECT_TRUE(contains("德国", "德国/美因茨"));
  EXPECT_FALSE(contains("德国/美因茨", "德国"));
  EXPECT_FALSE(contains("德国/美因茨", "德国/柏林"));
  EXPECT_TRUE(contains("长三角", "余姚"));
  EXPECT_TRUE(contains("长三角地区", "合肥"));
  EXPECT_FALSE(contains("长三角", "武汉"));
  EXPECT_TRUE(contains("粤港澳大湾区", "深圳市南山区"));
  EXPECT_TRUE(contains("粤港澳大湾区", "香港"));
  EXPECT_FALSE(contains("粤港澳大湾区", "汕头"));
  EXPECT_FALSE(contains("粤港澳大湾区", "广东"));
  EXPECT_TRUE(contains("黄河流域", "银川"));
  EXPECT_TRUE(contains("西部", "新疆石河子市"));
  EXPECT_TRUE(contains("成渝双城经济圈", "绵阳"));
  EXPECT_FALSE(contains("没人知道的地方", "银川"));
  EXPECT_TRUE(contains("没人知道的地方", "没人知道的地方"));
}

TEST(Region, GroupsNameKnownCodes) {
  std::set<std::string_view> names;
  for (const RegionGroup& group : RegionGroups()) {
    EXPECT_TRUE(names.insert(group.name).second);
    EXPECT_FALSE(group.codes.empty());
    for (const std::string_view code : group.codes) EXPECT_TRUE(FindRegion(code).has_value()) << code;
    for (const std::string_view name : {group.name, group.zh, group.en}) EXPECT_EQ(FindRegionGroup(name), &group);
  }
  EXPECT_EQ(FindRegionGroup("黄河流域九省区")->codes.size(), 9u);
  EXPECT_EQ(FindRegionGroup("nowhere"), nullptr);
}

TEST(Region, IsSafeToUseFromSeveralThreads) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int round = 0; round < 100; ++round) EXPECT_EQ(Code("浙江省宁波市余姚市"), "330281");
    });
  }
}

}  // namespace
}  // namespace magpie
