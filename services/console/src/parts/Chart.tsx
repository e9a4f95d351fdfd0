import { lazy, Suspense, type ReactNode } from 'react';

export interface ChartProps {
  label: string;
  names: readonly string[];
  series: readonly { name: string; values: readonly number[] }[];
  stacked?: boolean;
  height?: number;
  /** Counts, not amounts. */
  whole?: boolean;
  /** Time goes from left to right. */
  upright?: boolean;
}

const Drawing = lazy(() => import('./ChartDrawing'));

/** Bars. The drawing library is loaded when a chart is first shown. */
export function Chart(props: ChartProps): ReactNode {
  return (
    <Suspense fallback={<div style={{ height: props.height ?? 280 }} />}>
      <Drawing {...props} />
    </Suspense>
  );
}
