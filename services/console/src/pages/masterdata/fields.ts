import type { FormField } from './RecordForm';

export const ITEM_FIELDS: readonly FormField[] = [
  { name: 'code', title: 'f.code', kind: 'text', need: true, fixed: true },
  { name: 'name', title: 'f.name', kind: 'text', need: true },
  { name: 'name_en', title: 'f.name_en', kind: 'text' },
  { name: 'specification', title: 'f.specification', kind: 'text' },
  { name: 'base_unit', title: 'f.base_unit', kind: 'text', need: true, fixed: true },
  { name: 'barcode', title: 'f.barcode', kind: 'text' },
  { name: 'category', title: 'f.category', kind: 'text' },
  { name: 'procurement', title: 'f.procurement', kind: 'choice', values: ['buy', 'make', 'phantom'] },
  { name: 'tracking', title: 'f.tracking', kind: 'choice', values: ['none', 'lot', 'serial'], fixed: true },
  {
    name: 'valuation_class', title: 'f.valuation_class', kind: 'choice',
    values: ['raw_material', 'finished_goods', 'semi_finished', 'consumable'], fixed: true,
  },
  { name: 'tax_code', title: 'f.tax_code', kind: 'text' },
  { name: 'list_price', title: 'f.list_price', kind: 'number' },
  { name: 'standard_cost', title: 'f.standard_cost', kind: 'number' },
  { name: 'safety_stock', title: 'f.safety_stock', kind: 'number' },
  { name: 'reorder_point', title: 'f.reorder_point', kind: 'number' },
];

export const PARTNER_FIELDS: readonly FormField[] = [
  { name: 'code', title: 'f.code', kind: 'text', need: true, fixed: true },
  { name: 'name', title: 'f.name', kind: 'text', need: true },
  { name: 'name_en', title: 'f.name_en', kind: 'text' },
  { name: 'roles', title: 'f.roles', kind: 'choices', values: ['customer', 'supplier'], need: true },
  { name: 'payment_term', title: 'f.payment_term', kind: 'text' },
  { name: 'tax_id', title: 'f.tax_id', kind: 'text' },
  { name: 'billing_policy', title: 'f.billing_policy', kind: 'choice', values: ['manual', 'on_shipment'] },
  { name: 'region', title: 'f.region', kind: 'text' },
  { name: 'blocked', title: 'f.blocked', kind: 'tick' },
];

export const WAREHOUSE_FIELDS: readonly FormField[] = [
  { name: 'code', title: 'f.code', kind: 'text', need: true, fixed: true },
  { name: 'name', title: 'f.name', kind: 'text', need: true },
  { name: 'name_en', title: 'f.name_en', kind: 'text' },
  { name: 'region', title: 'f.region', kind: 'text' },
];
