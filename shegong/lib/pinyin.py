"""Pinyin of personal names, for finding people by sound and by initials.

Surnames have readings of their own (单 shan, 曾 zeng, 仇 qiu): the first one or two characters are read by the table
below, the rest character by character with the most frequent reading. No phrase dictionary: it is slow, and a given
name is not a phrase.
"""

import unicodedata
from itertools import product

from pypinyin import Style
from pypinyin import pinyin as _read

#: Surnames of one character whose reading as a surname differs from the usual one; the usual one is searched too.
SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "区": "ou", "查": "zha", "朴": "piao", "盖": "ge",
    "乐": "yue", "翟": "zhai", "覃": "qin", "缪": "miao", "员": "yun", "贠": "yun", "繁": "po", "洗": "xian",
    "折": "she", "黑": "he", "种": "chong", "召": "shao", "秘": "bi", "郇": "xun", "隗": "wei", "阚": "kan",
    "佴": "nai", "乜": "nie", "句": "gou", "祭": "zhai", "卜": "bu", "都": "du", "还": "huan", "能": "nai",
    "适": "kuo", "角": "jue", "么": "yao", "藏": "zang",
}  # fmt: skip

#: Compound surnames; those whose usual reading is wrong matter most.
COMPOUND = {
    "欧阳": "ou yang", "太史": "tai shi", "端木": "duan mu", "上官": "shang guan", "司马": "si ma", "东方": "dong fang",
    "独孤": "du gu", "南宫": "nan gong", "万俟": "mo qi", "闻人": "wen ren", "夏侯": "xia hou", "诸葛": "zhu ge",
    "尉迟": "yu chi",
    "公羊": "gong yang", "赫连": "he lian", "澹台": "tan tai", "皇甫": "huang fu", "宗政": "zong zheng", "濮阳": "pu yang",
    "公冶": "gong ye", "太叔": "tai shu", "申屠": "shen tu", "公孙": "gong sun", "慕容": "mu rong", "仲孙": "zhong sun",
    "钟离": "zhong li", "长孙": "zhang sun", "宇文": "yu wen", "司徒": "si tu", "鲜于": "xian yu", "司空": "si kong",
    "闾丘": "lü qiu",
    "子车": "zi ju", "亓官": "qi guan", "司寇": "si kou", "巫马": "wu ma", "公西": "gong xi", "颛孙": "zhuan sun",
    "壤驷": "rang si", "公良": "gong liang", "漆雕": "qi diao", "乐正": "yue zheng", "宰父": "zai fu", "谷梁": "gu liang",
    "拓跋": "tuo ba", "夹谷": "jia gu", "轩辕": "xuan yuan", "令狐": "ling hu", "段干": "duan gan", "百里": "bai li",
    "呼延": "hu yan", "东郭": "dong guo", "南门": "nan men", "羊舌": "yang she", "微生": "wei sheng", "梁丘": "liang qiu",
    "左丘": "zuo qiu", "东门": "dong men", "西门": "xi men", "单于": "chan yu",
}  # fmt: skip

#: Characters common in given names with two readings in use; both are searched.
GIVEN = {
    "乐": ("le", "yue"), "重": ("zhong", "chong"), "行": ("xing", "hang"), "长": ("chang", "zhang"),
    "朝": ("chao", "zhao"), "茜": ("qian", "xi"), "晟": ("sheng", "cheng"), "颉": ("jie", "xie"),
    "隽": ("jun", "juan"), "蔚": ("wei", "yu"), "莘": ("xin", "shen"), "娜": ("na", "nuo"),
    "盛": ("sheng", "cheng"), "柏": ("bai", "bo"), "曾": ("zeng", "ceng"), "单": ("dan", "shan"),
}  # fmt: skip

_readings: dict[str, str] = {}


def full(name: str) -> str:
    """Whole pinyin without tones and blanks, ü as v: 单雄信 → shanxiongxin, 吕布 → lvbu. Latin letters and digits stay."""
    return "".join(syllables(name))


def initials(name: str) -> str:
    """First letters: 单雄信 → sxx."""
    return "".join(syllable[0] for syllable in syllables(name))


def syllables(name: str) -> list[str]:
    """One syllable a character; a run of Latin letters or digits is kept whole; other signs are left out."""
    return [_plain(variants[0]) for variants in _variants(name)]


def search_keys(name: str) -> set[str]:
    """Everything a person may begin to type: each beginning of the whole pinyin, of the initials, and of the readings a
    character can also have (单 dan), with ü typed as v, u or yu. Look a query up as `normalise_query(query) in keys`."""
    keys: set[str] = set()
    for reading in _readings_of(name):
        for spelled in _spellings("".join(reading)):
            keys.update(spelled[:end] for end in range(1, len(spelled) + 1))
        short = "".join(syllable[0] for syllable in reading)
        keys.update(short[:end] for end in range(1, len(short) + 1))
    return keys


def normalise_query(query: str) -> str:
    """A typed query in the form of the keys: lower case, half-width, no blanks, no tone marks, ü as v."""
    lowered = unicodedata.normalize("NFKC", query).lower().replace("'", "")
    decomposed = unicodedata.normalize("NFD", lowered).replace("u\u0308", "v")
    return "".join(character for character in decomposed if character.isascii() and character.isalnum())


def _plain(syllable: str) -> str:
    return syllable.replace("ü", "v")


def _spellings(text: str) -> set[str]:
    if "ü" not in text:
        return {text}
    return {text.replace("ü", letter) for letter in ("v", "u", "yu")}


def _readings_of(name: str) -> list[tuple[str, ...]]:
    """Up to 16 combinations of readings; more would only come from a name of heteronyms throughout."""
    combinations: list[tuple[str, ...]] = []
    for reading in product(*_variants(name)):
        combinations.append(reading)
        if len(combinations) == 16:
            break
    return [reading for reading in combinations if reading]


def _variants(name: str) -> list[tuple[str, ...]]:
    """For each character the readings to search, the right one first."""
    parts = _split(unicodedata.normalize("NFKC", name))
    if not parts:
        return []
    if len(parts) > 2 and (compound := COMPOUND.get(parts[0] + parts[1])):
        head: list[tuple[str, ...]] = [(syllable,) for syllable in compound.split()]
    else:
        usual = _character(parts[0])
        surname = SURNAMES.get(parts[0], usual)
        head = [(surname, usual) if usual != surname else (surname,)]
    return head + [GIVEN.get(part) or (_character(part),) for part in parts[len(head) :]]


def _split(name: str) -> list[str]:
    """Chinese characters one by one, Latin words whole, everything else dropped."""
    parts: list[str] = []
    growing = False
    for character in name:
        latin = character.isascii() and character.isalnum()
        if latin and growing:
            parts[-1] += character.lower()
        elif latin:
            parts.append(character.lower())
        elif character.isalpha() and _character(character):
            parts.append(character)
        growing = latin
    return parts


def _character(character: str) -> str:
    """The most frequent reading, ü kept; "" for a sign without one. Remembered, for names repeat few characters."""
    known = _readings.get(character)
    if known is None:
        if character.isascii():
            known = character
        else:
            found = _read(character, style=Style.NORMAL, v_to_u=True, errors="ignore")
            known = found[0][0] if found else ""
        _readings[character] = known
    return known
