import { CaretDownOutlined, CaretRightOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';

import { useWords, type Key } from '../i18n';
import type { LineColumn } from './document/Document';

export interface TreeProps<Node> {
  label: Key;
  roots: readonly Node[];
  keyOf: (node: Node) => string;
  /** The first column carries the branches. */
  columns: readonly LineColumn<Node>[];
  /** What is below a node, where it is known already. */
  below?: (node: Node) => readonly Node[];
  /** Else asked for when the node is opened; `null` where nothing can be below. */
  ask?: (node: Node) => { queryKey: readonly unknown[]; load: () => Promise<readonly Node[]> } | null;
  /** How many levels stand open at first. */
  open?: number;
}

const DEPTH_MAX = 30;
const INDENT = 20;

/** A table whose rows open into others. */
export function Tree<Node>(props: TreeProps<Node>): ReactNode {
  const { t } = useWords();
  return (
    <div className="scroll-x">
      <table className="grid-table tree" role="treegrid" aria-label={t(props.label)}>
        <thead>
          <tr>
            {props.columns.map((column) => (
              <th key={column.title} className={column.numeric ? 'num' : undefined}>
                {t(column.title)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.roots.map((node, index) => (
            <Branch key={`${props.keyOf(node)}/${index}`} tree={props} node={node} level={1} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Branch<Node>({ tree, node, level }: { tree: TreeProps<Node>; node: Node; level: number }): ReactNode {
  const { t } = useWords();
  const [open, setOpen] = useState(level <= (tree.open ?? 1));
  const asked = tree.ask?.(node) ?? null;
  const known = tree.below?.(node);
  const query = useQuery({
    queryKey: asked?.queryKey ?? ['tree', 'none'],
    queryFn: asked?.load ?? (() => Promise.resolve([] as readonly Node[])),
    enabled: asked !== null && open && level < DEPTH_MAX,
  });
  const children: readonly Node[] = known ?? (asked ? (query.data ?? []) : []);
  const leaf = known ? known.length === 0 : asked === null || (query.data !== undefined && query.data.length === 0);
  return (
    <>
      <tr aria-level={level} aria-expanded={leaf ? undefined : open}>
        {tree.columns.map((column, index) => (
          <td key={column.title} className={column.numeric ? 'num' : undefined}>
            {index === 0 ? (
              <span className="tree-cell" style={{ paddingLeft: (level - 1) * INDENT }}>
                {leaf ? (
                  <span className="tree-leaf" />
                ) : (
                  <button type="button" className="tree-toggle" aria-label={t(open ? 'tree.close' : 'tree.open')} onClick={() => setOpen(!open)}>
                    {open ? <CaretDownOutlined /> : <CaretRightOutlined />}
                  </button>
                )}
                {column.cell(node)}
              </span>
            ) : (
              column.cell(node)
            )}
          </td>
        ))}
      </tr>
      {open && children.map((child, index) => <Branch key={`${tree.keyOf(child)}/${index}`} tree={tree} node={child} level={level + 1} />)}
    </>
  );
}
