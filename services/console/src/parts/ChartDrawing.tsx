import { BarChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use as enable } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef, type ReactNode } from 'react';

import { useShade } from '../app/theme';
import { money } from '../lib/decimal';
import type { ChartProps } from './Chart';

enable([BarChart, GridComponent, LegendComponent, TooltipComponent, AriaComponent, CanvasRenderer]);

const COLOURS = {
  light: ['#2b7a82', '#7fb3a6', '#d8a24a', '#c76b4a', '#9c2f2a'],
  dark: ['#5fb6bf', '#86c5a8', '#e5b75e', '#e08a66', '#ff9d94'],
};

const amount = (value: number): string => money(value.toFixed(2));
const short = (value: number): string =>
  Math.abs(value) >= 1e8 ? `${value / 1e8}e8` : new Intl.NumberFormat(document.documentElement.lang, { notation: 'compact' }).format(value);

export default function ChartDrawing({ label, names, series, stacked, height = 280, whole = false, upright = false }: ChartProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const shade = useShade();
  useEffect(() => {
    if (!place.current) return undefined;
    const chart = init(place.current);
    const dark = shade === 'dark';
    const quiet = dark ? '#a4b0b4' : '#5b696e';
    const amounts = {
      type: 'value', axisLabel: { color: quiet, formatter: short }, splitLine: { lineStyle: { color: dark ? '#2b3539' : '#e6ebec' } },
      ...(whole ? { minInterval: 1 } : {}),
    };
    const kinds = {
      type: 'category', inverse: !upright, data: [...names], axisLabel: { color: quiet, width: 110, overflow: 'truncate' },
      axisTick: { show: false }, axisLine: { show: false },
    };
    chart.setOption({
      animation: false,
      aria: { enabled: true, label: { description: label } },
      color: COLOURS[shade],
      textStyle: { fontFamily: 'inherit' },
      grid: { left: 8, right: 12, top: series.length > 1 ? 34 : 12, bottom: 4, containLabel: true },
      // drawn on the canvas: a tooltip made of elements would need styles that the page's policy refuses
      tooltip: { trigger: 'axis', renderMode: 'richText', valueFormatter: (value: unknown) => (whole ? String(value) : amount(Number(value))) },
      ...(series.length > 1 ? { legend: { top: 0, textStyle: { color: quiet }, itemWidth: 12, itemHeight: 8 } } : {}),
      xAxis: upright ? kinds : amounts,
      yAxis: upright ? amounts : kinds,
      series: series.map((each) => ({
        type: 'bar', name: each.name, data: [...each.values], barMaxWidth: 18, ...(stacked ? { stack: 'all' } : {}),
      })),
    });
    const watching = new ResizeObserver(() => chart.resize());
    watching.observe(place.current);
    return () => {
      watching.disconnect();
      chart.dispose();
    };
  }, [label, names, series, stacked, shade, whole, upright]);
  return <div ref={place} role="img" aria-label={label} style={{ height }} className="panel-body" />;
}
