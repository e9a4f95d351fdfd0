"""What a field means, for people: its docstring in English, its name in Chinese as in the glossary."""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from types import ModuleType

from .envelope import Part

_ZH = """
accepted 合格数量|account 科目|active 启用|address 来源地址|adjustment 调整单|advance 预收预付单|advance_number 预收预付单号|allocations 核销明细|amount 金额|application 核销|amount_gross 价税合计
amount_net 不含税金额|amount_received 收货计价金额|amount_tax 税额|authorisation 退货授权|authorisation_number 退货授权单号
bank_account 银行科目|barcode 条码|bin 库位|base_unit 基本单位|bill 应付账单|billing_policy 开票方式|block_reasons 冻结原因|blocked 冻结
business_date 业务日期|cancelled 已取消数量|carrier 承运人|category 类别|cause 原因类型|cause_id 原因单据标识|cause_number 原因单号
client 客户端|client_id 客户端标识|code 编码|companies 可见公司|company 公司|company_record 公司资料|corrects 被冲销凭证|cost 成本
cost_collector 成本归集对象|count 笔数|credit 贷方|credit_note 红字发票|currency 币种|customer 客户|cut 截止时刻|date 日期|debit 借方
demand_line 需求行|demand_order 需求订单|denominator 换算分母|destination 去向|difference 差额|direction 方向|document_number 单据号
due_date 到期日|email 电子邮箱|event 事件标识|expected 在途供应|expiry_date 有效期至|exposure 信用占用|fiscal_year_start 会计年度起始月
from_bin 移出库位|from_warehouse 调出仓库|goods_return 退货单|held 已预留|hold_reasons 暂挂原因|id 内部标识|invoice 发票|invoiced 已开票|issue 领料单
item 物料|key 分组键|kind 类型|language 语言|lead_time_days 提前期天数|ledger 账簿|line 行号|line_count 分录数|lines 明细行|list_price 标价|lot 批次
maximum_quantity 最大采购量|minimum_quantity 最小采购量|movement 调拨移动|multiple_quantity 采购倍量|name 名称|name_en 英文名称
negative_allowed 允许负库存|number 单号|numerator 换算分子|offsets 已发布位点|on_account 预收预付余额|open_item 未清项|order 订单
order_line 订单行|order_number 订单号|order_version 订单版本|origin 来源|overdue 逾期金额|partner 往来单位|payment 收付款单
payment_days 账期天数|payment_term 付款条件|period 期间|permissions 权限|picked 已拣数量|placed_at 下单时间|posting_date 过账日期
preferred 首选|priority 优先级|procurement 获取方式|purchase_order 采购订单|purchase_order_number 采购订单号|purchase_return 采购退货单
quantity 数量|quantity_cancelled 已取消数量|quantity_decimals 数量小数位|quantity_ordered 已转订单数量|rate 比率|reason 原因
receipt 收货单|receipt_line 收货行|receivable 应收金额|recent 近期事实|recorded_at 记录时间|reference 摘要|region 区域|rejected 不合格数量
released 已释放|relocation 移库单|reorder_point 再订货点|report 控制报告|requested_date 要求日期|requisition 采购申请|reservation 预留单|role 角色
roles 角色|rule 过账规则|safety_stock 安全库存|sales_return 销售退货单|sequence 序号|service 服务|shares 分摊明细
shelf_life_days 保质期天数|shipment 发货单|shipment_line 发货行|shipments 包含的发货单|shipped 已发数量|source 来源单号
source_event 来源事件|source_id 来源单据标识|source_line 来源行|source_number 来源单号|source_topic 来源主题|specification 规格型号
standard_cost 标准成本|status 状态|supplier 供应商|supplier_item 供应商物料|supplier_number 供应商发票号|tax_code 税码|tax_id 税号
tax_rate 税率|text 摘要|text_en 英文摘要|time_zone 时区|to_currency 目标币种|to_bin 移入库位|to_warehouse 调入仓库|tolerance 允差|topic 主题
totals 合计|tracking 跟踪方式|tracking_number 运单号|transfer 调拨单|transfer_number 调拨单号|uncovered 缺口数量|unit 计量单位
unit_price 单价|units 换算单位|user 用户|username 用户名|valid_from 生效日期|valuation_class 存货类别|valuation_level 计价层级
valuation_method 计价方法|version 版本|voucher 凭证|voucher_count 凭证数|voucher_type 凭证字|warehouse 仓库|weight 重量
alternate_of 替代行|backflush 倒冲|base_quantity 基准数量|bom 物料清单|closing 关闭单|components 组件|cost_share 成本分摊率|decision 处理决定
defect 缺陷|exceptions 例外信息数|final 最后一批|firmed 确认的计划订单|good 合格品数量|horizon 计划期末|hours 工时|items 物料数|labour 人工
labour_rate 人工费率|material 材料|nonconformance 不合格品处理单|operation 工序|output 产出单|outputs 联副产品|overhead 制造费用
overhead_rate 制造费用率|planned_order 计划订单|planned_orders 计划订单数|production_order 生产订单|production_order_number 生产订单号
production_receipt 完工入库单|quantity_completed 完工数量|quantity_scrapped 报废数量|request 领料请求|revision 版次|rework 返工数量|run 运算批次
own 仅限本人单据|partners 可见往来单位|session 登录会话|subject 账号标识|warehouses 可见仓库
amount_unbilled 未开票金额|bill_line 账单行|case 业务案件|case_number 业务案件号|debit_note 采购退货冲减单|documents 未结单据|entries 供应商账单行
goods_return_number 退货单号|opening 期初余额单|order_price 订单单价|price_accepted 已接受价格|quantity_billed 已开票数量|quantity_unbilled 未开票数量
items_planned 重新计划的物料数|mode 运算方式|rule_version 规则版本|side 应收应付方向|source_recorded_at 来源记录时间
scrap_rate 损耗率|scrapped 报废数量|start_date 开始日期|subcontract 委外加工|unit_value 单位价值|valid_to 失效日期|work_centre 工作中心|yield_rate 成品率
action 操作|actor 操作者|after 变更后|before 变更前|chapter 审计章节|digest 摘要值|document_id 单据标识|document_type 单据类型|first 起始序号
hash 链哈希|last 截止序号|outcome 结果|previous_hash 前一哈希|records 审计记录|request_id 请求标识|seq 序号|shortened 已截短|trace 跟踪标识
parked 滞留消息|parked_at 滞留时间
change 变更内容|new_date 新日期|old_date 原日期|reason_en 英文原因|waiting_document 等待的单据|waiting_item 等待的物料|wanted_date 需要日期
ship_date 计划发出日期|received 已到货数量
assignee 负责人|attributes 特征|description 描述|description_en 英文描述|engineering_request 工程需求|non_standard 非标要求|quotation 报价单|quotation_line 报价单行
quotation_number 报价单号|released_on 发布日期|routing 工艺路线|valid_until 有效期至
alert 库存预警|counted 已计入的采购订单|maximum 最高库存|minimum 最低库存|position 库存头寸
"""

FIELDS_ZH: dict[str, str] = {
    name: caption
    for name, _, caption in (
        pair.partition(" ") for pair in _ZH.strip().replace("\n", "|").split("|")
    )
}
"""The Chinese caption of every field, by its name: one word per thing, wherever it stands."""


@cache
def _docstrings(module: ModuleType) -> dict[str, dict[str, str]]:
    # Read from the source, for the generated pages only: whoever imports the models pays nothing.
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        fields = found.setdefault(node.name, {})
        for statement, after in zip(node.body, node.body[1:], strict=False):
            if (
                isinstance(statement, ast.AnnAssign)
                and isinstance(statement.target, ast.Name)
                and isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
                and isinstance(after.value.value, str)
            ):
                fields[statement.target.id] = inspect.cleandoc(after.value.value)
    return found


def description_en(model: type[Part], field: str) -> str:
    """What the field's docstring says, in the class or the nearest base that says something; else nothing."""
    for one in model.__mro__:
        module = sys.modules[one.__module__]
        if one is Part or not one.__module__.startswith(__package__ or ""):
            break
        text = _docstrings(module).get(one.__name__, {}).get(field)
        if text:
            return text
    return ""
