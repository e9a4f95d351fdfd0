import type { ReactNode } from 'react';
import { createBrowserRouter, type RouteObject } from 'react-router';

import { Shell } from './Shell';
import { Crashed, NotFound } from './Ends';

/** A page of its own file, loaded when it is first entered. */
const page = (path: string, load: () => Promise<{ default: () => ReactNode }>): RouteObject => ({
  path,
  lazy: async () => ({ Component: (await load()).default }),
  HydrateFallback: () => null,
  ErrorBoundary: Crashed,
});

export const routes: RouteObject[] = [
  {
    element: <Shell />,
    ErrorBoundary: Crashed,
    HydrateFallback: () => null,
    children: [
      page('/', () => import('../pages/home/Home')),
      page('/sales/orders', () => import('../pages/sales/Orders')),
      page('/sales/orders/new', () => import('../pages/sales/NewOrder')),
      page('/sales/orders/:id', () => import('../pages/sales/Order')),
      page('/sales/orders/:id/case', () => import('../pages/case/CasePage')),
      page('/sales/returns', () => import('../pages/sales/Returns')),
      page('/sales/returns/new', () => import('../pages/sales/NewReturn')),
      page('/sales/returns/:id', () => import('../pages/sales/Return')),
      page('/sales/credit', () => import('../pages/sales/Credit')),
      page('/purchasing/requisitions', () => import('../pages/purchasing/Requisitions')),
      page('/purchasing/requisitions/new', () => import('../pages/purchasing/NewRequisition')),
      page('/purchasing/requisitions/:id', () => import('../pages/purchasing/Requisition')),
      page('/purchasing/orders', () => import('../pages/purchasing/Orders')),
      page('/purchasing/orders/new', () => import('../pages/purchasing/NewOrder')),
      page('/purchasing/orders/:id', () => import('../pages/purchasing/Order')),
      page('/purchasing/returns', () => import('../pages/purchasing/Returns')),
      page('/purchasing/returns/new', () => import('../pages/purchasing/NewReturn')),
      page('/purchasing/returns/:id', () => import('../pages/purchasing/Return')),
      page('/inventory/stock', () => import('../pages/inventory/Stock')),
      page('/inventory/moves', () => import('../pages/inventory/Moves')),
      page('/inventory/deliveries', () => import('../pages/inventory/Deliveries')),
      page('/inventory/deliveries/:id', () => import('../pages/inventory/Delivery')),
      page('/inventory/receipts', () => import('../pages/inventory/Receipts')),
      page('/inventory/receipts/new', () => import('../pages/inventory/NewReceipt')),
      page('/inventory/receipts/:id', () => import('../pages/inventory/Receipt')),
      page('/inventory/returns', () => import('../pages/inventory/Returns')),
      page('/inventory/returns/:id', () => import('../pages/inventory/Return')),
      page('/finance/proof', () => import('../pages/finance/ProofBoard')),
      page('/finance/vouchers', () => import('../pages/finance/Vouchers')),
      page('/finance/vouchers/:id', () => import('../pages/finance/Voucher')),
      page('/finance/invoices', () => import('../pages/finance/Invoices')),
      page('/finance/invoices/:id', () => import('../pages/finance/Invoice')),
      page('/finance/bills', () => import('../pages/finance/Bills')),
      page('/finance/bills/new', () => import('../pages/finance/NewBill')),
      page('/finance/bills/:id', () => import('../pages/finance/Bill')),
      page('/finance/payments', () => import('../pages/finance/Payments')),
      page('/finance/payments/new', () => import('../pages/finance/NewPayment')),
      page('/finance/payments/:id', () => import('../pages/finance/Payment')),
      page('/finance/receivables', () => import('../pages/finance/Receivables')),
      page('/finance/payables', () => import('../pages/finance/Payables')),
      page('/finance/trial-balance', () => import('../pages/finance/TrialBalance')),
      page('/finance/balance-sheet', () => import('../pages/finance/BalanceSheet')),
      page('/finance/income-statement', () => import('../pages/finance/IncomeStatement')),
      page('/masterdata/items', () => import('../pages/masterdata/Items')),
      page('/masterdata/items/new', () => import('../pages/masterdata/NewItem')),
      page('/masterdata/items/:id', () => import('../pages/masterdata/Item')),
      page('/masterdata/partners', () => import('../pages/masterdata/Partners')),
      page('/masterdata/partners/new', () => import('../pages/masterdata/NewPartner')),
      page('/masterdata/partners/:id', () => import('../pages/masterdata/Partner')),
      page('/masterdata/warehouses', () => import('../pages/masterdata/Warehouses')),
      page('/masterdata/warehouses/new', () => import('../pages/masterdata/NewWarehouse')),
      page('/masterdata/warehouses/:id', () => import('../pages/masterdata/Warehouse')),
      page('/system/health', () => import('../pages/system/Health')),
      page('/system/parked', () => import('../pages/system/ParkedMessages')),
      { path: '*', element: <NotFound /> },
    ],
  },
];

export const router = createBrowserRouter(routes, { basename: '/console' });
