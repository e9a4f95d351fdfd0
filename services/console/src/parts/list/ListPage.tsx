import { DownloadOutlined, PlusOutlined } from '@ant-design/icons';
import { useInfiniteQuery, type InfiniteData } from '@tanstack/react-query';
import { App, Button, Dropdown } from 'antd';
import { useCallback, useMemo, useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';

import { Allowed } from '../../app/Ends';
import type { PageOf } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useInterval } from '../../api/live';
import { problemOf } from '../../api/problem';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { csvText, download, saveAs } from '../../lib/csv';
import { today } from '../../lib/dates';
import { remember, remembered } from '../../lib/storage';
import { workbook } from '../../lib/xlsx';
import { useCommand } from '../command';
import { ProblemNote } from '../ProblemNote';
import { Empty, Waiting } from '../states';
import { Filters } from './Filters';
import type { Asked, ListSpec, Refused } from './spec';
import { useListState } from './state';
import { Table } from './Table';
import { ColumnChoice, Views } from './Views';

const PAGE = '100';
const EXPORT_PAGE = '1000';
const EXPORT_MAX = 200_000;

export function ListPage<Row>({ spec, tools }: { spec: ListSpec<Row>; tools?: ReactNode }): ReactNode {
  return (
    <Allowed permission={spec.permission}>
      <List spec={spec} tools={tools} />
    </Allowed>
  );
}

function useColumns<Row>(spec: ListSpec<Row>): [string[], (shown: string[] | null) => void] {
  const usual = useMemo(() => spec.columns.filter((column) => !column.extra).map((column) => column.key), [spec]);
  const [kept, setKept] = useState<string[] | null>(() => remembered(`columns.${spec.id}`, null));
  const change = (next: string[] | null): void => {
    setKept(next);
    remember(`columns.${spec.id}`, next);
  };
  const known = kept?.filter((key) => spec.columns.some((column) => column.key === key)) ?? [];
  return [known.length > 0 ? known : usual, change];
}

function List<Row>({ spec, tools }: { spec: ListSpec<Row>; tools?: ReactNode }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const company = useCompanyCode();
  const interval = useInterval();
  const names = useMemo(() => spec.filters.map((filter) => filter.name), [spec]);
  const state = useListState(names, spec.sort ?? '');
  const [shown, setShown] = useColumns(spec);
  const [exporting, setExporting] = useState(false);
  const { load } = spec;

  const asked = useMemo<Asked>(
    () => ({
      filters: { ...state.filters, ...(spec.byCompany && company ? { company } : {}) },
      ...(state.sort ? { sort: state.sort } : {}),
      limit: PAGE,
    }),
    [state.filters, state.sort, spec.byCompany, company],
  );
  const query = useInfiniteQuery<PageOf<Row>, Error, InfiniteData<PageOf<Row>>, readonly unknown[], string | undefined>({
    queryKey: [...spec.queryKey, 'list', asked],
    queryFn: ({ pageParam }) => load(pageParam ? { ...asked, cursor: pageParam } : asked),
    initialPageParam: undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    // a long scroll is not asked for again every few seconds: its first page tells whether something came
    refetchInterval: (now) => ((now.state.data?.pages.length ?? 1) > 3 ? false : (spec.often ?? interval)),
    placeholderData: (before) => before,
    enabled: !spec.byCompany || company !== '',
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const columns = useMemo(() => spec.columns.filter((column) => shown.includes(column.key)), [spec, shown]);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  const exportAll = async (as: 'csv' | 'xlsx'): Promise<void> => {
    setExporting(true);
    const key = `export.${spec.id}`;
    try {
      const head = columns.map((column) => t(column.title));
      const out: string[][] = [];
      let cursor: string | null | undefined;
      do {
        const page = await load({ ...asked, limit: EXPORT_PAGE, ...(cursor ? { cursor } : {}) });
        for (const row of page.items) out.push(columns.map((column) => column.text(row)));
        cursor = page.next;
        void message.open({ key, type: 'loading', content: t('list.exporting', { count: out.length }), duration: 0 });
      } while (cursor && out.length < EXPORT_MAX);
      const name = `${spec.id}-${today()}.${as}`;
      if (as === 'csv') download(name, csvText([head, ...out]));
      else saveAs(name, await workbook(head, out, columns.map((column) => column.numeric ?? false)));
      const said = cursor ? 'list.exportLimit' : 'list.exported';
      void message.open({ key, type: cursor ? 'warning' : 'success', content: t(said, { count: out.length }) });
    } catch (error) {
      void message.open({ key, type: 'error', content: problemOf(error).message });
    } finally {
      setExporting(false);
    }
  };

  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { bulk } = spec;
  const many = useCommand<readonly string[], readonly Refused[]>((keys, headers) => bulk?.send(keys, headers) ?? Promise.resolve([]), {
    concerns: bulk?.concerns ?? [],
    onDone: (refused) => {
      const done = chosen.size - refused.length;
      if (done > 0) void message.success(t('list.bulkDone', { count: done }));
      for (const each of refused.slice(0, 3)) void message.error(each.reason);
      setChosen(new Set(refused.map((each) => each.key)));
    },
  });
  const onPick = useCallback(
    (keys: readonly string[], on: boolean) =>
      setChosen((now) => new Set(on ? [...now, ...keys] : [...now].filter((key) => !keys.includes(key)))),
    [],
  );
  const picks = bulk && may(bulk.permission) ? { chosen, can: bulk.can, onPick } : undefined;
  const { open } = spec;
  const onOpen = useMemo(() => (open ? (row: Row): void => void navigate(open(row)) : undefined), [open, navigate]);

  const filtered = Object.keys(state.filters).length > 0;
  return (
    <div className="page page-list">
      <div className="page-head">
        <h1>{t(spec.title)}</h1>
        <div className="actions">
          {tools}
          {bulk && picks && (
            <Button type="primary" disabled={chosen.size === 0} loading={many.busy} onClick={() => void many.run([...chosen])}>
              {chosen.size > 0 ? `${t(bulk.title)} (${chosen.size})` : t(bulk.title)}
            </Button>
          )}
          <Views id={spec.id} state={state} shown={shown} onColumns={setShown} />
          <ColumnChoice columns={spec.columns} shown={shown} onChange={setShown} />
          <Dropdown
            trigger={['click']}
            menu={{
              items: [
                { key: 'xlsx', label: t('do.exportXlsx') },
                { key: 'csv', label: t('do.exportCsv') },
              ],
              onClick: ({ key }) => void exportAll(key === 'csv' ? 'csv' : 'xlsx'),
            }}
          >
            <Button icon={<DownloadOutlined aria-hidden />} loading={exporting}>
              {t('do.export')}
            </Button>
          </Dropdown>
          {spec.create && may(spec.create.permission) && (
            <Button
              type="primary"
              icon={<PlusOutlined />}
              data-shortcut="n"
              onClick={() => void navigate(spec.create?.path ?? '')}
            >
              {t('do.new')}
            </Button>
          )}
        </div>
      </div>
      <div className="filters" role="search" aria-label={t('list.filters')}>
        <Filters filters={spec.filters} state={state} />
        {filtered && (
          <Button type="link" onClick={state.clear}>
            {t('do.clear')}
          </Button>
        )}
      </div>
      <ProblemNote problem={many.problem} />
      {query.isError && <ProblemNote problem={problemOf(query.error)} />}
      {query.data ? (
        rows.length > 0 ? (
          <Table
            rows={rows}
            columns={columns}
            rowKey={spec.rowKey}
            onOpen={onOpen}
            sort={state.sort}
            onSort={state.setSort}
            onEnd={onEnd}
            label={t(spec.title)}
            picks={picks}
          />
        ) : (
          <div className="table-wrap">
            <Empty>{t(filtered ? 'list.emptyFiltered' : 'list.empty')}</Empty>
          </div>
        )
      ) : (
        <div className="table-wrap">{query.isError ? null : <Waiting rows={12} />}</div>
      )}
      <div className="list-foot">
        <span aria-live="polite">{t(hasNextPage ? 'list.count' : 'list.all', { count: rows.length })}</span>
        {hasNextPage && (
          <Button size="small" loading={isFetchingNextPage} onClick={onEnd}>
            {t('do.more')}
          </Button>
        )}
      </div>
    </div>
  );
}
