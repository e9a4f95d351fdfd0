/** The pages that the menu offers, each with the permission that opens it. */

import type { Key } from '../i18n';

export interface Room {
  path: string;
  title: Key;
  permission: string;
  /** `g` and these letters go there. */
  go?: string;
}

export interface Floor {
  title: Key;
  rooms: readonly Room[];
}

export const FLOORS: readonly Floor[] = [
  {
    title: 'nav.sales',
    rooms: [
      { path: '/sales/orders', title: 'nav.sales.orders', permission: 'sales.order.read', go: 'o' },
      { path: '/sales/quotations', title: 'nav.sales.quotations', permission: 'sales.quotation.read', go: 'q' },
      { path: '/sales/returns', title: 'nav.sales.returns', permission: 'sales.return.read' },
      { path: '/sales/price-lists', title: 'nav.sales.priceLists', permission: 'sales.price_list.read' },
      { path: '/sales/credit', title: 'nav.sales.credit', permission: 'sales.credit_profile.read' },
    ],
  },
  {
    title: 'nav.purchasing',
    rooms: [
      { path: '/purchasing/requisitions', title: 'nav.purchasing.requisitions', permission: 'purchasing.requisition.read', go: 'r' },
      { path: '/purchasing/orders', title: 'nav.purchasing.orders', permission: 'purchasing.order.read', go: 'p' },
      { path: '/purchasing/rfqs', title: 'nav.purchasing.rfqs', permission: 'purchasing.rfq.read' },
      { path: '/purchasing/agreements', title: 'nav.purchasing.agreements', permission: 'purchasing.agreement.read' },
      { path: '/purchasing/returns', title: 'nav.purchasing.returns', permission: 'purchasing.return.read' },
    ],
  },
  {
    title: 'nav.inventory',
    rooms: [
      { path: '/inventory/stock', title: 'nav.inventory.stock', permission: 'inventory.stock.read', go: 's' },
      { path: '/inventory/deliveries', title: 'nav.inventory.deliveries', permission: 'inventory.delivery.read', go: 'd' },
      { path: '/inventory/receipts', title: 'nav.inventory.receipts', permission: 'inventory.receipt.read' },
      { path: '/inventory/returns', title: 'nav.inventory.returns', permission: 'inventory.return.read' },
      { path: '/inventory/transfers', title: 'nav.inventory.transfers', permission: 'inventory.transfer.read' },
      { path: '/inventory/adjustments', title: 'nav.inventory.adjustments', permission: 'inventory.adjustment.read' },
      { path: '/inventory/issues', title: 'nav.inventory.issues', permission: 'inventory.issue.read' },
      { path: '/inventory/counts', title: 'nav.inventory.counts', permission: 'inventory.count.read' },
      { path: '/inventory/reorder-rules', title: 'nav.inventory.reorder', permission: 'inventory.reorder_rule.read' },
      { path: '/inventory/moves', title: 'nav.inventory.moves', permission: 'inventory.move.read' },
    ],
  },
  {
    title: 'nav.production',
    rooms: [
      { path: '/production/orders', title: 'nav.production.orders', permission: 'production.order.read', go: 'm' },
      { path: '/production/board', title: 'nav.production.board', permission: 'production.order.read' },
      { path: '/production/dispatch', title: 'nav.production.dispatch', permission: 'production.order.read' },
      { path: '/production/schedule', title: 'nav.production.schedule', permission: 'production.order.read' },
      { path: '/production/quality', title: 'nav.production.quality', permission: 'production.quality.read' },
      { path: '/production/runs', title: 'nav.production.runs', permission: 'production.plan.read' },
      { path: '/production/planned-orders', title: 'nav.production.planned', permission: 'production.plan.read' },
      { path: '/production/exceptions', title: 'nav.production.exceptions', permission: 'production.plan.read' },
      { path: '/production/promise', title: 'nav.production.promise', permission: 'production.plan.read' },
      { path: '/production/boms', title: 'nav.production.boms', permission: 'production.bom.read' },
      { path: '/production/routings', title: 'nav.production.routings', permission: 'production.routing.read' },
      { path: '/production/work-centres', title: 'nav.production.workCentres', permission: 'production.work_centre.read' },
      { path: '/production/calendars', title: 'nav.production.calendars', permission: 'production.work_centre.read' },
      { path: '/production/item-plans', title: 'nav.production.itemPlans', permission: 'production.item_plan.read' },
      { path: '/production/subcontracts', title: 'nav.production.subcontracts', permission: 'production.subcontract.read' },
      { path: '/production/cost', title: 'nav.production.cost', permission: 'production.cost.read' },
      { path: '/production/lots', title: 'nav.production.trace', permission: 'production.cost.read' },
    ],
  },
  {
    title: 'nav.finance',
    rooms: [
      { path: '/finance/proof', title: 'nav.finance.proof', permission: 'finance.proof.read', go: 'b' },
      { path: '/finance/vouchers', title: 'nav.finance.vouchers', permission: 'finance.voucher.read', go: 'v' },
      { path: '/finance/voucher-drafts', title: 'nav.finance.drafts', permission: 'finance.voucher_draft.read' },
      { path: '/finance/invoices', title: 'nav.finance.invoices', permission: 'finance.invoice.read' },
      { path: '/finance/bills', title: 'nav.finance.bills', permission: 'finance.bill.read' },
      { path: '/finance/payments', title: 'nav.finance.payments', permission: 'finance.payment.read' },
      { path: '/finance/advances', title: 'nav.finance.advances', permission: 'finance.advance.read' },
      { path: '/finance/nettings', title: 'nav.finance.nettings', permission: 'finance.netting.read' },
      { path: '/finance/receivables', title: 'nav.finance.receivables', permission: 'finance.receivable.read' },
      { path: '/finance/payables', title: 'nav.finance.payables', permission: 'finance.payable.read' },
      { path: '/finance/periods', title: 'nav.finance.periods', permission: 'finance.period.read' },
      { path: '/finance/posting-rules', title: 'nav.finance.rules', permission: 'finance.posting_rule.read' },
      { path: '/finance/trial-balance', title: 'nav.finance.trial', permission: 'finance.report.read', go: 't' },
      { path: '/finance/balance-sheet', title: 'nav.finance.balance', permission: 'finance.report.read' },
      { path: '/finance/income-statement', title: 'nav.finance.income', permission: 'finance.report.read' },
    ],
  },
  {
    title: 'nav.masterdata',
    rooms: [
      { path: '/masterdata/items', title: 'nav.masterdata.items', permission: 'masterdata.item.read', go: 'i' },
      { path: '/masterdata/partners', title: 'nav.masterdata.partners', permission: 'masterdata.partner.read' },
      { path: '/masterdata/warehouses', title: 'nav.masterdata.warehouses', permission: 'masterdata.warehouse.read' },
    ],
  },
  {
    title: 'nav.system',
    rooms: [
      { path: '/system/health', title: 'nav.system.health', permission: 'operations.read' },
      { path: '/system/parked', title: 'nav.system.parked', permission: 'operations.parked.read' },
      { path: '/system/audit', title: 'nav.system.audit', permission: 'workflow.audit_entry.read' },
      { path: '/system/webhooks', title: 'nav.system.webhooks', permission: 'workflow.webhook.read' },
      { path: '/system/mails', title: 'nav.system.mails', permission: 'workflow.mail.read' },
      { path: '/system/users', title: 'nav.system.users', permission: 'identity.user.read', go: 'u' },
      { path: '/system/roles', title: 'nav.system.roles', permission: 'identity.role.read' },
      { path: '/system/separation', title: 'nav.system.separation', permission: 'identity.separation.read' },
      { path: '/system/clients', title: 'nav.system.clients', permission: 'identity.client.read' },
      { path: '/system/usage', title: 'nav.system.usage', permission: 'identity.client.read' },
    ],
  },
];

export const ROOMS: readonly Room[] = FLOORS.flatMap((floor) => floor.rooms);
