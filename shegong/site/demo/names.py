"""Invented people, employers and numbers. Names are drawn from lists; whoever really bears one is not meant.

ID numbers and credit codes lie in areas 99…, which no province has; phones begin with 1390000, 1380000, 1370000.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from shegong.lib import creditcode, idcard


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(word for line in lines for word in line.split())


# fmt: off
SURNAMES = (
    "陈李黄张林王梁刘吴罗杨周何郑谢蔡许郭曾彭邓冯胡朱袁苏钟卢叶潘杜魏程吕丁沈任姚傅姜崔谭廖范汪陆"
    "金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙贺顾毛郝龚邵万钱严赖覃洪武莫孔"
)
RARE_SURNAMES = _words("冼 邝 禤 仝 逄 亓 麦 区 植 缑 乜 揭 司徒 欧阳 上官 诸葛 令狐 皇甫")
GIVEN = _words(
    "明 华 强 芳 丽 敏 静 军 勇 艳 杰 娟 涛 超 霞 平 刚 桂英 秀兰 建国 志强 海燕 小红 国华 春梅 晓东 文斌 伟明",
    "惠玲 丽华 志伟 家豪 嘉欣 子轩 雨桐 俊杰 美玲 金凤 少芬 永康 树根 水生 土养 观娣 亚妹 炳坤 锦荣 润生 福海",
    "月娥 玉珍 彩霞 冬梅 春生 夏莲 秋菊 腊梅 思远 一鸣 浩然 梓涵 若兰 清扬 向阳 卫东 爱国 新民 有为 立新 红军",
    "长庚 启明 望舒 佩玲 淑贞 慧娴 婉仪 泽楷 耀祖 绮雯 倩彤",
)
RARE_GIVEN = _words("珺 祎 翀 堃 彧 昉 喆 犇 赟 旻 燚 龘 翯 頔")
LONG_NAMES = _words("阿依古丽·买买提 艾力·吐尔逊 古丽娜尔·阿不都 斯琴高娃 巴图尔·赛音 玉素甫·卡地尔")
BEYOND_GBK = _words("王𬱖 陈𬍛 林𬀩")  # rare enough for a four-byte character; a GBK file cannot hold them

WORDS = _words(
    "宏远 顺达 鑫源 永兴 新力 华美 金盛 恒泰 联创 嘉禾 德丰 锐捷 万邦 启航 天成 百川 盛世 丰泽 凯旋 南粤 珠江 木棉",
    "云山 白云 东湖 五羊 岭南 荔湾 红棉 海珠",
)
TRADES = {
    "电子科技": "C", "制衣": "C", "家具制造": "C", "五金塑胶": "C", "建筑工程": "E", "装饰工程": "E",
    "物流": "G", "餐饮管理": "H", "物业管理": "K", "信息技术": "I", "商贸": "F", "酒店管理": "H",
    "家政服务": "O", "劳务": "L", "速运": "G", "外卖配送服务": "G",
}
# fmt: on
FIRST_BIRTH, LAST_BIRTH = dt.date(1961, 1, 1), dt.date(2005, 12, 31)
PHONE_HEADS = ("1390000", "1380000", "1370000")


@dataclass(frozen=True)
class Invented:
    """One invented person; ``sex`` as GB/T 2261.1."""

    name: str
    sex: str
    birth_on: dt.date
    id_number: str
    phone: str


@dataclass
class Inventor:
    """Draws people and employers, deterministic by its random source; no ID number and no credit code twice.

    ``serials``: where the credit codes begin, so that two inventors do not meet.
    """

    rng: random.Random
    gbk_only: bool = False
    area: int = 990000
    serials: int = 0
    seen: set[str] = field(default_factory=set)

    def name(self) -> str:
        """A name: mostly common, now and then with a rare character, a double surname or four characters and more."""
        draw = self.rng.random()
        if draw < 0.004 and not self.gbk_only:
            return self.rng.choice(BEYOND_GBK)
        if draw < 0.01:
            return self.rng.choice(LONG_NAMES)
        surname = self.rng.choice(RARE_SURNAMES) if draw < 0.06 else self.rng.choice(SURNAMES)
        return surname + (self.rng.choice(RARE_GIVEN) if draw > 0.97 else self.rng.choice(GIVEN))

    def person(self) -> Invented:
        """A person of working age with a number of her own."""
        days = (LAST_BIRTH - FIRST_BIRTH).days
        while True:
            born, sex = FIRST_BIRTH + dt.timedelta(days=self.rng.randrange(days)), self.rng.choice("12")
            area = str(self.area + self.rng.randrange(1000))
            number = idcard.synthetic(birth_on=born, sex=sex, sequence=self.rng.randrange(1, 500), area=area)
            if number not in self.seen:
                self.seen.add(number)
                return Invented(self.name(), sex, born, number, self.phone())

    def phone(self) -> str:
        return f"{self.rng.choice(PHONE_HEADS)}{self.rng.randrange(10_000):04d}"

    def employer(self, city: str) -> dict[str, object]:
        """Columns of an employer as the register takes them; its name says that it is an example."""
        self.serials += 1
        trade = self.rng.choice(list(TRADES))
        return {
            "name": f"{city}示例{self.rng.choice(WORDS)}{trade}有限公司（{self.serials}）",
            "credit_code": creditcode.synthetic(self.serials, area=f"{self.area:06d}"),
            "industry": TRADES[trade],
            "workers": int(self.rng.lognormvariate(4, 1)) + 3,
        }
