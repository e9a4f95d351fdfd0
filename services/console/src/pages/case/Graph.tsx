import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { useWords } from '../../i18n';
import { money } from '../../lib/decimal';
import { StatusTag } from '../../parts/show';
import type { Case, CaseNode } from './load';

const WIDTH = 176;
const HEIGHT = 78;
const GAP_X = 46;
const GAP_Y = 14;

interface Placed extends CaseNode {
  x: number;
  y: number;
}

/** Documents from left to right as they follow from one another; empty columns take no room. */
export function placed(nodes: readonly CaseNode[]): Placed[] {
  const used = [...new Set(nodes.map((node) => node.column))].sort((left, right) => left - right);
  const next = new Map<number, number>();
  return nodes.map((node) => {
    const column = used.indexOf(node.column);
    const row = next.get(column) ?? 0;
    next.set(column, row + 1);
    return { ...node, x: column * (WIDTH + GAP_X), y: row * (HEIGHT + GAP_Y) };
  });
}

export function Graph({ found }: { found: Case }): ReactNode {
  const { t } = useWords();
  const nodes = placed(found.nodes);
  const at = new Map(nodes.map((node) => [node.id, node]));
  const width = Math.max(...nodes.map((node) => node.x)) + WIDTH;
  const height = Math.max(...nodes.map((node) => node.y)) + HEIGHT;
  return (
    <div className="scroll-x">
      <div className="case-graph" style={{ width: width + 28, height: height + 28 }}>
        <svg width={width} height={height} aria-hidden="true">
          {found.edges.map(({ from, to }) => {
            const [left, right] = [at.get(from), at.get(to)];
            if (!left || !right) return null;
            const [x1, y1, x2, y2] = [left.x + WIDTH, left.y + HEIGHT / 2, right.x, right.y + HEIGHT / 2];
            const bend = (x2 - x1) / 2;
            return <path key={from + to} d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`} />;
          })}
        </svg>
        {nodes.map((node) => (
          <Link key={node.id} to={node.path} className="case-node" style={{ left: node.x + 14, top: node.y + 14, width: WIDTH, height: HEIGHT }}>
            <span className="quiet">{t(node.kind)}</span>
            <b>{node.number}</b>
            <span className="case-node-foot">
              <StatusTag status={node.status} />
              <span className="num quiet">{node.amount ? money(node.amount) : node.about}</span>
            </span>
            {node.vouchers > 0 && <span className="case-vouchers">{t('case.vouchers', { count: node.vouchers })}</span>}
          </Link>
        ))}
      </div>
    </div>
  );
}
