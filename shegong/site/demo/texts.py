"""What people ask for and what is written into the files of the demo: sentences with places, drawn at random."""

from __future__ import annotations

import random
from dataclasses import dataclass

# (service line, problem class, share in a hundred, sentences)
ASKED: tuple[tuple[str, str, int, tuple[str, ...]], ...] = (
    ("rights", "wages", 26, (
        "{employer}拖欠{months}个月工资共{yuan}元，多次催讨没有结果，希望工会帮助讨回。",
        "工程已经完工，{employer}以尾款未到为由拖欠工资{yuan}元，春节前想拿到钱回家。",
        "{employer}按最低工资缴纳社会保险，与实际工资不符，想补缴{months}个月。",
        "离职后{employer}不结算最后{months}个月工资和提成，共{yuan}元。",
    )),
    ("rights", "safety", 8, (
        "在{employer}上班时被机器压伤左手，单位不申报工伤，医药费{yuan}元自己垫付。",
        "车间粉尘大，{employer}没有发放口罩，最近{months}个月常咳嗽，担心是职业病。",
        "上夜班途中发生交通事故，{employer}不同意申请工伤认定。",
    )),
    ("rights", "women", 5, (
        "怀孕后{employer}把我从办公室调到仓库，并降低工资。",
        "哺乳期内{employer}不批哺乳时间，还要求加班。",
    )),
    ("mediation", "wages", 12, (
        "与{employer}因解除劳动合同发生争议，要求经济补偿{yuan}元，愿意调解。",
        "{employer}搬迁，几名同事对补偿方案有意见，希望工会主持协商。",
        "加班费计算方式有分歧，涉及{months}个月，共{yuan}元。",
    )),
    ("mediation", "rest", 6, (
        "{employer}连续{months}个月每月只休两天，也不付加班费，想协商调整排班。",
        "年休假两年没有休，{employer}说过期作废。",
    )),
    ("hardship", "relief", 16, (
        "爱人患病住院，自费部分已有{yuan}元，孩子今年上高中，家里只有我一人上班。",
        "本人尿毒症每周透析三次，不能全职工作，想申请困难职工帮扶。",
        "台风把出租屋淹了，家电全部损坏，一家四口暂住亲戚家。",
        "单亲带两个孩子，{employer}停工{months}个月，房租已经拖欠。",
    )),
    ("employment", "job", 11, (
        "{employer}裁员，失业{months}个月，想找附近的工作，会开叉车。",
        "四十八岁，原来做流水线，想学电工，问有没有免费培训。",
        "外卖平台账号被封，想转岗做仓库分拣。",
    )),
    ("education", "job", 5, (
        "想报名学历提升，问工会有没有学费补助。",
        "新入职的几名年轻职工不了解劳动合同，希望到车间讲一次。",
    )),
    ("care", "relief", 6, (
        "最近失眠、情绪低落，和工友关系紧张，希望有人聊聊。",
        "外来务工，孩子暑假没人带，问有没有托管班。",
    )),
    ("care", "women", 5, (
        "产后情绪不好，家里人不理解，想找女职工委员谈谈。",
        "想参加单身职工交友活动，怎么报名？",
    )),
)  # fmt: skip
QUESTIONS = (
    (
        "rights",
        "wages",
        "试用期工资可以低于合同约定的百分之八十吗？",
        "不可以，也不得低于最低工资；已告知劳动合同法第二十条。",
    ),
    (
        "rights",
        "rest",
        "周末加班单位安排补休，还要付加班费吗？",
        "可先安排补休；不能补休的，付不低于百分之二百的工资。",
    ),
    ("rights", "safety", "工伤认定多久内要申请？", "单位三十日内，职工或近亲属、工会一年内可以申请；已发办事指引。"),
    ("mediation", "wages", "不想马上仲裁，能先调解吗？", "可以，介绍了联合调解工作室的地址和需要带的材料。"),
    ("hardship", "relief", "困难职工建档需要什么材料？", "身份证、收入证明、医疗费单据和社区证明；已发清单。"),
    ("employment", "job", "灵活就业人员怎么参加工会？", "可加入所在街道工会联合会，已登记联系方式。"),
    ("education", "job", "技能补贴在哪里申请？", "在人社部门网上办事大厅申请，已教会操作。"),
    ("care", "women", "生育津贴和产假工资能同时领吗？", "不能重复领取，按高的执行；已说明流程。"),
)
ASSESSED = (
    "对象情绪稳定，表达清楚；家庭支持较弱，主要困难是收入中断。",
    "证据基本齐全：工资条、考勤截图、聊天记录；单位态度尚可协商。",
    "短期需要现金支持，中期需要稳定工作；与房东关系紧张。",
    "风险不高，但拖延会激化矛盾，需在两周内有进展。",
)
GOALS = {
    "wages": ("讨回被拖欠的工资", "工资到账", "约谈单位，必要时转劳动监察"),
    "safety": ("依法认定工伤并报销医药费", "收到工伤认定决定", "协助准备材料，联系人社部门"),
    "women": ("恢复原岗位和工资", "单位书面答复", "女职工委员会出面协商"),
    "rest": ("调整排班，补发加班费", "新的排班表", "集体协商"),
    "relief": ("渡过眼前困难", "补助到账", "申请困难帮扶，链接社区资源"),
    "job": ("找到稳定工作", "签订劳动合同", "推荐岗位和免费培训"),
}
LOGGED = (
    "电话联系，对方称正在筹款，约定本周五答复。",
    "陪同到单位协商，人事经理承认欠薪事实，提出分两期支付。",
    "上门走访，了解家庭情况，送上慰问品。",
    "与社区、妇联沟通，落实临时救助。",
    "调解一次，双方对金额仍有分歧，约定下次时间。",
    "职工来电，情绪好转，表示愿意等待。",
)
EVALUATED = ("目标基本达成，职工表示满意。", "大部分诉求得到解决，余款约定付款日期。", "情绪明显好转，已回到岗位。")
CLOSED = ("目标达成，告知回访安排，同意结案。", "双方履行完毕，职工签字确认，结案。", "已转入长期帮扶，个案结案。")
COMMENTS = ("谢谢工会，钱拿到了。", "社工很耐心。", "希望再快一点。", "帮了大忙！", "", "", "", "态度好，结果一般。")
RESOURCES = (
    ("职工医疗互助金", "money", "relief", "市总工会职工服务中心"), ("爱心超市慰问包", "goods", "relief", "示例爱心超市"),
    ("叉车免费培训班", "service", "job", "示例职业培训学校"), ("仓储分拣岗位", "post", "job", "广州示例顺达物流有限公司"),
    ("心理咨询（每人六次）", "service", "women", "示例心理服务中心"), ("暑期子女托管班", "service", "women", "区总工会"),
    ("律师义务咨询", "service", "wages", "广东示例律师事务所"), ("欠薪应急周转金", "money", "wages", "区总工会"),
    ("防暑降温用品", "goods", "safety", "区总工会"), ("职业健康体检", "service", "safety", "示例职业病防治院"),
)  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """What somebody asks for. ``yuan``: the amount the text names, 0 where it names none."""

    line: str
    problem: str
    text: str
    yuan: int


def wish(rng: random.Random, employer: str, *, arrears: float = 1.0) -> Wish:
    """A request; ``arrears`` above 1 makes wage arrears more likely, as before the Spring Festival."""
    weights = [share * (arrears if problem == "wages" else 1.0) for _line, problem, share, _texts in ASKED]
    line, problem, _share, sentences = rng.choices(ASKED, weights)[0]
    sentence, yuan = rng.choice(sentences), int(rng.lognormvariate(9.2, 0.7)) // 100 * 100 + 500
    text = sentence.format(employer=employer, months=rng.randint(2, 6), yuan=f"{yuan:,}")
    return Wish(line, problem, text, yuan if "{yuan}" in sentence else 0)
