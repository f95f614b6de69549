#include "generate/parties.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "magpie/base/region.h"

namespace magpie::generate {
namespace {

struct ProvinceShare {
  std::string_view code, zh, en;
  int weight;  // listings of the sample fair
};
constexpr ProvinceShare kProvinces[] = {
    {"110000", "北京", "Beijing", 18},
    {"120000", "天津", "Tianjin", 12},
    {"130000", "河北", "Hebei", 12},
    {"140000", "山西", "Shanxi", 11},
    {"150000", "内蒙古", "Inner Mongolia", 28},
    {"210000", "辽宁", "Liaoning", 16},
    {"220000", "吉林", "Jilin", 4},
    {"230000", "黑龙江", "Heilongjiang", 16},
    {"310000", "上海", "Shanghai", 28},
    {"320000", "江苏", "Jiangsu", 81},
    {"330000", "浙江", "Zhejiang", 75},
    {"340000", "安徽", "Anhui", 35},
    {"350000", "福建", "Fujian", 21},
    {"360000", "江西", "Jiangxi", 31},
    {"370000", "山东", "Shandong", 33},
    {"410000", "河南", "Henan", 12},
    {"420000", "湖北", "Hubei", 38},
    {"430000", "湖南", "Hunan", 46},
    {"440000", "广东", "Guangdong", 32},
    {"450000", "广西", "Guangxi", 7},
    {"460000", "海南", "Hainan", 9},
    {"500000", "重庆", "Chongqing", 8},
    {"510000", "四川", "Sichuan", 26},
    {"520000", "贵州", "Guizhou", 14},
    {"530000", "云南", "Yunnan", 25},
    {"540000", "西藏", "Tibet", 5},
    {"610000", "陕西", "Shaanxi", 43},
    {"620000", "甘肃", "Gansu", 26},
    {"630000", "青海", "Qinghai", 14},
    {"640000", "宁夏", "Ningxia", 26},
    {"650000", "新疆", "Xinjiang", 23},
};

constexpr std::string_view kAbroad[] = {"哈萨克斯坦", "新加坡", "德国", "英国", "挪威", "芬兰", "马来西亚", "瑞典",
                                        "意大利",     "荷兰",   "日本", "波兰", "泰国", "越南", "智利",     "加拿大"};

// Two of them make a name that no place and no institution of note bears.
constexpr std::string_view kFirstZh[] = {"岚", "砺", "曦", "澜", "栎", "垚", "珩", "骁", "樾", "漪", "钧", "璟",
                                         "煦", "沅", "霁", "铄", "瀚", "昱", "翊", "筱", "楷", "沣", "崟", "琮",
                                         "烨", "旻", "峤", "榕", "湛", "礐", "骐", "锴", "晟", "朗", "霖", "柘",
                                         "屹", "瑾", "昶", "邺", "弈", "森", "渊", "赫", "芃", "韬", "皓", "淇"};
constexpr std::string_view kSecondZh[] = {"坪", "渡", "湾", "禾", "桥", "屏", "谷", "台", "岸", "原", "溪", "林",
                                          "峰", "泉", "野", "驰", "越", "科", "创", "达", "信", "合", "能", "工",
                                          "智", "联", "升", "远", "拓", "维", "帆", "辰", "洲", "舟", "鸣", "启",
                                          "川", "穗", "石", "木", "川", "航", "磐", "逸", "岭", "塬", "畴", "津"};
constexpr std::string_view kFirmEndsZh[] = {"有限公司",     "科技有限公司", "股份有限公司",
                                            "集团有限公司", "有限责任公司", "厂"};
constexpr std::string_view kUniversitiesZh[] = {"大学",     "科技大学", "工业大学", "理工大学",     "农业大学",
                                                "医科大学", "师范大学", "学院",     "职业技术学院", "工程学院"};
constexpr std::string_view kInstitutesZh[] = {"研究院", "研究所", "技术研究院", "研究中心", "创新中心", "科学院"};
constexpr std::string_view kOthersZh[][3] = {{"公司", "公司", "公司"},
                                             {"研究院", "研究所", "研究中心"},
                                             {"大学", "学院", "大学"},
                                             {"中心医院", "人民医院", "医院"},
                                             {"县科技局", "市农业农村局", "镇人民政府"},
                                             {"创业投资基金", "产业基金", "天使基金"},
                                             {"银行", "农村商业银行", "村镇银行"},
                                             {"财产保险公司", "保险公司", "科技保险公司"},
                                             {"产业园", "科技园", "高新技术产业园区"},
                                             {"专家工作室", "工作室", "技术服务队"}};

struct Trade {
  std::string_view field;
  std::array<std::string_view, 5> zh;
  std::array<std::string_view, 3> en;
};
constexpr Trade kTrades[] = {
    {"agriculture", {"农业", "种业", "果业", "牧业", "农业科技"}, {"Farms", "Agro", "Seeds"}},
    {"food", {"食品", "乳业", "粮油", "饮料", "调味品"}, {"Foods", "Dairy", "Mills"}},
    {"biomedicine", {"生物", "药业", "生物医药", "制药", "生物技术"}, {"Biologics", "Pharma", "Therapeutics"}},
    {"medical_devices", {"医疗器械", "医疗", "医学影像", "康复器材", "医疗科技"}, {"Medical", "Devices", "Health"}},
    {"environment", {"环保", "水务", "环境", "固废", "环境科技"}, {"Water", "Environment", "Recycling"}},
    {"chemicals", {"化工", "石化", "精细化工", "化学", "煤化工"}, {"Chemicals", "Coatings", "Process"}},
    {"materials", {"新材料", "复合材料", "合金", "陶瓷", "高分子"}, {"Materials", "Composites", "Alloys"}},
    {"machinery", {"机械", "装备", "机床", "模具", "机器人"}, {"Machinery", "Tools", "Castings"}},
    {"automotive", {"汽车部件", "车辆", "汽车电子", "轨道装备", "车桥"}, {"Automotive", "Rail", "Motion"}},
    {"semiconductors", {"半导体", "电子", "微电子", "芯片", "电路"}, {"Semiconductors", "Circuits", "Devices"}},
    {"optics", {"光学", "光电", "仪器", "激光", "传感"}, {"Optics", "Photonics", "Instruments"}},
    {"ict", {"软件", "信息技术", "数据", "智能", "网络"}, {"Software", "Data", "Systems"}},
    {"energy", {"能源", "电力", "新能源", "热力", "储能"}, {"Energy", "Power", "Grid"}},
    {"mining", {"矿业", "冶金", "钢铁", "选矿", "有色"}, {"Mining", "Metals", "Minerals"}},
    {"construction", {"建设", "路桥", "建材", "建工", "地产"}, {"Construction", "Cement", "Structures"}},
    {"marine", {"海洋", "船舶", "渔业", "海工", "水产"}, {"Marine", "Shipyard", "Aquaculture"}},
    {"aerospace", {"航空", "航天", "无人机", "航空部件", "飞行器"}, {"Aerospace", "Aviation", "Drones"}},
    {"light_industry", {"纺织", "家居", "包装", "鞋服", "造纸"}, {"Textiles", "Packaging", "Paper"}},
    {"", {"实业", "科技", "产业", "发展", "技术"}, {"Industries", "Technologies", "Works"}},
};

constexpr std::string_view kFirstEn[] = {"Nor", "Ald", "Bre",  "Cor", "Dun", "Els", "Fen", "Gar",
                                         "Hol", "Ing", "Kel",  "Lin", "Mar", "Oak", "Pel", "Quin",
                                         "Row", "Sel", "Tarn", "Ull", "Ven", "Wes", "Yar", "Zel"};
constexpr std::string_view kSecondEn[] = {"vik",   "mere",  "sley",   "dale", "holm",  "by",   "combe",
                                          "gate",  "lund",  "stead",  "wick", "ford",  "more", "brook",
                                          "ridge", "haven", "thorpe", "mark", "field", "sund"};
constexpr std::string_view kFirmEndsEn[] = {"Ltd.",      "GmbH", "AB",   "LLP",    "Co.",
                                            "Pte. Ltd.", "AS",   "Inc.", "S.p.A.", "B.V."};
constexpr std::string_view kOthersEn[] = {"Company", "Institute", "University", "Hospital",     "District Office",
                                          "Fund",    "Bank",      "Insurance",  "Science Park", "Advisers"};

const Trade& TradeOf(std::string_view field) {
  for (const Trade& trade : kTrades) {
    if (trade.field == field) return trade;
  }
  return kTrades[std::size(kTrades) - 1];
}

// 宁波市 as 宁波; what is no city (自治州, 地区, 盟) goes by its province.
std::string ShortCity(const Region& region, std::string_view province) {
  constexpr std::string_view kCity = "市";
  const std::string_view city = region.city;
  return std::string(city.ends_with(kCity) ? city.substr(0, city.size() - kCity.size()) : province);
}

std::string NameZh(PartyKind kind, std::string_view place, std::string_view field, Random* random) {
  const std::string brand = fmt::format("{}{}", OneOf(kFirstZh, random), OneOf(kSecondZh, random));
  const std::string_view trade = OneOf(TradeOf(field).zh, random);
  switch (kind) {
    case PartyKind::kFirm:
      return fmt::format("{}{}{}{}", Chance(800, random) ? place : "", brand, trade, OneOf(kFirmEndsZh, random));
    case PartyKind::kUniversity:
      return fmt::format("{}{}", brand, OneOf(kUniversitiesZh, random));
    case PartyKind::kInstitute:
      return fmt::format("{}{}{}", brand, Chance(700, random) ? trade : "", OneOf(kInstitutesZh, random));
    default:
      return fmt::format("{}{}", brand, OneOf(kOthersZh[static_cast<std::size_t>(kind)], random));
  }
}

std::string NameEn(PartyKind kind, std::string_view field, Random* random) {
  const std::string brand = fmt::format("{}{}", OneOf(kFirstEn, random), OneOf(kSecondEn, random));
  const std::string_view trade = OneOf(TradeOf(field).en, random);
  if (kind == PartyKind::kFirm) return fmt::format("{} {} {}", brand, trade, OneOf(kFirmEndsEn, random));
  return fmt::format("{} {} {}", brand, trade, kOthersEn[static_cast<std::size_t>(kind)]);
}

}  // namespace

Parties::Parties() {
  for (const ProvinceShare& share : kProvinces) {
    Province province;
    const std::optional<Region> whole = FindRegion(share.code);
    if (!whole) continue;
    province.whole = ParseRegion(whole->province);
    province.short_name = share.zh;
    province.weight = share.weight;
    for (int city = 1; city <= 90; ++city) {
      const std::optional<Region> region = FindRegion(fmt::format("{}{:02}00", share.code.substr(0, 2), city));
      if (!region) continue;
      province.cities.push_back(ParseRegion(fmt::format("{}/{}", region->province, region->city)));
    }
    for (int county = 0; county < 100 * 100; ++county) {
      const std::optional<Region> region = FindRegion(fmt::format("{}{:04}", share.code.substr(0, 2), county));
      if (region && !region->county.empty()) places_[0].towns.push_back(region->county);
    }
    if (province.cities.empty()) province.cities.push_back(province.whole);
    weights_.push_back(province.weight);
    provinces_.push_back(std::move(province));
    places_[0].provinces.emplace_back(share.zh);
    places_[1].provinces.emplace_back(share.en);
  }
  places_[1].towns = places_[1].provinces;
  for (const std::string_view country : kAbroad) abroad_.push_back(ParseRegion(country));
}

PartyRecord Parties::Make(std::uint64_t number, Side side, Language language, PartyKind kind,
                          std::string_view field) const {
  Random random = RandomFor(number, Purpose::kName, static_cast<std::uint64_t>(side),
                            static_cast<std::uint64_t>(kind) * 2 + static_cast<std::uint64_t>(language));
  PartyRecord party;
  party.kind = kind;
  const Province& province = provinces_[DrawWeighted(weights_, &random)];
  const Region& city = OneOf(province.cities, &random);
  const int abroad = language == Language::kZh ? 3 : side == Side::kNeed ? 900 : 60;
  party.region = Chance(abroad, &random) ? OneOf(abroad_, &random) : city;
  party.name = language == Language::kZh ? NameZh(kind, ShortCity(city, province.short_name), field, &random)
                                         : NameEn(kind, field, &random);
  return party;
}

Region Parties::DrawWideRegion(Random* random) const {
  return provinces_[DrawWeighted(weights_, random)].whole;
}

}  // namespace magpie::generate
