import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, forVersion, type Schemas } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { atHand, type AtHand } from '../../api/directory';
import { isZero } from '../../lib/decimal';
import { uuid } from '../../lib/ids';
import type { EntryLine } from '../../parts/entry/EntryGrid';
import { Loaded } from '../../parts/states';
import { VoucherEntry } from './VoucherEntry';

type Draft = Schemas['finance_DraftView'];

const lineOf = (line: Draft['lines'][number], accounts: AtHand): EntryLine => ({
  key: uuid(),
  values: {
    account: line.account, text: line.text, partner: line.partner, item: line.item,
    debit: isZero(line.debit) ? '' : line.debit, credit: isZero(line.credit) ? '' : line.credit,
  },
  entry: accounts.byCode.get(line.account) ?? null,
});

/** The draft as it was when the page was opened: a later change is refused by its version, and takes away nothing that is typed. */
function Writing({ found, accounts }: { found: Draft; accounts: AtHand }): ReactNode {
  const [draft] = useState(found);
  const [lines] = useState(() => found.lines.map((line) => lineOf(line, accounts)));
  return (
    <VoucherEntry<Draft>
      kind="nav.finance.drafts"
      submit="draft.save"
      place="/finance/voucher-drafts"
      first={{ text: draft.text, posting_date: draft.posting_date, reference: draft.reference, business_date: draft.business_date }}
      of={{ number: draft.number, version: draft.version, lines }}
      send={({ text, lines: written, reference, business_date, posting_date }) =>
        ask(api.PUT('/api/v1/finance/voucher-drafts/{draft}', {
          params: { path: { draft: draft.id }, header: forVersion(draft.version) },
          body: {
            text, lines: written, reference: reference ?? '',
            ...(business_date ? { business_date } : {}), ...(posting_date ? { posting_date } : {}),
          },
        }))
      }
    />
  );
}

function Edit({ id }: { id: string }): ReactNode {
  const accounts = useQuery(atHand('accounts', useCompanyCode()));
  const query = useQuery({
    queryKey: ['finance', 'voucher-drafts', 'one', id],
    queryFn: () => ask(api.GET('/api/v1/finance/voucher-drafts/{draft}', { params: { path: { draft: id } } })),
  });
  return (
    <Loaded query={accounts}>
      {(known) => <Loaded query={query}>{(found) => <Writing found={found} accounts={known} />}</Loaded>}
    </Loaded>
  );
}

export default function EditDraft(): ReactNode {
  const { id = '' } = useParams();
  return (
    <Allowed permission="finance.voucher_draft.write">
      <Edit id={id} />
    </Allowed>
  );
}
