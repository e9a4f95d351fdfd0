import type { Pair } from './common';

/** Texts of single pages. */
export const pages = {
  'home.hello': ['您好，{{name}}', 'Good day, {{name}}'],

  'sales.place': ['下单', 'Place order'],
  'sales.release': ['释放', 'Release'],
  'sales.cancel': ['取消订单', 'Cancel order'],
  'sales.close': ['关闭余量', 'Close the rest'],
  'sales.invoice': ['开票', 'Invoice'],
  'sales.return': ['退货', 'Return'],
  'sales.credit': ['客户信用', 'Credit'],
  'sales.creditLeft': ['本单之后剩余', 'Left after this order'],
  'sales.noLimit': ['不限', 'No limit'],
  'sales.willHold': ['将超出信用额度：下单后会暂挂，等待释放', 'Above the limit: the order will be held until it is released'],
  'sales.chooseCustomer': ['选择客户后显示信用情况', 'Choose a customer to see the credit'],
  'sales.anyWarehouse': ['自动', 'Any'],

  'inventory.pick': ['拣货', 'Pick'],
  'inventory.ship': ['发货', 'Ship'],
  'inventory.now': ['本次数量', 'Now'],
  'inventory.shipping': ['拣货与发货', 'Picking and shipping'],
} as const satisfies Record<string, Pair>;
