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
    children: [
      page('/', () => import('../pages/home/Home')),
      page('/sales/orders', () => import('../pages/sales/Orders')),
      page('/sales/orders/new', () => import('../pages/sales/NewOrder')),
      page('/sales/orders/:id', () => import('../pages/sales/Order')),
      page('/inventory/deliveries', () => import('../pages/inventory/Deliveries')),
      page('/inventory/deliveries/:id', () => import('../pages/inventory/Delivery')),
      page('/masterdata/items', () => import('../pages/masterdata/Items')),
      { path: '*', element: <NotFound /> },
    ],
  },
];

export const router = createBrowserRouter(routes, { basename: '/console' });
